"""Orders in flight are asked about with growing pauses, and what went wrong with one is kept with it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("payout_order", sa.Column("asked", sa.Integer(), server_default="0", nullable=False))
    op.add_column("payout_order", sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payout_order", sa.Column("error", sa.String(length=500), server_default="", nullable=False))
    op.add_column("payout_attempt", sa.Column("error", sa.String(length=500), server_default="", nullable=False))
    for table, column in (("payout_order", "asked"), ("payout_order", "error"), ("payout_attempt", "error")):
        op.alter_column(table, column, server_default=None)
