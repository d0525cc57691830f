"""Reads on hourly floors."""

from datetime import date

from sqlalchemy import select

from workforce.core.db import session
from workforce.rates.models import HourlyFloor


def floors_in_force(day: date) -> dict[str, HourlyFloor]:
    """Give the hourly floor that holds on a pay day in each country that has one."""
    query = select(HourlyFloor).where(HourlyFloor.valid_from <= day).order_by(HourlyFloor.valid_from)
    return {floor.country: floor for floor in session().scalars(query)}


def floor_lines() -> list[HourlyFloor]:
    """Give every floor that was ever entered, by country, the latest first."""
    query = select(HourlyFloor).order_by(HourlyFloor.country, HourlyFloor.valid_from.desc())
    return list(session().scalars(query))
