"""Reads on all accounts, for an administrator."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from workforce.core.db import session
from workforce.identity.models import Passkey, Role, User, UserSession, user_role


@dataclass(frozen=True)
class Person:
    """An account as a list shows it.

    Attributes:
        id: of the account.
        email: its address.
        active: is it open?
        confirmed_at: when the address was confirmed, if it was.
        roles: their names, in order.
        second_factor: is one set up?

    """

    id: int
    email: str
    active: bool
    confirmed_at: datetime | None
    roles: list[str]
    second_factor: bool


def people(*, prefix: str, role: str, limit: int, offset: int) -> list[Person]:
    """Give accounts by address.

    Args:
        prefix: only those whose address begins with it, in any letters; empty for all.
        role: only those that have it; empty for all.
        limit: how many at most.
        offset: how many to pass over.

    """
    # Whoever is passed over is not asked for her roles.
    keys = _wanted(select(User.id), prefix, role).order_by(User.email).limit(limit).offset(offset)
    query = _people().where(User.id.in_(keys)).order_by(User.email)
    return [_person(row) for row in session().execute(query)]


def count_people(*, prefix: str, role: str) -> int:
    """Count the accounts that `people` gives in all."""
    return session().scalar(_wanted(select(func.count()).select_from(User), prefix, role)) or 0


def person(user_id: int) -> Person | None:
    """Give an account by its id, if there is one."""
    row = session().execute(_people().where(User.id == user_id)).one_or_none()
    return _person(row) if row else None


def count_sessions(user_id: int, *, now: datetime) -> int:
    """Count the devices on which somebody is signed in."""
    idle = UserSession.last_seen_at + UserSession.idle_seconds * timedelta(seconds=1)
    query = select(func.count()).where(
        UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now, idle > now
    )
    return session().scalar(query) or 0


def _people() -> Select[Any]:
    roles = (
        select(func.array_agg(Role.name))
        .join(user_role, user_role.c.role_id == Role.id)
        .where(user_role.c.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )
    codes: ColumnElement[bool] = and_(User.tf_totp_secret.is_not(None), User.tf_primary_method.is_not(None))
    second_factor = or_(codes, exists().where(Passkey.user_id == User.id))
    return select(User.id, User.email, User.active, User.confirmed_at, roles, second_factor)


def _wanted(query: Select[Any], prefix: str, role: str) -> Select[Any]:
    if prefix:
        query = query.where(User.email.startswith(prefix.strip().lower(), autoescape=True))
    if role:
        having = select(user_role.c.user_id).join(Role, Role.id == user_role.c.role_id).where(Role.name == role)
        query = query.where(User.id.in_(having))
    return query


def _person(row: Any) -> Person:
    key, email, active, confirmed_at, roles, second_factor = row
    return Person(key, email, active, confirmed_at, sorted(roles or []), second_factor)
