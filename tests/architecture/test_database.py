"""Models and migrations agree; what only grows is guarded; every currency column holds a code."""

from flask import Flask
from sqlalchemy import DateTime

from workforce.core import migrate
from workforce.core.db import METADATA, rows, transaction

ONLY_GROW = {
    "accepted_work", "answer_key", "application_match", "attempt_score", "audit_event", "floor_top_up", "fx_rate",
    "grading", "guideline", "guideline_acknowledgement", "hourly_floor", "ledger_entry", "payslip", "payslip_line",
    "payslip_release", "posting", "rate", "rate_acknowledgement", "rate_notice", "run_chunk", "run_floor",
    "run_fx_rate", "run_total", "tax_form", "terms_version", "training",
}  # fmt: skip


def test_models_equal_migrations(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        assert migrate.differences() == []


def test_tables_that_only_grow_are_guarded(context: Flask) -> None:
    with transaction():
        guarded = rows(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'only_grows' AND tgenabled IN ('O', 'A')"
        )
    assert {name for (name,) in guarded} == ONLY_GROW


def test_amounts_are_whole_numbers_with_a_currency_beside_them() -> None:
    amounts = {"amount", "rate", "gross", "deductions", "net"}
    for table in METADATA.tables.values():
        money = [column for column in table.columns if column.name in amounts and table.name[:3] != "fx_"]
        assert all(str(column.type) == "BIGINT" for column in money), table.name
        assert not money or "currency" in table.columns, table.name


def test_no_column_is_a_float_and_every_instant_has_a_zone() -> None:
    for table in METADATA.tables.values():
        for column in table.columns:
            assert "FLOAT" not in str(column.type).upper(), column
            assert not isinstance(column.type, DateTime) or column.type.timezone, column
