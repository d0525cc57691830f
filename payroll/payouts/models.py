"""Payouts: what was released, the order that pays it, and each try to send that order."""

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Currency, Id, Instant, Micros


class PayslipRelease(Base):
    """A payslip whose amount was moved from accrued to payable. Only ever added to."""

    __tablename__ = "payslip_release"
    __table_args__ = (PrimaryKeyConstraint("group_id", "pay_day", "worker_id"),)

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    worker_id: Mapped[int] = mapped_column(BigInteger)
    # Numbered by the ledger's sequence also where nothing was to be moved, so that releases and orders have one order.
    entry_id: Mapped[int] = mapped_column(BigInteger)


class Forecast(Base):
    """What a run's release will send, or would have, in one currency: it says what becomes of the day's net."""

    __tablename__ = "payout_forecast"
    __table_args__ = (
        PrimaryKeyConstraint("group_id", "pay_day", "stage", "currency"),
        ForeignKeyConstraint(["group_id", "pay_day"], ["payroll_run.group_id", "payroll_run.pay_day"]),
        CheckConstraint("stage IN ('expected', 'approved', 'released')", "stage"),
        CheckConstraint("total = earned + carried - held - below - remainders", "total"),
        CheckConstraint("payouts >= 0 AND total >= 0 AND (payouts = 0) = (total = 0)", "payouts"),
    )

    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    # expected: as things stand; approved: as it stood when the run was approved; released: when its orders were made.
    stage: Mapped[str] = mapped_column(String(8))
    currency: Mapped[Currency]
    # Micros: the net of all payslips that are not released yet.
    earned: Mapped[Micros]
    # Balances that are payable already and go along; each in the earliest run that is not released.
    carried: Mapped[Micros]
    # The net of workers whom an open error holds.
    held: Mapped[Micros]
    # What stays in balances under the minimum payout; less than nothing where more is owed back.
    below: Mapped[Micros]
    # What is less than the smallest unit that can be sent.
    remainders: Mapped[Micros]
    # What will be sent, and in how many orders.
    total: Mapped[Micros]
    payouts: Mapped[int]
    computed_at: Mapped[Instant]
    # The last entry of the ledger that it has seen.
    entry_id: Mapped[int] = mapped_column(BigInteger)


class Order(Base):
    """A worker's whole payable balance, or what came back from an order that failed, reserved to be sent once."""

    __tablename__ = "payout_order"
    __table_args__ = (
        UniqueConstraint("group_id", "pay_day", "worker_id", "number"),
        CheckConstraint("number >= 1", "number"),
        CheckConstraint("taken_by IS NULL OR state IN ('failed', 'returned')", "taken_by"),
        CheckConstraint("state IN ('created', 'sent', 'unknown', 'paid', 'failed', 'returned', 'cancelled')", "state"),
        CheckConstraint("amount > 0", "amount"),
        Index(None, "worker_id", "entry_id"),
        # What is not at its end is little, and is looked for every minute.
        Index("ix_payout_order_open", "id", postgresql_where="state IN ('created', 'sent', 'unknown')"),
        # And so is what failed and waits in a balance.
        Index(
            "ix_payout_order_back", "worker_id",
            postgresql_where="state IN ('failed', 'returned') AND taken_by IS NULL",
        ),
    )  # fmt: skip

    id: Mapped[Id]
    # The run whose release made it.
    group_id: Mapped[int] = mapped_column(BigInteger)
    pay_day: Mapped[date]
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"))
    # 1 for what the release made; 2, 3, … for what two people had sent from the balance later.
    number: Mapped[int] = mapped_column(default=1)
    # The failed order that it sends again, and of which it took no more than the amount; none where it took the whole
    # balance.
    resends_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payout_order.id"))
    # The order that took its money along after it had failed; none while the money waits in the balance.
    taken_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payout_order.id"))
    currency: Mapped[Currency]
    # Micros; whole minor units of the currency.
    amount: Mapped[Micros]
    # sandbox, …
    rail: Mapped[str] = mapped_column(String(20))
    # created, sent, unknown, paid, failed, returned or cancelled.
    state: Mapped[str] = mapped_column(String(10))
    # Given to the rail with every try, so that it pays at most once.
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    # The rail's own number of it.
    reference: Mapped[str] = mapped_column(String(100), default="")
    # Why the rail declined it: a stable code.
    failure: Mapped[str] = mapped_column(String(40), default="")
    # What went wrong the last time that the rail was called, empty where it answered or timed out.
    error: Mapped[str] = mapped_column(String(500), default="")
    # How often the rail was asked what became of it, and from when the job asks again.
    asked: Mapped[int] = mapped_column(default=0)
    ask_at: Mapped[Instant | None]
    # The ledger entry that reserved it.
    entry_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]
    settled_at: Mapped[Instant | None]


class PayoutRequest(Base):
    """Somebody's wish to send what waits in a worker's balance, and what another person decided."""

    __tablename__ = "payout_request"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'approved', 'refused', 'withdrawn')", "state"),
        CheckConstraint("reason <> ''", "reason"),
        # Four eyes, kept by the database too.
        CheckConstraint("decided_by <> proposed_by", "two_people"),
        CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NOT NULL) = (state IN ('approved', 'refused'))"
            " AND (made_id IS NOT NULL) = (state = 'approved')",
            "decided",
        ),
        # Nobody asks twice for the same.
        Index("uq_payout_request_order", "order_id", unique=True, postgresql_where="state = 'proposed'"),
        Index(
            "uq_payout_request_balance", "worker_id", "currency", unique=True,
            postgresql_where="state = 'proposed' AND order_id IS NULL",
        ),
        Index(None, "made_id"),
    )  # fmt: skip

    id: Mapped[Id]
    worker_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("worker.id"))
    currency: Mapped[Currency]
    # The failed order that is to be sent again; none for the whole balance in the currency.
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payout_order.id"))
    # Why, in the words of whoever proposed it.
    reason: Mapped[str]
    # proposed, approved, refused, or withdrawn by whoever proposed it.
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    proposed_by: Mapped[int] = mapped_column(BigInteger)
    proposed_at: Mapped[Instant]
    # The second person, and why it was refused.
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[Instant | None]
    decision: Mapped[str] = mapped_column(default="")
    # The order that the approval made.
    made_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payout_order.id"))


class Attempt(Base):
    """One call to the rail for an order. It is open from before the call until its answer is written down."""

    __tablename__ = "payout_attempt"
    __table_args__ = (PrimaryKeyConstraint("order_id", "number"),)

    order_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payout_order.id"))
    # 1, 2, …
    number: Mapped[int]
    started_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    # waiting, paid, failed, timeout or error; empty while the call is under way.
    outcome: Mapped[str] = mapped_column(String(10), default="")
    # What went wrong, where it was more than a time-out.
    error: Mapped[str] = mapped_column(String(500), default="")


class SandboxTransfer(Base):
    """What the sandbox rail has been told: it stands for a bank's own books and is none of ours."""

    __tablename__ = "sandbox_transfer"

    idempotency_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    currency: Mapped[Currency]
    amount: Mapped[Micros]
    # Calls to send it; of a call that was lost nothing else is known.
    calls: Mapped[int]
    # When it is paid or declined; none where every call so far was lost on its way in.
    settles_at: Mapped[Instant | None]
