"""What a manager sees of the people of a project, and of its guidelines."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.identity.models import User
from workforce.projects.models import (
    Customer,
    Guideline,
    GuidelineAcknowledgement,
    Participation,
    Project,
    ProjectMember,
)
from workforce.projects.queries.openings import newest_guideline
from workforce.projects.queries.scope import escaped
from workforce.skills.models import SkillTest
from workforce.workers.models import Worker

JOINED = "joined"


@dataclass(frozen=True)
class Member:
    """A manager or reviewer of a project."""

    user_id: int
    email: str
    part: str
    since: datetime


@dataclass(frozen=True)
class Person:
    """A worker and what she answered to a project.

    Attributes:
        worker: who.
        answer: what, and since when.
        acknowledged: has she read the newest guidelines?

    """

    worker: Worker
    answer: Participation
    acknowledged: bool


@dataclass(frozen=True)
class Version:
    """A version of guidelines.

    Attributes:
        number: counted up.
        published_at: when.
        by: the account that published it, if it was one.
        acknowledged: how many of those who take part now have read it.

    """

    number: int
    published_at: datetime
    by: int | None
    acknowledged: int


def customer_name(project: Project) -> str:
    """Give the real name of whom a project is for; ask for it only with projects:customer:read."""
    return session().get_one(Customer, project.customer_id).name


def members(project_id: int) -> list[Member]:
    """Give the managers and reviewers of a project, managers first."""
    query = (
        select(User.id, User.email, ProjectMember.part, ProjectMember.since)
        .join(User, User.id == ProjectMember.user_id)
        .where(ProjectMember.project_id == project_id)
        .order_by(ProjectMember.part, User.email)
    )
    return [Member(*row) for row in session().execute(query)]


def headcounts(project_id: int) -> dict[str, int]:
    """Give how many workers gave each answer to a project."""
    query = select(Participation.state, func.count()).where(Participation.project_id == project_id)
    return dict(session().execute(query.group_by(Participation.state)).all())


def people(project_id: int, *, state: str, search: str, start: int, size: int) -> tuple[list[Person], int]:
    """Give a page of the workers who gave an answer to a project, the latest first, and how many they are.

    Args:
        project_id: of the project.
        state: joined, declined, left or removed.
        search: a part of the id, the name or the address, in any letters; empty for all.
        start: how many to pass over.
        size: how many at most.

    """
    query = (
        select(Participation, Worker)
        .join(Worker, Worker.id == Participation.worker_id)
        .where(Participation.project_id == project_id, Participation.state == state)
    )
    if search:
        like = f"%{escaped(search)}%"
        query = query.where(or_(Worker.external_id.ilike(like), Worker.name.ilike(like), Worker.email.ilike(like)))
    count = session().scalars(select(func.count()).select_from(query.with_only_columns(Worker.id).subquery())).one()
    latest = (Participation.joined_at.desc().nulls_last(), Participation.worker_id.desc())
    found = session().execute(query.order_by(*latest).offset(start).limit(size)).all()
    read = _readers(project_id, [worker.id for _, worker in found])
    return [Person(worker, answer, worker.id in read) for answer, worker in found], count


def versions(project_id: int, *, limit: int) -> list[Version]:
    """Give the latest versions of a project's guidelines, the youngest first."""
    read: Any = (
        select(func.count())
        .select_from(GuidelineAcknowledgement)
        .join(Participation, Participation.worker_id == GuidelineAcknowledgement.worker_id)
        .where(
            GuidelineAcknowledgement.guideline_id == Guideline.id,
            Participation.project_id == project_id, Participation.state == JOINED,
        )
        .scalar_subquery()
    )  # fmt: skip
    query = (
        select(Guideline.number, Guideline.published_at, Guideline.published_by, read)
        .where(Guideline.project_id == project_id)
        .order_by(Guideline.number.desc())
        .limit(limit)
    )
    return [Version(*row) for row in session().execute(query)]


def guideline(project_id: int, number: int) -> Guideline:
    """Give a version of a project's guidelines.

    Raises:
        NotFound: there is none of that number.

    """
    query = select(Guideline).where(Guideline.project_id == project_id, Guideline.number == number)
    found = session().scalar(query) if 0 < number < 2**31 else None
    if found is None:
        raise NotFound(thing="version", name=number)
    return found


def revivals(project_id: int) -> Sequence[Project]:
    """Give the projects that take a project's work up again."""
    return session().scalars(select(Project).where(Project.parent_id == project_id).order_by(Project.code)).all()


def parent_of(project: Project) -> Project | None:
    """Give the project whose work a Revival takes up again; None for one that is no Revival."""
    return session().get(Project, project.parent_id) if project.parent_id else None


def tests_to_ask_for(besides: Collection[int]) -> Sequence[SkillTest]:
    """Give the tests that a project can ask for, by code: those that are not withdrawn, and some besides."""
    query = select(SkillTest).where(or_(SkillTest.retired_at.is_(None), SkillTest.id.in_(besides)))
    return session().scalars(query.order_by(SkillTest.code)).all()


def _readers(project_id: int, worker_ids: list[int]) -> set[int]:
    newest = newest_guideline(project_id)
    if newest is None:
        return set(worker_ids)
    query = select(GuidelineAcknowledgement.worker_id).where(
        GuidelineAcknowledgement.guideline_id == newest.id, GuidelineAcknowledgement.worker_id.in_(worker_ids)
    )
    return set(session().scalars(query))
