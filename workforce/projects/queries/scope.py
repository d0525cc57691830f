"""Which projects somebody has to do with: an admin with all, a manager and a reviewer with their own."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select

from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.projects.models import Participation, Project, ProjectMember
from workforce.workers.models import Worker


def project_by_code(code: str) -> Project:
    """Give the project of a code name, whoever asks.

    Raises:
        NotFound: there is none.

    """
    found = session().scalar(select(Project).where(Project.code == code))
    if found is None:
        raise NotFound(thing="project", name=code)
    return found


def projects() -> Sequence[Project]:
    """Give all projects by code name."""
    return session().scalars(select(Project).order_by(Project.code)).all()


def managed_ids(actor: Actor) -> list[int] | None:
    """Give the ids of the projects that somebody manages; None means all, as for an admin and for Daybook itself."""
    return _member_ids(actor, "manager")


def reviewed_ids(actor: Actor) -> list[int] | None:
    """Give the ids of the projects whose work somebody reviews; None means all."""
    return _member_ids(actor, "reviewer")


def manages(actor: Actor, project: Project) -> bool:
    """Does somebody manage this project?"""
    if actor.id is None or actor.may("projects:all:manage"):
        return True
    return session().get(ProjectMember, (project.id, actor.id, "manager")) is not None


def must_manage(actor: Actor, project: Project) -> None:
    """Refuse unless somebody manages this project, in the words for a project that is not there.

    Raises:
        NotFound: it is not hers.

    """
    if not manages(actor, project):
        raise NotFound(thing="project", name=project.code)


def project_of(actor: Actor, code: str) -> Project:
    """Give the project of a code name to somebody who manages it.

    Raises:
        NotFound: there is none, or it is not hers.

    """
    found = project_by_code(code)
    must_manage(actor, found)
    return found


def managed_projects(actor: Actor) -> Sequence[Project]:
    """Give the projects that somebody manages, by code name."""
    return session().scalars(_managed(actor).order_by(Project.code)).all()


def managed_page(actor: Actor, *, start: int, size: int, search: str = "") -> tuple[Sequence[Project], int]:
    """Give a page of the projects that somebody manages, by code name, and how many there are in all.

    Args:
        actor: who manages them.
        start: how many to pass over.
        size: how many at most.
        search: a part of the code name or the title, in any letters; empty for all.

    """
    query = _managed(actor)
    if search:
        like = f"%{escaped(search)}%"
        query = query.where(or_(Project.code.ilike(like), Project.title.ilike(like)))
    count = session().scalars(select(func.count()).select_from(query.subquery())).one()
    return session().scalars(query.order_by(Project.code).offset(start).limit(size)).all(), count


def is_open(project: Project) -> bool:
    """May workers join it and take work of it?"""
    return project.state == "open"


def participants(project_id: int, *, at: datetime, after: int, limit: int) -> list[int]:
    """Give the accounts of the workers who took part in a project, in order; a worker without an account has none.

    Args:
        project_id: of the project.
        at: the instant from which on they did, see `took_part`.
        after: accounts above this id.
        limit: how many at most.

    """
    query = (
        select(Worker.user_id)
        .join(Participation, Participation.worker_id == Worker.id)
        .where(Participation.project_id == project_id, took_part(at), Worker.user_id > after)
        .order_by(Worker.user_id)
        .limit(limit)
    )
    return list(session().scalars(query))


def took_part(at: datetime) -> ColumnElement[bool]:
    """Say of a participation that it held at an instant or holds now.

    Who joined since is among them: she may have read what held before, while what is new was being stored.
    """
    return (Participation.state == "joined") | ((Participation.joined_at <= at) & (Participation.changed_at > at))


def managers_of(project_ids: Collection[int]) -> dict[int, list[int]]:
    """Give the accounts of the managers of projects, by the project's id."""
    query = select(ProjectMember.project_id, ProjectMember.user_id).where(
        ProjectMember.project_id.in_(project_ids), ProjectMember.part == "manager"
    )
    found: dict[int, list[int]] = {}
    for project_id, user_id in session().execute(query.order_by(ProjectMember.since)):
        found.setdefault(project_id, []).append(user_id)
    return found


def _managed(actor: Actor) -> Select[Project]:
    query = select(Project)
    if actor.id is None or actor.may("projects:all:manage"):
        return query
    mine = select(ProjectMember.project_id).where(ProjectMember.user_id == actor.id, ProjectMember.part == "manager")
    return query.where(Project.id.in_(mine))


def _member_ids(actor: Actor, part: str) -> list[int] | None:
    if actor.id is None or actor.may("projects:all:manage"):
        return None
    query = select(ProjectMember.project_id).where(ProjectMember.user_id == actor.id, ProjectMember.part == part)
    return list(session().scalars(query.order_by(ProjectMember.project_id)))


def escaped(text: str) -> str:
    """Give a text as a pattern of LIKE that finds it as it stands."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
