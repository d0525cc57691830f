"""Lines of cards, people whom they concern, and offers."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tests.factories import NOW, make_user, make_worker
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import session
from workforce.core.money import Money
from workforce.identity.models import User
from workforce.paydays.models import PayGroup
from workforce.projects.models import Participation, Project
from workforce.rates.models import RateOffer
from workforce.rates.services import Terms, add_rate, answer_offer, decide_offer, propose_offer
from workforce.workers.models import Worker

TODAY: Final = NOW.date()


def day(offset: int) -> date:
    """Give the day so many days from today."""
    return TODAY + timedelta(days=offset)


def make_line(
    project: Project | None, rate: str = "0.50", *, currency: str = "USD", kind: str = "piece", level: str = "",
    country: str = "", valid_from: date | None = None, reason: str = "", actor: Actor = SYSTEM, ahead: bool = False,
    now: datetime = NOW,
) -> bool:  # fmt: skip
    """Add a line; it begins thirty days ago by default."""
    return add_rate(
        actor, project, level=level, country=country, kind=kind, money=Money(Decimal(rate), currency),
        valid_from=valid_from or day(-30), reason=reason, ahead=ahead, now=now,
    )  # fmt: skip


def make_participant(
    project: Project, group: PayGroup, *, country: str = "KE", email: str = "", currency: str = ""
) -> tuple[Worker, User]:
    """Make a worker with an account who takes part in a project."""
    user = make_user("worker", email)
    worker = make_worker(group, country=country, email=user.email, currency=currency)
    session().add(
        Participation(project_id=project.id, worker_id=worker.id, state="joined", joined_at=NOW, changed_at=NOW)
    )
    session().flush()
    return worker, user


def personal(rate: str = "0.80", **given: Any) -> Terms:
    """Give the terms of a personal rate for a task, from today for thirty days."""
    values = {"valid_from": day(0), "valid_to": day(30), "unit": "piece", **given}
    return Terms("personal_rate", Money(Decimal(rate), values.pop("currency", "USD")), **values)


def bonus(amount: str = "10", pieces: int = 2, **given: Any) -> Terms:
    """Give the terms of a bonus, from today for ten days."""
    values = {"valid_from": day(0), "valid_to": day(10), **given}
    return Terms("bonus", Money(Decimal(amount), values.pop("currency", "USD")), pieces=pieces, **values)


def make_offer(
    project: Project, worker: Worker, terms: Terms, *, manager: Actor, second: Actor | None = None,
    answerer: Actor | None = None, accept: bool = True,
) -> RateOffer:  # fmt: skip
    """Propose an offer, have it approved where a second person is given, and answered where the worker is."""
    offer = propose_offer(manager, project, worker, terms, reason="Good work", now=NOW)
    if second is not None:
        decide_offer(second, offer.id, approve=True, reason="", now=NOW)
    if answerer is not None:
        answer_offer(answerer, offer.id, accept=accept, now=NOW)
    return offer
