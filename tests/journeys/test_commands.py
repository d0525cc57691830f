"""Every command of the public contract: one document with the agreed keys, an exit status, one line a problem."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from flask import Flask

from tests.journeys.conftest import WORK_KEYS, Answer, Shell
from workforce.core.settings import SandboxPolicy

SAMPLES: Final = Path(__file__).parent / "samples"
WORK: Final = SAMPLES / "work.csv"
LIST_KEYS: Final = ["rows", "imported", "already_there", "refused"]
RUN_KEYS: Final = ["run", "day", "state", "workers", "totals", "exceptions"]
PAYOUT_KEYS: Final = ["sent", "paid", "failed", "unknown", "waiting"]
FX_HEADER: Final = ["date", "base", "quote", "rate", "source"]
FIRST: Final = "KE-2026-11-16"  # W2's piece, and the one of W1 that was accepted a second before midnight in Nairobi
SECOND: Final = "KE-2026-11-17"  # W1's other piece


@pytest.fixture
def ready(daybook: Shell) -> Shell:
    """Give a shell where a group, a project, exchange rates and finished work are there."""
    daybook("groups", "create", "KE", "--timezone", "Africa/Nairobi", "--currency", "KES", "--open-day", "2026-11-16")
    daybook("projects", "create", "FALCON", "--customer", "Secret Customer Ltd")
    daybook("fx", "import", daybook.write("fx.csv", [FX_HEADER, ["2026-11-15", "USD", "KES", "129.2537", "bank"]]))
    daybook("import", "work", WORK, "--format", "csv", "--project", "FALCON", "--pay", "reward", "--group", "KE")
    return daybook


@pytest.fixture
def closed(ready: Shell) -> Shell:
    """Give a shell where two days are closed."""
    ready("close", "--group", "KE", "--through", "2026-11-17")
    return ready


def refused(answer: Answer) -> str:
    """Insist on a refusal in one line, and give it."""
    assert answer.status == 1
    assert len(answer.problems) == 1
    assert answer.problems[0].startswith("daybook: ")
    assert "Traceback" not in answer.stderr
    return answer.problems[0].removeprefix("daybook: ")


def test_a_group_has_the_defaults_of_the_contract(daybook: Shell) -> None:
    made = daybook("groups", "create", "VN", "--timezone", "Asia/Ho_Chi_Minh", "--currency", "VND")
    assert made == {
        "code": "VN", "timezone": "Asia/Ho_Chi_Minh", "currency": "VND", "terms": 1, "minimum": "0.000000",
        "close": "auto", "open_day": "2026-11-20",
    }  # fmt: skip


def test_a_group_that_opens_in_the_past_is_closed_by_hand(daybook: Shell) -> None:
    words = (
        "--timezone",
        "Asia/Manila",
        "--currency",
        "PHP",
        "--open-day",
        "2026-11-01",
        "--terms",
        2,
        "--minimum",
        "50.5",
    )
    made = daybook("groups", "create", "PH", *words)
    assert (made["close"], made["open_day"], made["terms"], made["minimum"]) == ("manual", "2026-11-01", 2, "50.500000")
    assert "PH" in refused(daybook.run("groups", "create", "PH", *words))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["G1", "--timezone", "Mars/Olympus", "--currency", "USD"], "timezone"),
        (["G1", "--timezone", "UTC", "--currency", "XYZ"], "currency"),
        (["G1", "--timezone", "UTC", "--currency", "USD", "--minimum", "-1"], "minimum"),
        (["G1", "--timezone", "UTC", "--currency", "USD", "--minimum", "much"], "minimum"),
        (["G1", "--timezone", "UTC", "--currency", "USD", "--terms", "61"], "terms"),
        (["g 1", "--timezone", "UTC", "--currency", "USD"], "code"),
    ],
)
def test_a_group_that_cannot_be_is_refused_by_field(daybook: Shell, words: list[str], named: str) -> None:
    assert named in refused(daybook.run("groups", "create", *words)).partition(":")[0]
    assert daybook("groups", "list") == {"groups": []}


def test_projects_and_users_are_made_once(daybook: Shell) -> None:
    assert daybook("projects", "create", "FALCON", "--customer", "Acme Ltd")["code"] == "FALCON"
    assert "FALCON" in refused(daybook.run("projects", "create", "FALCON", "--customer", "Other Ltd"))
    words = ("users", "create", "ann@example.com", "--role", "finance", "--password-stdin")
    assert daybook(*words, stdin="correct horse battery\n") == {"email": "ann@example.com", "role": "finance"}
    assert "ann@example.com" in refused(daybook.run(*words, stdin="correct horse battery\n"))
    assert "password" in refused(
        daybook.run("users", "create", "bob@example.com", "--role", "finance", "--password-stdin", stdin="\n")
    )


def test_lists_tell_what_was_new(daybook: Shell) -> None:
    daybook("groups", "create", "KE", "--timezone", "Africa/Nairobi", "--currency", "KES")
    daybook("projects", "create", "FALCON", "--customer", "Acme Ltd")
    workers = daybook.write("workers.csv", [
        ["external_id", "name", "email", "country", "currency", "group", "locale"],
        ["W1", "Wanjikũ", "w1@example.com", "KE", "KES", "KE", "sw"], ["W2", "", "", "", "", "KE", ""],
    ])  # fmt: skip
    answer = daybook.run("import", "workers", workers)
    if answer.status:  # sw is not spoken yet
        assert [one["field"] for one in answer.document["refused"]] == ["locale"]
        workers.write_text(workers.read_text(encoding="utf-8").replace(",sw", ",en"), encoding="utf-8")
        daybook("import", "workers", workers)
    again = daybook("import", "workers", workers)
    assert list(again) == LIST_KEYS
    assert again == {"rows": 2, "imported": 0, "already_there": 2, "refused": []}
    rates = daybook.write("rates.csv", [
        ["project", "level", "country", "kind", "currency", "rate", "valid_from"],
        ["FALCON", "", "KE", "piece", "USD", "0.0125", "2026-01-01"],
        ["", "", "", "hourly", "KES", "250", "2026-01-01"],
    ])  # fmt: skip
    assert daybook("import", "rates", rates) == {"rows": 2, "imported": 2, "already_there": 0, "refused": []}
    assert daybook("import", "rates", rates) == {"rows": 2, "imported": 0, "already_there": 2, "refused": []}
    fx = daybook.write("fx.csv", [FX_HEADER, ["2026-11-15", "USD", "KES", "129.2537", "bank"]])
    assert daybook("fx", "import", fx) == {"rows": 1, "imported": 1, "already_there": 0, "refused": []}
    assert daybook("fx", "import", fx) == {"rows": 1, "imported": 0, "already_there": 1, "refused": []}


def test_work_comes_in_once(ready: Shell) -> None:
    again = ready("import", "work", WORK, "--format", "csv", "--project", "FALCON", "--pay", "reward", "--group", "KE")
    assert list(again) == WORK_KEYS
    assert again == {
        "format": "csv", "rows": 5, "imported": 0, "already_there": 5, "corrected": 0, "skipped": 0, "refused": [],
        "warnings": [], "workers_created": 0,
    }  # fmt: skip


def test_a_close_shows_each_day_with_its_totals(ready: Shell) -> None:
    runs = ready("close", "--group", "KE", "--through", "2026-11-17")["runs"]
    assert [list(run) for run in runs] == [RUN_KEYS, RUN_KEYS]
    # 0.0333 USD × 129.2537 = 4.30414821 KES, to the micro 4.304148; and 7.5 KES as they are.
    first = {
        "run": FIRST, "day": "2026-11-16", "state": "computed", "workers": 2, "exceptions": [],
        "totals": [{"currency": "KES", "gross": "11.804148", "net": "11.804148"}],
    }  # fmt: skip
    assert runs[0] == first
    assert (runs[1]["run"], runs[1]["totals"][0]["net"]) == (SECOND, "4.304148")
    assert ready("runs", "list") == {"runs": runs}
    assert ready("runs", "show", FIRST) == first


def test_a_day_without_work_is_closed_and_makes_no_run(closed: Shell) -> None:
    assert closed("close", "--group", "KE", "--day", "2026-11-18") == {"runs": []}
    assert closed("groups", "list")["groups"][0]["open_day"] == "2026-11-19"


def test_a_close_takes_the_open_day_alone(ready: Shell) -> None:
    assert "2026-11-16" in refused(ready.run("close", "--group", "KE", "--day", "2026-11-17"))
    assert [run["run"] for run in ready("close", "--group", "KE", "--day", "2026-11-16")["runs"]] == [FIRST]
    for option in ("--day", "--through"):
        assert "closed" in refused(ready.run("close", "--group", "KE", option, "2026-11-16"))
        assert "future" in refused(ready.run("close", "--group", "KE", option, "2026-11-21"))
    assert ready("groups", "list")["groups"][0]["open_day"] == "2026-11-17"


def test_two_people_pay_a_run(closed: Shell) -> None:
    first, second = closed.people()
    assert "computed" in refused(closed.run("runs", "release", FIRST, "--as", second))
    approved = closed("runs", "approve", FIRST, SECOND, "--as", first)["runs"]
    assert [(list(run), run["state"]) for run in approved] == [(RUN_KEYS, "approved")] * 2
    assert first in refused(closed.run("runs", "release", FIRST, "--as", first))
    assert [run["state"] for run in closed("runs", "release", FIRST, SECOND, "--as", second)["runs"]] == [
        "released"
    ] * 2
    sent = closed("payouts", "send")
    assert list(sent) == PAYOUT_KEYS
    # W1 has 4.304148 KES twice: 4.30 each day, and 0.008296 KES stay hers. W2 has 7.50.
    assert sent == {"sent": 3, "paid": 3, "failed": 0, "unknown": 0, "waiting": 0}
    assert closed("payouts", "poll") == dict.fromkeys(PAYOUT_KEYS, 0)
    assert [run["state"] for run in closed("runs", "list")["runs"]] == ["settled", "settled"]
    balances = {one["account"]: one for one in closed("ledger", "balances")["balances"] if one["currency"] == "KES"}
    assert all(list(one) == ["account", "currency", "balance"] for one in balances.values())
    assert {account: one["balance"] for account, one in balances.items()} == {
        "cost:FALCON": "7.500000", "exchange:bank": "8.608296", "funds:sandbox": "-16.100000",
        "payable:W1": "-0.008296",
    }  # fmt: skip
    check = closed("ledger", "check")
    assert list(check) == ["ok", "entries", "problems"]
    assert (check["ok"], check["entries"], check["problems"]) == (True, 12, [])


def test_two_people_send_a_failed_payout_again(closed: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = closed.people()
    closed("runs", "approve", FIRST, "--as", first)
    closed("runs", "release", FIRST, "--as", second)
    settings = closed.app.config["DAYBOOK"]
    with monkeypatch.context() as declining:
        declining.setitem(closed.app.config, "DAYBOOK", replace(settings, sandbox=SandboxPolicy(declined=Decimal(1))))
        assert closed("payouts", "send")["failed"] == 2
    order = f"{FIRST}/W2"
    listed = closed("payouts", "balances")
    assert list(listed) == ["failed", "balances", "requests"]
    assert [(one["order"], one["amount"], one["asked"]) for one in listed["failed"]] == [
        (f"{FIRST}/W1", "4.300000", False), (order, "7.500000", False)
    ]  # fmt: skip
    asked = closed("payouts", "resend", order, "--as", first)["requests"]
    assert [(one["order"], one["state"], one["reason"]) for one in asked] == [
        (order, "proposed", "The payout failed: declined.")
    ]  # fmt: skip
    assert closed("payouts", "balances")["requests"] == asked
    assert "proposed" in refused(closed.run("payouts", "resend", order, "--as", first))
    answer = closed.run("payouts", "resend", order, f"{FIRST}/W9", "--as", second)
    assert (answer.status, [one["made"] for one in answer.document["requests"]]) == (1, [f"{order}/2"])
    assert "W9" in answer.problems[0]
    assert closed("payouts", "send")["paid"] == 1
    assert f"{order}/2" in refused(closed.run("payouts", "resend", order, "--as", first))
    assert [(row["worker"], row["state"]) for row in closed.export(FIRST, "payouts")] == [
        ("W1", "failed"), ("W2", "failed"), ("W2", "paid")
    ]  # fmt: skip
    assert {row["worker"]: row["payout_state"] for row in closed.export(FIRST, "payslips")} == {
        "W1": "failed", "W2": "paid"
    }  # fmt: skip
    refusal = closed("payouts", "resend", f"{FIRST}/W1", "--as", first)["requests"][0]["request"]
    assert "reason" in refused(closed.run("payouts", "refuse", refusal, "--as", second))
    (done,) = closed("payouts", "refuse", refusal, "--reason", "Ask first.", "--as", second)["requests"]
    assert done["state"] == "refused"
    assert "their next pay" in refused(closed.run("payouts", "send-balance", "W1/KES", "--as", first))
    assert closed("ledger", "check")["problems"] == []


def test_of_several_runs_each_goes_its_own_way(closed: Shell) -> None:
    first, _ = closed.people()
    closed("runs", "approve", FIRST, "--as", first)
    answer = closed.run("runs", "approve", FIRST, SECOND, "KE-2026-11-18", "nonsense", "--as", first)
    assert answer.status == 1
    assert [run["run"] for run in answer.document["runs"]] == [SECOND]
    assert [name in line for name, line in zip((FIRST, "KE-2026-11-18", "nonsense"), answer.problems, strict=True)] == [
        True
    ] * 3


def test_who_may_not_approve_is_told_what_is_missing(closed: Shell) -> None:
    closed(
        "users", "create", "mara@example.com", "--role", "manager", "--password-stdin", stdin="correct horse battery\n"
    )
    assert "payroll:runs:approve" in refused(closed.run("runs", "approve", FIRST, "--as", "mara@example.com"))
    assert "nobody@example.com" in refused(closed.run("runs", "approve", FIRST, "--as", "nobody@example.com"))
    assert closed("runs", "show", FIRST)["state"] == "computed"


PAYSLIPS: Final = "run,worker,day,currency,gross,deductions,net,payout_state,due_at"
LINES: Final = "run,worker,source,kind,project,quantity,unit,rate,rate_currency,amount,fx_rate,currency,converted"
PAYOUTS: Final = "run,worker,rail,currency,amount,state,attempts,reference,idempotency_key,sent_at,settled_at"
JOURNAL: Final = "run,entry,posted_at,account,currency,debit,credit,source"


def test_exports_have_the_columns_of_the_contract(closed: Shell) -> None:
    first, second = closed.people()
    closed("runs", "approve", FIRST, "--as", first)
    closed("runs", "release", FIRST, "--as", second)
    closed("payouts", "send")
    for what, columns in (("payslips", PAYSLIPS), ("lines", LINES), ("payouts", PAYOUTS), ("journal", JOURNAL)):
        rows = closed.export(FIRST, what)
        assert all(list(row) == columns.split(",") for row in rows), what
        assert {row["run"] for row in rows} == {FIRST}
    slips = [list(row.values())[1:-1] for row in closed.export(FIRST, "payslips")]
    assert slips == [
        ["W1", "2026-11-16", "KES", "4.304148", "0.000000", "4.304148", "paid"],
        ["W2", "2026-11-16", "KES", "7.500000", "0.000000", "7.500000", "paid"],
    ]
    line = next(row for row in closed.export(FIRST, "lines") if row["source"] == "c-1")
    assert (line["kind"], line["quantity"], line["unit"], line["rate_currency"], line["currency"]) == (
        "piece",
        "1",
        "piece",
        "USD",
        "KES",
    )
    assert [Decimal(line[name]) for name in ("rate", "amount", "fx_rate", "converted")] == [
        Decimal(number) for number in ("0.0333", "0.0333", "129.2537", "4.304148")
    ]
    order = next(row for row in closed.export(FIRST, "payouts") if row["worker"] == "W1")
    assert (order["rail"], Decimal(order["amount"]), order["state"], order["attempts"]) == (
        "sandbox",
        Decimal("4.3"),
        "paid",
        "1",
    )


def test_an_export_of_a_run_that_is_not_there_writes_nothing(closed: Shell) -> None:
    path = closed.folder / "slips.csv"
    words = ("--what", "payslips", "--format", "csv", "--out", path)
    assert "KE-2026-11-18" in refused(closed.run("runs", "export", "KE-2026-11-18", *words))
    assert not path.exists()


def test_jobs_are_listed_and_run(closed: Shell) -> None:
    names = [job["name"] for job in closed("jobs", "list")["jobs"]]
    assert {"close-due-days", "send-payouts", "poll-rails"} <= set(names)
    for name in names:
        ran = closed("jobs", "run", name)
        assert (ran["name"], ran["outcome"], ran["error"]) == (name, "done", "")
    assert "brew-coffee" in refused(closed.run("jobs", "run", "brew-coffee"))


def test_a_job_that_fails_says_so_and_its_document_stays_pure(daybook: Shell) -> None:
    daybook(
        "groups",
        "create",
        "KE",
        "--timezone",
        "Africa/Nairobi",
        "--currency",
        "KES",
        "--open-day",
        "2026-11-16",
        "--close",
        "auto",
    )
    daybook("projects", "create", "FALCON", "--customer", "Acme Ltd")
    daybook("import", "work", WORK, "--format", "csv", "--project", "FALCON", "--pay", "reward", "--group", "KE")
    answer = daybook.run("jobs", "run", "close-due-days")
    assert answer.status == 1
    assert answer.document["outcome"] == "failed"
    assert "USD/KES" in answer.document["error"]
    assert any("daybook fx import" in line for line in answer.problems)


def test_the_database_is_checked(fresh_app: Flask, tmp_path: Path) -> None:
    checked = Shell(fresh_app, tmp_path)("db", "check")
    assert (checked["ok"], checked["differences"]) == (True, [])


def test_a_bench_gives_what_the_contract_says(fresh_app: Flask, tmp_path: Path) -> None:
    timed = Shell(fresh_app, tmp_path)("bench", "close", "--size", 20)
    assert list(timed) == ["name", "size", "seconds", "rows_per_second", "peak_rss_mb", "lower_bound_seconds", "ratio"]
    assert (timed["name"], timed["size"]) == ("close", 20)


def test_no_import_is_unfinished(ready: Shell) -> None:
    assert ready("import", "unfinished") == {"unfinished": []}
