"""Exchange rates as their sources gave them."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Currency, Instant


class FxRate(Base):
    """What one unit of the base cost in the quote on a day, by one source. Only ever added to."""

    __tablename__ = "fx_rate"
    __table_args__ = (
        PrimaryKeyConstraint("source", "base", "quote", "day"),
        CheckConstraint("rate > 0", "rate"),
        CheckConstraint("base <> quote", "pair"),
        Index(None, "day"),
    )

    # Who published it, such as ecb.
    source: Mapped[str] = mapped_column(String(40))
    base: Mapped[Currency]
    quote: Mapped[Currency]
    day: Mapped[date]
    # Units of the quote for one of the base, to the digit as given.
    rate: Mapped[Decimal] = mapped_column(Numeric())
    # When it was loaded.
    created_at: Mapped[Instant]
