"""Accounts are made, shut and opened again."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import select

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.crypto import hash_password
from workforce.core.db import session
from workforce.core.errors import InUse, Invalid
from workforce.core.permissions import ROLES
from workforce.identity.models import Role, User
from workforce.identity.rules import canonical_address, normalized, password_problem
from workforce.identity.services.sessions import end_sessions

Follower = Callable[[Actor, User, datetime], None]
_followers: Final[dict[str, Follower]] = {}


def follow_roles(name: str, follower: Follower) -> None:
    """Have something done whenever an account is given a role, once however often an application is made.

    Args:
        name: of the feature that follows.
        follower: called with who acts, the account with its roles, and the instant, within the same transaction.

    """
    _followers[name] = follower


def roles_given(actor: Actor, user: User, *, now: datetime) -> None:
    """Tell those who follow that an account has a role more."""
    for follower in _followers.values():
        follower(actor, user, now)


def create_user(
    actor: Actor, email: str, *, role: str, password: str, now: datetime, name: str = "", confirmed: bool = True
) -> User:
    """Create an account with one role.

    Args:
        actor: who does it.
        email: in any letters; kept in small ones.
        role: one of core.permissions.ROLES.
        password: one that `password_problem` finds nothing wrong with.
        now: the instant.
        name: of the person, where it is known: it may not be part of the password.
        confirmed: is the address known to be hers? Else she must open a link that is mailed to it before she signs in.

    Raises:
        Invalid: naming the field.
        InUse: the address has an account.

    """
    address = checked_address(email)
    problem = password_problem(normalized(password), about=[address, name])
    if problem:
        raise Invalid(field="password", problem=problem)
    return add_user(
        actor, address, role=role, password_hash=hash_password(normalized(password)), now=now, confirmed=confirmed
    )


def checked_address(email: str) -> str:
    """Give an e-mail address as accounts keep it.

    Raises:
        Invalid: it is none.

    """
    address = canonical_address(email)
    if address is None:
        raise Invalid(field="email", problem=f"{email!r} is not an email address such as name@example.com")
    return address


def add_user(
    actor: Actor, address: str, *, role: str, password_hash: str | None, now: datetime, confirmed: bool = True
) -> User:
    """Add an account whose password was checked and hashed before, or that has none yet.

    Args:
        actor: who does it.
        address: as `checked_address` gives it.
        role: one of core.permissions.ROLES.
        password_hash: of core.crypto.hash_password, or None: a password is then chosen through a link that is mailed.
        now: the instant.
        confirmed: is the address known to be hers?

    Raises:
        Invalid: there is no such role.
        InUse: the address has an account.

    """
    if role not in ROLES:
        raise Invalid(field="role", problem=f"{role!r} is none of {', '.join(ROLES)}")
    if session().scalar(select(User.id).where(User.email == address)) is not None:
        raise InUse(name=address)
    user = User(
        email=address, password=password_hash, active=True, fs_uniquifier=secrets.token_hex(32),
        confirmed_at=now if confirmed else None,
    )  # fmt: skip
    user.roles = [session().scalars(select(Role).where(Role.name == role)).one()]
    session().add(user)
    session().flush()
    audit.record(actor, "user.create", f"user:{address}", after={"role": role}, now=now)
    roles_given(actor, user, now=now)
    return user


def set_active(actor: Actor, user: User, *, active: bool, reason: str, now: datetime) -> None:
    """Shut an account, which ends its sessions, or open it again.

    Args:
        actor: who does it.
        user: whose account.
        active: open?
        reason: why, in the actor's words.
        now: the instant.

    """
    if user.active == active:
        return
    user.active = active
    if not active:
        end_sessions(actor, user, now=now)
    audit.record(
        actor, "user.open" if active else "user.shut", f"user:{user.email}", before={"active": not active},
        after={"active": active}, reason=reason, now=now,
    )  # fmt: skip
    session().flush()
