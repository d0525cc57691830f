"""Reads on certifications: who has what, until when, and who lost it why."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, func, or_, select

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.identity.models import User
from workforce.skills.models import Certification, SkillTest
from workforce.skills.rules.validity import WARNED_BEFORE, state_of

STATES: Final = ("valid", "lapsing", "lapsed", "revoked", "all")


@dataclass(frozen=True)
class Held:
    """A certification as a page shows it.

    Attributes:
        certification: itself.
        test: of the skill.
        email: of its holder.
        state: valid, lapsing, lapsed, renewed or revoked.

    """

    certification: Certification
    test: SkillTest
    email: str
    state: str


def standing(user_id: int, *, on: date) -> dict[int, Certification]:
    """Give what a person may work under on a day, by test: kind worker, neither revoked nor lapsed."""
    query = select(Certification).where(Certification.user_id == user_id, Certification.kind == "worker", holding(on))
    return {one.test_id: one for one in session().scalars(query)}


def holders(test_id: int, kind: str, on: date) -> list[int]:
    """Give the users who hold a certification of a kind on a day."""
    query = select(Certification.user_id).where(
        Certification.test_id == test_id, Certification.kind == kind, holding(on)
    )
    return list(session().scalars(query.order_by(Certification.user_id)))


def holding(on: date) -> Any:
    """Say that a certification holds on a day."""
    lasting = or_(Certification.expires_on.is_(None), Certification.expires_on >= on)
    return Certification.revoked_at.is_(None) & lasting


def held_by_id(certification_id: int, *, on: date) -> Held:
    """Give a certification.

    Raises:
        NotFound: there is none.

    """
    found = _shown(_held().where(Certification.id == certification_id), on)
    if not found:
        raise NotFound(thing="certification", name=certification_id)
    return found[0]


def own(user_id: int | None, *, on: date) -> list[Held]:
    """Give a person's certifications, those that stand first; what a renewal took the place of is left out."""
    query = _held().where(Certification.user_id == user_id, Certification.ended != "renewed")
    query = query.order_by(Certification.revoked_at.is_not(None), Certification.id.desc()).limit(200)
    return _shown(query, on)


def listed(
    *, on: date, test_id: int | None = None, kind: str = "", state: str = "all", email: str = "", start: int = 0,
    limit: int = 50,
) -> list[Held]:  # fmt: skip
    """Give certifications, the youngest first.

    Args:
        on: today.
        test_id: only of this test.
        kind: only worker or grader.
        state: only valid (lapsing ones too), lapsing, lapsed or revoked ones; all leaves none out.
        email: only of people whose address begins so.
        start: how many are passed over.
        limit: how many at most.

    """
    query = _filtered(_held(), on, test_id, kind, state, email)
    return _shown(query.order_by(Certification.id.desc()).offset(start).limit(limit), on)


def listed_count(*, on: date, test_id: int | None = None, kind: str = "", state: str = "all", email: str = "") -> int:
    """Give how many certifications the list has; the arguments are those of `listed`."""
    query = select(func.count()).select_from(Certification)
    if email:
        query = query.join(User, User.id == Certification.user_id)
    return session().scalar(_filtered(query, on, test_id, kind, state, email)) or 0


def _held() -> Select[Certification, SkillTest, str]:
    return (
        select(Certification, SkillTest, User.email)
        .join(SkillTest, SkillTest.id == Certification.test_id)
        .join(User, User.id == Certification.user_id)
    )


def _filtered(query: Any, on: date, test_id: int | None, kind: str, state: str, email: str) -> Any:
    if test_id is not None:
        query = query.where(Certification.test_id == test_id)
    if kind:
        query = query.where(Certification.kind == kind)
    if email:
        query = query.where(User.email.startswith(email.strip().lower(), autoescape=True))
    if state == "valid":
        query = query.where(holding(on))
    elif state == "lapsing":
        query = query.where(holding(on), Certification.expires_on <= on + WARNED_BEFORE)
    elif state == "lapsed":
        query = query.where(Certification.revoked_at.is_(None), Certification.expires_on < on)
    elif state == "revoked":
        query = query.where(Certification.ended.not_in(["", "renewed"]))
    return query


def _shown(query: Select[Certification, SkillTest, str], on: date) -> list[Held]:
    return [
        Held(one, test, email, state_of(ended=one.ended, expires_on=one.expires_on, on=on))
        for one, test, email in session().execute(query)
    ]
