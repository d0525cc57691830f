"""What is done with accounts."""

import secrets
from datetime import datetime
from typing import Final

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.crypto import hash_password
from workforce.core.db import session
from workforce.core.errors import InUse, Invalid
from workforce.core.permissions import ROLES
from workforce.identity.models import Role, User

# NIST SP 800-63B-4, section 3.1.1.2, wants 15 where a password is all there is; 12 is what we ask until then.
LEAST_PASSWORD: Final = 12


def create_user(actor: Actor, email: str, *, role: str, password: str, now: datetime) -> User:
    """Create an account with one role.

    Args:
        actor: who does it.
        email: in any letters; kept in small ones.
        role: worker, manager, finance or admin.
        password: at least 12 characters.
        now: the instant.

    Raises:
        Invalid: naming the field.
        InUse: the address has an account.

    """
    try:
        address = validate_email(email, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError as error:
        raise Invalid(field="email", problem=f"{email!r} is no e-mail address ({error})") from error
    if role not in ROLES:
        raise Invalid(field="role", problem=f"{role!r} is none of {', '.join(ROLES)}")
    if len(password) < LEAST_PASSWORD:
        raise Invalid(field="password", problem=f"must have at least {LEAST_PASSWORD} characters")
    if session().scalar(select(User.id).where(User.email == address)) is not None:
        raise InUse(name=address)
    user = User(
        email=address, password=hash_password(password), active=True, fs_uniquifier=secrets.token_hex(32),
        confirmed_at=now,
    )  # fmt: skip
    user.roles = [session().scalars(select(Role).where(Role.name == role)).one()]
    session().add(user)
    session().flush()
    audit.record(actor, "user.create", f"user:{address}", after={"role": role}, now=now)
    return user
