"""A file of work that is taken in wholly or not at all is staged first, and applied in small parts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "import_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("pay", sa.String(length=10), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=320), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("imported", sa.Integer(), nullable=False),
        sa.Column("already_there", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("workers_created", sa.Integer(), nullable=False),
        sa.Column("refused", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("state IN ('staging', 'applying', 'done')", name=op.f("ck_import_file_state")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_import_file_project_id_project")),
        sa.ForeignKeyConstraint(["group_id"], ["pay_group.id"], name=op.f("fk_import_file_group_id_pay_group")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file")),
    )
    op.create_index(
        "ix_import_file_unfinished", "import_file", ["project_id", "id"], postgresql_where=sa.text("state <> 'done'")
    )
    op.create_table(
        "import_row",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("worker", sa.String(length=200), nullable=False),
        sa.Column("stranger", sa.Boolean(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.Column("piece", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["import_file.id"], name=op.f("fk_import_row_file_id_import_file"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_import_row")),
    )
    for column in ("source", "worker"):
        op.create_index(
            f"ix_import_row_{column}", "import_row", ["file_id", sa.text(f"lower(NORMALIZE({column}, NFKC))")]
        )


def downgrade() -> None:
    op.drop_table("import_row")
    op.drop_table("import_file")
