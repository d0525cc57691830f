"""Reads on appeals. Staff see those that their scope reaches: see services.set_scope."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select

from workforce.appeals.models import Appeal
from workforce.core.db import session


def appeal_of(kind: str, subject_id: int) -> Appeal | None:
    """Give the appeal against a decision, if there is one."""
    return session().scalar(select(Appeal).where(Appeal.kind == kind, Appeal.subject_id == subject_id))


def visible(query: Select[Any], project_ids: Collection[int] | None) -> Select[Any]:
    """Keep of a query on appeals what somebody with these projects may see; None sees all."""
    if project_ids is None:
        return query
    return query.where(Appeal.project_id.is_(None) | Appeal.project_id.in_(project_ids))


def listed(*, waiting: bool, project_ids: Collection[int] | None, limit: int, offset: int) -> list[Appeal]:
    """Give the appeals that wait, the oldest first, or those that were decided, the youngest first.

    Args:
        waiting: those that wait, or the others?
        project_ids: of the projects that the reader may see besides appeals without one; None for all.
        limit: how many at most.
        offset: how many to pass over.

    """
    if waiting:
        query = select(Appeal).where(Appeal.state == "open").order_by(Appeal.opened_at, Appeal.id)
    else:
        query = select(Appeal).where(Appeal.state != "open").order_by(Appeal.decided_at.desc(), Appeal.id.desc())
    return list(session().scalars(visible(query, project_ids).limit(limit).offset(offset)))


def count(*, waiting: bool, project_ids: Collection[int] | None) -> int:
    """Count the appeals that wait, or those that were decided, as `listed` gives them."""
    state = Appeal.state == "open" if waiting else Appeal.state != "open"
    return session().scalar(visible(select(func.count()).where(state), project_ids)) or 0


def visible_appeal(appeal_id: int, project_ids: Collection[int] | None, *, lock: bool = False) -> Appeal | None:
    """Give an appeal if somebody with these projects may see it, perhaps locked until the end of the transaction."""
    query = visible(select(Appeal).where(Appeal.id == appeal_id), project_ids)
    found: Appeal | None = session().scalar(
        query.with_for_update() if lock else query, execution_options={"populate_existing": lock}
    )
    return found
