"""`daybook ledger check`: whole books are whole, and each way of tampering with a copy is found and named."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from payroll.closing.models import Run
from payroll.closing.services import close_day
from payroll.ledger.queries import problems
from payroll.ledger.queries.checks import LIMIT
from payroll.ledger.services import reverse
from payroll.payouts.rails import Transfer
from payroll.payouts.rules import Answer
from payroll.payouts.services import release_run, send
from payroll.runs.services import approve
from tests.factories import DAY, NOW, finance, make_fx, make_group, make_project, make_work, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, run, session, transaction
from workforce.paydays.models import PayGroup
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays
from workforce.tasks.services import reverse as take_back
from wsgi import cli

NEXT = DAY + timedelta(days=1)
RUN = "KE-2026-11-18"


@dataclass
class ScriptedRail:
    """A rail that answers by the amount it is asked to send."""

    answers: dict[int, str] = field(default_factory=dict)
    name: str = "sandbox"

    def send(self, transfer: Transfer, now: datetime) -> Answer:  # noqa: ARG002 -- as every rail
        return Answer(self.answers.get(transfer.amount, "pay"), "ref")

    def find(self, idempotency_key: str, now: datetime) -> Answer | None:
        raise NotImplementedError


def build() -> None:
    """Make a day in three currencies and of each fate: paid, declined, under way, carried; and a day that is open."""
    with transaction():
        group, falcon, robin = make_group(minimum="1"), make_project(), make_project("ROBIN")
        paid, declined = make_worker(group, "PAID"), make_worker(group, "DECLINED", currency="USD")
        waiting, carried = make_worker(group, "WAITING"), make_worker(group, "CARRIED")
        make_work(falcon, paid, rate="0.0333")
        make_work(robin, paid, rate="7.5", currency="EUR", kind="hourly", seconds=61)
        make_work(robin, paid, rate="3", currency="KES")
        make_work(falcon, declined, rate="1.239")
        make_work(falcon, waiting, rate="0.2")
        make_work(falcon, carried, rate="0.001")
        make_work(falcon, carried, state="rejected", source="REJECTED")
        make_work(falcon, paid, rate="0.05", at=datetime.combine(NEXT, time(9), UTC), source="OPEN")
        make_fx("USD", "KES", "129.2537")
        make_fx("EUR", "KES", "150.1")
        first, second = finance(1), finance(2)
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        approve(first, RUN, now=NOW)
    release_run(second, RUN, rail="sandbox", now=NOW)
    send(ScriptedRail({1_230_000: "fail", 25_850_000: "wait"}), now=lambda: NOW)


@contextmanager
def unguarded(*tables: str) -> Iterator[None]:
    """Take the guards away, as whoever tampers with a copy does, and put them back."""
    for table in tables:
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in tables:
        run(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def found() -> list[str]:
    with transaction():
        return problems()


def test_books_are_whole_from_the_first_piece_to_the_last_payout(context: Flask) -> None:
    assert found() == []
    build()
    with transaction():
        states = dict(rows("SELECT external_id, state FROM payout_order JOIN worker ON worker.id = worker_id"))
    assert states == {"PAID": "paid", "DECLINED": "failed", "WAITING": "sent"}
    assert found() == []


def test_work_taken_back_is_no_problem_on_the_same_day_or_after(context: Flask) -> None:
    with transaction():
        group, project = make_group(), make_project()
        worker = make_worker(group)
        make_fx()
        for source in ("same day", "later"):
            make_work(project, worker, source=source)

    def undo(source: str) -> None:
        with transaction():
            piece = session().query(Submission).filter_by(source=source).one()
            where = session().get_one(PayGroup, group.id)
            take_back(SYSTEM, piece, where, OpenDays(), decided_at=NOW - timedelta(days=2), reason="copied", now=NOW)

    undo("same day")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    undo("later")
    close_day(SYSTEM, "KE", NEXT, now=NOW)
    assert found() == []


def test_work_all_of_which_is_taken_back_on_its_day_leaves_no_empty_entry(context: Flask) -> None:
    with transaction():
        group, project = make_group(), make_project()
        make_fx()
        source = make_work(project, make_worker(group))
        piece = session().query(Submission).filter_by(source=source).one()
        at = datetime.combine(DAY, time(13), UTC)
        take_back(SYSTEM, piece, group, OpenDays(), decided_at=at, reason="copied", now=NOW)
    close_day(SYSTEM, "KE", DAY, now=NOW)
    assert found() == []


def test_a_reversal_is_no_problem(context: Flask) -> None:
    build()
    with transaction():
        ((entry,),) = rows("SELECT id FROM ledger_entry WHERE source = :source", source=f"payslip:{RUN}:CARRIED")
        reverse(entry, "reversal:1", now=NOW)
    assert found() == []


def test_a_run_that_was_interrupted_has_lost_nothing_yet(context: Flask) -> None:
    build()
    with transaction():
        group = session().query(PayGroup).one()
        bounds = [one for (one,) in rows("SELECT worker_id FROM accepted_work WHERE pay_day = :day", day=NEXT)]
        session().add(Run(group_id=group.id, pay_day=NEXT, state="computing", bounds=bounds, closed_at=NOW, due_at=NOW))
        group.open_day = NEXT + timedelta(days=1)
    assert found() == []
    with transaction():
        run("INSERT INTO run_chunk VALUES (:group, :day, :first, 1)", group=group.id, day=NEXT, first=bounds[0])
    assert found() == [
        "Payslip KE-2026-11-19:PAID leaves out accepted work: 1 × piece for FALCON, 0.050000 USD. Nothing pays it."
    ]


WORKERS = ("PAID", "DECLINED", "WAITING", "CARRIED")
WORK = "group_id, pay_day, worker_id, submission_id, project_id, kind, quantity, rate, currency, amount, accepted_at"
CHANGES = {
    "a posting": (
        "UPDATE posting SET amount = amount - 1 WHERE account = 'accrued' AND entry_id = {payslip:PAID}",
        ["Entry payslip:KE-2026-11-18:PAID does not balance: KES is off by -0.000001.",
         "The books do not sum to zero: KES is off by -0.000001.",
         "Entry payslip:KE-2026-11-18:PAID has -26.379307 KES on accrued:PAID; it must be -26.379306."],
    ),
    "both sides of a posting": (
        "UPDATE posting SET amount = amount * 2 WHERE entry_id = {release:CARRIED}",
        ["Entry release:KE-2026-11-18:CARRIED has 0.258508 KES on accrued:CARRIED; it must be 0.129254.",
         "Entry release:KE-2026-11-18:CARRIED has -0.258508 KES on payable:CARRIED; it must be -0.129254."],
    ),
    "both legs of an exchange": (
        ("UPDATE posting SET amount = amount + CASE account WHEN 'exchange' THEN -5 ELSE 5 END"
         " WHERE entry_id = {payslip:WAITING} AND currency = 'USD'"),
        ["Entry payslip:KE-2026-11-18:WAITING has 0.200005 USD on cost:FALCON; it must be 0.200000.",
         "Entry payslip:KE-2026-11-18:WAITING has -0.200005 USD on exchange:test; it must be -0.200000."],
    ),
    "whom a posting is for": (
        ("UPDATE posting SET party_id = (SELECT id FROM worker WHERE external_id = 'PAID')"
         " WHERE account = 'payable' AND entry_id = {failure:DECLINED}"),
        ["has 0.000000 USD on payable:DECLINED; it must be -1.230000.",
         "has -1.230000 USD on payable:PAID; it must be 0.000000."],
    ),
    "an entry taken away": (
        "DELETE FROM ledger_entry WHERE id = {payslip:WAITING}",
        ["postings are left of it.", "Entry payslip:KE-2026-11-18:WAITING is missing from the books."],
    ),
    "an entry taken away with its postings": (
        ("WITH gone AS (DELETE FROM posting WHERE entry_id = {release:PAID})"
         " DELETE FROM ledger_entry WHERE id = {release:PAID}"),
        ["Entry release:KE-2026-11-18:PAID is missing from the books."],
    ),
    "a settlement taken away with its postings": (
        ("WITH gone AS (DELETE FROM posting WHERE entry_id = {settlement:PAID})"
         " DELETE FROM ledger_entry WHERE id = {settlement:PAID}"),
        ["Entry settlement:", "52.220000 KES are under way on clearing:sandbox; open orders come to 25.850000."],
    ),
    "postings taken away": (
        "DELETE FROM posting WHERE entry_id = {order:WAITING}",
        ["Entry order:KE-2026-11-18:WAITING has no postings.",
         "Entry order:KE-2026-11-18:WAITING has 0.000000 KES on payable:WAITING; it must be 25.850000."],
    ),
    "an entry of another day": (
        "UPDATE ledger_entry SET day = day - 1 WHERE id = {order:PAID}",
        ["Entry order:KE-2026-11-18:PAID has another number, kind, group or day than what it was made from."],
    ),
    "an account of nobody": (
        "UPDATE posting SET party_id = 999 WHERE account = 'cost' AND entry_id = {payslip:WAITING}",
        ["Account cost:?999 belongs to nobody known; 0.200000 USD stand on it."],
    ),
    "a payslip": (
        "UPDATE payslip SET net = net + 1000000, gross = gross + 1000000 WHERE worker_id = {PAID}",
        ["Payslip KE-2026-11-18:PAID says 3 pieces, gross 27.379306, deductions 0.000000, net 27.379306 KES;",
         "Run KE-2026-11-18 says 3 workers and net",
         "Entry payslip:KE-2026-11-18:PAID has -26.379306 KES on accrued:PAID;",
         "Entry release:KE-2026-11-18:PAID has"],
    ),
    "a payslip taken away": (
        "DELETE FROM payslip WHERE worker_id = {CARRIED}",
        ["Payslip KE-2026-11-18:CARRIED says 0 pieces",
         "KE-2026-11-18:CARRIED was released, and there is no such payslip.",
         "Entry payslip:KE-2026-11-18:CARRIED stands in the books, and nothing asks for it."],
    ),
    "a payslip's line": (
        "UPDATE payslip_line SET amount = amount + 7 WHERE worker_id = {WAITING}",
        ["Payslip KE-2026-11-18:WAITING says 1 × piece for FALCON, 0.200007 USD; the accepted work is 1, 0.200000.",
         "Payslip KE-2026-11-18:WAITING says 1 pieces, gross 25.850740"],
    ),
    "a payslip's line taken away": (
        "DELETE FROM payslip_line WHERE worker_id = {WAITING}",
        ["Payslip KE-2026-11-18:WAITING leaves out accepted work: 1 × piece for FALCON, 0.200000 USD."],
    ),
    "a locked exchange rate": (
        "UPDATE run_fx_rate SET numerator = numerator * 2 WHERE base = 'EUR'",
        ["Payslip KE-2026-11-18:PAID says 3 pieces", "on exchange:test; it must be"],
    ),
    "an order's amount": (
        "UPDATE payout_order SET amount = amount + 10000 WHERE worker_id = {WAITING}",
        ["Entry order:KE-2026-11-18:WAITING has 25.850000 KES on payable:WAITING; it must be 25.860000.",
         "25.850000 KES are under way on clearing:sandbox; open orders come to 25.860000."],
    ),
    "an order's state": (
        "UPDATE payout_order SET state = 'failed' WHERE worker_id = {PAID}",
        ["Entry failure:", "Entry settlement:"],
    ),
    "an order that nobody released": (
        "DELETE FROM payslip_release WHERE worker_id = {WAITING}",
        ["There is an order for KE-2026-11-18:WAITING, which was never released.",
         "Entry release:KE-2026-11-18:WAITING stands in the books, and nothing asks for it."],
    ),
    "accepted work of a closed day taken away": (
        "DELETE FROM accepted_work WHERE worker_id = {WAITING}",
        ["of FALCON must be paid 0.200000 USD; accepted work for it comes to 0.000000.",
         "Payslip KE-2026-11-18:WAITING says 1 × piece for FALCON, 0.200000 USD; the accepted work is 0, 0.000000."],
    ),
    "accepted work of an open day taken away": (
        "DELETE FROM accepted_work WHERE pay_day = '2026-11-19'",
        ["Work OPEN of FALCON must be paid 0.050000 USD; accepted work for it comes to 0.000000."],
    ),
    "a verdict": (
        "UPDATE submission SET state = 'accepted', accepted_line_id = -1 WHERE source = 'REJECTED'",
        ["Work REJECTED of FALCON must be paid 0.050000 USD; accepted work for it comes to 0.000000.",
         "Work REJECTED of FALCON is accepted, and its line was taken back."],
    ),
    "a standing line": (
        "UPDATE submission SET accepted_line_id = -1 WHERE source = 'OPEN'",
        ["Work OPEN of FALCON is accepted, and its line was taken back."],
    ),
    "work paid twice": (
        f"INSERT INTO accepted_work ({WORK}) SELECT {WORK} FROM accepted_work WHERE pay_day = '2026-11-19'",
        ["Work OPEN of FALCON must be paid 0.050000 USD; accepted work for it comes to 0.100000."],
    ),
    "an open day put back": (
        "UPDATE pay_group SET open_day = '2026-11-18'",
        [f"Payslip KE-2026-11-18:{one} is for a day that is still open." for one in WORKERS],
    ),
    "a run's total": (
        "UPDATE run_total SET workers = workers + 1 WHERE currency = 'USD'",
        ["Run KE-2026-11-18 says 2 workers and net 1.239000 USD; its payslips are 1 with net 1.239000."],
    ),
    "a run that was not released": (
        "UPDATE payroll_run SET state = 'approved'",
        [f"Payslip KE-2026-11-18:{one} was released before its run." for one in WORKERS],
    ),
}  # fmt: skip
TABLES = (
    "posting",
    "ledger_entry",
    "payslip",
    "payslip_line",
    "payslip_release",
    "run_total",
    "run_fx_rate",
    "accepted_work",
)


def filled(statement: str) -> str:
    """Put numbers in the place of names: {payslip:PAID} is that entry's, {PAID} that worker's."""
    names = dict(rows("SELECT external_id, id FROM worker"))
    for source, number, key in rows(
        "SELECT source, ledger_entry.id, external_id FROM ledger_entry"
        " LEFT JOIN payout_order ON source LIKE '%:' || idempotency_key LEFT JOIN worker ON worker.id = worker_id"
    ):
        names[f"{source.partition(':')[0]}:{key or source.rpartition(':')[2]}"] = number
    for name, number in names.items():
        statement = statement.replace("{" + name + "}", str(number))
    assert "{" not in statement
    return statement.replace(":", r"\:")


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found_and_named(context: Flask, change: str) -> None:
    build()
    statement, expected = CHANGES[change]
    with transaction():
        filled_in = filled(statement)
        with unguarded(*TABLES):
            assert run(filled_in)
    told = found()
    missed = [sentence for sentence in expected if not any(sentence in one for one in told)]
    assert not missed, told
    assert not any("not guarded" in one for one in told)


def add_entry(source: str, kind: str, *postings: str) -> None:
    """Write an entry by hand, as someone would who knows what the database refuses."""
    run(
        "INSERT INTO ledger_entry (source, kind, group_id, day, posted_at)"
        " SELECT :source, :kind, id, :day, :now FROM pay_group", source=source, kind=kind, day=DAY, now=NOW,
    )  # fmt: skip
    values = ", ".join(f"(currval('ledger_entry_id_seq'), {posting})" for posting in postings)
    run("INSERT INTO posting (entry_id, account, party_id, currency, amount) VALUES " + filled(values))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("release", "Entry release:by hand stands in the books, and nothing asks for it."),
        ("payslip", "Entry payslip:by hand stands in the books, and nothing asks for it."),
        ("settlement", "Entry settlement:by hand stands in the books, and nothing asks for it."),
        ("reversal", "Entry reversal:by hand is a reversal, but of no entry of its day."),
    ],
)
def test_an_entry_that_balances_and_was_made_by_hand_is_found(context: Flask, kind: str, expected: str) -> None:
    build()
    with transaction():
        add_entry(f"{kind}:by hand", kind, "'accrued', {PAID}, 'KES', 500", "'payable', {PAID}, 'KES', -500")
    assert expected in found()


def test_an_order_raised_everywhere_at_once_took_more_than_was_payable(context: Flask) -> None:
    build()
    with transaction():
        entries = filled("entry_id IN ({order:PAID}, {settlement:PAID})")
        with unguarded("posting"):
            run(f"UPDATE posting SET amount = amount + sign(amount) * 1000000 WHERE {entries}")
        run(filled("UPDATE payout_order SET amount = amount + 1000000 WHERE worker_id = {PAID}"))
    assert found() == ["Entry order:KE-2026-11-18:PAID sent 27.370000 KES, 0.990694 more than was payable then."]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "ALTER TABLE posting DISABLE TRIGGER only_grows",
            "Table posting is not guarded: its trigger only_grows is disabled.",
        ),
        (
            "ALTER TABLE posting ENABLE REPLICA TRIGGER balance",
            "Table posting is not guarded: its trigger balance is disabled.",
        ),
        (
            "DROP TRIGGER only_grows ON payslip_line",
            "Table payslip_line is not guarded: its trigger only_grows is missing.",
        ),
        (
            "CREATE OR REPLACE TRIGGER only_grows BEFORE DELETE ON payslip_release EXECUTE FUNCTION refuse_change()",
            "Table payslip_release is not guarded: its trigger only_grows is not the one that Daybook made.",
        ),
        (
            "CREATE OR REPLACE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "Table posting is not guarded: its trigger balance is not the one that Daybook made.",
        ),
    ],
)
def test_a_guard_that_is_gone_is_found(context: Flask, statement: str, expected: str) -> None:
    with transaction():
        run(statement)
    assert found() == [expected]


def test_every_table_that_only_grows_is_looked_at(context: Flask) -> None:
    with transaction():
        guards = rows("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
        for table, name in guards:
            run(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    told = found()
    assert len(guards) == len(told) > 13
    assert all(any(f"{table} is not guarded: its trigger {name}" in one for one in told) for table, name in guards)


def test_a_flood_of_findings_is_cut_short_and_says_so(context: Flask) -> None:
    build()
    with transaction(), unguarded("posting"):
        run(
            "INSERT INTO posting (entry_id, account, party_id, currency, amount)"
            " SELECT 1000000 + n, 'funds', 1, 'KES', 1 FROM generate_series(1, :many) n", many=LIMIT + 50,
        )  # fmt: skip
    told = found()
    assert sum("postings are left of it" in one for one in told) == LIMIT
    assert f"There are more findings of this kind (orphans) than the {LIMIT} above." in told


@pytest.fixture
def check(fresh_app: Flask) -> Callable[..., Result]:
    return lambda *options: CliRunner().invoke(cli, ["ledger", "check", *options], obj=lambda: fresh_app)


def test_the_command_says_so_in_words_and_as_a_document(fresh_app: Flask, check: Callable[..., Result]) -> None:
    with fresh_app.app_context():
        build()
        with transaction():
            ((entries,),) = rows("SELECT count(*) FROM ledger_entry")
    whole = check("--json")
    assert (whole.exit_code, json.loads(whole.stdout)) == (0, {"ok": True, "entries": entries, "problems": []})
    assert check().stdout == f"{entries} entries: the books are whole.\n"

    with fresh_app.app_context(), transaction():
        run("SET LOCAL session_replication_role = replica")
        assert run("UPDATE posting SET amount = amount - 1 WHERE account = 'funds'") == 1
    torn = check("--json")
    document = json.loads(torn.stdout)
    assert (torn.exit_code, document["ok"], document["entries"]) == (1, False, entries)
    assert any(one.startswith("Entry settlement:") and "does not balance" in one for one in document["problems"])
    assert torn.stderr.splitlines() == [f"daybook: {one}" for one in document["problems"]]
