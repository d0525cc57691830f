"""What is known of a worker changes: staff change it with a reason, a worker asks for it. Her external id never does.

Country, currency and group hold for every day that is still open, the open day of her group included, and for none
that is closed. Work that was accepted keeps the group that it was accepted in. What a worker is owed in the currency
that she had stays owed in it, and is sent by finance (see payroll.payouts).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from i18n.locale import N_
from workforce.core import audit, news
from workforce.core.auth import Actor
from workforce.core.checks import checked_reason
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid, NotFound
from workforce.notifications.services import notify
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import group_by_code
from workforce.workers.models import ProfileChange, Worker
from workforce.workers.queries import is_own, worker_by_external_id, worker_of
from workforce.workers.rules import FIELDS, moved
from workforce.workers.services.guard import must_not_compute
from workforce.workers.services.known import checked_country, checked_currency

CHANGE: Final = "workers:profile:change"


class NothingNew(DaybookError):
    code = "nothing_new"
    status = 400
    template = N_("Nothing differs from what is known. Change what should be different.")


class OwnProfile(DaybookError):
    code = "own_profile"
    status = 403
    template = N_("Nobody decides on their own profile. Ask for the change; somebody else makes it.")


class AskedAlready(DaybookError):
    code = "asked_already"
    template = N_("You have asked for this already. Withdraw that request first if you want something else.")


def change_profile(
    actor: Actor, external_id: str, wanted: Mapping[str, str], *, reason: str, now: datetime
) -> Sequence[ProfileChange]:
    """Change what is known of a worker, from her group's open day on, and tell her.

    Args:
        actor: somebody else, with workers:profile:change.
        external_id: of the worker.
        wanted: some of `rules.FIELDS` with what they should be; what is empty or known already is left as it is.
        reason: why, of 1 to 1,000 characters; she reads it.
        now: the instant.

    Returns:
        what was changed, a row a field.

    Raises:
        Forbidden, OwnProfile: the actor may not.
        NotFound: there is no such worker or group.
        Invalid: naming the field.
        NothingNew: all of it is known.
        DaybookError: a day of hers is being computed, see `guard`.

    """
    actor.must(CHANGE)
    why = checked_reason(reason)
    worker = _held(external_id)
    if is_own(actor, worker):
        raise OwnProfile
    values = _new_values(worker, wanted)
    changes = _rows(actor, worker, values, "made", why, now)
    _make(actor, worker, changes, why, now)
    session().add_all(changes)
    session().flush()
    return changes


def ask_for_changes(actor: Actor, wanted: Mapping[str, str], *, reason: str, now: datetime) -> Sequence[ProfileChange]:
    """Keep what a worker asks to be changed of her profile; staff decide.

    Args:
        actor: the worker's account.
        wanted: as for `change_profile`.
        reason: why, in her words.
        now: the instant.

    Raises:
        NotFound: the account is no worker's, or there is no such group.
        Invalid: naming the field.
        NothingNew: all of it is known.
        AskedAlready: one of the fields waits for a decision.

    """
    why = checked_reason(reason)
    mine = worker_of(actor)
    if mine is None:
        raise NotFound(thing="worker", name=actor.email)
    worker = _held(mine.external_id)
    values = _new_values(worker, wanted)
    waiting = select(ProfileChange.id).where(ProfileChange.worker_id == worker.id, ProfileChange.state == "asked")
    if session().scalar(waiting.where(ProfileChange.field.in_(values)).limit(1)) is not None:
        raise AskedAlready
    changes = _rows(actor, worker, values, "asked", why, now)
    session().add_all(changes)
    session().flush()
    audit.record(actor, "worker.ask", f"worker:{worker.external_id}", after=dict(values), reason=why, now=now)
    return changes


def answer_change(
    actor: Actor, change_id: int, *, grant: bool, reason: str, now: datetime, of: str = ""
) -> ProfileChange:
    """Grant or refuse what a worker asked for, and tell her.

    Args:
        actor: somebody else, with workers:profile:change.
        change_id: of the request.
        grant: or refuse?
        reason: the answer that she reads; needed to refuse.
        now: the instant.
        of: the external id of the worker whose request it must be; empty for any.

    Raises:
        Forbidden, OwnProfile: the actor may not.
        NotFound: there is no such request.
        ChangeDecided: somebody has decided on it.
        Invalid: it is refused without a reason, or what it asks for is not possible any more.
        DaybookError: a day of hers is being computed, see `guard`.

    """
    actor.must(CHANGE)
    change, worker = _held_change(change_id)
    if of and worker.external_id != of:
        raise NotFound(thing="request", name=change_id)
    if is_own(actor, worker):
        raise OwnProfile
    state = moved(change.state, "grant" if grant else "refuse")
    if reason.strip() or not grant:
        change.answer = checked_reason(reason)
    if grant:
        _new_values(worker, {change.field: change.after})
        _make(actor, worker, [change], change.answer or change.reason, now)
    else:
        change.state, change.decided_by, change.decided_at = state, actor.id, now
        asked: dict[str, Any] = {
            "field": news.term(FIELDS[change.field]),
            "asked": change.after,
            "reason": change.answer,
        }
        audit.record(
            actor, "worker.refuse_change", f"worker:{worker.external_id}", before={change.field: change.before},
            after={"asked": change.after}, reason=change.answer, now=now,
        )  # fmt: skip
        if worker.user_id is not None:
            notify(worker.user_id, "profile.refused", now=now, **asked)
    session().flush()
    return change


def withdraw_change(actor: Actor, change_id: int, *, now: datetime) -> ProfileChange:
    """Withdraw what one asked for oneself.

    Raises:
        NotFound: it is somebody else's, or there is none.
        ChangeDecided: somebody has decided on it.

    """
    change, worker = _held_change(change_id)
    if not is_own(actor, worker):
        raise NotFound(thing="request", name=change_id)
    change.state, change.decided_at = moved(change.state, "withdraw"), now
    session().flush()
    return change


def _held(external_id: str) -> Worker:
    """Give a worker as she is now, and keep others off her until the transaction ends; the guard goes first."""
    worker = worker_by_external_id(external_id)
    must_not_compute(worker)
    return session().get_one(Worker, worker.id, with_for_update={"key_share": True}, populate_existing=True)


def _held_change(change_id: int) -> tuple[ProfileChange, Worker]:
    change = session().get(ProfileChange, change_id)
    if change is None:
        raise NotFound(thing="request", name=change_id)
    worker = _held(session().get_one(Worker, change.worker_id).external_id)
    session().refresh(change, with_for_update=True)
    return change, worker


def _rows(
    actor: Actor, worker: Worker, values: Mapping[str, str], state: str, reason: str, now: datetime
) -> list[ProfileChange]:
    return [
        ProfileChange(
            worker_id=worker.id, field=field, before=_known(worker, field), after=after, state=state, reason=reason,
            asked_by=actor.id, asked_at=now,
        )
        for field, after in values.items()
    ]  # fmt: skip


def _known(worker: Worker, field: str) -> str:
    if field == "group":
        return session().get_one(PayGroup, worker.group_id).code
    return str(getattr(worker, field))


def _new_values(worker: Worker, wanted: Mapping[str, str]) -> dict[str, str]:
    """Check what is wanted and give what of it differs from what is known."""
    values = {field: _checked(field, wanted[field].strip()) for field in FIELDS if wanted.get(field, "").strip()}
    new = {field: after for field, after in values.items() if after != _known(worker, field)}
    if not new:
        raise NothingNew
    return new


def _checked(field: str, text: str) -> str:
    if field == "group":
        return group_by_code(text.upper()).code
    if field == "currency":
        return checked_currency(text)
    if field == "country":
        return checked_country(text)
    if len(text) > 200:
        raise Invalid(field="name", problem="must have 1 to 200 characters")
    return text


def _make(actor: Actor, worker: Worker, changes: Sequence[ProfileChange], why: str, now: datetime) -> None:
    before = {change.field: _known(worker, change.field) for change in changes}
    for change in changes:
        if change.field == "group":
            worker.group_id = group_by_code(change.after).id
        else:
            setattr(worker, change.field, change.after)
    group = session().get_one(PayGroup, worker.group_id, populate_existing=True)
    for change in changes:
        change.state, change.open_day = "made", group.open_day
        change.decided_by, change.decided_at = actor.id, now
        change.before = before[change.field]  # as it is now: it may have been asked for long ago
    session().flush()
    audit.record(
        actor, "worker.change", f"worker:{worker.external_id}", before=before,
        after={change.field: change.after for change in changes} | {"open_day": str(group.open_day)}, reason=why,
        now=now,
    )  # fmt: skip
    for change in changes if worker.user_id is not None else ():
        notify(
            worker.user_id or 0, "profile.changed", now=now, field=news.term(FIELDS[change.field]),
            before=change.before or "–", after=change.after, reason=why,
        )  # fmt: skip
