"""Whoever is concerned by a new line is told of it; who is paid less is asked to say that she has read it."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.core.money import Money
from workforce.notifications.rules import day_param, money_param
from workforce.notifications.services import notify_many
from workforce.projects.models import Project
from workforce.rates.models import Rate, RateAcknowledgement, RateNotice
from workforce.rates.rules import RateLine
from workforce.rates.services.changes import Effect
from workforce.rates.services.kinds import unit_param
from workforce.workers.models import Worker
from workforce.workers.queries import worker_of


def tell(rate: Rate, found: Collection[Effect], *, now: datetime) -> None:
    """Write down who is told of a line, and tell those who have an account."""
    if not found:
        return
    notices = [
        {"rate_id": rate.id, "project_id": one.person.project_id, "worker_id": one.person.worker_id,
         "lowered": one.change.lowered, "day": one.change.day,
         "old_rate_id": one.change.old.id if one.change.old else None, "told_at": now}
        for one in found
    ]  # fmt: skip
    session().execute(insert(RateNotice), notices)
    alike: defaultdict[tuple[int, int], list[Effect]] = defaultdict(list)
    for one in found:
        alike[one.person.project_id, one.change.old.id if one.change.old else 0].append(one)
    codes = _codes({project_id for project_id, _ in alike})
    for (project_id, _), people in alike.items():
        _notify(codes[project_id], people, rate.reason, now)


def _notify(project: str, people: list[Effect], reason: str, now: datetime) -> None:
    by_day: defaultdict[tuple[bool, object], list[Effect]] = defaultdict(list)
    for one in people:
        by_day[one.change.lowered, one.change.day].append(one)
    for alike in by_day.values():
        found = alike[0].change
        users = [one.person.user_id for one in alike if one.person.user_id is not None]
        params: dict[str, Any] = {"project": project, "day": day_param(found.day), "reason": reason or "–",
                  "new": _money(found.new), "unit": unit_param(found.new.kind)}  # fmt: skip
        if found.old is None:
            notify_many(users, "rate.set", now=now, **params)
        else:
            kind = "rate.lowered" if found.lowered else "rate.raised"
            old: dict[str, Any] = {"old": _money(found.old), "old_unit": unit_param(found.old.kind)}
            notify_many(users, kind, now=now, **params, **old)


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
