"""Telling a crowd: who announces something keeps one row, and a job tells people, part by part, from where it was.

A part is told in one transaction with how far the crowd has been told. So a job that is killed anywhere goes on, and
nobody is left out or told twice.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from workforce.core import scheduler
from workforce.core.db import session, transaction
from workforce.core.sweep import Sweep
from workforce.notifications.models import Announcement
from workforce.notifications.services.tell import notify_many

JOB: Final = "tell-crowds"
# People whom a teller looks at for one transaction.
PART: Final = 1_000


@dataclass(frozen=True)
class Told:
    """What some of a crowd are told: the arguments of `notify_many`."""

    user_ids: Collection[int]
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""


@dataclass(frozen=True)
class Part:
    """The next people of a crowd.

    Attributes:
        told: what they are told; may be nothing for any of those that were looked at.
        reached: the number, in the teller's order, up to which everybody is in; None where nobody is left.

    """

    told: Sequence[Told]
    reached: int | None


@dataclass(frozen=True)
class Asked:
    """What a teller is asked for.

    Attributes:
        about: what was announced, as `announce` got it.
        at: the moment of the announcement, whose people are meant.
        after: people above this number, such as an account's id.
        limit: so many of them at most.
        now: the instant.

    """

    about: Mapping[str, Any]
    at: datetime
    after: int
    limit: int
    now: datetime


# Gives the next people; may keep a record of its own that they were told, in the transaction that is open.
Teller = Callable[[Asked], Part]
_tellers: Final[dict[str, Teller]] = {}


def add_teller(topic: str, teller: Teller) -> None:
    """Say who knows the crowd of a topic, once however often an application is made."""
    _tellers[topic] = teller


def announce(topic: str, *, now: datetime, **about: Any) -> None:
    """Have a crowd told, in the transaction that is open: one row whatever the crowd, and the job is woken.

    Args:
        topic: whose crowd it is, as add_teller got it.
        now: the instant, at which it is decided who belongs to the crowd; see the topic's teller.
        about: what the teller goes by, as JSON takes it.

    Raises:
        LookupError: no feature has added the topic.

    """
    if topic not in _tellers:
        raise LookupError(f"no feature has added the topic {topic!r}; see add_teller")
    session().add(Announcement(topic=topic, about=about, created_at=now))
    session().flush()
    scheduler.wake(JOB)


def unfold(*, now: Callable[[], datetime], part: int = PART) -> int:
    """Tell the people of every announcement that is not at its end. Takes its own transactions: call it outside one.

    Two at once do not wait for each other: each passes over an announcement that the other one is at.

    Args:
        now: the clock.
        part: how many people are looked at in one transaction.

    Returns:
        how many people were told.

    Raises:
        SomeFailed: at the end, naming the announcements that went wrong; the next run goes on with them.

    """
    found = Sweep()
    for keys in found.pages("announcement", _open):
        for key in keys:
            with found.item(f"announcement {key}"):
                more = True
                while more:
                    with transaction():
                        told, more = _tell_part(key, now(), part)
                    found.done += told
    return found.end()


def _open(after: int, limit: int) -> Sequence[int]:
    query = select(Announcement.id).where(Announcement.ended_at.is_(None), Announcement.id > after)
    return session().scalars(query.order_by(Announcement.id).limit(limit)).all()


def _tell_part(key: int, now: datetime, limit: int) -> tuple[int, bool]:
    """Tell the next people; give how many, and whether there are more."""
    open_one = select(Announcement).where(Announcement.id == key, Announcement.ended_at.is_(None))
    found = session().scalar(open_one.with_for_update(skip_locked=True))
    if found is None:
        return 0, False
    part = _tellers[found.topic](Asked(found.about, found.created_at, found.reached, limit, now))
    for told in part.told:
        notify_many(told.user_ids, told.kind, now=now, link=told.link, **told.params)
    if part.reached is None:
        found.ended_at = now
    else:
        found.reached = part.reached
    session().flush()
    return sum(len(set(told.user_ids)) for told in part.told), part.reached is not None
