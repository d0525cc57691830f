"""Reads on projects."""

from collections.abc import Sequence

from sqlalchemy import select

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.projects.models import Project


def project_by_code(code: str) -> Project:
    """Give the project of a code name.

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
