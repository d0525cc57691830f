"""Reads on accounts."""

from collections.abc import Collection

from sqlalchemy import select

from workforce.core import demo
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.identity.models import User


def user_by_email(email: str) -> User:
    """Give the account of an e-mail address, in any letters.

    Raises:
        NotFound: there is none, or it is shut.

    """
    found = session().scalar(select(User).where(User.email == email.strip().lower(), User.active))
    if found is None:
        raise NotFound(thing="user", name=email)
    return found


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
