"""Which payslip of a worker goes first, and from what amount on a balance is sent: what is foreseen and made alike."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, tuple_

from payroll.closing.models import Payslip
from payroll.fx.queries import rates_for
from payroll.fx.rules import Rates, convert
from workforce.paydays.models import PayGroup


def in_turn(slip: type[Payslip]) -> ColumnElement[Any]:
    """Return by what payslips go: those that take back more than they give first, then the older ones.

    Args:
        slip: the table, or an alias of it.

    """
    return tuple_(slip.net >= 0, slip.pay_day, slip.group_id)


def least_payouts(group: PayGroup, day: date, currencies: set[str]) -> dict[str, int]:
    """Return a group's least payout in each currency, in micros.

    Where no exchange rate is at hand it is 0: nobody waits for a rate that nothing else needs.

    Args:
        group: the pay group.
        day: the pay day, whose rates hold.
        currencies: ISO 4217.

    """
    others = currencies - {group.currency}
    rates = rates_for(day) if others and group.minimum else Rates(day, ())
    found = dict.fromkeys(currencies, 0) | {group.currency: group.minimum}
    for currency in others if group.minimum else ():
        chosen = rates.choose(group.currency, currency)
        found[currency] = convert(group.minimum, chosen.factor) if chosen else 0
    return found
