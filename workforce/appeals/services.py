"""What is done with appeals: opened by the person herself, decided by somebody else, with a reason, once."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from i18n.locale import N_
from workforce.appeals import queries
from workforce.appeals.models import Appeal
from workforce.appeals.queries import appeal_of
from workforce.appeals.rules import AppealLate, AppealOpen, SomebodyElse, clean_text, in_time, may_decide, moved
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import Forbidden, NotFound
from workforce.notifications.rules import Kind
from workforce.notifications.services import notify

__all__ = [
    "KINDS", "Appeal", "Handler", "add_handler", "appeal_of", "decide_appeal", "handler_of", "open_appeal", "scope_of",
    "set_scope", "staff_appeal",
]  # fmt: skip

DECIDE: Final = "appeals:cases:decide"
KINDS: Final = (
    Kind(
        "appeal.granted",
        N_("Your appeal was granted"),
        N_("You appealed, and you were right: the decision is changed.\n\nThe answer: %(answer)s"),
    ),
    Kind(
        "appeal.refused",
        N_("Your appeal was refused"),
        N_(
            "Somebody who had not decided before looked at it again, and the decision stands.\n\nThe answer: %(answer)s"
        ),
    ),
)


@dataclass(frozen=True)
class Handler:
    """What a feature does about appeals of a kind.

    Attributes:
        label: what staff call the kind, marked for translation.
        evidence: gives, as HTML, what whoever decides must see: the decision, who made it and why, and what it rested
            on. Never tax or identity papers, and no names where the decision was made without knowing them.
        granted: carries a granted appeal out: by whom, which one, when.
        refused: does what is to be done about a refused one, if anything.
        page: gives the address of the page of the decision, or None where there is none that the reader may open.
        own_page: gives the path of the appellant's page, to which her message leads.

    """

    label: str
    evidence: Callable[[Appeal], str]
    granted: Callable[[Actor, Appeal, datetime], None]
    refused: Callable[[Actor, Appeal, datetime], None] | None = None
    page: Callable[[Appeal], str | None] | None = None
    own_page: Callable[[Appeal], str] | None = None


Scope = Callable[[Actor], Collection[int] | None]
_handlers: Final[dict[str, Handler]] = {}
_scopes: Final[dict[str, Scope]] = {}


def add_handler(kind: str, handler: Handler) -> None:
    """Say what becomes of appeals of a kind, once however often an application is made."""
    _handlers[kind] = handler


def handler_of(kind: str) -> Handler:
    """Give the handler of a kind.

    Raises:
        LookupError: no feature has added one.

    """
    if kind not in _handlers:
        raise LookupError(f"no feature has added a handler of appeals of the kind {kind!r}")
    return _handlers[kind]


def set_scope(scope: Scope) -> None:
    """Say which projects' appeals somebody may see: their ids, or None for all (projects fills this in)."""
    _scopes["one"] = scope


def scope_of(actor: Actor) -> Collection[int] | None:
    """Give the ids of the projects whose appeals somebody may see besides those without a project; None for all."""
    if "one" in _scopes:
        return _scopes["one"](actor)
    return None if actor.may("projects:all:manage") else []


def open_appeal(
    actor: Actor,
    *,
    kind: str,
    subject_id: int,
    about: str,
    text: str,
    decided_by: Collection[int | None],
    deadline: datetime,
    now: datetime,
    project_id: int | None = None,
) -> Appeal:
    """Open an appeal against a decision about oneself. That it is about her, the feature has made sure.

    Args:
        actor: the person.
        kind: of the decision, such as attempt or application.
        subject_id: which one.
        about: what staff call it, without the person's name.
        text: what she says, of 10 to 4,000 characters.
        decided_by: users who made the decision; they may not decide on the appeal.
        deadline: the last instant at which it can be opened.
        now: the instant.
        project_id: the project whose managers decide, or None for every manager.

    Raises:
        WrongLength: the text is too short or too long.
        AppealLate: the deadline has passed.
        AppealOpen: the decision was appealed already.
        Forbidden: nobody of flesh and blood asks.

    """
    if actor.id is None:
        raise Forbidden(permission="account:self:read")
    handler_of(kind)
    if not in_time(deadline, now):
        raise AppealLate(deadline=deadline)
    if appeal_of(kind, subject_id) is not None:
        raise AppealOpen
    appeal = Appeal(
        kind=kind, subject_id=subject_id, about=about, user_id=actor.id, text=clean_text(text), state="open",
        excluded=sorted({one for one in decided_by if one is not None}), project_id=project_id, opened_at=now,
        deadline_at=deadline, answer="",
    )  # fmt: skip
    session().add(appeal)
    session().flush()
    after = {"kind": kind, "subject": subject_id, "about": about}
    audit.record(actor, "appeal.open", f"appeal:{appeal.id}", after=after, now=now)
    return appeal


def decide_appeal(actor: Actor, appeal_id: int, *, granted: bool, answer: str, now: datetime) -> Appeal:
    """Decide on an appeal, carry it out where it is granted, and tell the person.

    Args:
        actor: somebody with appeals:cases:decide who is neither the appellant nor decided before.
        appeal_id: of the appeal.
        granted: is she right?
        answer: why, of 10 to 4,000 characters; she reads it.
        now: the instant.

    Raises:
        NotFound: there is none, or it is of a project that the actor does not manage.
        Forbidden, SomebodyElse: the actor may not decide on it.
        AppealDecided: somebody has decided already.
        WrongLength: the answer is too short or too long.

    """
    appeal = staff_appeal(actor, appeal_id, lock=True)
    if not may_decide(actor.id, appeal.user_id, appeal.excluded):
        raise SomebodyElse
    before, state = appeal.state, moved(appeal.state, "grant" if granted else "refuse")
    appeal.answer = clean_text(answer)
    appeal.state, appeal.decided_by, appeal.decided_at = state, actor.id, now
    session().flush()
    audit.record(
        actor, f"appeal.{'grant' if granted else 'refuse'}", f"appeal:{appeal.id}", before={"state": before},
        after={"state": state}, reason=appeal.answer, now=now,
    )  # fmt: skip
    handler = handler_of(appeal.kind)
    act = handler.granted if granted else handler.refused
    if act is not None:
        act(actor, appeal, now)
    link = handler.own_page(appeal) if handler.own_page else ""
    notify(appeal.user_id, f"appeal.{state}", now=now, link=link, answer=appeal.answer)
    return appeal


def staff_appeal(actor: Actor, appeal_id: int, *, lock: bool = False) -> Appeal:
    """Give an appeal to somebody of the staff, perhaps locked until the end of the transaction.

    Raises:
        Forbidden: the actor decides on no appeals.
        NotFound: there is none, or it is of a project that the actor does not manage.

    """
    actor.must(DECIDE)
    appeal = queries.visible_appeal(appeal_id, scope_of(actor), lock=lock)
    if appeal is None:
        raise NotFound(thing="appeal", name=appeal_id)
    return appeal
