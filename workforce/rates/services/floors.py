"""Hourly floors: the least that an hour of work earns in a country, from a date."""

from datetime import date, datetime

from sqlalchemy import select

from i18n.countries import is_country
from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.core.money import Money, check_currency
from workforce.rates.models import HourlyFloor

_LONGEST_SOURCE = 300


class FloorDiffers(DaybookError):
    code = "floor_differs"
    template = N_(
        "A floor of %(known)s an hour holds in %(country)s from %(day)s already. A floor is never changed: give a later"
        " date."
    )


def add_floor(actor: Actor, *, country: str, money: Money, valid_from: date, source: str = "", now: datetime) -> bool:
    """Add an hourly floor; it holds from its day until a later one takes its place.

    It counts for days that are not closed yet, also where it holds from a day before: closed days stay as they are.

    Args:
        actor: who does it.
        country: ISO 3166 alpha-2, in capitals.
        money: the least that an hour earns.
        valid_from: first pay day that it holds on.
        source: where it comes from, such as the law.
        now: the instant.

    Returns:
        True if it is new, False if the very same is there.

    Raises:
        Invalid: naming the field.
        FloorDiffers: another floor holds from that day.

    """
    if not is_country(country):
        raise Invalid(field="country", problem=f"{country!r} is no country of ISO 3166 (two letters, such as KE)")
    check_currency(money.currency)
    if money.micros <= 0:
        raise Invalid(field="rate", problem="must be above 0")
    if len(source) > _LONGEST_SOURCE:
        raise Invalid(field="source", problem=f"must have at most {_LONGEST_SOURCE} characters")
    known = session().scalar(
        select(HourlyFloor).where(HourlyFloor.country == country, HourlyFloor.valid_from == valid_from)
    )
    if known is not None:
        if (known.currency, known.rate) == (money.currency, money.micros):
            return False
        raise FloorDiffers(known=Money.of_micros(known.rate, known.currency), country=country, day=valid_from)
    session().add(
        HourlyFloor(country=country, currency=money.currency, rate=money.micros, valid_from=valid_from, source=source,
                    created_at=now)
    )  # fmt: skip
    session().flush()
    values = {"currency": money.currency, "rate": money.micros, "valid_from": str(valid_from), "source": source}
    audit.record(actor, "floor.add", f"floor:{country}", after=values, now=now)
    return True
