"""What people do with their messages: read them, and say which ones they want by mail."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.notifications.models import Message, Preference
from workforce.notifications.rules import GROUPS


def open_message(actor: Actor, message_id: int, *, now: datetime) -> str:
    """Mark a message of one's own as read, and give the path that it leads to, or an empty text.

    Raises:
        NotFound: she has no such message.

    """
    found = session().scalar(select(Message).where(Message.id == message_id, Message.user_id == actor.id))
    if found is None:
        raise NotFound(thing="message", name=message_id)
    found.read_at = found.read_at or now
    session().flush()
    return found.link


def mark_read(actor: Actor, message_id: int, *, now: datetime) -> None:
    """Mark a message of one's own as read.

    Raises:
        NotFound: she has no such message.

    """
    open_message(actor, message_id, now=now)


def mark_all_read(actor: Actor, *, now: datetime) -> None:
    """Mark all messages of one's own as read."""
    query = update(Message).where(Message.user_id == actor.id, Message.read_at.is_(None)).values(read_at=now)
    session().execute(query)


def silence(actor: Actor, groups: Collection[str]) -> None:
    """Choose what is not wanted by mail.

    Args:
        actor: whose choice it is.
        groups: names of groups; unknown ones, and those that are always mailed, are passed over.

    """
    chosen = sorted(name for name in set(groups) if name in GROUPS and not GROUPS[name].always)
    values = insert(Preference).values(user_id=actor.id, silenced=chosen)
    session().execute(values.on_conflict_do_update(index_elements=["user_id"], set_={"silenced": chosen}))
