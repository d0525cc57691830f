"""Reads on rate cards."""

from sqlalchemy import or_, select

from workforce.core.db import session
from workforce.rates.models import Rate
from workforce.rates.rules import RateLine


def rate_card(project_id: int) -> list[RateLine]:
    """Give every line that can hold for a project, past and future ones included."""
    query = select(Rate).where(or_(Rate.project_id == project_id, Rate.project_id.is_(None)))
    return [
        RateLine(
            rate.id, rate.project_id, rate.level, rate.country, rate.kind, rate.currency, rate.rate, rate.valid_from
        )
        for rate in session().scalars(query)
    ]
