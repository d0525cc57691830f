"""A worker and the account that she signs in with are joined once, by her id, and stay so whatever address she has."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from i18n.locale import N_
from workforce.core import audit, locks
from workforce.core.auth import Actor
from workforce.core.checks import checked_reason
from workforce.core.db import session
from workforce.core.errors import DaybookError, NotFound
from workforce.identity.models import User
from workforce.notifications.services import notify
from workforce.workers.models import Worker

LINK: Final = "workers:accounts:link"


class AccountTaken(DaybookError):
    code = "account_taken"
    template = N_("The account %(email)s belongs to the worker %(worker)s. One account is for one worker.")


class AccountUnconfirmed(DaybookError):
    code = "account_unconfirmed"
    template = N_(
        "The account %(email)s is shut, or its address is not confirmed. It must be open and confirmed before a worker"
        " is linked to it."
    )


class NoWorkersAccount(DaybookError):
    code = "no_workers_account"
    template = N_("The account %(email)s does not have the worker role. Give it that role first.")


class AlreadyLinked(DaybookError):
    code = "already_linked"
    template = N_("Worker %(worker)s is linked to %(email)s already.")


class OwnLink(DaybookError):
    code = "own_link"
    status = 403
    template = N_("Nobody links their own account. Ask another administrator.")


def link(actor: Actor, external_id: str, user_id: int, *, reason: str, now: datetime) -> Worker:
    """Link a worker to an account, or move her to another one. Both accounts are told.

    Args:
        actor: somebody else, with workers:accounts:link.
        external_id: of the worker.
        user_id: of the account, which must be open and its address confirmed.
        reason: why, of 1 to 1,000 characters; it is kept.
        now: the instant.

    Raises:
        Forbidden, OwnLink: the actor may not.
        NotFound: there is no such worker or account.
        Invalid: there is no reason.
        AlreadyLinked: to this account.
        AccountTaken: another worker is linked to it.
        AccountUnconfirmed: it is shut, or its address is not confirmed.
        NoWorkersAccount: it has not the role of a worker.

    """
    actor.must(LINK)
    why = checked_reason(reason)
    locks.exclusive(locks.WORKERS, 0)
    worker = session().scalar(
        select(Worker).where(Worker.external_id == external_id).with_for_update(key_share=True),
        execution_options={"populate_existing": True},
    )
    if worker is None:
        raise NotFound(thing="worker", name=external_id)
    user = session().get(User, user_id)
    if user is None:
        raise NotFound(thing="user", name=user_id)
    if actor.id is not None and actor.id in {user.id, worker.user_id}:
        raise OwnLink
    if worker.user_id == user.id:
        raise AlreadyLinked(worker=external_id, email=user.email)
    other = session().scalar(select(Worker.external_id).where(Worker.user_id == user.id))
    if other is not None:
        raise AccountTaken(email=user.email, worker=other)
    if not user.active or user.confirmed_at is None:
        raise AccountUnconfirmed(email=user.email)
    if not _is_worker(user):
        raise NoWorkersAccount(email=user.email)
    before = worker.user_id
    _join(actor, worker, user, reason=why, now=now)
    told: dict[str, Any] = {"worker": external_id, "reason": why, "by": actor.email}
    notify(user.id, "account.linked", now=now, **told)
    if before is not None:
        notify(before, "account.unlinked", now=now, **told)
    return worker


def link_new_account(actor: Actor, user: User, now: datetime) -> None:
    """Link an account that was given the role of a worker to the worker whom a list names with its address.

    Only an open account whose address is confirmed, that no worker is linked to, and only to a worker who has none.
    """
    if not _waits(user) or session().scalar(select(Worker.id).where(Worker.user_id == user.id)) is not None:
        return
    locks.exclusive(locks.WORKERS, 0)
    query = select(Worker).where(Worker.email == user.email, Worker.user_id.is_(None))
    worker = session().scalar(query, execution_options={"populate_existing": True})
    if worker is not None:
        _join(actor, worker, user, reason="", now=now)


def link_new_worker(actor: Actor, worker: Worker, now: datetime) -> None:
    """Link a worker whose address has just become known to the account that has it, by the same rule.

    Whoever calls this holds locks.WORKERS.
    """
    if not worker.email or worker.user_id is not None:
        return
    user = session().scalar(select(User).where(User.email == worker.email))
    if user is None or not _waits(user):
        return
    if session().scalar(select(Worker.id).where(Worker.user_id == user.id)) is None:
        _join(actor, worker, user, reason="", now=now)


def join_accepted(actor: Actor, worker: Worker, user: User, *, reason: str, now: datetime) -> None:
    """Link a worker to the account of the applicant who has become her."""
    if worker.user_id is None:
        _join(actor, worker, user, reason=reason, now=now)


def unlinked() -> list[str]:
    """List workers who have no account though one has their address, a line each, with what is in the way."""
    query = (
        select(Worker.external_id, User)
        .join(User, User.email == Worker.email)
        .where(Worker.user_id.is_(None), Worker.email != "")
        .order_by(Worker.external_id)
    )
    return [
        f"worker {worker} is not linked to {user.email}, which {_in_the_way(user)}: daybook workers link"
        for worker, user in session().execute(query)
    ]


def _in_the_way(user: User) -> str:
    if not user.active:
        return "is shut"
    if user.confirmed_at is None:
        return "is not confirmed"
    if not _is_worker(user):
        return "does not have the worker role"
    return "was made for somebody else, or belongs to another worker"


def _waits(user: User) -> bool:
    return user.active and user.confirmed_at is not None and _is_worker(user)


def _is_worker(user: User) -> bool:
    return any(role.name == "worker" for role in user.roles)


def _join(actor: Actor, worker: Worker, user: User, *, reason: str, now: datetime) -> None:
    before, worker.user_id = worker.user_id, user.id
    session().flush()
    audit.record(
        actor, "worker.link", f"worker:{worker.external_id}",
        before={"user_id": before} if before is not None else {}, after={"user_id": user.id, "email": user.email},
        reason=reason, now=now,
    )  # fmt: skip
