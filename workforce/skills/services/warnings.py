"""Holders are told, once each, that a certification will lapse and that it has lapsed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from workforce.core.db import session
from workforce.core.sweep import sweep_many
from workforce.notifications.rules import day_param
from workforce.notifications.services import notify_many
from workforce.skills.models import Certification, SkillTest
from workforce.skills.queries.scoring import among
from workforce.skills.rules.validity import WARNED_BEFORE


def warn_of_lapses(*, now: datetime) -> int:
    """Tell those whose certification lapses within 30 days, and those whose has lapsed; safe at any time and twice.

    Takes its own transactions: call it outside one.

    Args:
        now: the instant.

    Returns:
        how many were told.

    Raises:
        SomeFailed: single holders could not be told.

    """
    return sweep_many("certification", partial(_due, now), partial(_tell, now))


def _soon(today: date) -> ColumnElement[bool]:
    return Certification.expires_on.between(today, today + WARNED_BEFORE) & Certification.warned_at.is_(None)


def _over(today: date) -> ColumnElement[bool]:
    return (Certification.expires_on < today) & Certification.lapsed_at.is_(None)


def _due(now: datetime, after: int, limit: int) -> Sequence[int]:
    today = now.astimezone(UTC).date()
    query = select(Certification.id).where(
        Certification.revoked_at.is_(None), Certification.id > after, or_(_soon(today), _over(today))
    )
    return session().scalars(query.order_by(Certification.id).limit(limit)).all()


def _tell(now: datetime, keys: Sequence[int]) -> int:
    today = now.astimezone(UTC).date()
    return _tell_of(_soon(today), "certification.lapses", "warned_at", now, keys) + _tell_of(
        _over(today), "certification.lapsed", "lapsed_at", now, keys
    )


def _tell_of(due: ColumnElement[bool], kind: str, mark: str, now: datetime, keys: Sequence[int]) -> int:
    query = (
        select(Certification.id, Certification.user_id, SkillTest.title, Certification.expires_on)
        .join(SkillTest, SkillTest.id == Certification.test_id)
        .where(Certification.revoked_at.is_(None), among(Certification.id, keys), due)
        .order_by(Certification.expires_on, Certification.id)
    )
    # Two runs at once share the work: neither sees what the other one holds.
    found: Sequence[Any] = session().execute(query.with_for_update(of=Certification, skip_locked=True)).all()
    same: dict[tuple[str, date], list[int]] = {}
    for _key, user_id, title, last in found:
        same.setdefault((title, last), []).append(user_id)
    for (title, last), users in same.items():
        notify_many(users, kind, certification=title, last=day_param(last), now=now)
    session().execute(
        update(Certification).where(among(Certification.id, [row.id for row in found])).values({mark: now})
    )
    return len(found)
