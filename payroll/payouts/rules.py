"""Decisions on payouts."""

from dataclasses import dataclass
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


def idempotency_key(run: str, worker: str) -> str:
    """Give the key under which an order is sent, however often: of its run and its worker, nothing else.

    Args:
        run: the run's name.
        worker: the worker's external id.

    """
    return sha256(f"{run}/{worker}".encode()).hexdigest()[:40]
