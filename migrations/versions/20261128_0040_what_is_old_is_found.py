"""What is deleted by its age is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_index("ix_job_run_started_at", "job_run", ["started_at"])
    op.create_index("ix_limit_hit_at", "limit_hit", ["at"])
    op.create_index("ix_message_read_at", "message", ["read_at"], postgresql_where=sa.text("read_at IS NOT NULL"))
    op.create_index("ix_user_session_over", "user_session", [sa.text("LEAST(ended_at, expires_at)")])


def downgrade() -> None:
    op.drop_index("ix_user_session_over", "user_session")
    op.drop_index("ix_message_read_at", "message")
    op.drop_index("ix_limit_hit_at", "limit_hit")
    op.drop_index("ix_job_run_started_at", "job_run")
