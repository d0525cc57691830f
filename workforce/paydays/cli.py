"""`daybook groups`."""

from datetime import date, datetime, time
from decimal import Decimal

import click

from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command
from workforce.core.db import transaction
from workforce.core.errors import Invalid
from workforce.core.money import Money, plain
from workforce.paydays.queries import groups as all_groups
from workforce.paydays.services import create_group

groups = click.Group("groups", help="Pay groups: workers whose days are closed together.")


@command(groups, "create")
@click.argument("code")
@click.option("--timezone", required=True, help="IANA name, such as Africa/Nairobi.")
@click.option("--currency", required=True, help="ISO 4217 code.")
@click.option("--open-day", type=click.DateTime(["%Y-%m-%d"]), help="First day to close; today by default.")
@click.option("--terms", type=int, default=1, show_default=True, help="Business days from a day to its payment.")
@click.option("--minimum", default="0", show_default=True, help="Least payout, in the group's currency.")
@click.option("--close", type=click.Choice(["auto", "manual"]), help="auto; manual for an open day in the past.")
@click.option("--cutoff", type=click.DateTime(["%H:%M"]), default="00:00", show_default=True,
              help="Wall-clock time after which a day is closed; 00:00 is the midnight that ends it.")  # fmt: skip
@click.option("--calendar", default="", help="Country whose holidays are no business days, such as KE.")
def create(
    code: str, timezone: str, currency: str, open_day: datetime | None, terms: int, minimum: str, close: str | None,
    cutoff: datetime, calendar: str,
) -> Result:  # fmt: skip
    """Create the pay group CODE."""
    with transaction():
        group = create_group(
            SYSTEM, code, timezone=timezone, minimum=_money(minimum, currency), terms=terms, close=close,
            open_day=_date(open_day), cutoff=time(cutoff.hour, cutoff.minute), calendar=calendar, now=clock.now(),
        )  # fmt: skip
        document = {
            "code": group.code, "timezone": group.timezone, "currency": group.currency, "terms": group.terms,
            "minimum": plain(group.minimum), "close": group.close, "open_day": str(group.open_day),
        }  # fmt: skip
    return Result(document, [f"{code}: open day {document['open_day']}, closes {document['close']}"])


@command(groups, "list")
def list_groups() -> Result:
    """List the pay groups with their open days."""
    with transaction():
        found = [{"code": group.code, "open_day": str(group.open_day), "close": group.close} for group in all_groups()]
    return Result({"groups": found}, [f"{one['code']}  open day {one['open_day']}  {one['close']}" for one in found])


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _money(amount: str, currency: str) -> Money:
    try:
        return Money(Decimal(amount), currency)
    except (ValueError, ArithmeticError) as error:
        raise Invalid(
            field="minimum, currency", problem=f"{amount} {currency} is not an amount of money ({error})"
        ) from error
