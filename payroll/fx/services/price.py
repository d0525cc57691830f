"""Choosing the rates of a day, and estimating by them."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy.orm import SessionTransaction

from i18n.locale import N_
from payroll.fx.queries import rates_for, waiting_for
from payroll.fx.rules import Conversion, Published, Rates, convert
from workforce.core import locks
from workforce.core.db import session
from workforce.core.errors import DaybookError
from workforce.core.money import Money

_SEEN: Final[WeakKeyDictionary[SessionTransaction, dict[date, Rates]]] = WeakKeyDictionary()


class RateMissing(DaybookError):
    code = "fx_missing"
    template = N_(
        "%(group)s cannot be closed for %(day)s: no exchange rate for %(pairs)s from the last 7 days."
        " Load one with `daybook fx import FILE` and close again."
    )


class RateWaiting(DaybookError):
    code = "fx_waiting"
    template = N_(
        "%(group)s cannot be closed for %(day)s: %(rates)s waits for a person, since it is far from the last rate."
        " Confirm or refuse it under Exchange rates or with `daybook fx confirm %(number)s --as EMAIL`, and close"
        " again."
    )


def conversions(pairs: Iterable[tuple[str, str]], day: date, *, group: str) -> list[tuple[str, str, Conversion]]:
    """Choose a conversion for every pair that a day needs, or refuse.

    What a load or a confirmation would change in the meantime waits until the transaction ends.

    Args:
        pairs: of currencies: what the work was priced in, what the worker is paid in.
        day: of the group's books.
        group: its code, for the refusal.

    Raises:
        RateMissing: naming every pair for which there is none, and the command that mends it.
        RateWaiting: a rate that would be chosen waits for a person, also where an older one could do.

    """
    needed = sorted(pairs)
    if not needed:
        return []
    locks.shared(locks.FX, 0)
    rates, waiting = rates_for(day), waiting_for(day)
    _refuse_waiting(Rates(day, [*rates.published, *waiting], rates.order), needed, group)
    found = [(base, quote, rates.choose(base, quote)) for base, quote in needed]
    missing = [f"{base}/{quote}" for base, quote, conversion in found if conversion is None]
    if missing:
        raise RateMissing(group=group, day=day, pairs=", ".join(missing))
    return [(base, quote, conversion) for base, quote, conversion in found if conversion is not None]


def estimated(money: Money, currency: str, day: date) -> Money | None:
    """Return about what an amount is in another currency, by the rates that would price a day; None without a rate.

    Pages below payroll reach it through `workforce.core.money.estimate`.

    Args:
        money: the amount.
        currency: ISO 4217, that it is wanted in.
        day: whose rates count.

    """
    # A page asks for many amounts: the rates are read once a transaction.
    current = session()().get_transaction() or session().begin()
    seen = _SEEN.setdefault(current, {})
    if day not in seen:
        seen[day] = rates_for(day)
    chosen = seen[day].choose(money.currency, currency)
    return None if chosen is None else Money.of_micros(convert(money.micros, chosen.factor), currency)


def _refuse_waiting(every: Rates, pairs: Iterable[tuple[str, str]], group: str) -> None:
    """Refuse if a rate that waits would be chosen if it counted."""
    held: dict[int, Published] = {}
    for base, quote in pairs:
        made = every.choose(base, quote)
        held |= {leg.change: leg for leg in made.legs if leg.change} if made else {}
    if held:
        raise RateWaiting(
            group=group, day=every.day, number=" ".join(str(number) for number in sorted(held)),
            rates=", ".join(
                f"{one.base}/{one.quote} {one.rate:f} of {one.day} by {one.source}" for _, one in sorted(held.items())
            ),
        )  # fmt: skip
