"""Paid training: what a project asks of its workers before they begin, at a fixed price; and who has done it."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Currency, Id, Instant, Micros


class Training(Base):
    """A version of a project's training. A published one is never changed; the next version takes its place."""

    __tablename__ = "training"
    __table_args__ = (
        UniqueConstraint("project_id", "number", "version"),
        CheckConstraint("price > 0", "price"),
        CheckConstraint("minutes > 0", "minutes"),
        CheckConstraint("number > 0 AND version > 0", "version"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"))
    # Which training of the project it is, from 1, and which version of that.
    number: Mapped[int]
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    # What there is to read, in paragraphs of plain text.
    body: Mapped[str]
    # How long it takes.
    minutes: Mapped[int]
    # What finishing it earns, in micros.
    price: Mapped[Micros]
    currency: Mapped[Currency]
    # Who published it and when.
    published_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    published_at: Mapped[Instant]


class TrainingCompletion(Base):
    """That a worker has begun a training, the version that she began, whose price is hers, and that she finished it."""

    __tablename__ = "training_completion"
    __table_args__ = (
        # A training is done once and paid once, whatever versions of it there are.
        UniqueConstraint("worker_id", "project_id", "number"),
        CheckConstraint("finished_at >= started_at", "finished"),
        Index(None, "training_id"),
    )

    id: Mapped[Id]
    training_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("training.id"))
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"))
    # As in the training.
    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"))
    number: Mapped[int]
    started_at: Mapped[Instant]
    # None while she is at it.
    finished_at: Mapped[Instant | None]
