"""Tries at signing in and the like are counted in the database, which all web processes share."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "limit_hit",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_limit_hit"),
    )
    op.create_index("ix_limit_hit_key_at", "limit_hit", ["key", "at"])


def downgrade() -> None:
    op.drop_table("limit_hit")
