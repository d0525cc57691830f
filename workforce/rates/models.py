"""Rate cards: what a piece or an hour earns, from a date."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
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
