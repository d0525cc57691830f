"""Projects with managers, guidelines and people, as tests begin with them."""

from collections.abc import Sequence

from sqlalchemy import insert

from tests.factories import NOW, make_project, make_user
from workforce.core.auth import SYSTEM
from workforce.core.db import session
from workforce.identity.models import User
from workforce.projects.models import Participation, Project
from workforce.projects.services import add_member, publish_guideline
from workforce.workers.models import Worker


def make_manager(*projects: Project, email: str = "") -> User:
    """Make an account of a manager who manages these projects."""
    user = make_user("manager", email)
    for project in projects:
        make_member(project, user)
    return user


def make_member(project: Project, user: User, part: str = "manager") -> None:
    """Make somebody a manager or reviewer of a project."""
    add_member(SYSTEM, project, user.email, part=part, reason="because", now=NOW)


def make_managed_project(code: str = "FALCON", *, customer: str = "Secret Customer Ltd") -> tuple[Project, User]:
    """Make a project that is open, and its manager."""
    project = make_project(code, customer=customer)
    return project, make_manager(project)


def make_guideline(project: Project, body: str = "Read the whole question.", *, based_on: int = 0) -> None:
    """Publish a version of a project's guidelines."""
    publish_guideline(SYSTEM, project, body, based_on=based_on, now=NOW)


def make_participants(project: Project, workers: Sequence[Worker]) -> None:
    """Let workers take part in a project, all at once."""
    values = [
        {"project_id": project.id, "worker_id": worker.id, "state": "joined", "joined_at": NOW, "changed_at": NOW,
         "reason": ""}
        for worker in workers
    ]  # fmt: skip
    if values:
        session().execute(insert(Participation), values)
