"""Holders are told, once each, that a certification will lapse and that it has lapsed."""

from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Select, select, update

from workforce.core.db import session
from workforce.notifications.rules import day_param
from workforce.notifications.services import notify_many
from workforce.skills.models import Certification, SkillTest
from workforce.skills.queries.scoring import among
from workforce.skills.rules.validity import WARNED_BEFORE

A_RUN: Final = 5_000


def warn_of_lapses(*, now: datetime, limit: int = A_RUN) -> int:
    """Tell those whose certification lapses within 30 days, and those whose has lapsed; safe at any time and twice.

    Args:
        now: the instant.
        limit: how many of each at most; the next run goes on.

    Returns:
        how many were told.

    """
    today = now.astimezone(UTC).date()
    soon = _standing().where(
        Certification.expires_on.between(today, today + WARNED_BEFORE), Certification.warned_at.is_(None)
    )
    over = _standing().where(Certification.expires_on < today, Certification.lapsed_at.is_(None))
    return _tell(soon, "certification.lapses", "warned_at", now, limit) + _tell(
        over, "certification.lapsed", "lapsed_at", now, limit
    )


def _standing() -> Select[int, int, str, date | None]:
    return (
        select(Certification.id, Certification.user_id, SkillTest.title, Certification.expires_on)
        .join(SkillTest, SkillTest.id == Certification.test_id)
        .where(Certification.revoked_at.is_(None))
    )


def _tell(query: Select[int, int, str, date | None], kind: str, mark: str, now: datetime, limit: int) -> int:
    # Two runs at once share the work: neither sees what the other one holds.
    found = session().execute(
        query.order_by(Certification.expires_on, Certification.id).limit(limit).with_for_update(
            of=Certification, skip_locked=True
        )
    ).all()  # fmt: skip
    same: dict[tuple[str, date], list[int]] = {}
    for _key, user_id, title, last in found:
        if last is not None:
            same.setdefault((title, last), []).append(user_id)
    for (title, last), users in same.items():
        notify_many(users, kind, certification=title, last=day_param(last), now=now)
    session().execute(
        update(Certification).where(among(Certification.id, [row.id for row in found])).values({mark: now})
    )
    return len(found)
