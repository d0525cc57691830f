"""What onboarding does with accounts: it makes one without a password, and turns an applicant into a worker."""

from datetime import datetime

from sqlalchemy import select

from workforce.core import audit
from workforce.core.auth import SYSTEM, Actor
from workforce.core.crypto import hash_password
from workforce.core.db import session
from workforce.core.errors import Invalid
from workforce.identity.models import Role, User
from workforce.identity.rules import normalized, password_problem
from workforce.identity.services import add_user, roles_given


def create_applicant(email: str, *, locale: str, now: datetime) -> User:
    """Create an account without a password for an address that nobody has confirmed yet."""
    user = add_user(SYSTEM, email, role="applicant", password_hash=None, now=now, confirmed=False)
    user.locale = locale
    session().flush()
    return user


def set_first_password(user: User, password: str, *, name: str, now: datetime) -> None:
    """Set the password of an account that had none, and confirm its address.

    Args:
        user: whose account.
        password: that she chose.
        name: hers, which may not be part of it.
        now: the instant.

    Raises:
        Invalid: the password is too weak.

    """
    problem = password_problem(normalized(password), about=[user.email, name])
    if problem:
        raise Invalid(field="password", problem=problem)
    user.password = hash_password(normalized(password))
    user.confirmed_at = now
    session().flush()
    audit.record(user.actor, "user.first_password", f"user:{user.email}", now=now)


def become_worker(actor: Actor, user: User, *, reason: str, now: datetime) -> None:
    """Give an account the role of a worker in the place of an applicant's; other roles stay."""
    before = ", ".join(sorted(role.name for role in user.roles))
    worker = session().scalars(select(Role).where(Role.name == "worker")).one()
    user.roles = [*(role for role in user.roles if role.name not in {"applicant", "worker"}), worker]
    session().flush()
    after = {"roles": ", ".join(sorted(role.name for role in user.roles))}
    audit.record(
        actor, "user.roles", f"user:{user.email}", before={"roles": before}, after=after, reason=reason, now=now
    )  # fmt: skip
    roles_given(actor, user, now=now)
