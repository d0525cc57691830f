"""Workers: who is paid."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Currency, Id


class Worker(Base):
    """A person who does work and is paid for it."""

    __tablename__ = "worker"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'inactive')", "status"),
        Index(None, "group_id"),
        # What imports ask of ids that look alike: in two spellings of Unicode, or but for case and width.
        Index("ix_worker_not_nfc", "id", postgresql_where=text("external_id IS NOT NFC NORMALIZED")),
        Index("ix_worker_alike", text("lower(NORMALIZE(external_id, NFKC))")),
        Index("uq_worker_email", "email", unique=True, postgresql_where="email <> ''"),
    )

    id: Mapped[Id]
    # The id that labelling tools and files know the worker by.
    external_id: Mapped[str] = mapped_column(String(200), unique=True)
    # As the worker wrote it; empty for a worker known from a file of work alone.
    name: Mapped[str] = mapped_column(String(200), default="")
    # Small letters; empty where not known.
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
