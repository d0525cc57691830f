"""Reads on files of work that are not taken in to their end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from workforce.core.db import session
from workforce.imports.models import ImportFile
from workforce.projects.models import Project


@dataclass(frozen=True)
class Unfinished:
    """A file whose taking in has begun and is not at its end: somebody is at it, or it was interrupted.

    Attributes:
        id: of the file.
        project: its code name.
        actor: who imports it.
        begun_at: when.
        rows: good rows in all.
        left: those that are not taken in yet.

    """

    id: int
    project: str
    actor: str
    begun_at: datetime
    rows: int
    left: int


def unfinished(project_ids: Collection[int] | None = None) -> list[Unfinished]:
    """Give the files of some projects, or of all, that are not taken in to their end, the oldest first."""
    query = select(ImportFile, Project.code).join(Project).where(ImportFile.state == "applying").order_by(ImportFile.id)
    if project_ids is not None:
        query = query.where(ImportFile.project_id.in_(project_ids))
    return [
        Unfinished(file.id, code, file.actor, file.begun_at, file.rows, file.left)
        for file, code in session().execute(query)
    ]


def files_after(file_id: int, limit: int, *, state: str, begun_before: datetime) -> Sequence[int]:
    """Give the ids of files in a state that were begun before an instant, ascending from one on."""
    query = select(ImportFile.id).where(
        ImportFile.id > file_id, ImportFile.state == state, ImportFile.begun_at <= begun_before
    )
    return session().scalars(query.order_by(ImportFile.id).limit(limit)).all()
