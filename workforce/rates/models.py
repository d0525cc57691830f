"""Rate cards from a date, who was told of a change, offers to one worker, hourly floors."""

from datetime import date

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Currency, Id, Instant, Micros


class Rate(Base):
    """A line of a rate card. It is never changed; another one with a later date takes its place."""

    __tablename__ = "rate"
    __table_args__ = (
        CheckConstraint("rate >= 0", "rate"),
        CheckConstraint("kind IN ('piece', 'hourly')", "kind"),
        Index(
            "uq_rate_project_id_level_country_valid_from",
            "project_id", "level", "country", "valid_from", unique=True, postgresql_nulls_not_distinct=True,
        ),
        Index(None, "project_id", "valid_from"),
    )  # fmt: skip

    id: Mapped[Id]
    # The project that it holds for; none means any.
    project_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("project.id"))
    # Certification level; empty means any.
    level: Mapped[str] = mapped_column(String(40))
    # ISO 3166 alpha-2; empty means any.
    country: Mapped[str] = mapped_column(String(2))
    # piece or hourly.
    kind: Mapped[str] = mapped_column(String(8))
    currency: Mapped[Currency]
    # Micros a piece or an hour.
    rate: Mapped[Micros]
    # First day, in the worker's pay group's zone, that it holds on.
    valid_from: Mapped[date]
    # When it was entered.
    created_at: Mapped[Instant]
    # The user who entered it; none for Daybook itself, as for a file that the server's operator took in.
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    # Why, in their words.
    reason: Mapped[str] = mapped_column(default="", server_default="")


class RateNotice(Base):
    """That a worker was told, when a line was entered, what it changes for her on a project. Only ever added to."""

    __tablename__ = "rate_notice"
    __table_args__ = (Index(None, "worker_id", "told_at"),)

    rate_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("rate.id"), primary_key=True)
    # The project; a line for any project may change several of hers.
    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"), primary_key=True)
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"), primary_key=True)
    # Does it pay her less? Then she is asked to acknowledge it.
    lowered: Mapped[bool] = mapped_column(Boolean)
    # The first day on which it changes what she earns.
    day: Mapped[date]
    # The line that would have held for her on that day; none where none would.
    old_rate_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("rate.id"))
    told_at: Mapped[Instant]


class RateAcknowledgement(Base):
    """That a worker has read that a line pays her less. Only ever added to; it is no consent."""

    __tablename__ = "rate_acknowledgement"

    rate_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("rate.id"), primary_key=True)
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"), primary_key=True)
    at: Mapped[Instant]


class RateOffer(Base):
    """What one worker is offered beside the card. Its terms never change, and what was approved binds (a trigger)."""

    __tablename__ = "rate_offer"
    __table_args__ = (
        CheckConstraint("amount > 0", "amount"),
        CheckConstraint(
            "(kind = 'personal_rate' AND unit IN ('piece', 'hourly') AND pieces = 0)"
            " OR (kind = 'bonus' AND unit = '' AND pieces > 0)",
            "kind",
        ),
        CheckConstraint(
            "state IN ('proposed', 'withdrawn', 'refused', 'approved', 'accepted', 'declined', 'lapsed')", "state"
        ),
        CheckConstraint("valid_from <= valid_to", "dates"),
        CheckConstraint("decided_by <> proposed_by", "second_person"),
        CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NOT NULL OR state IN ('proposed', 'withdrawn', 'lapsed'))"
            " AND (answered_at IS NOT NULL) = (state IN ('accepted', 'declined'))"
            " AND (earned_at IS NULL OR (kind = 'bonus' AND state = 'accepted'))",
            "decided",
        ),
        Index(None, "project_id", "id"),
        Index(None, "worker_id", "id"),
        Index("ix_rate_offer_open", "valid_to", postgresql_where="state IN ('proposed', 'approved')"),
        # What the job looks at whose conditions may be met.
        Index(
            "ix_rate_offer_unearned", "id",
            postgresql_where="kind = 'bonus' AND state = 'accepted' AND earned_at IS NULL",
        ),
    )  # fmt: skip

    id: Mapped[Id]
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"))
    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"))
    # personal_rate or bonus.
    kind: Mapped[str] = mapped_column(String(13))
    # Of a personal rate: piece or hourly; empty for a bonus.
    unit: Mapped[str] = mapped_column(String(8), default="")
    # Micros a piece or an hour, or of the whole bonus.
    amount: Mapped[Micros]
    currency: Mapped[Currency]
    # First and last day, in the worker's pay group's zone, on which the rate holds or pieces count. It can be accepted
    # until the last one.
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    # Of a bonus: how many pieces are to be accepted between these days; 0 for a personal rate.
    pieces: Mapped[int] = mapped_column(default=0)
    # Why, in the proposer's words; the worker reads them.
    reason: Mapped[str]
    # proposed, withdrawn or refused (the worker never learns of these), approved, accepted, declined or lapsed.
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    proposed_by: Mapped[int] = mapped_column(BigInteger)
    proposed_at: Mapped[Instant]
    # The second person.
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[Instant | None]
    # Why it was approved or refused, in the second person's words.
    decision: Mapped[str] = mapped_column(default="")
    # When the worker accepted or declined it.
    answered_at: Mapped[Instant | None]
    # When the condition of a bonus was met and it became work that is paid.
    earned_at: Mapped[Instant | None]


class HourlyFloor(Base):
    """The least that an hour of work earns in a country, such as its minimum wage. Only ever added to."""

    __tablename__ = "hourly_floor"
    __table_args__ = (
        CheckConstraint("rate > 0", "rate"),
        UniqueConstraint("country", "valid_from"),
    )

    id: Mapped[Id]
    # ISO 3166 alpha-2.
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[Currency]
    # Micros an hour.
    rate: Mapped[Micros]
    # First pay day that it holds on; it holds until a later one takes its place.
    valid_from: Mapped[date]
    # Where it comes from, such as the law.
    source: Mapped[str] = mapped_column(String(300))
    # When it was entered.
    created_at: Mapped[Instant]
