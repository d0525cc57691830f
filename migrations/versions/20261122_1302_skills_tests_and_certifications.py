"""Skills tests with their versions, questions, keys, attempts and gradings; certifications."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

ONLY_GROW: Final = ("answer_key", "attempt_score", "grading")


def upgrade() -> None:
    op.create_table(
        "skill_test",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("valid_months", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_skill_test"),
        sa.UniqueConstraint("code", name="uq_skill_test_code"),
    )
    op.create_table(
        "test_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("intro", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("pass_percent", sa.Integer(), nullable=False),
        sa.Column("shuffled", sa.Boolean(), nullable=False),
        sa.Column("draws", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("cooldown_days", sa.Integer(), nullable=False),
        sa.Column("tolerance_percent", sa.Integer(), nullable=False),
        sa.Column("appeal_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'published', 'replaced')", name="ck_test_version_state"),
        sa.CheckConstraint("pass_percent BETWEEN 1 AND 100 AND minutes > 0", name="ck_test_version_limits"),
        sa.ForeignKeyConstraint(["test_id"], ["skill_test.id"], name="fk_test_version_test_id"),
        sa.PrimaryKeyConstraint("id", name="pk_test_version"),
        sa.UniqueConstraint("test_id", "locale", "number", name="uq_test_version_test_id_locale_number"),
    )
    op.create_index(
        "uq_test_version_published",
        "test_version",
        ["test_id", "locale"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "question_image",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_question_image"),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("pool", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=True),
        sa.Column("image_text", sa.String(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("rubric", postgresql.JSONB(), nullable=False),
        sa.Column("most_words", sa.Integer(), nullable=False),
        sa.Column("draft_key", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("kind IN ('one', 'many', 'order', 'short', 'written')", name="ck_question_kind"),
        sa.CheckConstraint("points > 0", name="ck_question_points"),
        sa.ForeignKeyConstraint(["image_id"], ["question_image.id"], name="fk_question_image_id"),
        sa.ForeignKeyConstraint(["version_id"], ["test_version.id"], name="fk_question_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
    )
    op.create_index("ix_question_image_id", "question", ["image_id"], unique=False)
    op.create_index("ix_question_version_id_place", "question", ["version_id", "place"], unique=False)
    op.create_table(
        "answer_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", postgresql.JSONB(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_answer_key_question_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answer_key"),
        sa.UniqueConstraint("question_id", "number", name="uq_answer_key_question_id_number"),
    )
    op.create_table(
        "test_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("question_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'grading', 'passed', 'failed')", name="ck_test_attempt_state"),
        sa.ForeignKeyConstraint(["test_id"], ["skill_test.id"], name="fk_test_attempt_test_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_test_attempt_user_id"),
        sa.ForeignKeyConstraint(["version_id"], ["test_version.id"], name="fk_test_attempt_version_id"),
        sa.PrimaryKeyConstraint("id", name="pk_test_attempt"),
        sa.UniqueConstraint("test_id", "user_id", "number", name="uq_test_attempt_test_id_user_id_number"),
    )
    op.create_index(
        "ix_test_attempt_open",
        "test_attempt",
        ["deadline_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_test_attempt_user_id", "test_attempt", ["user_id"], unique=False)
    op.create_index("ix_test_attempt_version_id_state", "test_attempt", ["version_id", "state"], unique=False)
    op.create_index(
        "uq_test_attempt_open",
        "test_attempt",
        ["test_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "test_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marks", postgresql.JSONB(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=True),
        sa.Column("wanted_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("wanted BETWEEN 1 AND 3", name="ck_test_answer_wanted"),
        sa.ForeignKeyConstraint(["attempt_id"], ["test_attempt.id"], name="fk_test_answer_attempt_id"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_test_answer_question_id"),
        sa.PrimaryKeyConstraint("id", name="pk_test_answer"),
        sa.UniqueConstraint("attempt_id", "question_id", name="uq_test_answer_attempt_id_question_id"),
    )
    op.create_index("ix_test_answer_question_id", "test_answer", ["question_id"], unique=False)
    op.create_index(
        "ix_test_answer_wanted",
        "test_answer",
        ["wanted_since", "id"],
        unique=False,
        postgresql_where=sa.text("wanted IS NOT NULL"),
    )
    op.create_table(
        "answer_print",
        sa.Column("question_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["test_answer.id"], name="fk_answer_print_answer_id"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_answer_print_question_id"),
        sa.PrimaryKeyConstraint("question_id", "hash", "answer_id", name="pk_answer_print"),
    )
    op.create_table(
        "grading",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("grader_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("points", postgresql.JSONB(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place BETWEEN 1 AND 4", name="ck_grading_place"),
        sa.ForeignKeyConstraint(["answer_id"], ["test_answer.id"], name="fk_grading_answer_id"),
        sa.ForeignKeyConstraint(["grader_id"], ["user_account.id"], name="fk_grading_grader_id"),
        sa.PrimaryKeyConstraint("id", name="pk_grading"),
        sa.UniqueConstraint("answer_id", "grader_id", name="uq_grading_answer_id_grader_id"),
        sa.UniqueConstraint("answer_id", "place", name="uq_grading_answer_id_place"),
    )
    op.create_table(
        "attempt_score",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("keys", postgresql.JSONB(), nullable=False),
        sa.Column("points", postgresql.JSONB(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["test_attempt.id"], name="fk_attempt_score_attempt_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt_score"),
        sa.UniqueConstraint("attempt_id", "number", name="uq_attempt_score_attempt_id_number"),
    )
    op.create_table(
        "certification",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=True),
        sa.Column("granted_by", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("(ended = '') = (revoked_at IS NULL)", name="ck_certification_revoked"),
        sa.CheckConstraint("ended IN ('', 'revoked', 'renewed', 'rekeyed', 'appealed')", name="ck_certification_ended"),
        sa.CheckConstraint("kind IN ('worker', 'grader')", name="ck_certification_kind"),
        sa.ForeignKeyConstraint(["attempt_id"], ["test_attempt.id"], name="fk_certification_attempt_id"),
        sa.ForeignKeyConstraint(["test_id"], ["skill_test.id"], name="fk_certification_test_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_certification_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_certification"),
    )
    op.create_index(
        "ix_certification_expires_on",
        "certification",
        ["expires_on"],
        unique=False,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index("ix_certification_test_id_kind_id", "certification", ["test_id", "kind", "id"], unique=False)
    op.create_index("ix_certification_user_id_test_id", "certification", ["user_id", "test_id"], unique=False)
    op.create_index(
        "uq_certification_standing",
        "certification",
        ["user_id", "test_id", "kind"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    for table in ONLY_GROW:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
