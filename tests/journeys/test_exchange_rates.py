"""A wrong rate on the command line: it waits, is corrected by two people, and the day is closed at the right one."""

from typing import Final

from tests.journeys.conftest import Shell

HEAD: Final = ["date", "base", "quote", "rate", "source"]
WHY: Final = ("--reason", "The file had base and quote swapped")


def test_an_inverted_rate_leaves_the_day_open_until_two_people_corrected_it(daybook: Shell) -> None:
    first, second = daybook.people()
    daybook("projects", "create", "FALCON", "--customer", "Secret Customer Ltd")
    daybook("groups", "create", "PK", "--timezone", "Asia/Karachi", "--currency", "PKR", "--open-day", "2026-11-16")
    work = daybook.write("work.csv", [
        ["source", "worker", "status", "submitted_at", "decided_at", "reward", "currency"],
        ["FX1", "W8", "accepted", "2026-11-16T10:00:00Z", "", "10", "USD"],
    ])  # fmt: skip
    daybook("import", "work", work, "--format", "csv", "--project", "FALCON", "--group", "PK")
    wrong = daybook.write("wrong.csv", [
        HEAD, ["2026-11-15", "USD", "PKR", "281.7", "SBP"], ["2026-11-16", "USD", "PKR", "0.00355", "sbp"],
    ])  # fmt: skip

    answer = daybook.run("fx", "import", wrong)
    assert (answer.status, answer.document["imported"], answer.document["refused"]) == (0, 2, [])
    assert "row 2, rate: 0.00355 for USD/PKR is far from the last rate, 281.7 of 2026-11-15" in answer.stderr
    closing = daybook.run("close", "--group", "PK", "--day", "2026-11-16")
    assert (closing.status, len(closing.problems)) == (1, 1)
    assert "USD/PKR 0.00355 of 2026-11-16 by sbp waits for a person" in closing.problems[0]

    what = ("2026-11-16", "USD", "PKR")
    proposed = daybook("fx", "correct", *what, "281.9", "--source", "SBP", *WHY, "--as", first)["changes"]
    assert [(one["kind"], one["state"], one["rate"]) for one in proposed] == [("correction", "proposed", "281.9")]
    alone = daybook.run("fx", "confirm", *what, "--source", "sbp", "--as", first)
    assert (alone.status, alone.document) == (1, {"changes": []})
    assert len(daybook("fx", "list")["waiting"]) == 2
    daybook("fx", "confirm", *what, "--source", "Sbp", "--as", second)

    again = daybook("fx", "import", wrong)
    assert (again["imported"], again["already_there"]) == (0, 2)
    other = daybook.write("other.csv", [HEAD, [*what, "282.0", "sbp"]])
    refused = daybook.run("fx", "import", other)
    assert refused.status == 1
    assert "correct it with `daybook fx correct`" in refused.problems[0]
    listed = daybook("fx", "list", "--currency", "PKR")
    assert listed["waiting"] == []
    assert [(one["date"], one["rate"]) for one in listed["rates"]] == [("2026-11-16", "281.9"), ("2026-11-15", "281.7")]

    (run,) = daybook("close", "--group", "PK", "--day", "2026-11-16")["runs"]
    assert run["totals"] == [{"currency": "PKR", "gross": "2819.000000", "net": "2819.000000"}]
    # What is closed keeps its rate.
    daybook("fx", "correct", *what, "300", "--source", "sbp", *WHY, "--as", second)
    daybook("fx", "confirm", *what, "--source", "sbp", "--as", first)
    (line,) = daybook.export("PK-2026-11-16", "lines")
    assert (line["fx_rate"], line["converted"]) == ("281.9", "2819.000000")
    assert daybook("ledger", "check")["ok"]


def test_changes_are_refused_and_withdrawn_by_their_number_and_wrong_words_are_named(daybook: Shell) -> None:
    first, second = daybook.people()
    rates = daybook.write("rates.csv", [HEAD, ["2026-11-18", "USD", "KES", "129", "ecb"]])
    daybook("fx", "import", rates, "--as", first)
    what = ("2026-11-18", "USD", "KES")
    number = daybook("fx", "correct", *what, "130", "--source", "ecb", *WHY, "--as", first)["changes"][0]["change"]
    assert daybook.run("fx", "refuse", number, "--as", second).problems == [
        "daybook: reason: say why; it is kept with the rate"
    ]
    assert daybook("fx", "refuse", number, "--as", first)["changes"][0]["state"] == "withdrawn"
    assert daybook.run("fx", "confirm", number, "--as", second).problems == ["daybook: This rate is withdrawn already."]
    assert daybook.run("fx", "confirm", 99, "--as", second).status == 1
    assert daybook.run("fx", "confirm", *what, "--source", "ecb", "--as", second).status == 1
    assert daybook.run("fx", "confirm", *what, "--as", second).status == 2
    assert daybook.run("fx", "confirm", "yesterday", "USD", "KES", "--source", "ecb", "--as", second).status == 2
    assert daybook.run("fx", "correct", *what, "1,5", "--source", "ecb", *WHY, "--as", first).status == 1
    assert daybook.run("fx", "correct", *what, "130", "--source", "xe", *WHY, "--as", first).status == 1
