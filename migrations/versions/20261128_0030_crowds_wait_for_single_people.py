"""Mail has a priority, and what a crowd is told is announced in one row."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    # What waits already may be of any kind.
    op.add_column("mail", sa.Column("priority", sa.SmallInteger(), server_default="1", nullable=False))
    op.alter_column("mail", "priority", server_default=None)
    op.drop_index("ix_mail_next_at", "mail")
    op.create_index(
        "ix_mail_waiting", "mail", ["priority", "next_at", "id"], postgresql_where=sa.text("next_at IS NOT NULL")
    )
    op.create_table(
        "announcement",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("about", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("missed", postgresql.JSONB(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_announcement"),
    )
    op.create_index("ix_announcement_open", "announcement", ["id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index(
        "ix_announcement_ended_at", "announcement", ["ended_at"], postgresql_where=sa.text("ended_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_table("announcement")
    op.drop_index("ix_mail_waiting", "mail")
    op.create_index("ix_mail_next_at", "mail", ["next_at", "id"], postgresql_where=sa.text("next_at IS NOT NULL"))
    op.drop_column("mail", "priority")
