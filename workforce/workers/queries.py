"""Reads on workers."""

from collections.abc import Collection

from sqlalchemy import select

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.paydays.models import PayGroup
from workforce.workers.models import Worker


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
    query = select(Worker).where(Worker.external_id.in_(external_ids))
    return {worker.external_id: worker for worker in session().scalars(query)}


def worker_by_email(email: str) -> Worker | None:
    """Give the worker of an e-mail address, in any letters, if there is one."""
    return session().scalar(select(Worker).where(Worker.email == email.strip().lower())) if email.strip() else None


def reader_settings(email: str) -> tuple[str, str]:
    """Give the language (empty where none is known) and the IANA time zone in which a worker reads, by her address.

    Nobody's address gives two empty strings.
    """
    query = (
        select(Worker.locale, Worker.timezone, PayGroup.timezone)
        .join(PayGroup, PayGroup.id == Worker.group_id)
        .where(Worker.email == email)
    )
    found = session().execute(query).one_or_none() if email else None
    return (found[0], found[1] or found[2]) if found else ("", "")


def readers_settings(emails: Collection[str]) -> dict[str, tuple[str, str]]:
    """Give language and time zone as `reader_settings` does, of all workers among some addresses, by address."""
    query = (
        select(Worker.email, Worker.locale, Worker.timezone, PayGroup.timezone)
        .join(PayGroup, PayGroup.id == Worker.group_id)
        .where(Worker.email.in_(emails), Worker.email != "")
    )
    return {row[0]: (row[1], row[2] or row[3]) for row in session().execute(query)}
