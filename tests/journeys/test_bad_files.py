"""A file that cannot be read leaves nothing behind, and one that is large takes no more memory than a small one."""

import codecs
import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from sqlalchemy import make_url

from tests.journeys.conftest import Shell
from tests.journeys.work import GOOD, HEADER, IMPORT, set_up, take_bytes, with_

SAMPLES: Final = Path(__file__).parent / "samples"
Counts = Callable[[], dict[str, int]]


@pytest.fixture
def ready(daybook: Shell) -> Shell:
    """Give a shell where a group, two projects and two workers are there."""
    return set_up(daybook)


def _csv(*rows: Sequence[str]) -> str:
    return "".join(",".join(row) + "\r\n" for row in rows)


TABLE: Final = _csv(HEADER, GOOD, with_(worker="W1"))


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + TABLE.encode(),
        codecs.BOM_UTF16_LE + TABLE.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"),
        TABLE.replace(",", "\t").encode(),
        TABLE.replace(",", ";").encode(),
        TABLE.replace("\r\n", "\r").encode(),
        TABLE.removesuffix("\r\n").encode(),
        ("\r\n" + TABLE + "\r\n,,,\r\n").encode(),
    ],
    ids=["bom", "utf-16-le", "utf-16-be", "tabs", "semicolons", "old mac", "no last line end", "blank lines"],
)
def test_tables_come_in_many_shapes(ready: Shell, data: bytes) -> None:
    answer = take_bytes(ready, data)
    assert answer.status == 0, answer
    assert (answer.document["rows"], answer.document["imported"]) == (2, 2)


MTURK: Final = (SAMPLES / "mturk_web_raw.csv").read_bytes()
BAD_FILES: Final = {
    "empty": (b"", "csv", ["empty"]),
    "blank": (b"\r\n\r\n", "csv", ["empty"]),
    "latin-1": (TABLE.replace("reward", "rémunération").encode("latin-1"), "csv", ["0xE9", "UTF-8"]),
    "utf-16 without bom": (TABLE.encode("utf-16-le"), "csv", ["NUL", "UTF-8"]),
    "xlsx": (b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)), "csv", ["xlsx", "CSV"]),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "csv", ["PDF"]),
    "gzip": (b"\x1f\x8b\x08\x00" + bytes(64), "csv", ["gzip"]),
    "json": (b'[{"id": 1, "annotations": []}]', "csv", ["JSON"]),
    "web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "mturk", ["HTML"]),
    "mturk as csv": (MTURK, "csv", ["Mechanical Turk", "--format mturk"]),
    "csv as mturk": (TABLE.encode(), "mturk", ["--format csv"]),
    "a column is missing": (_csv(HEADER[:3], GOOD[:3]).encode(), "csv", ["submitted_at"]),
    "a column comes twice": (_csv([*HEADER, "reward"], [*GOOD, "9"]).encode(), "csv", ["reward"]),
    "mturk without status": (MTURK.replace(b'"AssignmentStatus"', b'"Whatever"'), "mturk", ["AssignmentStatus"]),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("extra", [[], ["--dry-run"], ["--all-or-nothing"]], ids=["", "dry", "all"])
def test_a_file_that_cannot_be_read_leaves_nothing(ready: Shell, counts: Counts, name: str, extra: list[str]) -> None:
    data, form, words = BAD_FILES[name]
    before = counts()
    answer = take_bytes(ready, data, form, *extra)
    assert (answer.status, answer.stdout, len(answer.problems)) == (1, "", 1)
    assert all(word in answer.problems[0] for word in words), answer.problems
    assert counts() == before


def test_a_header_alone_is_a_file_without_rows(ready: Shell, counts: Counts) -> None:
    before = counts()
    answer = take_bytes(ready, _csv(HEADER).encode())
    assert (answer.status, answer.document["rows"], answer.problems) == (0, 0, [])
    assert counts() == before


def test_a_quote_that_is_never_closed_refuses_its_row_and_keeps_those_before(ready: Shell, counts: Counts) -> None:
    data = TABLE + '"a-3,W1,accepted\r\n' + TABLE
    answer = take_bytes(ready, data.encode())
    assert (answer.status, len(answer.problems)) == (1, 1)
    document = answer.document
    assert (document["rows"], document["imported"], [one["row"] for one in document["refused"]]) == (3, 2, [3])
    assert "never closed" in answer.problems[0]
    assert counts()["submission"] == 2


@pytest.mark.parametrize("extra", ["--dry-run", "--all-or-nothing"])
def test_a_quote_that_is_never_closed_leaves_nothing_where_that_was_asked(
    ready: Shell, counts: Counts, extra: str
) -> None:
    before = counts()
    answer = take_bytes(ready, (TABLE + '"a-3,W1,accepted\r\n').encode(), "csv", extra)
    assert (answer.status, answer.document["rows"]) == (1, 3)
    assert "never closed" in answer.stderr
    assert counts() == before


def test_a_stray_quote_refuses_its_row_and_the_rest_by_the_line(ready: Shell) -> None:
    answer = take_bytes(ready, (_csv(HEADER, GOOD) + '"a"-3,W1,accepted\r\n' + _csv(with_())).encode())
    assert (answer.status, answer.document["imported"], answer.document["rows"]) == (1, 1, 2)
    assert [one["row"] for one in answer.document["refused"]] == [2]
    assert "line 3" in answer.document["refused"][0]["message"]


def test_a_file_that_turns_into_rubbish_keeps_what_came_before_and_says_where(ready: Shell, counts: Counts) -> None:
    rows = [with_(source=f"s-{number}") for number in range(3000)]
    answer = take_bytes(ready, _csv(HEADER, *rows).encode() + b"s-x,Jos\xe9,accepted\r\n")
    assert answer.status == 1
    document = answer.document
    assert len(document["refused"]) == 1
    assert "0xE9" in document["refused"][0]["message"]
    assert document["imported"] + 1 == document["rows"]
    assert counts()["submission"] == document["imported"] > 0
    assert take_bytes(ready, _csv(HEADER, *rows).encode()).document["imported"] == 3000 - document["imported"]


def write_large(path: Path, megabytes: int) -> int:
    """Write a file of some size in the shape of MTurk's, and give the number of its rows."""
    answer = "the cat sat on the mat, " * 60
    header = [
        "HITId",
        "Reward",
        "AssignmentId",
        "WorkerId",
        "AssignmentStatus",
        "AcceptTime",
        "SubmitTime",
        "ApprovalTime",
        "WorkTimeInSeconds",
        "Answer.text",
    ]
    times = ["Mon Nov 16 09:00:00 UTC 2026", "Mon Nov 16 09:01:00 UTC 2026", "Mon Nov 16 12:00:00 UTC 2026", "60"]
    number = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        while stream.tell() < megabytes * 1_000_000:
            writer.writerow([f"H{number}", "$0.05", f"A{number}", f"W{number % 500}", "Approved", *times, answer])
            number += 1
    return number


CHILD: Final = """
import resource, sys
from wsgi import cli
try:
    cli()
finally:
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def peak(database: str, tmp_path: Path, path: Path) -> tuple[int, int]:
    """Import a file in a process of its own; give the rows imported and the most memory that it held, in KB."""
    url = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DAYBOOK_")}
    environment |= {
        "DATABASE_URL": url,
        "DAYBOOK_INSTANCE": str(tmp_path),
        "DAYBOOK_ENV": "test",
        "DAYBOOK_NOW": "2026-11-20T12:00:00Z",
    }
    words = ["import", "work", str(path), "--format", "mturk", *IMPORT[2:], "--json"]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *words], env=environment, capture_output=True, text=True, check=False,
        timeout=600, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["imported"], int(done.stderr.split()[-1])


def test_memory_does_not_grow_with_the_file(fresh_app: Flask, fresh_database: str, tmp_path: Path) -> None:
    set_up(Shell(fresh_app, tmp_path))
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    fewer, more = write_large(small, 1), write_large(large, 6)
    assert fewer > 500  # more than one transaction
    done, least = peak(fresh_database, tmp_path, small)
    assert done == fewer
    done, most = peak(fresh_database, tmp_path, large)
    assert done == more - fewer
    assert most - least < 5_000, "kilobytes"
