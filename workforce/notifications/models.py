"""Messages to people, and what they want by mail besides."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Id, Instant


class Message(Base):
    """Something that a person was told. Its words are put together when it is read, in the reader's language."""

    __tablename__ = "message"
    __table_args__ = (
        Index(None, "user_id", "id"),
        Index("ix_message_unread", "user_id", postgresql_where="read_at IS NULL"),
        Index("ix_message_read_at", "read_at", postgresql_where="read_at IS NOT NULL"),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    # What it is about, such as certification.lapses: names its sentences.
    kind: Mapped[str] = mapped_column(String(60))
    # What the sentences speak of: text and numbers, or typed values such as {"money": 12500, "currency": "USD"}.
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # The path of the page that it is about, or empty.
    link: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[Instant]
    read_at: Mapped[Instant | None]


class Announcement(Base):
    """Something that a crowd is told: kept by whoever announces it, and unfolded into messages by the job."""

    __tablename__ = "announcement"
    __table_args__ = (
        Index("ix_announcement_open", "id", postgresql_where="ended_at IS NULL"),
        Index("ix_announcement_ended_at", "ended_at", postgresql_where="ended_at IS NOT NULL"),
    )

    id: Mapped[Id]
    # Whose crowd it is, such as project: names the teller that gives its people and what they are told.
    topic: Mapped[str] = mapped_column(String(40))
    # What the teller goes by: ids, and words of whoever announced it.
    about: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # The moment whose people are told.
    created_at: Mapped[Instant]
    # Whoever stands up to this number, in the teller's order, has been told.
    reached: Mapped[int] = mapped_column(BigInteger, default=0)
    # Who could not be told and was passed over: for each the number before, and the one that it ended at (or null).
    missed: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    # When the last of them was told.
    ended_at: Mapped[Instant | None]


class Preference(Base):
    """What a person does not want by mail; she finds it in the app all the same."""

    __tablename__ = "message_preference"

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"), primary_key=True)
    # Names of groups of kinds.
    silenced: Mapped[list[str]] = mapped_column(ARRAY(String(20)), default=list)
