"""A project is opened, paused and closed; work that was begun is never touched by it."""

from datetime import datetime

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.checks import checked_reason
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.projects.models import Project
from workforce.projects.rules import MOVES, ForbiddenMove, moved
from workforce.projects.services.crowds import tell_participants
from workforce.projects.services.lifecycle import Undescribed, locked

# What takes part is told, by what was done; a draft that opens has nobody yet.
_TOLD = {"pause": "project.paused", "open": "project.opened", "close": "project.closed"}


class Moved(DaybookError):
    code = "moved"
    template = N_(
        "Somebody else has changed the state of %(project)s since you opened this page: it is %(state)s now. Look at it"
        " again, and decide anew."
    )


def change_state(
    actor: Actor, project: Project, action: str, *, reason: str, now: datetime, seen: str | None = None
) -> None:
    """Open, pause or close a project, and tell everybody who takes part.

    Nothing is done to claims and submissions: work that was begun can be finished, and is reviewed and paid.

    Args:
        actor: who does it.
        project: of hers.
        action: open, pause or close.
        reason: why, in her words; the workers read it when work is paused or closed.
        now: the instant.
        seen: the state that she saw when she decided; None where she saw none.

    Raises:
        NotFound: the project is not hers.
        Moved: it has another state by now than the one that she saw.
        ForbiddenMove: its state does not allow it.
        Undescribed: it does not say yet what the work is.
        Invalid: there is no such action, or no reason where one is wanted.

    """
    locked(actor, project)
    before = project.state
    if action not in _TOLD:
        raise Invalid(field="action", problem=f"{action!r} is none of open, pause, close")
    if seen is not None and seen != before:
        raise Moved(project=project.code, state=before)
    if (before, action) not in MOVES:
        raise ForbiddenMove(state=before)
    why = checked_reason(reason, needed=action != "open")
    if before == "draft" and action == "open" and not (project.title and project.description):
        raise Undescribed
    project.state = moved(before, action)
    session().flush()
    audit.record(
        actor, f"project.{action}", f"project:{project.code}",
        before={"state": before}, after={"state": project.state}, reason=why, now=now,
    )  # fmt: skip
    if before != "draft":
        tell_participants(project, _TOLD[action], now=now, reason=why)
