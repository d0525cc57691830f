"""A row that is wrong is named by row and field in one line, status 1, and nothing of it is half done."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.journeys.conftest import Shell
from tests.journeys.work import FX, GOOD, HEADER, IMPORT, changed, set_up, take, with_

Counts = Callable[[], dict[str, int]]


@pytest.fixture
def ready(daybook: Shell) -> Shell:
    """Give a shell where a group, two projects and two workers are there."""
    return set_up(daybook)


BAD_ROWS: Final = [
    (with_(currency="XYZ"), "currency", "XYZ"),
    (with_(currency=""), "currency", "ISO 4217"),
    (with_(currency="XAU"), "currency", "XAU"),
    (with_(reward="-0.05"), "reward", "less than nothing"),
    (with_(reward="0.0000001"), "reward", "six decimals"),
    (with_(reward="5 cents"), "reward", "5 cents"),
    (with_(reward="1e3"), "reward", "1e3"),
    (with_(reward="NaN"), "reward", "NaN"),
    (with_(reward="9223372036855"), "reward", "more than can be paid"),
    (with_(reward="", currency=""), "reward", "no reward"),
    (with_(submitted_at="2026-11-20T12:00:06Z"), "submitted_at", "future"),
    (with_(decided_at="2030-01-01T00:00:00Z"), "decided_at", "future"),
    (with_(submitted_at="2026-11-16 09:00:00"), "submitted_at", "zone"),
    (with_(submitted_at="2026-02-30T09:00:00Z"), "submitted_at", "2026-02-30"),
    (with_(submitted_at=""), "submitted_at", "needed"),
    (with_(seconds="-1"), "seconds", "-1"),
    (with_(seconds="a while"), "seconds", "a while"),
    (with_(status="perhaps"), "status", "perhaps"),
    (with_(source=""), "source", "needed"),
    (with_(source="x" * 201), "source", "201"),
    (with_(worker=""), "worker", "needed"),
    (with_()[:3], "submitted_at", "ends before"),
    ([*with_(), "one more"], "", "9 fields"),
]


@pytest.mark.parametrize(("row", "field", "words"), BAD_ROWS, ids=[f"{field}-{words}" for _, field, words in BAD_ROWS])
def test_a_bad_row_is_named_and_the_good_one_is_kept(
    ready: Shell, counts: Counts, row: list[str], field: str, words: str
) -> None:
    before = counts()
    answer = take(ready, [GOOD, row])
    assert answer.status == 1
    document = answer.document
    assert (document["rows"], document["imported"], len(document["refused"])) == (2, 1, 1)
    told = document["refused"][0]
    assert (told["row"], told["field"]) == (2, field)
    assert words in told["message"]
    assert answer.problems == [f"daybook: row 2, {field or 'row'}: {told['message']}"]
    assert changed(before, counts()) == {"submission": 1, "accepted_work": 1, "audit_event": 1}


def test_all_or_nothing_leaves_nothing(ready: Shell, counts: Counts) -> None:
    before = counts()
    answer = take(ready, [GOOD, with_(currency="XYZ"), with_(source="a-3", worker="W9")], "--all-or-nothing")
    assert answer.status == 1
    assert counts() == before
    document = answer.document
    assert [one["row"] for one in document["refused"]] == [1, 2, 3]
    assert (document["rows"], document["imported"], document["workers_created"]) == (3, 0, 0)
    assert sum("all-or-nothing" in one["message"] for one in document["refused"]) == 2


def test_all_or_nothing_takes_a_good_file(ready: Shell) -> None:
    answer = take(ready, [GOOD, with_()], "--all-or-nothing")
    assert (answer.status, answer.document["imported"]) == (0, 2)


@pytest.mark.parametrize("extra", [[], ["--all-or-nothing"]])
def test_a_dry_run_leaves_nothing_and_tells_the_same(ready: Shell, counts: Counts, extra: list[str]) -> None:
    rows = [GOOD, GOOD, with_(worker="W9"), with_(source="a-3", reward="-1"), with_(source="a-4", status="submitted")]
    before = counts()
    tried = take(ready, rows, "--dry-run")
    assert counts() == before
    done = take(ready, rows)
    assert (tried.status, tried.document) == (done.status, done.document)
    assert done.document["imported"] == 3
    assert done.document["already_there"] == 1
    assert done.document["workers_created"] == 1


def test_a_dry_run_of_a_later_file_foretells_the_corrections(ready: Shell, counts: Counts) -> None:
    assert take(ready, [with_(status="submitted")]).status == 0
    before = counts()
    assert take(ready, [with_()], "--dry-run").document["corrected"] == 1
    assert counts() == before
    assert take(ready, [with_()]).document["corrected"] == 1


def test_a_source_that_comes_twice_in_a_file_is_paid_once(ready: Shell, counts: Counts) -> None:
    before = counts()
    answer = take(ready, [GOOD, with_(), GOOD])
    assert (answer.status, answer.document["imported"], answer.document["already_there"]) == (0, 2, 1)
    added = changed(before, counts())
    assert (added["submission"], added["accepted_work"]) == (2, 2)


def test_a_source_that_comes_twice_with_another_worker_is_refused(ready: Shell, counts: Counts) -> None:
    answer = take(ready, [GOOD, with_(source="a-1", worker="W2")])
    assert answer.status == 1
    assert [(one["row"], one["field"]) for one in answer.document["refused"]] == [(2, "worker")]
    assert counts()["accepted_work"] == 1


def test_a_reward_that_changes_its_currency_is_refused(ready: Shell, counts: Counts) -> None:
    assert take(ready, [GOOD]).status == 0
    answer = take(ready, [with_(source="a-1", currency="KES")])
    assert answer.status == 1
    assert "USD" in answer.document["refused"][0]["message"]
    assert counts()["accepted_work"] == 1


def test_a_worker_may_earn_in_two_currencies_and_is_paid_in_one(ready: Shell) -> None:
    assert (
        take(
            ready, [GOOD, with_(reward="3.25", currency="KES"), with_(source="a-3", reward="1.00", currency="EUR")]
        ).status
        == 0
    )
    ready(
        "fx",
        "import",
        ready.write(
            "fx.csv",
            [FX, ["2026-11-16", "USD", "KES", "129.25", "bank"], ["2026-11-16", "EUR", "KES", "140.1", "bank"]],
        ),
    )
    run = ready("close", "--group", "KE", "--day", "2026-11-16")["runs"][0]
    assert run["totals"] == [{"currency": "KES", "gross": "149.812500", "net": "149.812500"}]


def test_a_day_without_exchange_rates_stays_open_until_they_come(ready: Shell, counts: Counts) -> None:
    rows = [
        GOOD,
        with_(reward="3.25", currency="KES"),
        with_(source="a-3", submitted_at="2026-11-17T09:00:00Z", currency="EUR"),
    ]
    assert take(ready, rows).status == 0
    before = counts()
    answer = ready.run("close", "--group", "KE", "--through", "2026-11-17")
    assert (answer.status, answer.stdout, len(answer.problems)) == (1, "", 1)
    for words in ("KE", "2026-11-16", "USD/KES", "daybook fx import"):
        assert words in answer.problems[0]
    assert counts() == before
    ready("fx", "import", ready.write("fx.csv", [FX, ["2026-11-09", "USD", "KES", "129.25", "bank"]]))
    answer = ready.run("close", "--group", "KE", "--through", "2026-11-17")
    assert answer.status == 1
    assert "EUR/KES" in answer.problems[0]
    assert "2026-11-17" in answer.problems[0]
    assert ready("groups", "list")["groups"][0]["open_day"] == "2026-11-17"
    assert [run["run"] for run in ready("runs", "list")["runs"]] == ["KE-2026-11-16"]
    ready("fx", "import", ready.write("fx.csv", [FX, ["2026-11-17", "KES", "EUR", "0.007", "bank"]]))
    runs = ready("close", "--group", "KE", "--through", "2026-11-17")["runs"]
    assert [(run["run"], run["totals"][0]["net"]) for run in runs] == [("KE-2026-11-17", "7.142857")]


def test_a_rate_of_eight_days_ago_prices_nothing(ready: Shell) -> None:
    assert take(ready, [GOOD]).status == 0
    ready(
        "fx",
        "import",
        ready.write(
            "fx.csv", [FX, ["2026-11-08", "USD", "KES", "129.25", "bank"], ["2026-11-17", "USD", "KES", "130", "bank"]]
        ),
    )
    assert "USD/KES" in ready.run("close", "--group", "KE", "--day", "2026-11-16").stderr


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (["2026-11-22", "USD", "KES", "129", "bank"], "date"),
        (["yesterday", "USD", "KES", "129", "bank"], "date"),
        (["2026-11-16", "USX", "KES", "129", "bank"], "base"),
        (["2026-11-16", "USD", "USD", "1", "bank"], "quote"),
        (["2026-11-16", "USD", "KES", "0", "bank"], "rate"),
        (["2026-11-16", "USD", "KES", "-129", "bank"], "rate"),
        (["2026-11-16", "USD", "KES", "1,29", "bank"], "rate"),
        (["2026-11-16", "USD", "KES", "129", ""], "source"),
    ],
)
def test_a_bad_exchange_rate_is_named_and_the_good_one_is_kept(
    ready: Shell, counts: Counts, row: list[str], field: str
) -> None:
    answer = ready.run("fx", "import", ready.write("fx.csv", [FX, row, ["2026-11-16", "EUR", "KES", "140.1", "bank"]]))
    assert (answer.status, answer.document["imported"]) == (1, 1)
    assert [(one["row"], one["field"]) for one in answer.document["refused"]] == [(1, field)]
    assert counts()["fx_rate"] == 1


def test_a_rate_is_never_changed(ready: Shell) -> None:
    ready("fx", "import", ready.write("fx.csv", [FX, ["2026-11-16", "USD", "KES", "129.25", "bank"]]))
    answer = ready.run("fx", "import", ready.write("fx.csv", [FX, ["2026-11-16", "USD", "KES", "129.26", "bank"]]))
    assert answer.status == 1
    assert "129.25" in answer.problems[0]


def test_work_of_a_closed_day_goes_into_the_open_one(ready: Shell) -> None:
    ready("close", "--group", "KE", "--through", "2026-11-18")
    assert take(ready, [with_(currency="KES")]).status == 0
    assert [run["run"] for run in ready("close", "--group", "KE", "--through", "2026-11-20")["runs"]] == [
        "KE-2026-11-19"
    ]


def test_work_without_a_rate_is_refused(ready: Shell, counts: Counts) -> None:
    path = ready.write("work.csv", [HEADER, GOOD])
    answer = ready.run(
        "import", "work", path, "--format", "csv", "--project", "FALCON", "--pay", "rates", "--group", "KE"
    )
    assert answer.status == 1
    told = answer.document["refused"]
    assert [(one["row"], one["field"]) for one in told] == [(1, "rate")]
    for words in ("FALCON", "16", "2026", "daybook import rates"):
        assert words in told[0]["message"]
    assert counts()["submission"] == 0


def test_an_unknown_worker_without_a_group_is_refused(ready: Shell, counts: Counts) -> None:
    before = counts()
    answer = ready.run("import", "work", ready.write("work.csv", [HEADER, with_(worker="W9")]), *IMPORT[:-2])
    assert answer.status == 1
    assert [(one["row"], one["field"]) for one in answer.document["refused"]] == [(1, "worker")]
    assert "--group" in answer.problems[0]
    assert counts() == before


@pytest.mark.parametrize(("option", "name"), [("--project", "HERON"), ("--group", "XX")])
def test_an_unknown_project_or_group_is_named(ready: Shell, counts: Counts, option: str, name: str) -> None:
    words = list(IMPORT)
    words[words.index(option) + 1] = name
    before = counts()
    answer = ready.run("import", "work", ready.write("work.csv", [HEADER, GOOD]), *words)
    assert (answer.status, answer.stdout, len(answer.problems)) == (1, "", 1)
    assert name in answer.problems[0]
    assert counts() == before


def test_a_file_that_was_imported_into_another_project_is_noticed(ready: Shell) -> None:
    assert take(ready, [GOOD, with_()]).status == 0
    words = ("--format", "csv", "--project", "OSPREY", "--pay", "reward")
    answer = ready.run("import", "work", ready.write("work.csv", [HEADER, GOOD, with_()]), *words)
    assert (answer.status, answer.document["imported"], len(answer.problems)) == (0, 2, 1)
    assert answer.problems[0].startswith("daybook: warning: 2 ")
    assert "FALCON" in answer.problems[0]


@pytest.mark.parametrize(
    ("what", "header", "row", "field"),
    [
        ("workers", ["external_id", "country", "group"], ["W7", "Kenya", "KE"], "country"),
        ("workers", ["external_id", "currency", "group"], ["W7", "shilling", "KE"], "currency"),
        ("workers", ["external_id", "email", "group"], ["W7", "not an address", "KE"], "email"),
        ("workers", ["external_id", "group"], ["W7", "MOON"], "group"),
        ("workers", ["external_id", "group"], ["", "KE"], "external_id"),
        (
            "rates",
            ["project", "kind", "currency", "rate", "valid_from"],
            ["HERON", "piece", "USD", "1", "2026-01-01"],
            "project",
        ),
        (
            "rates",
            ["project", "kind", "currency", "rate", "valid_from"],
            ["FALCON", "weekly", "USD", "1", "2026-01-01"],
            "kind",
        ),
        (
            "rates",
            ["project", "kind", "currency", "rate", "valid_from"],
            ["FALCON", "piece", "USX", "1", "2026-01-01"],
            "currency",
        ),
        (
            "rates",
            ["project", "kind", "currency", "rate", "valid_from"],
            ["FALCON", "piece", "USD", "-1", "2026-01-01"],
            "rate",
        ),
        (
            "rates",
            ["project", "kind", "currency", "rate", "valid_from"],
            ["FALCON", "piece", "USD", "1", "01/02/2026"],
            "valid_from",
        ),
    ],
)
def test_a_bad_row_of_a_list_is_named(
    ready: Shell, counts: Counts, what: str, header: list[str], row: list[str], field: str
) -> None:
    before = counts()
    answer = ready.run("import", what, ready.write("list.csv", [header, row]))
    assert answer.status == 1
    assert [(one["row"], one["field"]) for one in answer.document["refused"]] == [(1, field)]
    assert len(answer.problems) == 1
    assert answer.problems[0].startswith(f"daybook: row 1, {field}: ")
    assert counts() == before


def test_messages_carry_nothing_that_steers_a_terminal(ready: Shell) -> None:
    answer = take(ready, [with_(status="\x1b[31mred\u202e\n"), with_(source="\x07bell")])
    assert answer.status == 1
    assert all(line.isprintable() for line in answer.problems)
