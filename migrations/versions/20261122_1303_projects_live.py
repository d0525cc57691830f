"""Projects say what they are, what they require, who runs them and who works on them."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

ONLY_GROW: Final = ("guideline", "guideline_acknowledgement")


def upgrade() -> None:
    _projects()
    _guidelines()
    _people()
    for table in ONLY_GROW:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _projects() -> None:
    # Projects that are there have work already, so they are open; what they are can be said later.
    said: dict[str, tuple[Any, str]] = {
        "state": (sa.String(length=6), "'open'"), "title": (sa.String(length=200), "''"),
        "description": (sa.String(), "''"), "languages": (postgresql.ARRAY(sa.String(length=35)), "'{}'"),
        "countries": (postgresql.ARRAY(sa.String(length=2)), "'{}'"), "budget_currency": (sa.String(length=3), "''"),
        "alarm_percent": (sa.Integer(), "80"), "told_percent": (sa.Integer(), "0"),
        "created_at": (sa.DateTime(timezone=True), "now()"),
    }  # fmt: skip
    for name, (kind, value) in said.items():
        op.add_column("project", sa.Column(name, kind, nullable=False, server_default=sa.text(value)))
        op.alter_column("project", name, server_default=None)
    op.add_column("project", sa.Column("target", sa.Integer(), nullable=True))
    op.add_column("project", sa.Column("deadline", sa.Date(), nullable=True))
    op.add_column("project", sa.Column("budget", sa.BigInteger(), nullable=True))
    op.add_column("project", sa.Column("expected_seconds", sa.Integer(), nullable=True))
    op.add_column("project", sa.Column("parent_id", sa.BigInteger(), nullable=True))
    op.add_column("project", sa.Column("created_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_project_parent_id", "project", "project", ["parent_id"], ["id"])
    op.create_check_constraint("ck_project_state", "project", "state IN ('draft', 'open', 'paused', 'closed')")
    op.create_check_constraint("ck_project_positive", "project", "target > 0 AND expected_seconds > 0")
    op.create_check_constraint(
        "ck_project_budget",
        "project",
        "(budget IS NULL OR budget > 0) AND (budget IS NULL) = (budget_currency = '')",
    )
    op.create_check_constraint("ck_project_alarm_percent", "project", "alarm_percent BETWEEN 1 AND 99")
    op.create_index("ix_project_state_code", "project", ["state", "code"], unique=False)
    op.create_index(
        "ix_project_parent_id", "project", ["parent_id"], unique=False, postgresql_where="parent_id IS NOT NULL"
    )


def _guidelines() -> None:
    op.create_table(
        "guideline",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_guideline_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_guideline"),
        sa.UniqueConstraint("project_id", "number", name="uq_guideline_project_id_number"),
    )
    op.create_table(
        "guideline_acknowledgement",
        sa.Column("guideline_id", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["guideline_id"], ["guideline.id"], name="fk_guideline_acknowledgement_guideline_id"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_guideline_acknowledgement_worker_id"),
        sa.PrimaryKeyConstraint("guideline_id", "worker_id", name="pk_guideline_acknowledgement"),
    )
    op.create_index("ix_guideline_acknowledgement_worker_id", "guideline_acknowledgement", ["worker_id"], unique=False)
    op.create_table(
        "project_requirement",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_project_requirement_project_id"),
        sa.ForeignKeyConstraint(["test_id"], ["skill_test.id"], name="fk_project_requirement_test_id"),
        sa.PrimaryKeyConstraint("project_id", "test_id", name="pk_project_requirement"),
    )
    op.create_index("ix_project_requirement_test_id", "project_requirement", ["test_id"], unique=False)


def _people() -> None:
    op.create_table(
        "project_member",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("part IN ('manager', 'reviewer')", name="ck_project_member_part"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_project_member_project_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_project_member_user_id"),
        sa.PrimaryKeyConstraint("project_id", "user_id", "part", name="pk_project_member"),
    )
    op.create_index("ix_project_member_user_id_part", "project_member", ["user_id", "part"], unique=False)
    op.create_table(
        "participation",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('joined', 'declined', 'left', 'removed')", name="ck_participation_state"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_participation_project_id"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_participation_worker_id"),
        sa.PrimaryKeyConstraint("project_id", "worker_id", name="pk_participation"),
    )
    op.create_index("ix_participation_worker_id_state", "participation", ["worker_id", "state"], unique=False)
    op.create_index(
        "ix_participation_project_id_joined_at",
        "participation",
        ["project_id", "state", "joined_at", "worker_id"],
        unique=False,
    )
