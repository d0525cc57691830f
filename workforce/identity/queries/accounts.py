"""Reads on accounts."""

from collections.abc import Collection

from sqlalchemy import select

from workforce.core import demo
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.identity.models import User
from workforce.identity.rules import canonical_address


def user_by_email(email: str) -> User:
    """Return the open account of an email address, in any spelling that `create_user` takes.

    Raises:
        NotFound: there is none, or it is shut.

    """
    found = account_of(email)
    if found is None or not found.active:
        raise NotFound(thing="user", name=email)
    return found


def account_of(email: str) -> User | None:
    """Return the account of an email address in any spelling, open or shut."""
    return session().scalar(select(User).where(User.email == (canonical_address(email) or email.strip().lower())))


def emails_of(user_ids: Collection[int | None]) -> dict[int, str]:
    """Give the e-mail addresses of accounts."""
    wanted = [user_id for user_id in user_ids if user_id is not None]
    return dict(session().execute(select(User.id, User.email).where(User.id.in_(wanted))).all()) if wanted else {}


def demo_logins() -> list[tuple[str, str, str]]:
    """Give role, address and password of the accounts that a demo made here."""
    made = demo.logins()
    query = select(User.email).where(User.email.in_([email for _, email, _ in made]), User.active)
    known = set(session().scalars(query))
    return [one for one in made if one[1] in known]
