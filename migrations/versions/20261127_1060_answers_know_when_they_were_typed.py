"""An answer knows when it was typed, so that an older one that arrives late does not take its place."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("test_answer", sa.Column("typed", sa.BigInteger(), nullable=True))
    op.execute("UPDATE test_answer SET typed = floor(extract(epoch FROM saved_at) * 1000)")
    op.alter_column("test_answer", "typed", nullable=False)


def downgrade() -> None:
    op.drop_column("test_answer", "typed")
