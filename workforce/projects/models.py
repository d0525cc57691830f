"""Customers, the code-named projects that are done for them, and who runs and who does them."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Id, Instant


class Customer(Base):
    """Who the work is for; a worker must never learn the name."""

    __tablename__ = "customer"

    id: Mapped[Id]
    # The real name.
    name: Mapped[str] = mapped_column(String(200), unique=True)


class Project(Base):
    """Work of one kind for one customer, known by a code name."""

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'open', 'paused', 'closed')", "state"),
        CheckConstraint("target > 0 AND expected_seconds > 0", "positive"),
        CheckConstraint("(budget IS NULL OR budget > 0) AND (budget IS NULL) = (budget_currency = '')", "budget"),
        CheckConstraint("alarm_percent BETWEEN 1 AND 99", "alarm_percent"),
        # A worker's list of what is open, and a manager's by code name.
        Index(None, "state", "code"),
        Index("ix_project_parent_id", "parent_id", postgresql_where="parent_id IS NOT NULL"),
    )

    id: Mapped[Id]
    # What everybody calls it, such as FALCON.
    code: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customer.id"))
    # draft, open, paused or closed.
    state: Mapped[str] = mapped_column(String(6), default="draft")
    # What the work is, in a few plain words and in some sentences, as workers read it.
    title: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(default="")
    # BCP 47 tags of the languages that the work is done in; empty means any.
    languages: Mapped[list[str]] = mapped_column(ARRAY(String(35)), default=list)
    # ISO 3166 alpha-2 of the countries whose people may do it; empty means any.
    countries: Mapped[list[str]] = mapped_column(ARRAY(String(2)), default=list)
    # How many accepted pieces the customer wants.
    target: Mapped[int | None]
    # The last day of the work.
    deadline: Mapped[date | None]
    # Micros that the work may cost, and their currency (empty where there is no budget). It never blocks pay.
    budget: Mapped[int | None] = mapped_column(BigInteger)
    budget_currency: Mapped[str] = mapped_column(String(3), default="")
    # Its managers are told when so much of the budget is spent.
    alarm_percent: Mapped[int] = mapped_column(default=80)
    # The highest per cent that they were told of: 0, alarm_percent or 100.
    told_percent: Mapped[int] = mapped_column(default=0)
    # How long a task should take; workers see it before they accept, beside the true median.
    expected_seconds: Mapped[int | None]
    # For a Revival: the older project whose work is done again.
    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("project.id"))
    created_at: Mapped[Instant]
    created_by: Mapped[int | None] = mapped_column(BigInteger)


class Guideline(Base):
    """How the work is to be done, version by version: the youngest holds. Only ever added to."""

    __tablename__ = "guideline"
    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"))
    # Counted up for each project.
    number: Mapped[int]
    # Plain text: paragraphs, lines that begin with # for headings and with - for lists.
    body: Mapped[str]
    published_at: Mapped[Instant]
    published_by: Mapped[int | None] = mapped_column(BigInteger)


class GuidelineAcknowledgement(Base):
    """That a worker has read a version. Only ever added to."""

    __tablename__ = "guideline_acknowledgement"
    __table_args__ = (PrimaryKeyConstraint("guideline_id", "worker_id"), Index(None, "worker_id"))

    guideline_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("guideline.id"))
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"))
    at: Mapped[Instant]


class Requirement(Base):
    """A skills test that must be certified before a worker joins."""

    __tablename__ = "project_requirement"
    __table_args__ = (PrimaryKeyConstraint("project_id", "test_id"), Index(None, "test_id"))

    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"))
    test_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skill_test.id"))


class ProjectMember(Base):
    """Who runs a project or reviews its work."""

    __tablename__ = "project_member"
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "user_id", "part"),
        CheckConstraint("part IN ('manager', 'reviewer')", "part"),
        Index(None, "user_id", "part"),
    )

    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    # manager or reviewer.
    part: Mapped[str] = mapped_column(String(8))
    since: Mapped[Instant]
    # Who added her; none for Daybook itself.
    added_by: Mapped[int | None] = mapped_column(BigInteger)


class Participation(Base):
    """What a worker answered to a project: she works on it, declined it, left it, or was removed."""

    __tablename__ = "participation"
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "worker_id"),
        CheckConstraint("state IN ('joined', 'declined', 'left', 'removed')", "state"),
        Index(None, "worker_id", "state"),
        Index("ix_participation_project_id_joined_at", "project_id", "state", "joined_at", "worker_id"),
    )

    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"))
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"))
    # joined, declined, left or removed.
    state: Mapped[str] = mapped_column(String(8))
    # When she last joined; none for one who never did.
    joined_at: Mapped[Instant | None]
    # When the state became what it is.
    changed_at: Mapped[Instant]
    # Why she declined or left, if she said so, or why she was removed.
    reason: Mapped[str] = mapped_column(default="")
