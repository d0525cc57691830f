"""What people do with a computed run: resolve its exceptions, approve it, release it. Two of them, always."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from i18n.locale import N_
from payroll.closing.models import Run, RunException
from payroll.closing.queries import find_run
from payroll.closing.rules import moved
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid, NotFound


class SamePerson(DaybookError):
    code = "same_person"
    template = N_("%(run)s was approved by %(person)s, so another person must release it.")


class Unresolved(DaybookError):
    code = "unresolved"
    template = N_("%(run)s has %(count)s exceptions that nobody has looked at yet. Resolve them first.")


class NotAPerson(DaybookError):
    code = "not_a_person"
    status = 403
    template = N_("A run is approved and released by people with an account, not by the system. Name one with --as.")


class ResolvedAlready(DaybookError):
    code = "resolved_already"
    template = N_("Somebody resolved this exception already.")


Follower = Callable[[Run, datetime], None]
_followers: Final[dict[str, Follower]] = {}


def follow_approval(name: str, follower: Follower) -> None:
    """Have something done whenever a run is approved, once however often an application is made.

    Args:
        name: of the feature that follows.
        follower: called with the run, locked and approved, and the instant, within the same transaction.

    """
    _followers[name] = follower


def approve(actor: Actor, name: str, *, now: datetime) -> Run:
    """Approve a computed run.

    Args:
        actor: a person with payroll:runs:approve.
        name: of the run.
        now: the instant.

    Raises:
        NotFound: there is no such run.
        Forbidden, NotAPerson: this actor may not.
        ForbiddenMove: it is not computed, or approved already.
        Unresolved: a warning, or an error about the run itself, waits for somebody's look.

    """
    _person(actor, "payroll:runs:approve")
    run = _locked(name)
    state = moved(name, run.state, "approve")
    query = select(func.count()).where(
        RunException.group_id == run.group_id, RunException.pay_day == run.pay_day, RunException.resolved_at.is_(None),
        (RunException.severity == "warning") | RunException.worker_id.is_(None),
    )  # fmt: skip
    waiting = session().scalar(query)
    if waiting:
        raise Unresolved(run=name, count=waiting)
    audit.record(actor, "run.approve", f"run:{name}", before={"state": run.state}, after={"state": state}, now=now)
    run.state, run.approved_by, run.approved_at = state, actor.id, now
    session().flush()
    for follower in _followers.values():
        follower(run, now)
    return run


def release(actor: Actor, name: str, *, now: datetime) -> Run:
    """Release an approved run, so that it is paid.

    Args:
        actor: a person with payroll:runs:release, another one than who approved it.
        name: of the run.
        now: the instant.

    Raises:
        NotFound: there is no such run.
        Forbidden, NotAPerson, SamePerson: this actor may not.
        ForbiddenMove: it is not approved, or released already.

    """
    _person(actor, "payroll:runs:release")
    run = _locked(name)
    state = moved(name, run.state, "release")
    if run.approved_by == actor.id:
        raise SamePerson(run=name, person=actor.email)
    audit.record(actor, "run.release", f"run:{name}", before={"state": run.state}, after={"state": state}, now=now)
    run.state, run.released_by, run.released_at = state, actor.id, now
    session().flush()
    return run


def resolve(actor: Actor, name: str, exception_id: int, *, reason: str, now: datetime) -> RunException:
    """Resolve an exception: acknowledge a warning, or let go the worker whom an error holds.

    A worker whose net is negative is let go with it: what is owed back stays in her balance, and later pay makes up
    for it before anything is sent.

    Args:
        actor: a person with payroll:exceptions:resolve.
        name: of the run.
        exception_id: of the exception.
        reason: what was found and decided; it cannot be left out.
        now: the instant.

    Raises:
        NotFound: there is no such run or exception.
        Forbidden, NotAPerson: this actor may not.
        Invalid: no reason is given.
        ResolvedAlready: somebody was faster.

    """
    _person(actor, "payroll:exceptions:resolve")
    run, _ = find_run(name)
    if not reason.strip():
        raise Invalid(field="reason", problem="say what you found and decided; it is kept with the run")
    query = select(RunException).where(
        RunException.id == exception_id, RunException.group_id == run.group_id, RunException.pay_day == run.pay_day
    )
    found = session().scalar(query.with_for_update())
    if found is None:
        raise NotFound(thing="exception", name=str(exception_id))
    if found.resolved_at is not None:
        raise ResolvedAlready
    found.resolved_by, found.resolved_at, found.reason = actor.id, now, reason.strip()
    session().flush()
    after = {"code": found.code, "worker_id": found.worker_id}
    audit.record(actor, "exception.resolve", f"run:{name}", after=after, reason=found.reason, now=now)
    return found


def _person(actor: Actor, permission: str) -> None:
    if actor.id is None:
        raise NotAPerson
    actor.must(permission)


def _locked(name: str) -> Run:
    run, _ = find_run(name)
    return session().get_one(Run, (run.group_id, run.pay_day), with_for_update=True, populate_existing=True)
