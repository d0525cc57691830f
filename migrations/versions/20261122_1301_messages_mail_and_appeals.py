"""Messages to people, the mail that carries them, and appeals against decisions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.CheckConstraint("sent_at IS NULL OR next_at IS NULL", name="ck_mail_sent"),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
    )
    op.create_index("ix_mail_next_at", "mail", ["next_at", "id"], postgresql_where="next_at IS NOT NULL")
    op.create_index("ix_mail_failed", "mail", ["id"], postgresql_where="next_at IS NULL AND sent_at IS NULL")
    op.create_index("ix_mail_sent_at", "mail", ["sent_at"], postgresql_where="sent_at IS NOT NULL")
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_message_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
    )
    op.create_index("ix_message_user_id_id", "message", ["user_id", "id"])
    op.create_index("ix_message_unread", "message", ["user_id"], postgresql_where="read_at IS NULL")
    op.create_table(
        "message_preference",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("silenced", postgresql.ARRAY(sa.String(length=20)), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_message_preference_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_message_preference"),
    )
    op.create_table(
        "appeal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("excluded", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'granted', 'refused')", name="ck_appeal_state"),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="ck_appeal_decided"),
        sa.CheckConstraint("decided_by <> user_id AND decided_by <> ALL (excluded)", name="ck_appeal_somebody_else"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_appeal_user_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name="fk_appeal_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_appeal"),
        sa.UniqueConstraint("kind", "subject_id", name="uq_appeal_kind_subject_id"),
    )
    op.create_index("ix_appeal_open", "appeal", ["opened_at", "id"], postgresql_where="state = 'open'")
    op.create_index("ix_appeal_decided", "appeal", ["decided_at", "id"], postgresql_where="state <> 'open'")
    op.create_index("ix_appeal_user_id", "appeal", ["user_id"])
    op.create_index("ix_user_role_role_id_user_id", "user_role", ["role_id", "user_id"])
    op.create_index(
        "ix_user_account_email_prefix", "user_account", ["email"], postgresql_ops={"email": "text_pattern_ops"}
    )
