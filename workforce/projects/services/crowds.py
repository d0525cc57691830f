"""Everybody who takes part in a project is told of it, by the job."""

from datetime import datetime
from typing import Any, Final

from workforce.notifications.services import Part, Told, add_teller, announce
from workforce.notifications.services.announcements import Asked
from workforce.projects.models import Project
from workforce.projects.queries import participants

TOPIC: Final = "project"


def tell_participants(project: Project, kind: str, *, now: datetime, **params: Any) -> None:
    """Have everybody told who takes part in a project: at this instant, or when the job comes.

    Args:
        project: of which they are told.
        kind: of the message.
        now: the instant.
        params: what the kind speaks of, but the project's code.

    """
    words = {"project": project.code, **params}
    announce(TOPIC, now=now, project=project.id, kind=kind, params=words, link=f"/me/projects/{project.code}")


def _next(asked: Asked) -> Part:
    about = asked.about
    people = participants(about["project"], at=asked.at, after=asked.after, limit=asked.limit)
    told = [Told(people, about["kind"], about["params"], about["link"])]
    return Part(told, people[-1] if len(people) == asked.limit else None)


add_teller(TOPIC, _next)
