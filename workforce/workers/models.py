"""Workers: who is paid."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Currency, Id, Instant


class Worker(Base):
    """A person who does work and is paid for it."""

    __tablename__ = "worker"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'inactive')", "status"),
        Index(None, "group_id"),
        # What imports ask of ids that look alike: in two spellings of Unicode, or but for case and width.
        Index("ix_worker_not_nfc", "id", postgresql_where=text("external_id IS NOT NFC NORMALIZED")),
        Index("ix_worker_alike", text("lower(NORMALIZE(external_id, NFKC))")),
        # For the look-up by the beginning; the unique ones are in the order of the database's language.
        Index("ix_worker_external_id_prefix", "external_id", postgresql_ops={"external_id": "text_pattern_ops"}),
        Index("ix_worker_email_prefix", "email", postgresql_ops={"email": "text_pattern_ops"}),
        Index("uq_worker_email", "email", unique=True, postgresql_where="email <> ''"),
    )

    id: Mapped[Id]
    # The id that labelling tools and files know the worker by.
    external_id: Mapped[str] = mapped_column(String(200), unique=True)
    # As the worker wrote it; empty for a worker known from a file of work alone.
    name: Mapped[str] = mapped_column(String(200), default="")
    # The account that she signs in with; none until one is linked. Nothing else joins a worker and an account.
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"), unique=True)
    # As a list has it, in small letters; empty where not known. Her account may have another one by now.
    email: Mapped[str] = mapped_column(String(320), default="")
    # ISO 3166 alpha-2; empty where not known.
    country: Mapped[str] = mapped_column(String(2), default="")
    # What the worker is paid in.
    currency: Mapped[Currency]
    # The pay group from now on; work that was accepted keeps the one of then.
    group_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("pay_group.id"))
    # Language of messages; empty leaves it to the browser.
    locale: Mapped[str] = mapped_column(String(8), default="")
    # IANA name of the zone that times are shown in; empty takes the pay group's, whose days are the worker's anyway.
    timezone: Mapped[str] = mapped_column(String(64), default="")
    # active or inactive.
    status: Mapped[str] = mapped_column(String(10), default="active")


class ProfileChange(Base):
    """A change of what is known of a worker: made by staff, or asked for by her and then decided on. It only grows."""

    __tablename__ = "profile_change"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'made', 'refused', 'withdrawn')", "state"),
        CheckConstraint("field IN ('name', 'country', 'currency', 'group')", "field"),
        CheckConstraint("(state = 'made') = (open_day IS NOT NULL)", "open_day"),
        Index(None, "worker_id", "id"),
        Index("uq_profile_change_asked", "worker_id", "field", unique=True, postgresql_where="state = 'asked'"),
    )

    id: Mapped[Id]
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"))
    # name, country, currency or group (its code).
    field: Mapped[str] = mapped_column(String(10))
    # What was known when it was made or asked for.
    before: Mapped[str] = mapped_column(String(200))
    # What is, or should be, known.
    after: Mapped[str] = mapped_column(String(200))
    # asked, made, refused or withdrawn.
    state: Mapped[str] = mapped_column(String(10))
    # Why, in the words of whoever asked or, unasked, made it.
    reason: Mapped[str] = mapped_column(String(1_000))
    # What the worker was answered; empty where she had not asked.
    answer: Mapped[str] = mapped_column(String(1_000), default="")
    # Her account, or the person of staff who made it; none for Daybook itself.
    asked_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    asked_at: Mapped[Instant]
    # The person of staff who decided.
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    decided_at: Mapped[Instant | None]
    # The open day of her group (the new one) when it was made: what it touches is paid from that day on.
    open_day: Mapped[date | None]
