"""Reads on pay groups."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import holidays
from sqlalchemy import select

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.paydays.models import PayGroup
from workforce.paydays.rules import due_instant


def group_by_code(code: str) -> PayGroup:
    """Give the group of a code.

    Raises:
        NotFound: there is none.

    """
    found = session().scalar(select(PayGroup).where(PayGroup.code == code))
    if found is None:
        raise NotFound(thing="pay group", name=code)
    return found


def groups(*, close: str | None = None) -> Sequence[PayGroup]:
    """Give all groups, or those that are closed in one way, by code."""
    query = select(PayGroup).order_by(PayGroup.code)
    return session().scalars(query if close is None else query.where(PayGroup.close == close)).all()


def due_at(group: PayGroup, day: date) -> datetime:
    """Give the instant, in UTC, by which a group promises to have paid a day."""
    years = range(day.year, (day + timedelta(days=3 * group.terms + 30)).year + 1)
    calendar = holidays.country_holidays(group.calendar, years=years) if group.calendar else frozenset[date]()
    return due_instant(day, group.terms, group.timezone, calendar)


def is_calendar(code: str) -> bool:
    """Are the holidays of this country (ISO 3166 alpha-2) known?"""
    return code in holidays.list_supported_countries(include_aliases=False)
