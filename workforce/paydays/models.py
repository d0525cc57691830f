"""Pay groups: workers whose days are closed together."""

from datetime import date, time

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Currency, Id, Micros


class PayGroup(Base):
    """Workers who share a zone, a cut-off and terms, and whose books are closed one day after the other."""

    __tablename__ = "pay_group"
    __table_args__ = (
        CheckConstraint("terms BETWEEN 0 AND 60", "terms"),
        CheckConstraint("minimum >= 0", "minimum"),
        CheckConstraint("close IN ('auto', 'manual')", "close"),
    )

    id: Mapped[Id]
    # Short name, part of the name of every run.
    code: Mapped[str] = mapped_column(String(40), unique=True)
    # IANA name; a worker's day is the date there.
    timezone: Mapped[str] = mapped_column(String(64))
    # Currency of the minimum, and of workers who are created without one.
    currency: Mapped[Currency]
    # Wall-clock time on the day itself after which it is closed; 00:00 means the midnight that ends it.
    cutoff: Mapped[time]
    # Business days from the day to its payment.
    terms: Mapped[int]
    # Least payout, in micros of the group's currency; less is carried forward.
    minimum: Mapped[Micros]
    # Does the job close its days, or only a person?
    close: Mapped[str] = mapped_column(String(8))
    # ISO 3166 code of the country whose holidays are no business days; empty leaves Saturday and Sunday.
    calendar: Mapped[str] = mapped_column(String(2), default="")
    # The first day that is not closed. It only moves forward.
    open_day: Mapped[date]
