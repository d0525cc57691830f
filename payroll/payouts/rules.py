"""Decisions on payouts."""

import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from i18n.locale import N_
from workforce.core.errors import DaybookError
from workforce.core.money import minor_step

# The life of an order. From the moment a try begins until the rail answers, nobody knows how it went: unknown.
TRANSITIONS: Final = {
    ("created", "try"): "unknown",
    ("unknown", "try"): "unknown",
    ("unknown", "wait"): "sent",
    ("unknown", "pay"): "paid",
    ("unknown", "fail"): "failed",
    ("sent", "pay"): "paid",
    ("sent", "fail"): "failed",
}
FINAL: Final = frozenset({"paid", "failed", "returned", "cancelled"})
OPEN: Final = frozenset({"created", "sent", "unknown"})
# Ends after which the money is back in the worker's balance.
BACK: Final = frozenset({"failed", "returned"})

# The life of a request to send again what waits in a balance: one person proposes, another one decides.
REQUEST_TRANSITIONS: Final = {
    ("proposed", "approve"): "approved",
    ("proposed", "refuse"): "refused",
    ("proposed", "withdraw"): "withdrawn",
}
# A balance that is in the worker's pay currency can be asked for when it has waited so long.
WAITING_DAYS: Final = 30
_ORDER: Final = re.compile(r"(.+?-[0-9]{4}-[0-9]{2}-[0-9]{2})/(.+)", re.DOTALL)
_NUMBERED: Final = re.compile(r"(.+)/([1-9][0-9]{0,8})", re.DOTALL)


class ForbiddenMove(DaybookError):
    code = "order_state"
    template = N_("A payout that is %(state)s cannot be moved by “%(action)s”.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rail says of an order.

    Attributes:
        action: wait (it took the order and will tell later), pay or fail; empty where there was no answer.
        reference: the rail's own number of it.
        failure: a stable code, where it failed.

    """

    action: str
    reference: str = ""
    failure: str = ""


def moved(state: str, action: str) -> str:
    """Give the state of an order that an action leads to.

    Raises:
        ForbiddenMove: the action cannot be done in this state.

    """
    if (state, action) not in TRANSITIONS:
        raise ForbiddenMove(state=state, action=action)
    return TRANSITIONS[state, action]


def ask_pause(asked: int) -> timedelta:
    """Return how long to wait before the rail is asked about an order: 1, 2, 4 … minutes, and an hour at most.

    Args:
        asked: how often it was asked already since the order was sent.

    """
    return timedelta(minutes=min(1 << min(asked, 6), 60))


def sendable(balance: int, currency: str, minimum: int) -> int:
    """Give what of a balance can be sent now, in micros: whole minor units, or 0 if that is under the minimum.

    Args:
        balance: what is payable, in micros; may be negative.
        currency: ISO 4217.
        minimum: the least payout in the same currency, in micros.

    """
    step = minor_step(currency)
    amount = balance // step * step if balance > 0 else 0
    return amount if amount >= minimum else 0


def idempotency_key(run: str, worker: str, number: int = 1) -> str:
    """Return the key under which an order is sent, however often: of its run, its worker and its number, nothing else.

    Args:
        run: the run's name.
        worker: the worker's external id.
        number: 1 for what the run's release made, 2 and so on for what was sent again.

    """
    first = sha256(f"{run}/{worker}".encode()).hexdigest()[:40]
    # Not of `run/worker/number`, which is the first order of a worker whose id ends like that.
    return first if number == 1 else sha256(f"{first}/{number}".encode()).hexdigest()[:40]


def order_source(run: str, worker: str, number: int = 1) -> str:
    """Return the source of an order's ledger entry."""
    return f"order:{run}:{worker}" if number == 1 else f"order:{run}/{worker}/{number}"


def order_name(run: str, worker: str, number: int = 1) -> str:
    """Return an order as people write it: GROUP-YYYY-MM-DD/WORKER, with /2 and so on for what was sent again.

    The first order of a worker whose id ends like that is written with its number too, so that a name has one meaning.
    """
    plain = f"{run}/{worker}"
    return plain if number == 1 and not _NUMBERED.fullmatch(worker) else f"{plain}/{number}"


def parse_order_name(text: str) -> tuple[str, str, int] | None:
    """Take an order's name apart into run, worker and number, or return None if it is none."""
    found = _ORDER.fullmatch(text)
    if found is None:
        return None
    run, rest = found.groups()
    numbered = _NUMBERED.fullmatch(rest)
    return (run, numbered[1], int(numbered[2])) if numbered else (run, rest, 1)


def resendable(balance: int, currency: str, failed: int | None) -> int:
    """Return what can be sent again, in micros: whole minor units of the balance, however little, or 0.

    Args:
        balance: what is payable, in micros; may be negative.
        currency: ISO 4217.
        failed: the amount of the order that is to be sent again, of which no more leaves; None for a whole balance.

    """
    return sendable(balance if failed is None else min(balance, failed), currency, 0)
