"""The audit log: who did what to what, when, what stood there before and after, and why. It only grows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Index, String, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.auth import Actor
from workforce.core.db import Base, Id, Instant, insert_all, session


class AuditEvent(Base):
    """One change of money, rate, role, verdict, hold or setting."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "subject", "id"),)

    id: Mapped[Id]
    # When it was done.
    at: Mapped[Instant]
    # The user, or none for Daybook itself; no foreign key, since the log outlives accounts.
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    # The actor's address at that time, `system` for Daybook itself.
    actor: Mapped[str] = mapped_column(String(320))
    # A verb of the feature, such as run.approve.
    action: Mapped[str] = mapped_column(String(64))
    # What it was done to, such as run:KE-2026-11-20.
    subject: Mapped[str] = mapped_column(String(320))
    # Typed values, independent of language.
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Why, in the actor's words.
    reason: Mapped[str]


def record(
    actor: Actor,
    action: str,
    subject: str,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write an entry of the audit log in the transaction of the change itself.

    Args:
        actor: who did it.
        action: a verb of the feature, such as run.approve.
        subject: what it was done to, such as run:KE-2026-11-20.
        now: when.
        before: the values that were changed, as JSON.
        after: what they were changed to.
        reason: why, in the actor's words.

    """
    session().add(
        AuditEvent(
            at=now, actor_id=actor.id, actor=actor.email, action=action, subject=subject,
            before=before or {}, after=after or {}, reason=reason,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One of many changes that are made together.

    Attributes:
        subject: what it was done to, such as attempt:17.
        before: the values that were changed, as JSON.
        after: what they were changed to.

    """

    subject: str
    before: dict[str, Any]
    after: dict[str, Any]


def record_many(actor: Actor, action: str, changes: Iterable[Change], *, now: datetime, reason: str = "") -> None:
    """Write many entries of the audit log with one statement, in the transaction of the changes themselves.

    Args:
        actor: who did it.
        action: a verb of the feature, the same for all.
        changes: what was done to what, in the order of the entries.
        now: when.
        reason: why, in the actor's words, the same for all.

    """
    insert_all(
        AuditEvent.__tablename__,
        [
            {
                "at": now, "actor_id": actor.id, "actor": actor.email, "action": action, "subject": one.subject,
                "before": one.before, "after": one.after, "reason": reason,
            }
            for one in changes
        ],
    )  # fmt: skip


# A filter that few entries match must not read a log of years: it looks at so many entries and then asks to go on.
LOOKED_AT: Final = 200_000


@dataclass(frozen=True)
class Page:
    """Entries of the log, youngest first.

    Attributes:
        events: what was found.
        next_before: where to go on, or None at the end of the log.

    """

    events: list[AuditEvent]
    next_before: int | None


def latest(*, before_id: int | None, limit: int, subject: str = "", action: str = "", actor: str = "") -> Page:
    """Give the youngest entries, from one downwards.

    Args:
        before_id: entries older than this one, or the youngest of all.
        limit: how many at most.
        subject: only entries on it, such as run:KE-2026-11-20; or on anything.
        action: only this action, such as run.approve; or any.
        actor: only what was done from this address; or by anybody.

    """
    top = before_id or (session().scalar(select(func.max(AuditEvent.id))) or 0) + 1
    query = select(AuditEvent).where(AuditEvent.id < top).order_by(AuditEvent.id.desc()).limit(limit)
    wanted = {AuditEvent.subject: subject, AuditEvent.action: action, AuditEvent.actor: actor}
    query = query.where(*(column == value for column, value in wanted.items() if value))
    bottom = 1 if subject or not (action or actor) else max(1, top - LOOKED_AT)  # a subject has an index
    events = list(session().scalars(query.where(AuditEvent.id >= bottom)))
    if len(events) == limit:
        return Page(events, events[-1].id)
    return Page(events, bottom if bottom > 1 else None)
