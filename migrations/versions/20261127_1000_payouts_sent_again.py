"""Orders have a number, so that what failed can be sent again; requests that two people decide on."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# What failed and left with a later order: until now every order took the whole balance, so it was the first one after.
_TAKEN = """
    UPDATE payout_order failed
       SET taken_by = (SELECT later.id FROM payout_order later
                        WHERE later.worker_id = failed.worker_id AND later.currency = failed.currency
                          AND later.entry_id > entry.id
                        ORDER BY later.entry_id LIMIT 1)
      FROM ledger_entry entry
     WHERE failed.state IN ('failed', 'returned') AND entry.source = 'failure:' || failed.idempotency_key
"""


def upgrade() -> None:
    op.add_column("payout_order", sa.Column("number", sa.Integer(), server_default="1", nullable=False))
    op.alter_column("payout_order", "number", server_default=None)
    op.add_column("payout_order", sa.Column("resends_id", sa.BigInteger(), nullable=True))
    op.add_column("payout_order", sa.Column("taken_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_payout_order_resends_id", "payout_order", "payout_order", ["resends_id"], ["id"])
    op.create_foreign_key("fk_payout_order_taken_by", "payout_order", "payout_order", ["taken_by"], ["id"])
    op.drop_constraint("uq_payout_order_group_id_pay_day_worker_id", "payout_order")
    op.create_unique_constraint(
        "uq_payout_order_group_id_pay_day_worker_id_number", "payout_order",
        ["group_id", "pay_day", "worker_id", "number"],
    )  # fmt: skip
    op.execute(_TAKEN)
    op.create_check_constraint("ck_payout_order_number", "payout_order", "number >= 1")
    op.create_check_constraint(
        "ck_payout_order_taken_by", "payout_order", "taken_by IS NULL OR state IN ('failed', 'returned')"
    )
    op.create_index(
        "ix_payout_order_back", "payout_order", ["worker_id"], unique=False,
        postgresql_where=sa.text("state IN ('failed', 'returned') AND taken_by IS NULL"),
    )  # fmt: skip
    op.create_table(
        "payout_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("made_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'refused', 'withdrawn')", name="ck_payout_request_state"),
        sa.CheckConstraint("reason <> ''", name="ck_payout_request_reason"),
        sa.CheckConstraint("decided_by <> proposed_by", name="ck_payout_request_two_people"),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NOT NULL) = (state IN ('approved', 'refused'))"
            " AND (made_id IS NOT NULL) = (state = 'approved')",
            name="ck_payout_request_decided",
        ),
        sa.ForeignKeyConstraint(["made_id"], ["payout_order.id"], name="fk_payout_request_made_id"),
        sa.ForeignKeyConstraint(["order_id"], ["payout_order.id"], name="fk_payout_request_order_id"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_payout_request_worker_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payout_request"),
    )
    op.create_index(
        "uq_payout_request_order", "payout_request", ["order_id"], unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )  # fmt: skip
    op.create_index(
        "uq_payout_request_balance", "payout_request", ["worker_id", "currency"], unique=True,
        postgresql_where=sa.text("state = 'proposed' AND order_id IS NULL"),
    )  # fmt: skip
    op.create_index("ix_payout_request_made_id", "payout_request", ["made_id"], unique=False)
