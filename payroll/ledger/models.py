"""The double-entry ledger. Nothing in it is ever changed; the database itself refuses it."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, PrimaryKeyConstraint, Sequence, String, text
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import METADATA, Base, Currency, Id, Instant, Micros

LEDGER_ENTRY_ID = Sequence("ledger_entry_id_seq", metadata=METADATA)


class Entry(Base):
    """One event in the books: its postings sum to zero in each currency."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(
        BigInteger, LEDGER_ENTRY_ID, primary_key=True, server_default=text("nextval('ledger_entry_id_seq')")
    )
    # What it was made from, such as payslip:KE-2026-11-20:W17; unique, so nothing is posted twice.
    source: Mapped[str] = mapped_column(String(320), unique=True)
    # payslip, release, order, settlement, failure or reversal.
    kind: Mapped[str] = mapped_column(String(16))
    # The run that it belongs to, for the journal: its group and its day.
    group_id: Mapped[int] = mapped_column(BigInteger)
    day: Mapped[date]
    posted_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("kind IN ('payslip', 'release', 'order', 'settlement', 'failure', 'reversal')", "kind"),
        Index(None, "group_id", "day"),
    )


class Posting(Base):
    """An amount on one account. Debits are positive, credits negative.

    An account is a kind and a party: cost of a project, accrued or payable to a worker, exchange by an FX source,
    clearing or funds of a rail. There is no table of accounts; a party's code is looked up where it is shown.
    """

    __tablename__ = "posting"
    __table_args__ = (
        PrimaryKeyConstraint("entry_id", "account", "party_id", "currency"),
        CheckConstraint("account IN ('cost', 'accrued', 'payable', 'exchange', 'clearing', 'funds')", "account"),
        CheckConstraint("amount <> 0", "amount"),
        # A worker's balance is read on every page of hers.
        Index(
            "ix_posting_worker", "party_id", "account", "currency", postgresql_include=["amount"],
            postgresql_where="account IN ('accrued', 'payable')",
        ),
    )  # fmt: skip

    entry_id: Mapped[int] = mapped_column(BigInteger)
    account: Mapped[str] = mapped_column(String(8))
    # The project, the worker, or the number of a rail or an FX source in `party`.
    party_id: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    amount: Mapped[Micros]


class Party(Base):
    """A number for what has none of its own: a rail, a source of exchange rates."""

    __tablename__ = "party"

    id: Mapped[Id]
    # Its name in account codes, such as sandbox or ecb.
    name: Mapped[str] = mapped_column(String(40), unique=True)
