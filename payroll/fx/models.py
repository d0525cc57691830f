"""Exchange rates as their sources gave them, and what people decided on them."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Currency, Id, Instant

# Names ignore case: they are kept in lower case, whatever letters they have beyond ASCII is seen to by the service.
_ONE_SPELLING = 'source = lower(source COLLATE "C")'


class FxRate(Base):
    """What one unit of the base cost in the quote on a day, by one source. Append-only: the newest revision counts."""

    __tablename__ = "fx_rate"
    __table_args__ = (
        PrimaryKeyConstraint("source", "base", "quote", "day", "revision"),
        CheckConstraint("rate > 0", "rate"),
        CheckConstraint("base <> quote", "pair"),
        CheckConstraint("revision >= 1", "revision"),
        CheckConstraint("revision = 1 OR change_id IS NOT NULL", "corrected"),
        CheckConstraint(_ONE_SPELLING, "source"),
        Index(None, "day"),
    )

    # Who published it, such as ecb.
    source: Mapped[str] = mapped_column(String(40))
    base: Mapped[Currency]
    quote: Mapped[Currency]
    day: Mapped[date]
    # 1 as it was loaded, 2 and so on for what it was corrected to.
    revision: Mapped[int]
    # Units of the quote for one of the base, to the digit as given.
    rate: Mapped[Decimal] = mapped_column(Numeric())
    # When it was loaded or confirmed.
    created_at: Mapped[Instant]
    # What a person confirmed; none for a rate that was close enough to the last one to need nobody.
    change_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("fx_change.id"))


class FxChange(Base):
    """A rate that does not count yet: a correction that a second person has to confirm, or one far from the last."""

    __tablename__ = "fx_change"
    __table_args__ = (
        CheckConstraint("kind IN ('correction', 'far')", "kind"),
        CheckConstraint("state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", "state"),
        CheckConstraint("rate > 0 AND before > 0", "rate"),
        CheckConstraint("base <> quote", "pair"),
        CheckConstraint(_ONE_SPELLING, "source"),
        CheckConstraint("kind = 'far' OR (proposed_by IS NOT NULL AND reason <> '')", "correction"),
        # Four eyes, kept by the database too.
        CheckConstraint("decided_by <> proposed_by", "two_people"),
        CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NOT NULL) = (state IN ('confirmed', 'refused'))",
            "decided",
        ),
        # Nobody asks twice for the same.
        Index(
            "uq_fx_change_open", "source", "base", "quote", "day", "kind", unique=True,
            postgresql_where="state = 'proposed'",
        ),
        Index(None, "source", "base", "quote", "day"),
    )  # fmt: skip

    id: Mapped[Id]
    # correction of a known rate, or far: more than 20 % away from the last one when it was loaded.
    kind: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(40))
    base: Mapped[Currency]
    quote: Mapped[Currency]
    day: Mapped[date]
    # Units of the quote for one of the base, to the digit as given.
    rate: Mapped[Decimal] = mapped_column(Numeric())
    # What the correction replaces, or the last rate, and the day of it.
    before: Mapped[Decimal] = mapped_column(Numeric())
    before_day: Mapped[date]
    # Why, in the words of whoever proposed the correction.
    reason: Mapped[str] = mapped_column(default="")
    # proposed, confirmed, refused, or withdrawn by whoever proposed it.
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    # Who proposed or loaded it; none where no person did.
    proposed_by: Mapped[int | None] = mapped_column(BigInteger)
    proposed_at: Mapped[Instant]
    # Who confirmed or refused it, and why it was refused.
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[Instant | None]
    decision: Mapped[str] = mapped_column(default="")
