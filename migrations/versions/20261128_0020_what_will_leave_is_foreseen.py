"""What a run's release will send is computed ahead and kept."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_AMOUNTS = ("earned", "carried", "held", "below", "remainders", "total")


def upgrade() -> None:
    op.create_table(
        "payout_forecast",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _AMOUNTS),
        sa.Column("payouts", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("stage IN ('expected', 'approved', 'released')", name=op.f("ck_payout_forecast_stage")),
        sa.CheckConstraint(
            "total = earned + carried - held - below - remainders", name=op.f("ck_payout_forecast_total")
        ),
        sa.CheckConstraint(
            "payouts >= 0 AND total >= 0 AND (payouts = 0) = (total = 0)", name=op.f("ck_payout_forecast_payouts")
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "pay_day"], ["payroll_run.group_id", "payroll_run.pay_day"],
            name=op.f("fk_payout_forecast_group_id_payroll_run"),
        ),
        sa.PrimaryKeyConstraint("group_id", "pay_day", "stage", "currency", name=op.f("pk_payout_forecast")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("payout_forecast")
