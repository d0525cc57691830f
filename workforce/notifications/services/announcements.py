"""Telling a crowd: who announces something keeps one row, and a job tells people, part by part, from where it was.

A part is told in one transaction with how far the crowd has been told. So a job that is killed anywhere goes on, and
nobody is left out or told twice.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import select

from workforce.core import scheduler
from workforce.core.db import is_away, session, transaction
from workforce.core.sweep import Sweep, words
from workforce.notifications.models import Announcement
from workforce.notifications.services.tell import notify_many

JOB: Final = "tell-crowds"
_END: Final = 2**63 - 1  # more than any number of a person: everybody was reached
log = structlog.get_logger()
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
        SomeFailed: at the end, naming who could not be told; the next run tries again, and everybody else was told.

    """
    found = Sweep()
    for keys in found.pages("announcement", _open):
        for key in keys:
            with found.item(f"announcement {key}"):
                _tell_missed(found, key, now)
                _tell_all(found, key, now, part)
    return found.end()


def _tell_all(found: Sweep, key: int, now: Callable[[], datetime], part: int) -> None:
    """Tell everybody who was not reached; a part that fails is halved, until one person is left who is passed over."""
    size, more = part, True
    while more:
        try:
            with transaction():
                told, more = _tell_part(key, now(), size)
            found.done, size = found.done + told, part
        except Exception as problem:
            if is_away(problem):
                raise
            if size > 1:
                log.warning("halved", announcement=key, size=size, problem=words(problem))
                size //= 2
                continue
            with transaction():
                behind, more = _pass_over(key, now())
            found.note(f"announcement {key}, who comes after {behind}", problem)
            size = part


def _tell_missed(found: Sweep, key: int, now: Callable[[], datetime]) -> None:
    """Tell those who were passed over before."""
    with transaction():
        missed = session().scalar(select(Announcement.missed).where(Announcement.id == key)) or []
    for behind, reached in missed:
        with found.item(f"announcement {key}, who comes after {behind}"), transaction():
            found.done += _tell_again(key, behind, reached, now())


def _open(after: int, limit: int) -> Sequence[int]:
    query = select(Announcement.id).where(Announcement.ended_at.is_(None), Announcement.id > after)
    return session().scalars(query.order_by(Announcement.id).limit(limit)).all()


def _tell_part(key: int, now: datetime, limit: int) -> tuple[int, bool]:
    """Tell the next people; give how many, and whether there are more."""
    found = _held(key)
    if found is None or found.reached == _END:
        return 0, False
    part = _tellers[found.topic](Asked(found.about, found.created_at, found.reached, limit, now))
    count = _notify(part, now)
    _reach(found, part.reached, now)
    return count, part.reached is not None


def _pass_over(key: int, now: datetime) -> tuple[int, bool]:
    """Leave one person out for now; give after whom she comes, and whether there are more."""
    found = _held(key)
    if found is None:
        return 0, False
    with session().begin_nested() as trial:
        part = _tellers[found.topic](Asked(found.about, found.created_at, found.reached, 1, now))
        trial.rollback()
    behind = found.reached
    found.missed = [*found.missed, [behind, part.reached]]
    _reach(found, part.reached, now)
    return behind, part.reached is not None


def _tell_again(key: int, behind: int, reached: int | None, now: datetime) -> int:
    """Tell somebody who was passed over, unless she is not of the crowd any more; give how many were told."""
    found = _held(key)
    if found is None or [behind, reached] not in found.missed:
        return 0
    with session().begin_nested() as trial:
        part = _tellers[found.topic](Asked(found.about, found.created_at, behind, 1, now))
        if part.reached == reached:
            count = _notify(part, now)
        else:
            count = 0
            trial.rollback()
    found.missed = [one for one in found.missed if one != [behind, reached]]
    if found.reached == _END and not found.missed:
        found.ended_at = now
    session().flush()
    return count


def _held(key: int) -> Announcement | None:
    """Hold an announcement that is not at its end; None where it is, or somebody else holds it."""
    open_one = select(Announcement).where(Announcement.id == key, Announcement.ended_at.is_(None))
    return session().scalar(open_one.with_for_update(skip_locked=True), execution_options={"populate_existing": True})


def _notify(part: Part, now: datetime) -> int:
    for told in part.told:
        notify_many(told.user_ids, told.kind, now=now, link=told.link, **told.params)
    return sum(len(set(told.user_ids)) for told in part.told)


def _reach(found: Announcement, reached: int | None, now: datetime) -> None:
    found.reached = _END if reached is None else reached
    if reached is None and not found.missed:
        found.ended_at = now
    session().flush()
