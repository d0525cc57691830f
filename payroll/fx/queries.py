"""Reads on exchange rates."""

from datetime import date

from sqlalchemy import select

from payroll.fx.models import FxRate
from payroll.fx.rules import MAX_AGE, Published
from workforce.core.db import session


def rates_for(day: date, source: str | None) -> list[Published]:
    """Give every rate that can price a day.

    Args:
        day: of a pay group's books.
        source: one source, or None for all.

    """
    query = select(FxRate).where(FxRate.day.between(day - MAX_AGE, day))
    if source is not None:
        query = query.where(FxRate.source == source)
    return [Published(rate.source, rate.base, rate.quote, rate.day, rate.rate) for rate in session().scalars(query)]
