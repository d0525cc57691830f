"""Submissions with the price frozen for them, and the accepted work that pay is made of."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Sequence,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import METADATA, Base, Currency, Id, Instant, Micros

ACCEPTED_WORK_ID = Sequence("accepted_work_id_seq", metadata=METADATA)


class Submission(Base):
    """One piece of work that a worker handed in, its verdict, and its price as it was when she began.

    Paid training and bonuses are recorded here too: their price is a fixed amount, and they are no tasks.
    """

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("project_id", "origin", "source"),
        UniqueConstraint("accepted_line_id"),
        CheckConstraint("origin IN ('import', 'training', 'bonus', 'claim')", "origin"),
        CheckConstraint("(state = 'accepted') = (accepted_line_id IS NOT NULL)", "accepted_line"),
        CheckConstraint("state IN ('submitted', 'accepted', 'rejected')", "state"),
        CheckConstraint("kind IN ('piece', 'hourly', 'onboarding', 'bonus')", "kind"),
        CheckConstraint("rate >= 0 AND seconds >= 0", "positive"),
        Index(None, "source"),
        # What imports ask of ids that look alike: in two spellings of Unicode, or but for case and width.
        Index("ix_submission_not_nfc", "project_id", postgresql_where=text("source IS NOT NFC NORMALIZED")),
        Index("ix_submission_alike", "project_id", text("lower(NORMALIZE(source, NFKC))")),
        # What waits or was rejected is little beside what was accepted, and every first page counts it: a manager's
        # by project, a worker's by worker.
        Index(
            "ix_submission_project_undecided",
            "project_id",
            "state",
            "decided_at",
            postgresql_where="state <> 'accepted'",
        ),
        Index("ix_submission_worker_undecided", "worker_id", "submitted_at", postgresql_where="state <> 'accepted'"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"))
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"))
    # import (a file), training (paid training), bonus, or claim (work that was done here).
    origin: Mapped[str] = mapped_column(String(10))
    # The id of the assignment or annotation in the tool that it came from; for training and bonuses an id of our own.
    source: Mapped[str] = mapped_column(String(200))
    # submitted, accepted or rejected.
    state: Mapped[str] = mapped_column(String(10))
    # piece or hourly: what the rate is for; onboarding (paid training) or bonus, whose rate is the amount.
    kind: Mapped[str] = mapped_column(String(10))
    # Micros a piece or an hour.
    rate: Mapped[Micros]
    currency: Mapped[Currency]
    # The line of the rate card; none where the file's own reward was paid.
    rate_id: Mapped[int | None] = mapped_column(BigInteger)
    # The personal offer that it was priced by, if it was.
    offer_id: Mapped[int | None] = mapped_column(BigInteger)
    # Working time, 0 where nobody measured it.
    seconds: Mapped[int]
    claimed_at: Mapped[Instant | None]
    submitted_at: Mapped[Instant]
    # When the verdict fell.
    decided_at: Mapped[Instant | None]
    # The line of accepted work that it stands on; none where it is not accepted. No line belongs to two submissions.
    accepted_line_id: Mapped[int | None] = mapped_column(BigInteger)
    # The reviewer's words, for a rejection.
    reason: Mapped[str] = mapped_column(default="")


class AcceptedWork(Base):
    """A piece of accepted work with its price and its pay day, or a correction of one. Only ever added to.

    The key begins as the daily close reads: the group's day, by worker.
    """

    __tablename__ = "accepted_work"
    __table_args__ = (
        PrimaryKeyConstraint("group_id", "pay_day", "worker_id", "id"),
        CheckConstraint("kind IN ('piece', 'hourly', 'onboarding', 'bonus', 'correction')", "kind"),
        CheckConstraint("kind = 'correction' OR amount >= 0", "amount"),
        CheckConstraint("seconds >= 0 OR kind = 'correction'", "seconds"),
        CheckConstraint("NOT floored OR seconds <> 0", "floored"),
        Index(None, "worker_id", "pay_day"),
        Index(None, "submission_id"),
        Index(None, "project_id", "pay_day"),
    )

    group_id: Mapped[int] = mapped_column(BigInteger)
    # The day of the group's books that it belongs to.
    pay_day: Mapped[date]
    worker_id: Mapped[int] = mapped_column(BigInteger)
    id: Mapped[int] = mapped_column(
        BigInteger, ACCEPTED_WORK_ID, server_default=text("nextval('accepted_work_id_seq')")
    )
    submission_id: Mapped[int] = mapped_column(BigInteger)
    project_id: Mapped[int] = mapped_column(BigInteger)
    # piece, hourly, onboarding, bonus or correction.
    kind: Mapped[str] = mapped_column(String(10))
    # Pieces, or seconds of work paid by the hour; negative when a correction takes them back.
    quantity: Mapped[int]
    # Micros a piece or an hour, frozen with the work.
    rate: Mapped[Micros]
    currency: Mapped[Currency]
    # quantity × rate in micros, rounded half-even once.
    amount: Mapped[Micros]
    # Working time; negative when a correction takes it back, 0 where nobody measured it and for what is no task.
    seconds: Mapped[int] = mapped_column(server_default=text("0"))
    # Does the hourly floor of the worker's country count it? Not what was paid by a file's own reward, and not what is
    # taken back or priced again on a later day: its hours were made up for on the day they were worked.
    floored: Mapped[bool] = mapped_column(server_default=text("false"))
    # For a correction: the id of the accepted work that it corrects.
    corrects_id: Mapped[int | None] = mapped_column(BigInteger)
    accepted_at: Mapped[Instant]
