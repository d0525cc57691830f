"""What is done with rates: a line is added to a card, and a price is quoted and frozen with work."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from i18n.countries import is_country
from i18n.locale import N_
from workforce.core import audit, locks
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.core.money import Money, check_currency
from workforce.projects.models import Project
from workforce.projects.queries import must_manage
from workforce.rates.models import Rate
from workforce.rates.rules import Basis, PersonalRate, RateLine, best_line, personal_rate
from workforce.rates.services.changes import BeforeToday, Effect, effects, first_day
from workforce.rates.services.telling import tell

LONGEST_REASON: Final = 500


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
        kind: piece or hourly; onboarding or bonus for a fixed amount.
        rate: micros a piece or an hour, or the fixed amount.
        currency: ISO 4217.
        rate_id: the line of the rate card; None where the file's own reward is paid.
        offer_id: the personal offer that it comes from, if it does.

    """

    kind: str
    rate: int
    currency: str
    rate_id: int | None = None
    offer_id: int | None = None


@dataclass(frozen=True)
class Plan:
    """What adding a line would do.

    Attributes:
        line: as the rules know it; its id is 0 as long as it is not written.
        known: is the very same line on the card already?
        effects: what it changes for everybody concerned.

    """

    line: RateLine
    known: bool
    effects: list[Effect]


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
    reason: str = "",
    ahead: bool = False,
) -> bool:
    """Add a line to the rate card, and tell whoever is concerned.

    Two who change a card at once come one after the other; the second one sees what the first one did. A day of the
    past is refused by pages and by `daybook rates add` (`ahead`). `daybook import rates` may load history, but never
    under work that is there: no line is written that would have priced work which another line of the card has priced
    already, or that could have (see rules.promises.rewrites).

    Args:
        actor: who does it: a manager of the project; for every project whoever manages all.
        project: what it is for; None for every project.
        level: certification level; empty for any.
        country: ISO 3166 alpha-2; empty for any.
        kind: piece or hourly.
        money: what a piece or an hour earns.
        valid_from: first day that it holds on, in the workers' pay groups' zones.
        now: the instant.
        reason: why; whoever is concerned reads it.
        ahead: refuse a day before today, also where nobody has worked.

    Returns:
        True if it is new, False if the very same line is there.

    Raises:
        Forbidden, NotFound: the card is not hers.
        Invalid: naming the field.
        RateDiffers: another rate holds from that day.
        BeforeToday, RateBackwards: it would change what was.
        NoticeNeeded: somebody would be paid less before the notice period is over.

    """
    plan = plan_rate(
        actor, project, level=level, country=country, kind=kind, money=money, valid_from=valid_from, now=now,
        reason=reason, ahead=ahead,
    )  # fmt: skip
    if plan.known:
        return False
    rate = Rate(
        project_id=plan.line.project_id, level=level, country=country, kind=kind, currency=money.currency,
        rate=money.micros, valid_from=valid_from, created_at=now, created_by=actor.id, reason=reason.strip(),
    )  # fmt: skip
    session().add(rate)
    session().flush()
    values = {"level": level, "country": country, "kind": kind, "currency": money.currency, "rate": money.micros,
              "valid_from": str(valid_from)}  # fmt: skip
    subject = f"project:{project.code if project else '*'}"
    audit.record(actor, "rate.add", subject, after=values, reason=rate.reason, now=now)
    if plan.effects:
        tell(rate, now=now)
    return True


def plan_rate(
    actor: Actor,
    project: Project | None,
    *,
    level: str,
    country: str,
    kind: str,
    money: Money,
    valid_from: date,
    now: datetime,
    reason: str = "",
    ahead: bool = False,
) -> Plan:
    """Say what add_rate would do with the same arguments, and refuse what it refuses; nothing is written."""
    project_id = project.id if project else None
    line = RateLine(0, project_id, level, country, kind, money.currency, money.micros, valid_from)
    _check(line, reason)
    _may_write(actor, project)
    if project_id is None:
        locks.exclusive(locks.RATES, 0)
    else:
        locks.shared(locks.RATES, 0)
        locks.exclusive(locks.RATES, project_id)
    known = session().scalar(
        select(Rate).where(
            Rate.project_id.is_not_distinct_from(project_id),
            Rate.level == level, Rate.country == country, Rate.valid_from == valid_from,
        )
    )  # fmt: skip
    if known is not None:
        if (known.kind, known.currency, known.rate) == (kind, money.currency, money.micros):
            return Plan(line, known=True, effects=[])
        raise RateDiffers(day=valid_from)
    on = first_day(now)
    if ahead and valid_from < on:
        raise BeforeToday(field="valid_from", day=valid_from, today=on)
    return Plan(line, known=False, effects=effects(line, project_id=project_id, on=on))


def _check(line: RateLine, reason: str) -> None:
    if line.kind not in {"piece", "hourly"}:
        raise Invalid(field="kind", problem=f"{line.kind!r} is neither piece nor hourly")
    if line.rate < 0:
        raise Invalid(field="rate", problem="must not be negative")
    check_currency(line.currency)
    if line.country and not is_country(line.country):
        raise Invalid(field="country", problem=f"{line.country!r} is no country of ISO 3166 (two letters, such as KE)")
    if len(line.level) > 40:
        raise Invalid(field="level", problem="must have at most 40 characters")
    if len(reason) > LONGEST_REASON:
        raise Invalid(field="reason", problem=f"must have at most {LONGEST_REASON} characters")


def _may_write(actor: Actor, project: Project | None) -> None:
    if project is None:
        actor.must("projects:all:manage")
    else:
        actor.must("rates:cards:write")
        must_manage(actor, project)


def quote(
    card: Collection[RateLine],
    project: Project,
    *,
    basis: Basis,
    country: str,
    offers: Iterable[PersonalRate] = (),
) -> Quote:
    """Quote the price of work begun on a day; whoever asks freezes it with the work.

    A personal rate that the worker accepted wins over the card where it pays at least as much, see
    rules.offers.personal_rate.

    Args:
        card: the project's rate card, read once for many quotes (queries.hold_card).
        project: of the work.
        basis: day and levels, as rules.basis gives them.
        country: the worker's, empty where not known.
        offers: the personal rates that she accepted on this project (queries.personal_rates).

    Raises:
        NoRate: no line matches, and no personal rate holds.

    """
    day, levels = basis
    line = best_line(card, project_id=project.id, levels=levels, country=country, day=day)
    own = personal_rate(line, offers, day)
    if own is not None:
        return Quote(own.unit, own.rate, own.currency, line.id if line else None, own.id)
    if line is None:
        raise NoRate(project=project.code, day=day, level=", ".join(sorted(levels)), country=country)
    return Quote(line.kind, line.rate, line.currency, line.id)
