"""What the database itself refuses, whoever asks: plain SQL on a real database, past every service."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from flask import Flask
from psycopg import errors, sql
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError

from payroll.closing.services import close_day
from payroll.ledger.queries import problems
from payroll.ledger.rules import Line, Unbalanced, balanced
from payroll.ledger.services import Draft, party, post, reverse
from payroll.payouts.rails import SandboxRail
from payroll.payouts.services import release_run, send
from payroll.runs.services import approve
from tests.factories import DAY, NOW, finance, make_fx, make_group, make_project, make_work, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, session, transaction
from workforce.core.money import Money
from workforce.core.settings import SandboxPolicy
from workforce.rates.services import add_rate

ONLY_GROW = [
    "accepted_work", "audit_event", "fx_rate", "ledger_entry", "payslip", "payslip_line", "payslip_release", "posting",
    "rate", "run_chunk", "run_fx_rate", "run_total",
]  # fmt: skip
Database = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def books(fresh_app: Flask, fresh_database: str) -> Iterator[Database]:
    """Give a connection past the application, to books with a row in every table that only grows."""
    with fresh_app.app_context():
        with transaction():
            group, project = make_group(), make_project()
            make_work(project, make_worker(group, "W1"))
            add_rate(
                SYSTEM,
                project,
                level="",
                country="",
                kind="piece",
                money=Money.of_micros(1, "USD"),
                valid_from=DAY,
                now=NOW,
            )
            make_fx()
        close_day(SYSTEM, "KE", DAY, now=NOW)
        with transaction():
            approve(finance(1), "KE-2026-11-18", now=NOW)
        release_run(finance(2), "KE-2026-11-18", rail="sandbox", now=NOW)
        send(SandboxRail(SandboxPolicy()), now=lambda: NOW)
    address = make_url(fresh_database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection
    with fresh_app.app_context(), transaction():
        assert problems() == [], "what was refused has left a trace"


ENTRY = (
    "INSERT INTO ledger_entry (id, source, kind, group_id, day, posted_at)"
    " VALUES (9000, {}, 'release', 1, '2026-11-18', now())"
)
POSTINGS = "INSERT INTO posting (entry_id, account, party_id, currency, amount) VALUES "


def entered(source: str = "by hand") -> sql.Composed:
    return sql.SQL(ENTRY).format(sql.Literal(source))


def enter(books: Database, *statements: str) -> None:
    """Write an entry and its postings, a statement each, in one transaction."""
    with books.transaction():
        books.execute(entered())
        for postings in statements:
            books.execute((POSTINGS + postings).encode())


def test_what_is_written_is_neither_changed_nor_taken_away(books: Database) -> None:
    for table in ONLY_GROW:
        name = sql.Identifier(table)
        column = books.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_identity = 'NO'", [table]
        ).fetchone()
        assert column is not None
        count = books.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone()
        assert count != (0,), "an empty table proves nothing"
        for statement in ("UPDATE {} SET {column} = {column}", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
            with pytest.raises(errors.RestrictViolation, match="only grows"):
                books.execute(sql.SQL(statement).format(name, column=sql.Identifier(str(column[0]))))
        with pytest.raises(
            (errors.RestrictViolation, errors.FeatureNotSupported)
        ):  # what is referred to is refused first
            books.execute(sql.SQL("TRUNCATE {}").format(name))
        assert books.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone() == count


def test_not_even_a_change_of_no_row_is_let_through(books: Database) -> None:
    with pytest.raises(errors.RestrictViolation):
        books.execute("DELETE FROM posting WHERE false")
    with pytest.raises(errors.RestrictViolation):
        books.execute("INSERT INTO ledger_entry SELECT * FROM ledger_entry ON CONFLICT (id) DO UPDATE SET day = now()")


@pytest.mark.parametrize(
    ("postings", "refusal"),
    [
        ("(9000, 'accrued', 1, 'KES', 5)", "KES is off by 5 micros"),
        ("(9000, 'accrued', 1, 'KES', 5), (9000, 'payable', 1, 'KES', -4)", "KES is off by 1 micros"),
        ("(9000, 'accrued', 1, 'KES', 5), (9000, 'payable', 1, 'USD', -5)", "is off by"),
        # Two entries that only balance together.
        ("(9000, 'accrued', 1, 'KES', 5), (9001, 'payable', 1, 'KES', -5)", "is off by"),
    ],
)
def test_an_entry_that_does_not_balance_in_each_currency_is_refused(
    books: Database, postings: str, refusal: str
) -> None:
    with pytest.raises(errors.CheckViolation, match=refusal):
        enter(books, postings)


def test_the_sides_of_an_entry_come_in_one_statement(books: Database) -> None:
    """Not even in one transaction: each statement must balance, and a later one may not add to it."""
    with pytest.raises(errors.CheckViolation):
        enter(books, "(9000, 'accrued', 1, 'KES', 5)", "(9000, 'payable', 1, 'KES', -5)")


def test_nothing_is_added_to_an_entry_that_stands(books: Database) -> None:
    number = books.execute("SELECT max(entry_id) FROM posting").fetchone()
    assert number is not None
    added = f"({number[0]}, 'accrued', 77, 'KES', 5), ({number[0]}, 'payable', 77, 'KES', -5)"
    with pytest.raises(errors.RestrictViolation, match="correct it by another entry"):
        books.execute((POSTINGS + added).encode())


def test_nothing_is_posted_twice_from_the_same_source(books: Database) -> None:
    source = books.execute("SELECT source FROM ledger_entry ORDER BY id LIMIT 1").fetchone()
    assert source is not None
    with pytest.raises(errors.UniqueViolation):
        books.execute(entered(str(source[0])))


@pytest.mark.parametrize(
    ("postings", "constraint"),
    [
        ("(9000, 'accrued', 1, 'KES', 0)", "ck_posting_amount"),
        ("(9000, 'secrets', 1, 'KES', 5), (9000, 'payable', 1, 'KES', -5)", "ck_posting_account"),
    ],
)
def test_empty_postings_and_unknown_accounts_are_refused(books: Database, postings: str, constraint: str) -> None:
    with pytest.raises(errors.CheckViolation, match=constraint):
        enter(books, postings)


def test_one_account_of_an_entry_has_one_posting_a_currency(books: Database) -> None:
    postings = "(9000, 'accrued', 1, 'KES', 5), (9000, 'accrued', 1, 'KES', -5)"
    with pytest.raises(errors.UniqueViolation):
        enter(books, postings)


def test_an_unknown_kind_of_entry_is_refused(books: Database) -> None:
    with pytest.raises(errors.CheckViolation, match="ck_ledger_entry_kind"):
        books.execute(
            "INSERT INTO ledger_entry (source, kind, group_id, day, posted_at)"
            " VALUES ('x', 'gift', 1, '2026-11-18', now())"
        )


def test_one_person_alone_releases_nothing_even_past_the_services(books: Database) -> None:
    with pytest.raises(errors.CheckViolation, match="two_people"):
        books.execute("UPDATE payroll_run SET released_by = approved_by")
    with pytest.raises(errors.CheckViolation, match="released"):
        books.execute("UPDATE payroll_run SET released_by = NULL")


# The services say it before the database does.


def draft(source: str, *amounts: int) -> Draft:
    lines = [Line("accrued", place, "KES", amount) for place, amount in enumerate(amounts)]
    return Draft(source, "release", 1, date(2026, 11, 18), lines)


def test_an_unbalanced_draft_is_refused_by_name_and_nothing_of_its_batch_is_posted(context: Flask) -> None:
    with pytest.raises(Unbalanced, match="second") as refusal, transaction():
        post([draft("first", 5, -5), draft("second", 5, -4)], now=NOW)
    assert refusal.value.params == {"source": "second", "currency": "KES", "micros": 1}
    with transaction():
        assert rows("SELECT 1 FROM ledger_entry") == []


def test_posting_the_same_source_again_is_refused(context: Flask) -> None:
    with transaction():
        post([draft("once", 5, -5)], now=NOW)
        with pytest.raises(IntegrityError, match="uq_ledger_entry_source"), session().begin_nested():
            post([draft("once", 5, -5)], now=NOW)


def test_lines_of_one_account_are_put_together_and_empty_ones_left_out() -> None:
    lines = [
        Line("cost", 1, "USD", 3),
        Line("cost", 1, "USD", 4),
        Line("cost", 2, "USD", 0),
        Line("accrued", 1, "USD", -7),
    ]
    assert balanced("x", lines) == [Line("cost", 1, "USD", 7), Line("accrued", 1, "USD", -7)]


def test_a_reversal_takes_an_entry_back_and_leaves_it_standing(context: Flask) -> None:
    with transaction():
        (number,) = post([draft("mistake", 5, -3, -2)], now=NOW)
        reverse(number, "reversal:mistake", now=NOW)
        assert rows("SELECT 1 FROM posting GROUP BY account, party_id, currency HAVING sum(amount) <> 0") == []
        assert [kind for (kind,) in rows("SELECT kind FROM ledger_entry ORDER BY id")] == ["release", "reversal"]
        with pytest.raises(IntegrityError, match="uq_ledger_entry_source"), session().begin_nested():
            reverse(number, "reversal:mistake", now=NOW)


def test_nothing_to_post_is_nothing_posted(context: Flask) -> None:
    with transaction():
        assert post([], now=NOW) == []


def test_a_party_keeps_its_number(context: Flask) -> None:
    with transaction():
        assert party("ecb") == party("ecb") != party("sandbox")
