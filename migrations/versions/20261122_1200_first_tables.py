"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE accepted_work_id_seq")
    op.execute("CREATE SEQUENCE ledger_entry_id_seq")
    op.create_table(
        "accepted_work",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), server_default=sa.text("nextval('accepted_work_id_seq')"), nullable=False),
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind = 'correction' OR amount >= 0", name="ck_accepted_work_amount"),
        sa.CheckConstraint("kind IN ('piece', 'hourly', 'correction')", name="ck_accepted_work_kind"),
        sa.PrimaryKeyConstraint("group_id", "pay_day", "worker_id", "id", name="pk_accepted_work"),
    )
    op.create_index("ix_accepted_work_project_id_pay_day", "accepted_work", ["project_id", "pay_day"], unique=False)
    op.create_index("ix_accepted_work_submission_id", "accepted_work", ["submission_id"], unique=False)
    op.create_index("ix_accepted_work_worker_id_pay_day", "accepted_work", ["worker_id", "pay_day"], unique=False)
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=320), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_subject_id", "audit_event", ["subject", "id"], unique=False)
    op.create_table(
        "customer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
        sa.UniqueConstraint("name", name="uq_customer_name"),
    )
    op.create_table(
        "fx_rate",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("base <> quote", name="ck_fx_rate_pair"),
        sa.CheckConstraint("rate > 0", name="ck_fx_rate_rate"),
        sa.PrimaryKeyConstraint("source", "base", "quote", "day", name="pk_fx_rate"),
    )
    op.create_index("ix_fx_rate_day", "fx_rate", ["day"], unique=False)
    op.create_table(
        "job_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_run"),
    )
    op.create_index("ix_job_run_name_id", "job_run", ["name", "id"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger(), server_default=sa.text("nextval('ledger_entry_id_seq')"), nullable=False),
        sa.Column("source", sa.String(length=320), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('payslip', 'release', 'order', 'settlement', 'failure', 'reversal')", name="ck_ledger_entry_kind"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entry"),
        sa.UniqueConstraint("source", name="uq_ledger_entry_source"),
    )
    op.create_index("ix_ledger_entry_group_id_day", "ledger_entry", ["group_id", "day"], unique=False)
    op.create_table(
        "party",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_party"),
        sa.UniqueConstraint("name", name="uq_party_name"),
    )
    op.create_table(
        "pay_group",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cutoff", sa.Time(), nullable=False),
        sa.Column("terms", sa.Integer(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("close", sa.String(length=8), nullable=False),
        sa.Column("calendar", sa.String(length=2), nullable=False),
        sa.Column("open_day", sa.Date(), nullable=False),
        sa.CheckConstraint("close IN ('auto', 'manual')", name="ck_pay_group_close"),
        sa.CheckConstraint("minimum >= 0", name="ck_pay_group_minimum"),
        sa.CheckConstraint("terms BETWEEN 0 AND 60", name="ck_pay_group_terms"),
        sa.PrimaryKeyConstraint("id", name="pk_pay_group"),
        sa.UniqueConstraint("code", name="uq_pay_group_code"),
    )
    op.create_table(
        "payroll_run",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("bounds", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('computing', 'computed', 'approved', 'released', 'settled')", name="ck_payroll_run_state"
        ),
        sa.CheckConstraint(
            "state NOT IN ('released', 'settled') OR (approved_by IS NOT NULL AND released_by IS NOT NULL)",
            name="ck_payroll_run_released",
        ),
        sa.CheckConstraint("approved_by <> released_by", name="ck_payroll_run_two_people"),
        sa.PrimaryKeyConstraint("group_id", "pay_day", name="pk_payroll_run"),
    )
    op.create_index("ix_payroll_run_pay_day", "payroll_run", ["pay_day"], unique=False)
    op.create_index("ix_payroll_run_state", "payroll_run", ["state"], unique=False)
    op.create_table(
        "payslip",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("deductions", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("group_id", "pay_day", "worker_id", name="pk_payslip"),
    )
    op.create_index("ix_payslip_worker_id_pay_day", "payslip", ["worker_id", "pay_day"], unique=False)
    op.create_table(
        "payslip_line",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "group_id", "pay_day", "worker_id", "project_id", "currency", "kind", name="pk_payslip_line"
        ),
    )
    op.create_table(
        "payslip_release",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "pay_day", "worker_id", name="pk_payslip_release"),
    )
    op.create_table(
        "posting",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=8), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account IN ('cost', 'accrued', 'payable', 'exchange', 'clearing', 'funds')", name="ck_posting_account"
        ),
        sa.CheckConstraint("amount <> 0", name="ck_posting_amount"),
        sa.PrimaryKeyConstraint("entry_id", "account", "party_id", "currency", name="pk_posting"),
    )
    op.create_index(
        "ix_posting_worker",
        "posting",
        ["party_id", "account", "currency"],
        unique=False,
        postgresql_include=["amount"],
        postgresql_where="account IN ('accrued', 'payable')",
    )
    op.create_table(
        "role",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("permissions", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_role"),
        sa.UniqueConstraint("name", name="uq_role_name"),
    )
    op.create_table(
        "run_chunk",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("first_worker_id", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "pay_day", "first_worker_id", name="pk_run_chunk"),
    )
    op.create_table(
        "sandbox_transfer",
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("settles_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("idempotency_key", name="pk_sandbox_transfer"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("email", name="uq_user_account_email"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_user_account_fs_uniquifier"),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_project_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
        sa.UniqueConstraint("code", name="uq_project_code"),
    )
    op.create_table(
        "run_exception",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=True),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("resolved_by", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("severity IN ('error', 'warning')", name="ck_run_exception_severity"),
        sa.ForeignKeyConstraint(
            ["group_id", "pay_day"],
            ["payroll_run.group_id", "payroll_run.pay_day"],
            name="fk_run_exception_group_id_pay_day",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_run_exception"),
    )
    op.create_index(
        "uq_run_exception",
        "run_exception",
        ["group_id", "pay_day", "code", "worker_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "run_fx_rate",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.Column("numerator", sa.Numeric(), nullable=False),
        sa.Column("denominator", sa.Numeric(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("legs", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "pay_day"],
            ["payroll_run.group_id", "payroll_run.pay_day"],
            name="fk_run_fx_rate_group_id_pay_day",
        ),
        sa.PrimaryKeyConstraint("group_id", "pay_day", "base", "quote", name="pk_run_fx_rate"),
    )
    op.create_table(
        "run_total",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("deductions", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "pay_day"],
            ["payroll_run.group_id", "payroll_run.pay_day"],
            name="fk_run_total_group_id_pay_day",
        ),
        sa.PrimaryKeyConstraint("group_id", "pay_day", "currency", name="pk_run_total"),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_user_role_role_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_user_role_user_id"),
        sa.PrimaryKeyConstraint("user_id", "role_id", name="pk_user_role"),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.CheckConstraint("status IN ('active', 'inactive')", name="ck_worker_status"),
        sa.ForeignKeyConstraint(["group_id"], ["pay_group.id"], name="fk_worker_group_id"),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
        sa.UniqueConstraint("external_id", name="uq_worker_external_id"),
    )
    op.create_index("ix_worker_group_id", "worker", ["group_id"], unique=False)
    op.create_index("uq_worker_email", "worker", ["email"], unique=True, postgresql_where="email <> ''")
    op.create_table(
        "payout_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_day", sa.Date(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("rail", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("failure", sa.String(length=40), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('created', 'sent', 'unknown', 'paid', 'failed', 'returned', 'cancelled')",
            name="ck_payout_order_state",
        ),
        sa.CheckConstraint("amount > 0", name="ck_payout_order_amount"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_payout_order_worker_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payout_order"),
        sa.UniqueConstraint("group_id", "pay_day", "worker_id", name="uq_payout_order_group_id_pay_day_worker_id"),
        sa.UniqueConstraint("idempotency_key", name="uq_payout_order_idempotency_key"),
    )
    op.create_index(
        "ix_payout_order_open",
        "payout_order",
        ["id"],
        unique=False,
        postgresql_where="state IN ('created', 'sent', 'unknown')",
    )
    op.create_index("ix_payout_order_worker_id_entry_id", "payout_order", ["worker_id", "entry_id"], unique=False)
    op.create_table(
        "rate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('piece', 'hourly')", name="ck_rate_kind"),
        sa.CheckConstraint("rate >= 0", name="ck_rate_rate"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_rate_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rate"),
    )
    op.create_index(
        "uq_rate_project_id_level_country_valid_from",
        "rate",
        ["project_id", "level", "country", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rate_id", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('piece', 'hourly')", name="ck_submission_kind"),
        sa.CheckConstraint("state IN ('submitted', 'accepted', 'rejected')", name="ck_submission_state"),
        sa.CheckConstraint("rate >= 0 AND seconds >= 0", name="ck_submission_positive"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_submission_project_id"),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_submission_worker_id"),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
        sa.UniqueConstraint("project_id", "source", name="uq_submission_project_id_source"),
    )
    op.create_index(
        "ix_submission_project_undecided",
        "submission",
        ["project_id", "state", "decided_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'accepted'"),
    )
    op.create_index("ix_submission_source", "submission", ["source"], unique=False)
    op.create_index(
        "ix_submission_worker_undecided",
        "submission",
        ["worker_id", "submitted_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'accepted'"),
    )
    op.create_table(
        "payout_attempt",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["payout_order.id"], name="fk_payout_attempt_order_id"),
        sa.PrimaryKeyConstraint("order_id", "number", name="pk_payout_attempt"),
    )
    op.execute("INSERT INTO role (name) VALUES ('worker'), ('manager'), ('finance'), ('admin')")
