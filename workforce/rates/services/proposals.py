"""Offers to one worker are proposed: what may be offered, and what makes no sense beside the card."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.core.money import MAX_MICROS, Money, check_currency, from_micros
from workforce.projects.models import Project
from workforce.projects.queries import must_manage
from workforce.rates.models import RateOffer
from workforce.rates.queries import certified, rate_card
from workforce.rates.rules import levels_on, rate_in_force
from workforce.workers.models import Worker
from workforce.workers.queries import is_own, today_of, zone_of

LONGEST: Final = timedelta(days=366)
LONGEST_REASON: Final = 500


class OwnOffer(DaybookError):
    code = "own_offer"
    status = 403
    template = N_("Nobody proposes or approves an offer to herself. Ask somebody else to.")


class NotComparable(DaybookError):
    code = "not_comparable"
    template = N_(
        "On that day the card pays her %(amount)s %(currency)s, in another unit or currency than this offer. A personal"
        " rate must be in the same ones, so that both can be compared."
    )


class BelowCard(DaybookError):
    code = "below_card"
    template = N_("On that day the card pays her %(amount)s %(currency)s already. A personal rate must be more.")


@dataclass(frozen=True)
class Terms:
    """What is offered.

    Attributes:
        kind: personal_rate or bonus.
        money: a piece or an hour of a personal rate, or the whole bonus.
        valid_from: the first day, in the worker's pay group's zone, on which the rate holds or pieces count.
        valid_to: the last one; it can be accepted until then.
        unit: of a personal rate, piece or hourly; empty for a bonus.
        pieces: of a bonus, how many are to be accepted between these days; 0 for a personal rate.

    """

    kind: str
    money: Money
    valid_from: date
    valid_to: date
    unit: str = ""
    pieces: int = 0


def propose_offer(
    actor: Actor, project: Project, worker: Worker, terms: Terms, *, reason: str, now: datetime
) -> RateOffer:
    """Propose an offer to a worker; she does not see it before a second person has approved it.

    Args:
        actor: a manager of the project.
        project: that it is for.
        worker: whom it is for.
        terms: what is offered.
        reason: why; the worker reads it.
        now: the instant.

    Raises:
        Forbidden, NotFound: the project is not hers.
        OwnOffer: it is to herself.
        Invalid: naming the field.
        NotComparable, BelowCard: the card pays her otherwise, or more, on the first day.

    """
    actor.must("rates:offers:propose")
    must_manage(actor, project)
    user_id = person_of(actor)
    if is_own(actor, worker):
        raise OwnOffer
    _check(terms, reason, today=today_of(worker, now))
    if terms.kind == "personal_rate":
        _compare(project, worker, terms)
    offer = RateOffer(
        worker_id=worker.id, project_id=project.id, kind=terms.kind, unit=terms.unit, amount=terms.money.micros,
        currency=terms.money.currency, valid_from=terms.valid_from, valid_to=terms.valid_to, pieces=terms.pieces,
        reason=reason.strip(), proposed_by=user_id, proposed_at=now,
    )  # fmt: skip
    session().add(offer)
    session().flush()
    audit.record(actor, "offer.propose", f"offer:{offer.id}", after=values_of(offer), reason=offer.reason, now=now)
    return offer


def person_of(actor: Actor) -> int:
    """Give who acts, and refuse Daybook itself: an offer stands on two people.

    Raises:
        Invalid: it is Daybook itself.

    """
    if actor.id is None:
        raise Invalid(field="as", problem="an offer is proposed and approved by people: say who, with --as EMAIL")
    return actor.id


def _check(terms: Terms, reason: str, *, today: date) -> None:
    rate = terms.kind == "personal_rate"
    if not rate and terms.kind != "bonus":
        raise Invalid(field="kind", problem=f"{terms.kind!r} is neither personal_rate nor bonus")
    if terms.unit not in ({"piece", "hourly"} if rate else {""}):
        raise Invalid(field="unit", problem="must be piece or hourly for a personal rate, and empty for a bonus")
    if not 0 < terms.money.micros <= MAX_MICROS // 1_000_000:
        raise Invalid(field="amount", problem="must be more than nothing, and small enough to be paid")
    check_currency(terms.money.currency)
    if terms.valid_from < today:
        raise Invalid(field="valid_from", problem=f"must not be before today, {today}")
    if not timedelta(0) <= terms.valid_to - terms.valid_from <= LONGEST:
        raise Invalid(field="valid_to", problem=f"must be the first day or a later one, within {LONGEST.days} days")
    if not (terms.pieces == 0 if rate else 0 < terms.pieces <= 1_000_000):
        raise Invalid(field="pieces", problem="must be 1 to 1,000,000 for a bonus, and 0 for a personal rate")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid(field="reason", problem=f"must have 1 to {LONGEST_REASON} characters")


def _compare(project: Project, worker: Worker, terms: Terms) -> None:
    """Refuse a personal rate that is no better than what the card pays her, or that cannot be compared with it."""
    held = certified([worker.user_id] if worker.user_id else [], [project.id])
    levels = levels_on(held.get((worker.user_id or 0, project.id), ()), terms.valid_from, zone_of(worker))
    card = rate_card(project.id)
    for level in sorted(levels or {""}):
        line = rate_in_force(card, project_id=project.id, level=level, country=worker.country, day=terms.valid_from)
        if line is None:
            continue
        if (line.kind, line.currency) != (terms.unit, terms.money.currency):
            raise NotComparable(amount=from_micros(line.rate), currency=line.currency)
        if terms.money.micros <= line.rate:
            raise BelowCard(amount=from_micros(line.rate), currency=line.currency)


def values_of(offer: RateOffer) -> dict[str, Any]:
    """Give the terms of an offer for the audit log."""
    return {
        "worker_id": offer.worker_id, "project_id": offer.project_id, "kind": offer.kind, "unit": offer.unit,
        "amount": offer.amount, "currency": offer.currency, "valid_from": str(offer.valid_from),
        "valid_to": str(offer.valid_to), "pieces": offer.pieces,
    }  # fmt: skip
