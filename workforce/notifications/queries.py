"""Reads on messages and on what people want by mail."""

from sqlalchemy import func, select

from workforce.core.db import session
from workforce.notifications.models import Message, Preference


def unread_count(user_id: int) -> int:
    """Count the messages that a person has not read."""
    query = select(func.count()).where(Message.user_id == user_id, Message.read_at.is_(None))
    return session().scalar(query) or 0


def messages_of(user_id: int, *, limit: int, offset: int) -> list[Message]:
    """Give a person's messages: unread ones first, then the others, the youngest first."""
    query = (
        select(Message)
        .where(Message.user_id == user_id)
        .order_by(Message.read_at.is_not(None), Message.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(session().scalars(query))


def count_of(user_id: int) -> int:
    """Count a person's messages."""
    return session().scalar(select(func.count()).where(Message.user_id == user_id)) or 0


def silenced_by(user_id: int) -> frozenset[str]:
    """Give the groups of kinds that a person does not want by mail."""
    return frozenset(session().scalar(select(Preference.silenced).where(Preference.user_id == user_id)) or ())
