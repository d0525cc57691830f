"""Applications, campaigns, identity checks and tax forms."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

# The first version of the terms; an installation publishes its own with `daybook applications terms`.
TERMS: Final = {
    "en": """Daybook keeps what you send us so that we can decide on your application and, if you are accepted, give you work and pay you for it.

You may look at it, correct it, withdraw your application, or ask us to delete it at any time. A decision about you is explained to you, and you can appeal it; somebody else then decides.

Identity documents and tax forms are stored encrypted. Only the people who check them can read them, and every reading is written down.

Tests are free. You need not pay anything at any step, and nobody who works for us will ask you for money or for a password.

We keep a keyed hash of your network address and of your browser, so that one person applying twice is noticed. Neither can be turned back into what it was made from.""",
    "vi": """Daybook lưu những gì bạn gửi để chúng tôi xét đơn của bạn và, nếu bạn được nhận, để giao việc và trả công cho bạn.

Bạn có thể xem, sửa, rút đơn hoặc yêu cầu chúng tôi xóa bất cứ lúc nào. Mọi quyết định về bạn đều được giải thích và bạn có thể khiếu nại; khi đó một người khác sẽ quyết định.

Giấy tờ tùy thân và tờ khai thuế được lưu ở dạng mã hóa. Chỉ những người kiểm tra mới đọc được, và mỗi lần đọc đều được ghi lại.

Các bài kiểm tra là miễn phí. Bạn không phải trả tiền ở bất kỳ bước nào, và không ai làm việc cho chúng tôi hỏi xin bạn tiền hay mật khẩu.

Chúng tôi giữ một mã băm có khóa của địa chỉ mạng và trình duyệt của bạn để nhận ra khi một người nộp đơn hai lần. Không thể từ mã đó tìm lại dữ liệu gốc.""",
}
# What was agreed to stays as it was.
ONLY_GROW: Final = ("application_match", "tax_form", "terms_version")


def upgrade() -> None:
    op.create_table(
        "terms_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_terms_version"),
        sa.UniqueConstraint("number", name="uq_terms_version_number"),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("referrer_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "channel IN ('job_board', 'reddit', 'linkedin', 'facebook', 'referral', 'other')",
            name="ck_campaign_channel",
        ),
        sa.ForeignKeyConstraint(["referrer_id"], ["user_account.id"], name="fk_campaign_referrer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
        sa.UniqueConstraint("code", name="uq_campaign_code"),
        sa.UniqueConstraint("referrer_id", name="uq_campaign_referrer_id"),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("languages", postgresql.JSONB(), nullable=False),
        sa.Column("skills", postgresql.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column("skills_text", sa.String(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("heard", sa.String(length=10), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("terms_number", sa.Integer(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address_hash", sa.String(length=40), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("device_hash", sa.String(length=40), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirm_hash", sa.String(length=64), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("declined_by", sa.BigInteger(), nullable=True),
        sa.Column("worker_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('applied', 'confirmed', 'ready', 'granted', 'accepted', 'declined', 'withdrawn')",
            name="ck_application_state",
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_application_campaign_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_application_project_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_application_user_id"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_application_worker_id"),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
        sa.UniqueConstraint("user_id", name="uq_application_user_id"),
    )
    op.create_index("ix_application_applied_at", "application", ["applied_at"], unique=False)
    op.create_index("ix_application_campaign_id", "application", ["campaign_id"], unique=False)
    op.create_index("ix_application_country_state", "application", ["country", "state"], unique=False)
    op.create_index(
        "ix_application_device_hash", "application", ["device_hash"], unique=False, postgresql_where="device_hash <> ''"
    )
    op.create_index(
        "ix_application_email", "application", ["email"], unique=False, postgresql_ops={"email": "text_pattern_ops"}
    )
    op.create_index("ix_application_email_key", "application", ["email_key"], unique=False)
    op.create_index(
        "ix_application_name_key",
        "application",
        ["name_key"],
        unique=False,
        postgresql_ops={"name_key": "text_pattern_ops"},
    )
    op.create_index("ix_application_since_id", "application", ["since", "id"], unique=False)
    op.create_index("ix_application_state_since_id", "application", ["state", "since", "id"], unique=False)
    op.create_index(
        "uq_application_confirm_hash",
        "application",
        ["confirm_hash"],
        unique=True,
        postgresql_where="confirm_hash <> ''",
    )
    op.create_table(
        "application_match",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.String(length=10), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "same IN ('document', 'tax_id', 'email', 'device', 'name')", name="ck_application_match_same"
        ),
        sa.CheckConstraint("application_id <> other_id", name="ck_application_match_two"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_application_match_application_id"),
        sa.ForeignKeyConstraint(["other_id"], ["application.id"], name="fk_application_match_other_id"),
        sa.PrimaryKeyConstraint("id", name="pk_application_match"),
        sa.UniqueConstraint(
            "application_id", "other_id", "same", name="uq_application_match_application_id_other_id_same"
        ),
    )
    op.create_table(
        "identity_check",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("document_key", sa.String(length=40), nullable=False),
        sa.Column("by_call", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'approved', 'refused')", name="ck_identity_check_state"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_identity_check_application_id"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_check"),
    )
    op.create_index("ix_identity_check_application_id_id", "identity_check", ["application_id", "id"], unique=False)
    op.create_index("ix_identity_check_decided_at", "identity_check", ["decided_at"], unique=False)
    op.create_index(
        "ix_identity_check_document_key",
        "identity_check",
        ["document_key"],
        unique=False,
        postgresql_where="document_key <> ''",
    )
    op.create_index(
        "ix_identity_check_waiting",
        "identity_check",
        ["submitted_at", "application_id"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    op.create_index(
        "uq_identity_check_waiting",
        "identity_check",
        ["application_id"],
        unique=True,
        postgresql_where="state = 'waiting'",
    )
    op.create_table(
        "identity_picture",
        sa.Column("check_id", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["identity_check.id"], name="fk_identity_picture_check_id"),
        sa.PrimaryKeyConstraint("check_id", name="pk_identity_picture"),
    )
    op.create_table(
        "tax_form",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("tax_key", sa.String(length=40), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_tax_form_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tax_form"),
    )
    op.create_index("ix_tax_form_tax_key", "tax_form", ["tax_key"], unique=False, postgresql_where="tax_key <> ''")
    op.create_index("ix_tax_form_user_id_id", "tax_form", ["user_id", "id"], unique=False)
    terms = sa.table(
        "terms_version", sa.column("number"), sa.column("texts", postgresql.JSONB()), sa.column("published_at")
    )
    op.execute(terms.insert().values(number=1, texts=TERMS, published_at=sa.func.now()))
    for table in ONLY_GROW:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
