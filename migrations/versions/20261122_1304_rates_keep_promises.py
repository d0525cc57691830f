"""Rate cards say who set a rate and why; notices, acknowledgements and offers."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ONLY_GROW: Final = ("rate_acknowledgement", "rate_notice")

# An offer's terms never change, whoever asks, and its state only moves on: what was approved binds whoever made it.
KEEP_OFFER: Final = """
CREATE FUNCTION keep_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'an offer is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state', 'decided_by', 'decided_at', 'decision', 'answered_at', 'earned_at'])
       <> (to_jsonb(OLD) - ARRAY['state', 'decided_by', 'decided_at', 'decision', 'answered_at', 'earned_at']) THEN
        RAISE EXCEPTION 'the terms of offer % never change; make another offer', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('proposed', 'approved'), ('proposed', 'refused'), ('proposed', 'withdrawn'), ('proposed', 'lapsed'),
        ('approved', 'accepted'), ('approved', 'declined'), ('approved', 'lapsed')) THEN
        RAISE EXCEPTION 'offer % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.decided_by IS NOT NULL
        AND (NEW.decided_by, NEW.decided_at, NEW.decision)
            IS DISTINCT FROM (OLD.decided_by, OLD.decided_at, OLD.decision))
       OR (OLD.answered_at IS NOT NULL AND NEW.answered_at IS DISTINCT FROM OLD.answered_at)
       OR (OLD.earned_at IS NOT NULL AND NEW.earned_at IS DISTINCT FROM OLD.earned_at) THEN
        RAISE EXCEPTION 'what was decided on offer % stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    op.add_column("rate", sa.Column("created_by", sa.BigInteger(), nullable=True))
    op.add_column("rate", sa.Column("reason", sa.String(), server_default="", nullable=False))
    op.create_table(
        "rate_notice",
        sa.Column("rate_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("lowered", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("old_rate_id", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["old_rate_id"], ["rate.id"], name="fk_rate_notice_old_rate_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_rate_notice_project_id"),
        sa.ForeignKeyConstraint(["rate_id"], ["rate.id"], name="fk_rate_notice_rate_id"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_rate_notice_worker_id"),
        sa.PrimaryKeyConstraint("rate_id", "project_id", "worker_id", name="pk_rate_notice"),
    )
    op.create_index("ix_rate_notice_worker_id_told_at", "rate_notice", ["worker_id", "told_at"], unique=False)
    op.create_table(
        "rate_acknowledgement",
        sa.Column("rate_id", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rate_id"], ["rate.id"], name="fk_rate_acknowledgement_rate_id"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_rate_acknowledgement_worker_id"),
        sa.PrimaryKeyConstraint("rate_id", "worker_id", name="pk_rate_acknowledgement"),
    )
    op.create_table(
        "rate_offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=13), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name="ck_rate_offer_amount"),
        sa.CheckConstraint(
            "(kind = 'personal_rate' AND unit IN ('piece', 'hourly') AND pieces = 0)"
            " OR (kind = 'bonus' AND unit = '' AND pieces > 0)",
            name="ck_rate_offer_kind",
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'withdrawn', 'refused', 'approved', 'accepted', 'declined', 'lapsed')",
            name="ck_rate_offer_state",
        ),
        sa.CheckConstraint("valid_from <= valid_to", name="ck_rate_offer_dates"),
        sa.CheckConstraint("decided_by <> proposed_by", name="ck_rate_offer_second_person"),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)"
            " AND (decided_by IS NOT NULL OR state IN ('proposed', 'withdrawn', 'lapsed'))"
            " AND (answered_at IS NOT NULL) = (state IN ('accepted', 'declined'))"
            " AND (earned_at IS NULL OR (kind = 'bonus' AND state = 'accepted'))",
            name="ck_rate_offer_decided",
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_rate_offer_project_id"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_rate_offer_worker_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rate_offer"),
    )
    op.create_index("ix_rate_offer_project_id_id", "rate_offer", ["project_id", "id"], unique=False)
    op.create_index("ix_rate_offer_worker_id_id", "rate_offer", ["worker_id", "id"], unique=False)
    op.create_index(
        "ix_rate_offer_open", "rate_offer", ["valid_to"], unique=False,
        postgresql_where=sa.text("state IN ('proposed', 'approved')"),
    )  # fmt: skip
    op.create_index(
        "ix_rate_offer_unearned", "rate_offer", ["id"], unique=False,
        postgresql_where=sa.text("kind = 'bonus' AND state = 'accepted' AND earned_at IS NULL"),
    )  # fmt: skip
    op.create_index("ix_rate_project_id_valid_from", "rate", ["project_id", "valid_from"], unique=False)
    for table in ONLY_GROW:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(KEEP_OFFER)
    op.execute(
        "CREATE TRIGGER keep_offer BEFORE UPDATE OR DELETE ON rate_offer FOR EACH ROW EXECUTE FUNCTION keep_offer()"
    )
    op.execute(
        "CREATE TRIGGER keep_offers BEFORE TRUNCATE ON rate_offer FOR EACH STATEMENT EXECUTE FUNCTION keep_offer()"
    )
