"""Reads on the devices on which people are signed in."""

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from workforce.core.db import session
from workforce.identity.models import User, UserSession

SHOWN = 50


def session_of(uniquifier: str, token_hash: str) -> tuple[User, UserSession] | None:
    """Give an account that is open and its session, in one statement, or None.

    Args:
        uniquifier: of the account; another one since the password was changed.
        token_hash: of what the cookie holds.

    """
    query = (
        select(User, UserSession)
        .join(UserSession, UserSession.user_id == User.id)
        .outerjoin(User.roles)
        .where(User.fs_uniquifier == uniquifier, User.active, UserSession.token_hash == token_hash)
        .options(contains_eager(User.roles))
    )
    found = session().execute(query).unique().first()
    return (found[0], found[1]) if found else None


def sessions_of(user_id: int) -> list[UserSession]:
    """Give the sessions of a person that nobody has ended, the youngest first."""
    query = select(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    return list(session().scalars(query.order_by(UserSession.id.desc()).limit(SHOWN)))
