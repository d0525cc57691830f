"""Devices on which people are signed in: each is a row that can be seen and ended."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.identity.models import User, UserSession
from workforce.identity.rules import session_length

# A request of every page must not write: the list of devices is exact to some minutes.
SEEN_EVERY: Final = timedelta(minutes=5)


def hash_of(token: str) -> str:
    """Give what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    user: User, *, remembered: bool, user_agent: str, address: str, now: datetime
) -> tuple[str, UserSession]:
    """Note that somebody signed in on a device.

    Args:
        user: who.
        remembered: did she ask to be kept signed in?
        user_agent: what her browser says that it is.
        address: where the request came from.
        now: the instant.

    Returns:
        the token for her cookie, which is kept nowhere, and the session.

    """
    token = secrets.token_urlsafe(32)
    whole, idle = session_length(remembered=remembered, strong=user.needs_second_factor)
    made = UserSession(
        user_id=user.id, token_hash=hash_of(token), created_at=now, last_seen_at=now, expires_at=now + whole,
        idle_seconds=int(idle.total_seconds()), remembered=remembered and not user.needs_second_factor,
        user_agent=user_agent[:300], address=address[:64],
    )  # fmt: skip
    session().add(made)
    session().flush()
    return token, made


def is_alive(one: UserSession, *, now: datetime) -> bool:
    """Say whether a session is neither ended nor over."""
    return one.ended_at is None and now < min(one.expires_at, one.last_seen_at + timedelta(seconds=one.idle_seconds))


def note_seen(one: UserSession, *, now: datetime) -> None:
    """Note that something was heard of a device, unless that was noted some minutes ago, or is being noted now."""
    if now - one.last_seen_at < SEEN_EVERY:
        return
    free = select(UserSession.id).where(UserSession.id == one.id).with_for_update(skip_locked=True)
    change = update(UserSession).where(UserSession.id == free.scalar_subquery()).values(last_seen_at=now)
    session().execute(change.execution_options(synchronize_session=False))


def end_session(actor: Actor, session_id: int, *, now: datetime) -> None:
    """End one of the actor's own sessions.

    Raises:
        NotFound: she has no such session.

    """
    found = session().get(UserSession, session_id)
    if found is None or found.user_id != actor.id:
        raise NotFound(thing="session", name=session_id)
    if found.ended_at is None:
        found.ended_at = now
        audit.record(actor, "session.end", f"user:{actor.email}", after={"session": session_id}, now=now)
    session().flush()


def close_session(token: str, *, now: datetime) -> None:
    """Note that somebody signed out on a device."""
    one = UserSession.token_hash == hash_of(token)
    session().execute(update(UserSession).where(one, UserSession.ended_at.is_(None)).values(ended_at=now))


def end_sessions(actor: Actor, user: User, *, now: datetime, but: str = "") -> int:
    """End all sessions of a person, and give how many there were.

    Args:
        actor: who does it.
        user: whose sessions.
        now: the instant.
        but: the token of the one that goes on, or none.

    """
    query = update(UserSession).where(
        UserSession.user_id == user.id, UserSession.ended_at.is_(None), UserSession.token_hash != hash_of(but)
    )
    ended = list(session().scalars(query.values(ended_at=now).returning(UserSession.id)))
    if ended:
        audit.record(actor, "session.end", f"user:{user.email}", after={"sessions": ended}, now=now)
    return len(ended)
