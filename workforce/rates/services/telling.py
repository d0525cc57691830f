"""Whoever is concerned by a new line is told of it; who is paid less is asked to say that she has read it."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import insert_all, session
from workforce.core.errors import NotFound
from workforce.core.money import Money
from workforce.notifications.rules import day_param, money_param
from workforce.notifications.services import Part, Told, add_teller, announce
from workforce.notifications.services.announcements import Asked
from workforce.projects.models import Project
from workforce.rates.models import Rate, RateAcknowledgement, RateNotice
from workforce.rates.queries import Slice, line_of
from workforce.rates.rules import Change, RateLine
from workforce.rates.services.changes import Effect, effects_of
from workforce.rates.services.kinds import unit_param
from workforce.workers.models import Worker
from workforce.workers.queries import worker_of

TOPIC: Final = "rate"


def tell(rate: Rate, *, now: datetime) -> None:
    """Have everybody told whom a new line concerns, and keep that they were.

    These are all who take part at this instant or when the job comes. The card is the one to which the line was added;
    certifications and work of late are as the job finds them.
    """
    announce(TOPIC, now=now, rate=rate.id)


def _next(asked: Asked) -> Part:
    query = select(Worker.id).where(Worker.id > asked.after).order_by(Worker.id).limit(asked.limit)
    workers = session().scalars(query).all()
    if not workers:
        return Part([], None)
    rate = session().get_one(Rate, asked.about["rate"])
    found = effects_of(line_of(rate), part=Slice(asked.at, workers[0], workers[-1]))
    _keep(rate.id, found, asked.now)
    return Part(_told(rate, found), workers[-1] if len(workers) == asked.limit else None)


add_teller(TOPIC, _next)


def _keep(rate_id: int, found: Collection[Effect], now: datetime) -> None:
    """Write down who is told."""
    insert_all(
        RateNotice.__tablename__,
        [
            {
                "rate_id": rate_id, "project_id": one.person.project_id, "worker_id": one.person.worker_id,
                "lowered": one.change.lowered, "day": one.change.day,
                "old_rate_id": one.change.old.id if one.change.old else None, "told_at": now,
            }
            for one in found
        ],
    )  # fmt: skip


def _told(rate: Rate, found: Collection[Effect]) -> list[Told]:
    """Put together what those are told who have an account: the same for as many as earn the same without the line."""
    alike: defaultdict[tuple[int, Change], list[int]] = defaultdict(list)
    for one in found:
        if one.person.user_id is not None:
            alike[one.person.project_id, one.change].append(one.person.user_id)
    codes = _codes({project_id for project_id, _ in alike})
    return [
        Told(users, _kind(change), _params(codes[project_id], change, rate.reason))
        for (project_id, change), users in alike.items()
    ]


def _kind(change: Change) -> str:
    if change.old is None:
        return "rate.set"
    return "rate.lowered" if change.lowered else "rate.raised"


def _params(project: str, change: Change, reason: str) -> dict[str, Any]:
    params: dict[str, Any] = {
        "project": project, "day": day_param(change.day), "reason": reason or "–",
        "new": _money(change.new), "unit": unit_param(change.new.kind),
    }  # fmt: skip
    if change.old is not None:
        params |= {"old": _money(change.old), "old_unit": unit_param(change.old.kind)}
    return params


def acknowledge(actor: Actor, rate_id: int, *, now: datetime) -> bool:
    """Keep that a worker has read that a line pays her less. It changes nothing else, and is no consent.

    Args:
        actor: the worker's account.
        rate_id: of the line.
        now: the instant.

    Returns:
        False if she had said so before.

    Raises:
        NotFound: she was told of no such lowering.

    """
    worker = worker_of(actor)
    asked = worker and session().scalar(
        select(func.count()).where(RateNotice.rate_id == rate_id, RateNotice.worker_id == worker.id, RateNotice.lowered)
    )
    if worker is None or not asked:
        raise NotFound(thing="notice", name=rate_id)
    session().execute(select(Worker.id).where(Worker.id == worker.id).with_for_update(key_share=True))
    if session().get(RateAcknowledgement, (rate_id, worker.id)) is not None:
        return False
    session().add(RateAcknowledgement(rate_id=rate_id, worker_id=worker.id, at=now))
    session().flush()
    audit.record(actor, "rate.acknowledge", f"worker:{worker.external_id}", after={"rate_id": rate_id}, now=now)
    return True


def _money(line: RateLine) -> dict[str, Any]:
    return money_param(Money.of_micros(line.rate, line.currency))


def _codes(project_ids: Collection[int]) -> dict[int, str]:
    query = select(Project.id, Project.code).where(Project.id.in_(project_ids))
    return dict(session().execute(query).all())
