"""The exports say what happened, to the micro, in the columns that others rely on."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from payroll.closing.models import Run
from payroll.closing.services import close_day
from payroll.payouts.rails import SandboxRail
from payroll.payouts.services import release_run, send
from payroll.payslips import cli as commands
from payroll.payslips.queries.exports import COLUMNS, csv_parts
from payroll.runs.queries import LockedRate
from payroll.runs.services import approve
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_user, make_work, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.errors import DaybookError
from workforce.core.settings import SandboxPolicy
from workforce.paydays.models import PayGroup
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays, reverse
from wsgi import cli

RUN = "KE-2026-11-18"
AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
HEADERS = {
    "payslips": "run,worker,day,currency,gross,deductions,net,payout_state,due_at",
    "lines": "run,worker,source,kind,project,quantity,unit,rate,rate_currency,amount,fx_rate,currency,converted",
    "payouts": "run,worker,rail,currency,amount,state,attempts,reference,idempotency_key,sent_at,settled_at",
    "journal": "run,entry,posted_at,account,currency,debit,credit,source",
}


def exported(what: str, run: str = RUN) -> list[dict[str, str]]:
    with transaction():
        text = "".join(part for part, _ in csv_parts(run, what))
    return list(csv.DictReader(StringIO(text)))


def pay(run: str = RUN, **policy: object) -> None:
    with transaction():
        first, second = make_user("finance"), make_user("finance")
        approve(first.actor, run, now=NOW)
    release_run(second.actor, run, rail="sandbox", now=NOW)
    send(SandboxRail(SandboxPolicy(**policy)), now=lambda: NOW)  # type: ignore[arg-type]


@pytest.fixture
def closed(context: Flask) -> PayGroup:
    """Three pieces of one worker that round: 3 × 0.0333 USD at 129.2537; and one paid by the hour in KES."""
    with transaction():
        group, project = make_group(), make_project()
        worker, other = make_worker(group, "W1"), make_worker(group, "W2")
        for source in ("A1", "A2", "A3"):
            make_work(project, worker, rate="0.0333", source=source)
        make_work(project, other, rate="300", currency="KES", kind="hourly", seconds=61, source="B1")
        make_fx("USD", "KES", "129.25370")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    return group


@pytest.mark.parametrize("what", HEADERS)
def test_the_columns_are_those_of_the_contract(what: str, closed: PayGroup) -> None:
    with transaction():
        text, rows = next(csv_parts(RUN, what))
    assert (text.split("\n")[0], rows) == (HEADERS[what], len(text.split("\n")) - 2)
    assert [name for name, _ in COLUMNS[what]] == HEADERS[what].split(",")


def test_payslips_say_where_each_amount_stands(closed: PayGroup) -> None:
    # 0.0999 USD × 129.2537 = 12.91244463 KES; 61 s of 300 KES an hour = 5.083333 KES.
    expected = {
        "run": RUN, "worker": "W1", "day": "2026-11-18", "currency": "KES", "gross": "12.912445",
        "deductions": "0.000000", "net": "12.912445", "payout_state": "accrued", "due_at": "2026-11-19T15:00:00Z",
    }  # fmt: skip
    first, second = exported("payslips")
    assert first == expected
    assert (second["worker"], second["net"]) == ("W2", "5.083333")
    pay()
    assert {one["payout_state"] for one in exported("payslips")} == {"paid"}


def test_lines_list_every_piece_and_what_rounding_made_of_them(closed: PayGroup) -> None:
    a, b, c, rounding, hourly = exported("lines")
    common = {"run": RUN, "worker": "W1", "fx_rate": "129.25370", "currency": "KES", "rate_currency": "USD"}
    # 0.0333 USD × 129.2537 = 4.30414821 KES: each piece loses 0.21 of a micro, the three together 0.63, which is one.
    piece = common | {
        "kind": "piece", "project": "FALCON", "quantity": "1", "unit": "piece", "rate": "0.033300",
        "amount": "0.033300", "converted": "4.304148",
    }  # fmt: skip
    assert [a, b, c] == [piece | {"source": source} for source in ("A1", "A2", "A3")]
    assert rounding == common | {
        "source": "", "kind": "rounding", "project": "", "quantity": "", "unit": "", "rate": "", "amount": "0.000000",
        "converted": "0.000001",
    }  # fmt: skip
    assert hourly == {
        "run": RUN, "worker": "W2", "source": "B1", "kind": "hourly", "project": "FALCON", "quantity": "61",
        "unit": "second", "rate": "300.000000", "rate_currency": "KES", "amount": "5.083333", "fx_rate": "1",
        "currency": "KES", "converted": "5.083333",
    }  # fmt: skip


def test_a_correction_keeps_the_unit_of_what_it_takes_back(context: Flask) -> None:
    with transaction():
        group, project = make_group(), make_project()
        make_work(project, make_worker(group, "W1"), rate="3.60", currency="KES", kind="hourly", seconds=10)
        submission = session().scalars(select(Submission)).one()
        reverse(SYSTEM, submission, group, OpenDays(), decided_at=AT, reason="twice", now=AT)
    close_day(SYSTEM, "KE", DAY, now=NOW)
    (work, back), (slip,) = exported("lines"), exported("payslips")
    assert (work["kind"], back["kind"], back["unit"], back["quantity"]) == ("hourly", "correction", "second", "-10")
    assert (back["amount"], back["converted"], slip["net"]) == ("-0.010000", "-0.010000", "0.000000")


def test_payouts_tell_each_order_and_its_tries(closed: PayGroup) -> None:
    assert exported("payouts") == []
    pay()
    first, second = exported("payouts")
    assert first["idempotency_key"] != second["idempotency_key"]
    assert first == {
        "run": RUN, "worker": "W1", "rail": "sandbox", "currency": "KES", "amount": "12.910000", "state": "paid",
        "attempts": "1", "reference": f"sbx_{first['idempotency_key'][:16]}",
        "idempotency_key": first["idempotency_key"], "sent_at": "2026-11-20T12:00:00Z",
        "settled_at": "2026-11-20T12:00:00Z",
    }  # fmt: skip


def test_an_order_without_an_end_has_no_instant_of_it(closed: PayGroup) -> None:
    pay(timeout=Decimal(1))
    first, _ = exported("payouts")
    assert (first["state"], first["settled_at"], first["attempts"]) == ("unknown", "", "1")
    assert {one["payout_state"] for one in exported("payslips")} == {"sent"}


def test_the_journal_balances_in_every_currency_and_entry(closed: PayGroup) -> None:
    pay()
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    accounts, sources = set(), set()
    for one in exported("journal"):
        assert Decimal(one["debit"]) * Decimal(one["credit"]) == 0
        assert max(Decimal(one["debit"]), Decimal(one["credit"])) > 0
        sums[one["entry"], one["currency"]] += Decimal(one["debit"]) - Decimal(one["credit"])
        accounts.add(one["account"])
        sources.add(one["source"].partition(":")[0])
    assert set(sums.values()) == {Decimal(0)}
    assert {"cost:FALCON", "exchange:test", "accrued:W1", "payable:W2", "clearing:sandbox", "funds:sandbox"} <= accounts
    assert sources == {"payslip", "release", "order", "settlement"}


@pytest.mark.parametrize("worker", ["=1+1", "+1+A1", "-A1", "-1-2", "@SUM(A1)"])
def test_a_text_that_a_spreadsheet_would_compute_is_neutralised_and_no_number(context: Flask, worker: str) -> None:
    with transaction():
        group, project = make_group(), make_project()
        make_work(project, make_worker(group, worker), currency="KES", source=f"{worker}|2", at=AT)
        submission = session().scalars(select(Submission)).one()
        reverse(SYSTEM, submission, group, OpenDays(), decided_at=AT, reason="twice", now=AT)
    close_day(SYSTEM, "KE", DAY, now=NOW)
    _, back = exported("lines")
    assert (back["worker"], back["source"], back["amount"]) == (f"'{worker}", f"'{worker}|2", "-0.050000")


def test_a_rate_is_written_as_published_and_else_to_twelve_digits() -> None:
    leg = {"base": "USD", "quote": "KES", "rate": "129.2500", "day": "2026-11-18"}
    direct = LockedRate("USD", "KES", 517, 4, "test", [leg])
    inverse = LockedRate("KES", "USD", 4, 517, "test", [leg])
    small = LockedRate("VND", "KWD", 1, 83_000_000, "test", [leg, leg])
    assert f"{direct.shown:f}" == "129.2500"
    assert f"{inverse.shown:f}" == "0.00773694390716"
    assert f"{small.shown:f}" == "0.0000000120481927711"


@pytest.mark.parametrize("currency", ["VND", "USD", "KWD"])
def test_lines_add_up_to_the_net_whatever_the_pieces(context: Flask, currency: str) -> None:
    random = Random(currency)
    with transaction():
        group, project = make_group("G", currency=currency, timezone="UTC"), make_project()
        for number in range(12):
            worker = make_worker(group, f"W{number}")
            for _ in range(random.randint(1, 25)):
                kind = random.choice(["piece", "hourly"])
                rate = Decimal(random.randint(1, 30_000_000)).scaleb(-6)
                price = random.choice(["EUR", "KES", currency])
                make_work(project, worker, rate=str(rate), currency=price, kind=kind, seconds=random.randint(1, 9_000))
        for quote, published in (("KES", "129.2537"), ("VND", "26345.5"), ("KWD", "0.306991"), ("EUR", "0.8643")):
            make_fx("USD", quote, published)
    close_day(SYSTEM, "G", DAY, now=NOW)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    lines = exported("lines", "G-2026-11-18")
    for line in lines:
        sums[line["worker"]] += Decimal(line["converted"])
    assert sums == {one["worker"]: Decimal(one["net"]) for one in exported("payslips", "G-2026-11-18")}
    assert "rounding" in {line["kind"] for line in lines}
    assert all(line["kind"] != "rounding" or line["rate_currency"] != currency for line in lines)


@given(
    amounts=st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=40),
    numerator=st.integers(1, 10**12), denominator=st.integers(1, 10**12),
)  # fmt: skip
@example(amounts=[1, 1], numerator=1, denominator=2)
def test_rounding_is_never_more_than_half_a_micro_a_piece(amounts: list[int], numerator: int, denominator: int) -> None:
    rate = LockedRate("USD", "KES", numerator, denominator, "test", [])
    rounding = rate.convert(sum(amounts)) - sum(rate.convert(amount) for amount in amounts)
    assert abs(rounding) * 2 <= len(amounts) + 1


def test_a_run_that_is_being_computed_is_not_exported_by_halves(context: Flask, closed: PayGroup) -> None:
    with transaction():
        session().query(Run).update({"state": "computing"})
    with pytest.raises(DaybookError, match="still being computed"):
        exported("payslips")


@pytest.fixture
def call(app: Flask, closed: PayGroup) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, obj=lambda: app)

    return run


def test_the_command_writes_a_file_and_one_document(call: Callable[..., Result], tmp_path: Path) -> None:
    out = tmp_path / "slips.csv"
    done = call("runs", "export", RUN, "--what", "payslips", "--format", "csv", "--out", str(out), "--json")
    assert (done.exit_code, done.stdout) == (0, f'{{"run": "{RUN}", "what": "payslips", "rows": 2, "out": "{out}"}}\n')
    assert out.read_text().splitlines()[0] == HEADERS["payslips"]
    assert list(tmp_path.iterdir()) == [out]


def test_standard_output_gets_the_export_alone(call: Callable[..., Result]) -> None:
    done = call("runs", "export", RUN, "--what", "lines", "--out", "-")
    assert (done.exit_code, done.stdout.splitlines()[0], len(done.stdout.splitlines())) == (0, HEADERS["lines"], 6)
    assert call("runs", "export", RUN, "--what", "lines", "--out", "-", "--json").exit_code == 2


def test_an_export_that_is_refused_leaves_nothing_and_keeps_what_was_there(
    call: Callable[..., Result], tmp_path: Path
) -> None:
    out = tmp_path / "slips.csv"
    out.write_text("of yesterday")
    assert call("runs", "export", "KE-2020-01-01", "--what", "payslips", "--out", str(out)).exit_code == 1
    assert call("runs", "export", RUN, "--what", "everything", "--out", str(out)).exit_code == 2
    nowhere = call("runs", "export", RUN, "--what", "payslips", "--out", str(tmp_path / "no" / "slips.csv"))
    assert (nowhere.exit_code, "cannot be written" in nowhere.stderr) == (1, True)
    assert (out.read_text(), list(tmp_path.iterdir())) == ("of yesterday", [out])


def test_an_export_that_breaks_half_way_leaves_nothing(
    call: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_name: str, _what: str) -> Iterator[tuple[str, int]]:
        yield "run,worker\n", 0
        raise RuntimeError("the machine stops")

    monkeypatch.setattr(commands, "csv_parts", broken)
    assert call("runs", "export", RUN, "--what", "payslips", "--out", str(tmp_path / "slips.csv")).exit_code == 1
    assert list(tmp_path.iterdir()) == []
