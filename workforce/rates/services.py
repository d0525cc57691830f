"""What is done with rates: a line is added to a card, and a price is quoted and frozen with work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import pycountry
from sqlalchemy import select

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.core.money import Money, is_currency
from workforce.projects.models import Project
from workforce.rates.models import Rate
from workforce.rates.rules import RateLine, rate_in_force


class RateDiffers(DaybookError):
    code = "rate_differs"
    template = N_(
        "A rate for this project, level and country holds from %(day)s already. A rate is never changed: give a later"
        " date."
    )


class NoRate(DaybookError):
    code = "no_rate"
    template = N_(
        "No rate of %(project)s holds on %(day)s for level “%(level)s” and country “%(country)s”."
        " `daybook import rates` adds one."
    )


@dataclass(frozen=True, slots=True)
class Quote:
    """A price, frozen with the work that it is for.

    Attributes:
        kind: piece or hourly.
        rate: micros a piece or an hour.
        currency: ISO 4217.
        rate_id: the line of the rate card; None where the file's own reward is paid.

    """

    kind: str
    rate: int
    currency: str
    rate_id: int | None = None


def add_rate(
    actor: Actor,
    project: Project | None,
    *,
    level: str,
    country: str,
    kind: str,
    money: Money,
    valid_from: date,
    now: datetime,
) -> bool:
    """Add a line to the rate card.

    Args:
        actor: who does it.
        project: what it is for; None for every project.
        level: certification level; empty for any.
        country: ISO 3166 alpha-2; empty for any.
        kind: piece or hourly.
        money: what a piece or an hour earns.
        valid_from: first day that it holds on, in the workers' pay groups' zones.
        now: the instant.

    Returns:
        True if it is new, False if the very same line is there.

    Raises:
        Invalid: naming the field.
        RateDiffers: another rate holds from that day.

    """
    if kind not in {"piece", "hourly"}:
        raise Invalid(field="kind", problem=f"{kind!r} is neither piece nor hourly")
    if money.micros < 0:
        raise Invalid(field="rate", problem="must not be negative")
    if not is_currency(money.currency):
        raise Invalid(field="currency", problem=f"{money.currency!r} is no currency of ISO 4217")
    # pycountry also finds small letters, which would match no worker.
    if country and (not country.isupper() or pycountry.countries.get(alpha_2=country) is None):
        raise Invalid(field="country", problem=f"{country!r} is no country of ISO 3166 (two letters, such as KE)")
    if len(level) > 40:
        raise Invalid(field="level", problem="must have at most 40 characters")
    project_id = project.id if project else None
    query = select(Rate).where(
        Rate.project_id.is_not_distinct_from(project_id),
        Rate.level == level, Rate.country == country, Rate.valid_from == valid_from,
    )  # fmt: skip
    known = session().scalar(query)
    if known is not None:
        if (known.kind, known.currency, known.rate) == (kind, money.currency, money.micros):
            return False
        raise RateDiffers(day=valid_from)
    session().add(
        Rate(project_id=project_id, level=level, country=country, kind=kind, currency=money.currency,
             rate=money.micros, valid_from=valid_from, created_at=now)
    )  # fmt: skip
    session().flush()
    values = {"level": level, "country": country, "kind": kind, "currency": money.currency, "rate": money.micros,
              "valid_from": str(valid_from)}  # fmt: skip
    audit.record(actor, "rate.add", f"project:{project.code if project else '*'}", after=values, now=now)
    return True


def quote(card: Iterable[RateLine], project: Project, *, level: str, country: str, day: date) -> Quote:
    """Quote the price of work begun on a day; whoever asks freezes it with the work.

    Args:
        card: the project's rate card, read once for many quotes.
        project: of the work.
        level: the worker's certification level, empty for none.
        country: the worker's, empty where not known.
        day: the date of the claim in the worker's pay group's zone.

    Raises:
        NoRate: no line matches.

    """
    line = rate_in_force(card, project_id=project.id, level=level, country=country, day=day)
    if line is None:
        raise NoRate(project=project.code, day=day, level=level, country=country)
    return Quote(line.kind, line.rate, line.currency, line.id)
