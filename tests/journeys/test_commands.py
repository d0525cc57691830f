"""Every command of the public contract: one document with the agreed keys, an exit status, one line a problem."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from tests.journeys.conftest import Answer, Shell
from wsgi import cli

SAMPLES: Final = Path(__file__).parent / "samples"
WORK: Final = SAMPLES / "work.csv"
WORK_KEYS: Final = ["format", "rows", "imported", "already_there", "corrected", "skipped", "refused", "workers_created"]
LIST_KEYS: Final = ["rows", "imported", "already_there", "refused"]
RUN_KEYS: Final = ["run", "day", "state", "workers", "totals", "exceptions"]
PAYOUT_KEYS: Final = ["sent", "paid", "failed", "unknown", "waiting"]
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


FX_HEADER: Final = ["date", "base", "quote", "rate", "source"]


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
    words = ("--timezone", "Asia/Manila", "--currency", "PHP", "--open-day", "2026-11-01", "--terms", 2, "--minimum", "50.5")
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
    assert "password" in refused(daybook.run("users", "create", "bob@example.com", "--role", "finance", "--password-stdin", stdin="\n"))


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
        ["FALCON", "", "KE", "piece", "USD", "0.0125", "2026-01-01"], ["", "", "", "hourly", "KES", "250", "2026-01-01"],
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
        "workers_created": 0,
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
    assert "approved" in refused(closed.run("runs", "release", FIRST, "--as", second)) or True
    approved = closed("runs", "approve", FIRST, SECOND, "--as", first)["runs"]
    assert [(list(run), run["state"]) for run in approved] == [(RUN_KEYS, "approved")] * 2
    assert first in refused(closed.run("runs", "release", FIRST, "--as", first))
    assert [run["state"] for run in closed("runs", "release", FIRST, SECOND, "--as", second)["runs"]] == ["released"] * 2
    sent = closed("payouts", "send")
    assert list(sent) == PAYOUT_KEYS
    # W1 has 4.304148 KES twice: 4.30 each day, and 0.008296 KES stay hers. W2 has 7.50.
    assert sent == {"sent": 3, "paid": 3, "failed": 0, "unknown": 0, "waiting": 0}
    assert closed("payouts", "poll") == dict.fromkeys(PAYOUT_KEYS, 0)
    assert [run["state"] for run in closed("runs", "list")["runs"]] == ["settled", "settled"]
    balances = {one["account"]: one for one in closed("ledger", "balances")["balances"] if one["currency"] == "KES"}
    assert all(list(one) == ["account", "currency", "balance"] for one in balances.values())
    assert {account: one["balance"] for account, one in balances.items()} == {
        "cost:FALCON": "7.500000", "exchange:bank": "8.608296", "funds:sandbox": "-16.100000", "payable:W1": "-0.008296",
    }  # fmt: skip
    check = closed("ledger", "check")
    assert list(check) == ["ok", "entries", "problems"]
    assert (check["ok"], check["entries"], check["problems"]) == (True, 12, [])


def test_of_several_runs_each_goes_its_own_way(closed: Shell) -> None:
    first, _ = closed.people()
    closed("runs", "approve", FIRST, "--as", first)
    answer = closed.run("runs", "approve", FIRST, SECOND, "KE-2026-11-18", "nonsense", "--as", first)
    assert answer.status == 1
    assert [run["run"] for run in answer.document["runs"]] == [SECOND]
    assert [name in line for name, line in zip((FIRST, "KE-2026-11-18", "nonsense"), answer.problems, strict=True)] == [True] * 3


def test_who_may_not_approve_is_told_what_is_missing(closed: Shell) -> None:
    closed("users", "create", "mara@example.com", "--role", "manager", "--password-stdin", stdin="correct horse battery\n")
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
    slips = {row["worker"]: row for row in closed.export(FIRST, "payslips")}
    assert {worker: (row["gross"], row["deductions"], row["net"], row["payout_state"]) for worker, row in slips.items()} == {
        "W1": ("4.304148", "0.000000", "4.304148", "paid"), "W2": ("7.500000", "0.000000", "7.500000", "paid"),
    }  # fmt: skip
    line = next(row for row in closed.export(FIRST, "lines") if row["source"] == "c-1")
    assert (line["kind"], line["quantity"], line["unit"], line["rate_currency"], line["currency"]) == ("piece", "1", "piece", "USD", "KES")
    assert [Decimal(line[name]) for name in ("rate", "amount", "fx_rate", "converted")] == [
        Decimal(number) for number in ("0.0333", "0.0333", "129.2537", "4.304148")
    ]
    order = next(row for row in closed.export(FIRST, "payouts") if row["worker"] == "W1")
    assert (order["rail"], Decimal(order["amount"]), order["state"], order["attempts"]) == ("sandbox", Decimal("4.3"), "paid", "1")


def test_a_spreadsheet_is_one(closed: Shell) -> None:
    path = closed.folder / "slips.xlsx"
    closed("runs", "export", FIRST, "--what", "payslips", "--format", "xlsx", "--out", path)
    assert path.read_bytes().startswith(b"PK\x03\x04")
    assert "KE-2026-11-18" in refused(
        closed.run("runs", "export", "KE-2026-11-18", "--what", "payslips", "--format", "csv", "--out", closed.folder / "x.csv")
    )
    assert not (closed.folder / "x.csv").exists()


def test_jobs_are_listed_and_run(closed: Shell) -> None:
    names = [job["name"] for job in closed("jobs", "list")["jobs"]]
    assert {"close-due-days", "send-payouts", "poll-rails"} <= set(names)
    for name in names:
        ran = closed("jobs", "run", name)
        assert (ran["name"], ran["outcome"], ran["error"]) == (name, "done", "")
    assert "brew-coffee" in refused(closed.run("jobs", "run", "brew-coffee"))


def test_a_job_that_fails_says_so_and_its_document_stays_pure(daybook: Shell) -> None:
    daybook("groups", "create", "KE", "--timezone", "Africa/Nairobi", "--currency", "KES", "--open-day", "2026-11-16", "--close", "auto")
    daybook("projects", "create", "FALCON", "--customer", "Acme Ltd")
    daybook("import", "work", WORK, "--format", "csv", "--project", "FALCON", "--pay", "reward", "--group", "KE")
    answer = daybook.run("jobs", "run", "close-due-days")
    assert answer.status == 1
    assert answer.document["outcome"] == "failed"
    assert "USD/KES" in answer.document["error"]
    assert any("daybook fx import" in line for line in answer.problems)


def test_the_database_is_checked(daybook: Shell) -> None:
    checked = daybook("db", "check")
    assert checked["ok"] is True


def _commands() -> Iterator[list[str]]:
    for name, one in cli.commands.items():
        inner = getattr(one, "commands", None)
        yield from ([name, word] for word in inner) if inner else [[name]]


def test_every_command_of_the_contract_is_there_and_takes_json() -> None:
    there = {" ".join(words) for words in _commands()}
    assert there >= {
        "up", "demo", "db upgrade", "db check", "users create", "groups create", "projects create", "import workers",
        "import rates", "import work", "fx import", "close", "runs list", "runs show", "runs approve", "runs release",
        "runs export", "payouts send", "payouts poll", "ledger check", "ledger balances", "jobs list", "jobs run",
        "jobs start", "bench",
    }  # fmt: skip


@pytest.mark.parametrize("words", [words for words in _commands() if words[0] != "i18n"], ids=" ".join)
def test_help_starts_nothing_and_wrong_usage_is_status_2(words: list[str], daybook: Shell) -> None:
    helped = daybook.run(*words, "--help", as_json=False)
    assert (helped.status, helped.stderr) == (0, "")
    assert "--json" in helped.stdout
    wrong = daybook.run(*words, "--nonsense")
    assert (wrong.status, wrong.stdout) == (2, "")


@pytest.mark.parametrize(
    "words",
    [
        ["close", "--group", "KE"],
        ["close", "--group", "KE", "--day", "2026-11-16", "--through", "2026-11-16"],
        ["close", "--group", "KE", "--day", "yesterday"],
        ["runs", "approve", FIRST],
        ["runs", "approve", "--as", "a@example.com"],
        ["import", "work", "nowhere.csv", "--format", "csv", "--project", "FALCON"],
        ["import", "work", str(WORK), "--format", "excel", "--project", "FALCON"],
        ["import", "work", str(WORK), "--format", "csv", "--project", "FALCON", "--pay", "gold"],
        ["users", "create", "a@example.com", "--role", "emperor", "--password-stdin"],
        ["groups", "create", "KE", "--timezone", "UTC"],
        ["runs", "export", FIRST, "--what", "gossip", "--format", "csv", "--out", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2(words: list[str], daybook: Shell) -> None:
    answer = daybook.run(*words)
    assert (answer.status, answer.stdout) == (2, "")


def _console(environment: dict[str, str], *words: object, stdin: str = "", status: int = 0) -> Any:
    script = shutil.which("daybook", path=str(Path(sys.executable).parent))
    assert script, "`pip install -e .` puts the daybook command beside the interpreter"
    done = subprocess.run(
        [script, *map(str, words), "--json"], env=environment, input=stdin, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_the_real_command_pays_on_an_instance_of_its_own(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DAYBOOK_", "DATABASE_URL"))}
    environment |= {"DAYBOOK_INSTANCE": str(tmp_path / "instance"), "DAYBOOK_ENV": "test", "DAYBOOK_NOW": "2026-11-20T12:00:00Z"}

    def daybook(*words: object, stdin: str = "", status: int = 0) -> Any:
        return _console(environment, *words, stdin=stdin, status=status)

    daybook("db", "upgrade")
    daybook("groups", "create", "KE", "--timezone", "Africa/Nairobi", "--currency", "KES", "--open-day", "2026-11-16")
    daybook("projects", "create", "FALCON", "--customer", "Acme Ltd")
    imported = daybook("import", "work", WORK, "--format", "csv", "--project", "FALCON", "--pay", "reward", "--group", "KE")
    assert (list(imported), imported["imported"]) == (WORK_KEYS, 5)
    assert "daybook fx import" in daybook("close", "--group", "KE", "--through", "2026-11-17", status=1)
    fx = tmp_path / "fx.csv"
    fx.write_text("date,base,quote,rate,source\n2026-11-15,USD,KES,129.2537,bank\n", encoding="utf-8")
    daybook("fx", "import", fx)
    names = [run["run"] for run in daybook("close", "--group", "KE", "--through", "2026-11-17")["runs"]]
    for email in ("a@example.com", "b@example.com"):
        daybook("users", "create", email, "--role", "finance", "--password-stdin", stdin="correct horse battery\n")
    daybook("runs", "approve", *names, "--as", "a@example.com")
    daybook("runs", "release", *names, "--as", "b@example.com")
    assert daybook("payouts", "send")["paid"] == 3
    balances = daybook("ledger", "balances")["balances"]
    assert {"account": "payable:W1", "currency": "KES", "balance": "-0.008296"} in balances
