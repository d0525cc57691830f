"""What a worker sees: the projects that are open to her, what they ask for, and what she answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.projects.models import Guideline, GuidelineAcknowledgement, Participation, Project, Requirement
from workforce.projects.queries.scope import project_by_code
from workforce.projects.rules import primary
from workforce.workers.models import Worker


@dataclass(frozen=True)
class Opening:
    """A project as a worker sees it.

    Attributes:
        project: what it is.
        answer: joined, declined or left; empty where she has not answered.
        unread: the version of the guidelines that she has yet to acknowledge; 0 for none. Of those who joined alone.

    """

    project: Project
    answer: str
    unread: int


def openings(
    worker: Worker | None, languages: Collection[str] | None, *, start: int, size: int
) -> tuple[list[Opening], int]:
    """Give a page of the projects that are open to a worker or that she takes part in, and how many there are.

    Hers come first, then the others, by code name. A closed project, and one that she was taken off, is not shown.

    Args:
        worker: who looks; None for somebody who applies, whose country is not asked for.
        languages: hers as BCP 47 tags; None where they are not known, so that nothing is left out by it.
        start: how many to pass over.
        size: how many at most.

    """
    worker_id = worker.id if worker else 0
    mine = and_(Participation.project_id == Project.id, Participation.worker_id == worker_id)
    answer = func.coalesce(Participation.state, "")
    offered = and_(Project.state == "open", _country(worker), _speaks(languages), answer != "removed")
    taken = and_(Project.state != "closed", answer == "joined")
    query = select(Project, answer).outerjoin(Participation, mine).where(or_(offered, taken))
    count = session().scalars(select(func.count()).select_from(query.with_only_columns(Project.id).subquery())).one()
    found = session().execute(query.order_by(answer != "joined", Project.code).offset(start).limit(size)).all()
    unread = unread_guidelines(worker_id, [project.id for project, state in found if state == "joined"])
    return [Opening(project, state, unread.get(project.id, 0)) for project, state in found], count


def opening(worker: Worker | None, code: str) -> tuple[Project, Participation | None]:
    """Give a project that a worker may look at, and what she answered to it.

    Raises:
        NotFound: there is none of that code name, or it is neither open nor one that she answered to.

    """
    project = project_by_code(code)
    answer = session().get(Participation, (project.id, worker.id)) if worker else None
    if project.state == "draft" or (project.state != "open" and answer is None):
        raise NotFound(thing="project", name=code)
    return project, answer


def requirements(project_ids: Collection[int]) -> dict[int, list[int]]:
    """Give the tests that projects ask for, by the project's id."""
    query = select(Requirement.project_id, Requirement.test_id).where(Requirement.project_id.in_(project_ids))
    found: dict[int, list[int]] = {}
    for project_id, test_id in session().execute(query.order_by(Requirement.project_id, Requirement.test_id)):
        found.setdefault(project_id, []).append(test_id)
    return found


def newest_guideline(project_id: int) -> Guideline | None:
    """Give the guidelines of a project that hold now."""
    query = select(Guideline).where(Guideline.project_id == project_id).order_by(Guideline.number.desc()).limit(1)
    return session().scalar(query)


def has_acknowledged(guideline: Guideline, worker: Worker) -> bool:
    """Has a worker confirmed that she read a version?"""
    return session().get(GuidelineAcknowledgement, (guideline.id, worker.id)) is not None


def unread_guidelines(worker_id: int, project_ids: Sequence[int]) -> dict[int, int]:
    """Give the newest version of the guidelines of projects that a worker has not acknowledged, by the project's id."""
    if not project_ids:
        return {}
    newest = (
        select(Guideline.project_id, func.max(Guideline.number).label("number"))
        .where(Guideline.project_id.in_(project_ids))
        .group_by(Guideline.project_id)
        .subquery()
    )
    read = select(GuidelineAcknowledgement.worker_id).where(
        GuidelineAcknowledgement.guideline_id == Guideline.id, GuidelineAcknowledgement.worker_id == worker_id
    )
    query = (
        select(Guideline.project_id, Guideline.number)
        .join(newest, and_(newest.c.project_id == Guideline.project_id, newest.c.number == Guideline.number))
        .where(~read.exists())
    )
    return dict(session().execute(query).all())


def _country(worker: Worker | None) -> ColumnElement[bool]:
    if worker is None or not worker.country:
        return Project.id.is_not(None)
    return or_(Project.countries == [], Project.countries.contains([worker.country]))


def _speaks(languages: Collection[str] | None) -> ColumnElement[bool]:
    if languages is None:
        return Project.id.is_not(None)
    tag = func.unnest(Project.languages).column_valued("tag")
    spoken = sorted({primary(one) for one in languages})
    among = select(tag).where(func.lower(func.split_part(tag, "-", 1)).in_(spoken))
    return or_(Project.languages == [], among.exists())
