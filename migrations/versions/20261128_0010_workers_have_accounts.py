"""A worker is joined to an account by its id, and what is known of her changes with a history."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("worker", sa.Column("user_id", sa.BigInteger(), nullable=True))
    # An applicant who was accepted is that worker, whatever address a list has written beside her.
    op.execute(
        """
        UPDATE worker
           SET user_id = application.user_id
          FROM application
         WHERE application.worker_id = worker.id AND worker.user_id IS NULL
        """
    )
    # Where nobody else could be meant: the address was confirmed, and the account is a worker's. The rest is listed by
    # `daybook db check` and linked by a person.
    op.execute(
        """
        UPDATE worker
           SET user_id = account.id
          FROM user_account account
         WHERE account.email = worker.email AND worker.email <> '' AND account.active AND worker.user_id IS NULL
           AND NOT EXISTS (SELECT FROM worker other WHERE other.user_id = account.id)
           AND account.confirmed_at IS NOT NULL
           AND EXISTS (SELECT FROM user_role JOIN role ON role.id = user_role.role_id
                        WHERE user_role.user_id = account.id AND role.name = 'worker')
        """
    )
    op.create_unique_constraint(op.f("uq_worker_user_id"), "worker", ["user_id"])
    op.create_foreign_key(op.f("fk_worker_user_id_user_account"), "worker", "user_account", ["user_id"], ["id"])
    for column in ("external_id", "email"):
        op.create_index(f"ix_worker_{column}_prefix", "worker", [column], postgresql_ops={column: "text_pattern_ops"})
    op.create_table(
        "profile_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=10), nullable=False),
        sa.Column("before", sa.String(length=200), nullable=False),
        sa.Column("after", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_day", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'made', 'refused', 'withdrawn')", name=op.f("ck_profile_change_state")),
        sa.CheckConstraint("field IN ('name', 'country', 'currency', 'group')", name=op.f("ck_profile_change_field")),
        sa.CheckConstraint("(state = 'made') = (open_day IS NOT NULL)", name=op.f("ck_profile_change_open_day")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_profile_change_worker_id_worker")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk_profile_change_asked_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user_account.id"], name=op.f("fk_profile_change_decided_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_change")),
    )
    op.create_index(op.f("ix_profile_change_worker_id_id"), "profile_change", ["worker_id", "id"])
    op.create_index(
        "uq_profile_change_asked",
        "profile_change",
        ["worker_id", "field"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )


def downgrade() -> None:
    op.drop_table("profile_change")
    op.drop_index("ix_worker_email_prefix", "worker")
    op.drop_index("ix_worker_external_id_prefix", "worker")
    op.drop_constraint(op.f("fk_worker_user_id_user_account"), "worker")
    op.drop_constraint(op.f("uq_worker_user_id"), "worker")
    op.drop_column("worker", "user_id")
