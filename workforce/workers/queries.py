"""Reads on workers."""

from collections.abc import Collection

from sqlalchemy import select

from workforce.core.db import session
from workforce.core.errors import NotFound
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
