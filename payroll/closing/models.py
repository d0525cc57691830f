"""What the daily close writes: the run, its locked rates, its exceptions, and each worker's payslip with its lines."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Currency, Id, Instant, Micros


class Run(Base):
    """One pay group's day. It is named GROUP-YYYY-MM-DD."""

    __tablename__ = "payroll_run"
    __table_args__ = (
        PrimaryKeyConstraint("group_id", "pay_day"),
        CheckConstraint("state IN ('computing', 'computed', 'approved', 'released', 'settled')", "state"),
        # Four eyes, kept by the database too.
        CheckConstraint("approved_by <> released_by", "two_people"),
        CheckConstraint(
            "state NOT IN ('released', 'settled') OR (approved_by IS NOT NULL AND released_by IS NOT NULL)", "released"
        ),
        Index(None, "state"),
        Index(None, "pay_day"),
    )

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    # computing, computed, approved, released or settled.
    state: Mapped[str] = mapped_column(String(10))
    # First worker id of each chunk, fixed when the day was closed; a chunk ends before the next one's first.
    bounds: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    # When the day was closed, and when the last chunk was computed.
    closed_at: Mapped[Instant]
    computed_at: Mapped[Instant | None]
    # By when the payments are promised: the group's terms in business days, 18:00 its time.
    due_at: Mapped[Instant]
    # The users who approved and released it.
    approved_by: Mapped[int | None] = mapped_column(BigInteger)
    approved_at: Mapped[Instant | None]
    released_by: Mapped[int | None] = mapped_column(BigInteger)
    released_at: Mapped[Instant | None]
    # When its last payout reached an end.
    settled_at: Mapped[Instant | None]


class Chunk(Base):
    """A chunk of a run that is computed. Written first in its transaction, so that no chunk is computed twice."""

    __tablename__ = "run_chunk"
    __table_args__ = (PrimaryKeyConstraint("group_id", "pay_day", "first_worker_id"),)

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    first_worker_id: Mapped[int] = mapped_column(BigInteger)
    # How many pieces of accepted work it counted.
    pieces: Mapped[int]


class RunTotal(Base):
    """What a run comes to in one pay currency, summed once when its last chunk is computed: payslips never change."""

    __tablename__ = "run_total"
    __table_args__ = (
        PrimaryKeyConstraint("group_id", "pay_day", "currency"),
        ForeignKeyConstraint(["group_id", "pay_day"], ["payroll_run.group_id", "payroll_run.pay_day"]),
    )

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    currency: Mapped[Currency]
    # Payslips in this currency, and the sums of their amounts in micros.
    workers: Mapped[int]
    gross: Mapped[Micros]
    deductions: Mapped[Micros]
    net: Mapped[Micros]


class RunFxRate(Base):
    """An exchange rate locked for a run: exactly numerator ÷ denominator units of the quote for one of the base."""

    __tablename__ = "run_fx_rate"
    __table_args__ = (
        PrimaryKeyConstraint("group_id", "pay_day", "base", "quote"),
        ForeignKeyConstraint(["group_id", "pay_day"], ["payroll_run.group_id", "payroll_run.pay_day"]),
    )

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    # What the work was priced in.
    base: Mapped[Currency]
    # What the worker is paid in.
    quote: Mapped[Currency]
    # Whole numbers, so that the conversion is exact before it is rounded once.
    numerator: Mapped[Decimal] = mapped_column(Numeric())
    denominator: Mapped[Decimal] = mapped_column(Numeric())
    # The source, and its number as a party of the ledger's exchange account.
    source: Mapped[str] = mapped_column(String(40))
    party_id: Mapped[int] = mapped_column(BigInteger)
    # The published rates that it was made of: [{"base", "quote", "rate", "day"}], one or two.
    legs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class RunFloor(Base):
    """The hourly floor of a country that held for a run, locked when its day was closed. Only ever added to.

    There is one for each country that had a floor in force and a worker in the run.
    """

    __tablename__ = "run_floor"
    __table_args__ = (
        PrimaryKeyConstraint("group_id", "pay_day", "country"),
        ForeignKeyConstraint(["group_id", "pay_day"], ["payroll_run.group_id", "payroll_run.pay_day"]),
    )

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    # ISO 3166 alpha-2.
    country: Mapped[str] = mapped_column(String(2))
    floor_id: Mapped[int] = mapped_column(BigInteger)


class RunException(Base):
    """Something about a run that a person must look at before it goes on."""

    __tablename__ = "run_exception"
    __table_args__ = (
        CheckConstraint("severity IN ('error', 'warning')", "severity"),
        ForeignKeyConstraint(["group_id", "pay_day"], ["payroll_run.group_id", "payroll_run.pay_day"]),
        Index(
            "uq_run_exception",
            "group_id",
            "pay_day",
            "code",
            "worker_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    # An error about a worker holds that worker; a warning wants an acknowledgement.
    severity: Mapped[str] = mapped_column(String(8))
    # Stable, such as negative_net.
    code: Mapped[str] = mapped_column(String(40))
    # The worker that it is about; none for the run itself.
    worker_id: Mapped[int | None] = mapped_column(BigInteger)
    # Values for its sentence.
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Who looked at it, when, and what was decided.
    resolved_by: Mapped[int | None] = mapped_column(BigInteger)
    resolved_at: Mapped[Instant | None]
    reason: Mapped[str] = mapped_column(default="")


class Payslip(Base):
    """What a worker earned on a day in a group. Only ever added to."""

    __tablename__ = "payslip"
    __table_args__ = (PrimaryKeyConstraint("group_id", "pay_day", "worker_id"), Index(None, "worker_id", "pay_day"))

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    worker_id: Mapped[int] = mapped_column(BigInteger)
    # What the worker is paid in.
    currency: Mapped[Currency]
    # Lines of accepted work that it is made of.
    pieces: Mapped[int]
    # Earned before deductions; deductions as a positive amount; and their difference. Micros.
    gross: Mapped[Micros]
    deductions: Mapped[Micros]
    net: Mapped[Micros]
    # Its ledger entry; none where nothing was to be posted.
    entry_id: Mapped[int | None] = mapped_column(BigInteger)
    # The hourly floor that held for the worker, by her country as it was known when this was made; none where none did.
    floor_id: Mapped[int | None] = mapped_column(BigInteger)


class PayslipLine(Base):
    """What a worker earned on a day in a project, in one rate currency and of one kind. Only ever added to."""

    __tablename__ = "payslip_line"
    __table_args__ = (PrimaryKeyConstraint("group_id", "pay_day", "worker_id", "project_id", "currency", "kind"),)

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    worker_id: Mapped[int] = mapped_column(BigInteger)
    project_id: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    # piece, hourly, onboarding, bonus, correction; or topup, which is made of no accepted work of its own.
    kind: Mapped[str] = mapped_column(String(12))
    # How many pieces of accepted work, and the sum of their quantities and amounts. A top-up has no pieces; its
    # quantity is the seconds that it makes up for.
    pieces: Mapped[int]
    quantity: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[Micros]
    # Working time of those pieces, as far as it was measured.
    seconds: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class FloorTopUp(Base):
    """Why a worker's day was topped up to the hourly floor of her country, where it was. Only ever added to.

    Its amount stands on the payslip as a line of kind topup, in the currency that the worker is paid in.
    """

    __tablename__ = "floor_top_up"
    __table_args__ = (
        PrimaryKeyConstraint("group_id", "pay_day", "worker_id"),
        CheckConstraint("amount > 0 AND amount = due - earned", "amount"),
        CheckConstraint("seconds > 0", "seconds"),
        Index(None, "project_id", "pay_day"),
    )

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    worker_id: Mapped[int] = mapped_column(BigInteger)
    # The project that bears it: the one whose own work fell furthest short.
    project_id: Mapped[int] = mapped_column(BigInteger)
    # Working time that the floor counts.
    seconds: Mapped[int] = mapped_column(BigInteger)
    # The floor, its micros an hour and their currency.
    floor_id: Mapped[int] = mapped_column(BigInteger)
    rate: Mapped[Micros]
    rate_currency: Mapped[Currency]
    # What the worker is paid in; and in it, in micros: what that time is due, what its work earned, and the difference.
    currency: Mapped[Currency]
    due: Mapped[Micros]
    earned: Mapped[Micros]
    amount: Mapped[Micros]
