"""Reads on workers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import ARRAY, String, cast, func, select, union

from workforce.core.auth import Actor
from workforce.core.clock import local_date
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.identity.models import User
from workforce.paydays.models import PayGroup
from workforce.workers.models import ProfileChange, Worker


def worker_by_external_id(external_id: str) -> Worker:
    """Give the worker of an external id.

    Raises:
        NotFound: there is none.

    """
    found = session().scalar(select(Worker).where(Worker.external_id == external_id))
    if found is None:
        raise NotFound(thing="worker", name=external_id)
    return found


def workers_by_external_id(external_ids: Collection[str]) -> dict[str, Worker]:
    """Give the workers that are known among some external ids, by external id."""
    # One list that is joined: a plan that is kept for long lists of parameters compares every worker with each of them.
    told = select(func.unnest(cast(list(external_ids), ARRAY(String))))
    query = select(Worker).where(Worker.external_id.in_(told))
    return {worker.external_id: worker for worker in session().scalars(query)}


def worker_by_email(email: str) -> Worker | None:
    """Give the worker whom a list names with an e-mail address, if there is one.

    It says nothing about who signs in: see `worker_of`.

    Args:
        email: as `identity.rules.canonical_address` gives it.

    """
    return session().scalar(select(Worker).where(Worker.email == email)) if email else None


def worker_of(actor: Actor) -> Worker | None:
    """Give the worker that an account is linked to, if there is one."""
    return session().scalar(select(Worker).where(Worker.user_id == actor.id)) if actor.id is not None else None


def is_own(actor: Actor, worker: Worker) -> bool:
    """Say whether a worker is the actor herself, who decides nothing about her own money."""
    return actor.id is not None and worker.user_id == actor.id


def today_of(worker: Worker | None, now: datetime) -> date:
    """Give the date of an instant in a worker's pay group's zone; in UTC for somebody who is no worker yet."""
    return local_date(now, zone_of(worker)) if worker else now.astimezone(UTC).date()


def zone_of(worker: Worker) -> str:
    """Give the IANA name of the zone in which a worker's days are counted: her pay group's."""
    return session().get_one(PayGroup, worker.group_id).timezone


def reader_settings(actor: Actor) -> tuple[str, str]:
    """Give the language (empty where none is known) and the IANA time zone in which a worker reads.

    Who is no worker has two empty strings.
    """
    query = (
        select(Worker.locale, Worker.timezone, PayGroup.timezone)
        .join(PayGroup, PayGroup.id == Worker.group_id)
        .where(Worker.user_id == actor.id)
    )
    found = session().execute(query).one_or_none() if actor.id is not None else None
    return (found[0], found[1] or found[2]) if found else ("", "")


def readers_settings(emails: Collection[str]) -> dict[str, tuple[str, str]]:
    """Give language and time zone as `reader_settings` does, of workers, by the addresses of their accounts."""
    query = (
        select(User.email, Worker.locale, Worker.timezone, PayGroup.timezone)
        .join(Worker, Worker.user_id == User.id)
        .join(PayGroup, PayGroup.id == Worker.group_id)
        .where(User.email.in_(emails))
    )
    return {row[0]: (row[1], row[2] or row[3]) for row in session().execute(query)}


@dataclass(frozen=True)
class Listed:
    """A worker as a list shows her: with the code of her pay group and the address of her account, if she has one."""

    worker: Worker
    group: str
    account: str


def listed(*, prefix: str, unlinked: bool, start: int, limit: int) -> tuple[list[Listed], int]:
    """Give a page of workers by external id, and how many there are.

    Args:
        prefix: only those whose external id, or whose address on a list or of her account, begins with it.
        unlinked: only those who have no account.
        start: how many to pass over.
        limit: how many at most.

    """
    query = (
        select(Worker, PayGroup.code, User.email)
        .join(PayGroup, PayGroup.id == Worker.group_id)
        .outerjoin(User, User.id == Worker.user_id)
    )
    if prefix:
        # One index each: with OR over two tables none would be used.
        fitting = union(
            select(Worker.id).where(Worker.external_id.startswith(prefix, autoescape=True)),
            select(Worker.id).where(Worker.email.startswith(prefix.lower(), autoescape=True)),
            select(Worker.id)
            .join(User, User.id == Worker.user_id)
            .where(User.email.startswith(prefix.lower(), autoescape=True)),
        )
        query = query.where(Worker.id.in_(fitting))
    if unlinked:
        query = query.where(Worker.user_id.is_(None))
    count = session().scalars(select(func.count()).select_from(query.with_only_columns(Worker.id).subquery())).one()
    found = session().execute(query.order_by(Worker.external_id).offset(start).limit(limit))
    return [Listed(worker, group, email or "") for worker, group, email in found], count


def listed_one(external_id: str) -> Listed:
    """Give one worker as a list shows her.

    Raises:
        NotFound: there is none.

    """
    worker = worker_by_external_id(external_id)
    email = session().scalar(select(User.email).where(User.id == worker.user_id)) if worker.user_id else ""
    return Listed(worker, session().get_one(PayGroup, worker.group_id).code, email or "")


MOST_CHANGES: Final = 100


def changes_of(worker_id: int) -> list[ProfileChange]:
    """Give what was changed or asked for of a worker's profile, the latest first, at most a hundred."""
    query = select(ProfileChange).where(ProfileChange.worker_id == worker_id).order_by(ProfileChange.id.desc())
    return list(session().scalars(query.limit(MOST_CHANGES)))


def asked_changes() -> list[tuple[ProfileChange, str]]:
    """Give what workers ask for, with their external ids, the oldest first, at most a hundred."""
    query = (
        select(ProfileChange, Worker.external_id)
        .join(Worker, Worker.id == ProfileChange.worker_id)
        .where(ProfileChange.state == "asked")
        .order_by(ProfileChange.id)
        .limit(MOST_CHANGES)
    )
    return [(change, worker) for change, worker in session().execute(query)]
