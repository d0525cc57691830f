"""Workers join projects, decline them and leave them; declining and leaving cost nothing."""

from datetime import datetime

from sqlalchemy import select

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.checks import checked_reason
from workforce.core.db import session
from workforce.core.errors import DaybookError, NotFound
from workforce.notifications.services import notify
from workforce.projects.models import Participation, Project
from workforce.projects.queries import newest_guideline, requirements
from workforce.projects.rules import can_join, missing
from workforce.projects.services.guidelines import GuidelinesOld, acknowledge
from workforce.projects.services.lifecycle import locked
from workforce.skills.queries import standing, tests_by_ids
from workforce.workers.models import Worker


class NotOpen(DaybookError):
    code = "not_open"
    template = N_("%(project)s is not open at the moment, so nobody can join it. Look at the other projects.")


class OtherCountry(DaybookError):
    code = "other_country"
    template = N_(
        "%(project)s is for people in certain countries, and the one that we know of you is none of them. If you have"
        " moved, tell support."
    )


class NotCertified(DaybookError):
    code = "not_certified"
    template = N_("Pass this first: %(tests)s. Then join %(project)s.")


class NotAcknowledged(DaybookError):
    code = "not_acknowledged"
    template = N_("Read the guidelines of %(project)s, and confirm that you have, before you join.")


class TakenOff(DaybookError):
    code = "taken_off"
    template = N_("You were taken off %(project)s, so you cannot join it again. Write to support if that is a mistake.")


def join(actor: Actor, project: Project, worker: Worker, *, acknowledged: int | None, now: datetime) -> bool:
    """Let a worker take part in a project.

    Args:
        actor: the worker's account.
        project: that she chose.
        worker: who joins.
        acknowledged: the version of the guidelines that she confirmed to have read; None for none.
        now: the instant.

    Returns:
        True if she did not take part before.

    Raises:
        NotOpen, OtherCountry, NotCertified, NotAcknowledged, GuidelinesOld, TakenOff: why she cannot.

    """
    # A manager who pauses it at this moment waits, or is waited for; so does a second try of the worker's own.
    session().refresh(project, with_for_update={"read": True})
    known = _held(project, worker)
    if known is not None and known.state == "joined":
        return False
    if known is not None and known.state == "removed":
        raise TakenOff(project=project.code)
    if not can_join(project.state) or worker.status != "active":
        raise NotOpen(project=project.code)
    if project.countries and worker.country not in project.countries:
        raise OtherCountry(project=project.code)
    _check_tests(actor, project, now)
    _check_guidelines(actor, project, worker, acknowledged, now)
    _answer(actor, project, worker, known, state="joined", reason="", now=now)
    return True


def decline(actor: Actor, project: Project, worker: Worker, *, reason: str, now: datetime) -> None:
    """Let a worker say no to a project, or leave it. It costs nothing, and she may join later.

    Args:
        actor: the worker's account.
        project: that it is about.
        worker: who declines.
        reason: why, if she wants to say so.
        now: the instant.

    Raises:
        TakenOff: she was taken off it.

    """
    why = checked_reason(reason, needed=False)
    known = _held(project, worker)
    if known is not None and known.state == "removed":
        raise TakenOff(project=project.code)
    if known is not None and known.state in {"declined", "left"}:
        return
    _answer(actor, project, worker, known, state="left" if known else "declined", reason=why, now=now)


def remove(actor: Actor, project: Project, worker: Worker, *, reason: str, now: datetime) -> None:
    """Take a worker off a project and tell her why. What she has handed in is reviewed and paid.

    Args:
        actor: a manager of the project.
        project: of hers.
        worker: who is taken off.
        reason: why; the worker reads it.
        now: the instant.

    Raises:
        NotFound: the project is not hers, or the worker does not take part.
        Invalid: there is no reason.

    """
    locked(actor, project)
    why = checked_reason(reason)
    known = _held(project, worker)
    if known is None or known.state != "joined":
        raise NotFound(thing="worker", name=worker.external_id)
    _answer(actor, project, worker, known, state="removed", reason=why, now=now)
    if worker.user_id is not None:
        link = f"/me/projects/{project.code}"
        notify(worker.user_id, "participation.removed", now=now, link=link, project=project.code, reason=why)


def _held(project: Project, worker: Worker) -> Participation | None:
    """Give what a worker answered to a project, holding the worker so that she answers once at a time."""
    session().execute(select(Worker.id).where(Worker.id == worker.id).with_for_update(key_share=True))
    return session().get(Participation, (project.id, worker.id), populate_existing=True)


def _check_tests(actor: Actor, project: Project, now: datetime) -> None:
    required = requirements([project.id]).get(project.id, [])
    certified = standing(actor.id, on=now.date()) if actor.id is not None and required else {}
    left = missing(required, certified)
    if left:
        titles = ", ".join(test.title for test in tests_by_ids(left).values())
        raise NotCertified(project=project.code, tests=titles)


def _check_guidelines(actor: Actor, project: Project, worker: Worker, acknowledged: int | None, now: datetime) -> None:
    newest = newest_guideline(project.id)
    if newest is None:
        return
    if acknowledged is None:
        raise NotAcknowledged(project=project.code)
    if acknowledged != newest.number:
        raise GuidelinesOld
    acknowledge(actor, project, worker, number=newest.number, now=now)


def _answer(
    actor: Actor, project: Project, worker: Worker, known: Participation | None, *, state: str, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    before = {"state": known.state} if known else {}
    if known is None:
        known = Participation(project_id=project.id, worker_id=worker.id, joined_at=None)
        session().add(known)
    known.state, known.changed_at, known.reason = state, now, reason
    if state == "joined":
        known.joined_at = now
    session().flush()
    audit.record(
        actor, f"participation.{state}", f"project:{project.code}",
        before={"worker": worker.external_id, **before}, after={"worker": worker.external_id, "state": state},
        reason=reason, now=now,
    )  # fmt: skip
