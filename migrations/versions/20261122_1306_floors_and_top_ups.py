"""Hourly floors by country, the top-ups that the close makes of them, and paid training."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ONLY_GROW: Final = ("floor_top_up", "hourly_floor", "run_floor", "training")

# What was accepted before knows its working time from its submission. The floor counts what a rate card priced, is not
# closed yet and was not corrected: the days before had no floor.
_WORK_SECONDS: Final = """
    UPDATE accepted_work work
       SET seconds = CASE WHEN submission.kind = 'hourly' THEN work.quantity ELSE work.quantity * submission.seconds END,
           floored = submission.rate_id IS NOT NULL AND submission.seconds > 0 AND work.quantity > 0
                     AND work.pay_day >= pay_group.open_day
                     AND NOT EXISTS (SELECT FROM accepted_work other
                                      WHERE other.submission_id = work.submission_id AND other.kind = 'correction')
      FROM submission, pay_group
     WHERE submission.id = work.submission_id AND pay_group.id = work.group_id
"""
_LINE_SECONDS: Final = """
    UPDATE payslip_line line SET seconds = work.seconds
      FROM (SELECT group_id, pay_day, worker_id, project_id, currency, kind, sum(seconds) AS seconds
              FROM accepted_work GROUP BY group_id, pay_day, worker_id, project_id, currency, kind) work
     WHERE (work.group_id, work.pay_day, work.worker_id, work.project_id, work.currency, work.kind)
           = (line.group_id, line.pay_day, line.worker_id, line.project_id, line.currency, line.kind)
"""


def upgrade() -> None:
    _accepted_work()
    _payslips()
    _floors()
    _training()
    for table in ONLY_GROW:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _accepted_work() -> None:
    op.alter_column("submission", "kind", type_=sa.String(length=10), existing_type=sa.String(length=8))
    op.add_column("submission", sa.Column("offer_id", sa.BigInteger(), nullable=True))
    _replace_check("submission", "kind", "kind IN ('piece', 'hourly', 'onboarding', 'bonus')")
    _replace_check("accepted_work", "kind", "kind IN ('piece', 'hourly', 'onboarding', 'bonus', 'correction')")
    op.add_column("accepted_work", sa.Column("seconds", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("accepted_work", sa.Column("floored", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    _past_the_guard("accepted_work", _WORK_SECONDS)
    op.create_check_constraint("ck_accepted_work_seconds", "accepted_work", "seconds >= 0 OR kind = 'correction'")
    op.create_check_constraint("ck_accepted_work_floored", "accepted_work", "NOT floored OR seconds <> 0")


def _payslips() -> None:
    op.add_column("payslip", sa.Column("floor_id", sa.BigInteger(), nullable=True))
    op.add_column("payslip_line", sa.Column("seconds", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    _past_the_guard("payslip_line", _LINE_SECONDS)


def _floors() -> None:
    op.create_table(
        "hourly_floor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rate > 0", name="ck_hourly_floor_rate"),
        sa.PrimaryKeyConstraint("id", name="pk_hourly_floor"),
        sa.UniqueConstraint("country", "valid_from", name="uq_hourly_floor_country_valid_from"),
    )
    op.create_table(
        "run_floor",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("floor_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "pay_day"],
            ["payroll_run.group_id", "payroll_run.pay_day"],
            name="fk_run_floor_group_id_pay_day_payroll_run",
        ),
        sa.PrimaryKeyConstraint("group_id", "pay_day", "country", name="pk_run_floor"),
    )
    op.create_table(
        "floor_top_up",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("floor_id", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("rate_currency", sa.String(length=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0 AND amount = due - earned", name="ck_floor_top_up_amount"),
        sa.CheckConstraint("seconds > 0", name="ck_floor_top_up_seconds"),
        sa.PrimaryKeyConstraint("group_id", "pay_day", "worker_id", name="pk_floor_top_up"),
    )
    op.create_index("ix_floor_top_up_project_id_pay_day", "floor_top_up", ["project_id", "pay_day"], unique=False)


def _training() -> None:
    op.create_table(
        "training",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price > 0", name="ck_training_price"),
        sa.CheckConstraint("minutes > 0", name="ck_training_minutes"),
        sa.CheckConstraint("number > 0 AND version > 0", name="ck_training_version"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_training_project_id_project"),
        sa.ForeignKeyConstraint(["published_by"], ["user_account.id"], name="fk_training_published_by_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_training"),
        sa.UniqueConstraint("project_id", "number", "version", name="uq_training_project_id_number_version"),
    )
    op.create_table(
        "training_completion",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("training_id", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("finished_at >= started_at", name="ck_training_completion_finished"),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name="fk_training_completion_training_id_training"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_training_completion_worker_id_worker"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_training_completion_project_id_project"),
        sa.PrimaryKeyConstraint("id", name="pk_training_completion"),
        sa.UniqueConstraint(
            "worker_id", "project_id", "number", name="uq_training_completion_worker_id_project_id_number"
        ),
    )
    op.create_index("ix_training_completion_training_id", "training_completion", ["training_id"], unique=False)


def _replace_check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(f"ck_{table}_{name}", table, type_="check")
    op.create_check_constraint(f"ck_{table}_{name}", table, condition)


def _past_the_guard(table: str, statement: str) -> None:
    """Fill a new column of rows that are never changed otherwise."""
    op.execute(f"ALTER TABLE {table} DISABLE TRIGGER only_grows")
    op.execute(statement)
    op.execute(f"ALTER TABLE {table} ENABLE TRIGGER only_grows")
