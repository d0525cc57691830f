"""Files that are looked at as a whole first: a dry run tells what would be, and what has begun is finished."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.factories import NOW, make_group, make_project, make_work, make_worker
from tests.factories.rates import day, make_line
from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, transaction
from workforce.core.scheduler import run_job
from workforce.imports.queries import unfinished
from workforce.imports.services import Pay, WorkImport, WorkReport, import_work
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code
from workforce.workers.queries import worker_by_external_id

HEAD = "source,worker,status,submitted_at,decided_at,reward,currency"
# In parts of two: work of one source again in other parts, in every way; ids that look alike; a worker named twice.
STORY = [
    "S1,W1,submitted,2026-11-18T09:00:00Z,,0.05,USD",
    "S2,W1,accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.05,USD",
    "S1,W1,accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.05,USD",
    "S2,W1,accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.07,USD",
    "S1,W1,rejected,2026-11-18T09:00:00Z,2026-11-18T11:00:00Z,0.05,USD",
    "S2,W1,accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.07,USD",
    "s1,w1,accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.05,USD",
    "S3,W2,accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.05,USD",
    "S4,W2,accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.05,USD",
]
BAD = [
    "S1,W2,accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.05,USD",  # another worker's
    "S2,W1,accepted,2026-11-18T12:00:00Z,2026-11-18T13:00:00Z,0.05,USD",  # another time
    "S2,W1,accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.05,EUR",  # another currency
    "S5,W1,perhaps,2026-11-18T09:00:00Z,,0.05,USD",
]
TABLES = ("submission", "accepted_work", "worker", "import_file", "import_row")


class Stopped(BaseException):
    """Stands for whatever ends a process."""


@dataclass
class Stop:
    """Ends an import when it has been told of progress so many times."""

    after: int
    told: int = field(default=0)

    def __call__(self) -> None:
        self.told += 1
        if self.told == self.after:
            raise Stopped


@pytest.fixture(autouse=True)
def _crowd(context: Flask) -> None:
    with transaction():
        make_group()
        make_project()


def take(lines: Sequence[str], code: str = "FALCON", *, pay: Pay = Pay.REWARD, **how: Any) -> WorkReport:
    with transaction():
        what = WorkImport("csv", project_by_code(code), pay, group_by_code("KE"), rows_a_transaction=2, **how)
    return import_work(SYSTEM, BytesIO("\n".join([HEAD, *lines]).encode()), what, now=NOW)


def kept(*names: str) -> list[int]:
    with transaction():
        return [rows(f"SELECT count(*) FROM {name}")[0][0] for name in names or TABLES]


def left() -> list[tuple[int, int]]:
    with transaction():
        return [(one.rows, one.left) for one in unfinished()]


@pytest.mark.parametrize("lines", [STORY, STORY + BAD], ids=["good", "with bad rows"])
def test_a_dry_run_tells_what_an_import_then_does(lines: list[str]) -> None:
    tried = take(lines, dry_run=True)
    assert kept() == [0] * 5
    done = take(lines)
    assert tried.document() == done.document()
    assert (done.imported, done.corrected, done.already_there, done.workers_created) == (5, 3, 1, 3)
    assert [one.code for one in done.warnings] == ["alike", "alike"]
    again = take(lines, dry_run=True)
    assert again.document() == take(lines).document()


def test_all_or_nothing_does_the_same_as_an_import_in_parts_where_every_row_is_good() -> None:
    whole = take(STORY, all_or_nothing=True)
    with transaction():
        make_project("OWL")
    parts = take(STORY, "OWL")
    counts = [(one.rows, one.imported, one.corrected, one.already_there) for one in (whole, parts)]
    assert counts == [(9, 5, 3, 1)] * 2
    assert (whole.workers_created, parts.workers_created) == (3, 0)
    assert kept("import_row") == [0]
    assert left() == []


def test_all_or_nothing_keeps_nothing_where_a_row_is_refused() -> None:
    report = take(STORY + BAD, all_or_nothing=True)
    assert kept() == [0] * 5
    assert report.rows == len(report.refused) == len(STORY + BAD)
    assert report.held_back
    codes = [one.code for one in report.refused][-4:]
    assert codes == ["other_worker", "other_time", "other_currency", "unknown_status"]


@pytest.mark.parametrize("dry", [True, False])
def test_nothing_is_left_of_a_file_that_was_being_looked_at(*, dry: bool) -> None:
    with pytest.raises(Stopped):
        take(STORY, progress=Stop(2), dry_run=dry, all_or_nothing=not dry)
    assert kept() == [0] * 5


def interrupted(lines: Sequence[str] = STORY, **how: Any) -> None:
    """End an import when two of its parts are taken in, in the middle of a file that is good."""
    parts = Stop(0)
    take(lines, dry_run=True, progress=parts, **how)
    with pytest.raises(Stopped):
        take(lines, all_or_nothing=True, progress=Stop(parts.told + 2), **how)


def test_what_has_begun_is_shown_as_unfinished_and_finished_by_the_next_import() -> None:
    interrupted()
    ((all_of_it, rest),) = left()
    assert (all_of_it, 0 < rest < all_of_it) == (9, True)
    assert take(STORY, dry_run=True).finished == 0
    assert left() == [(all_of_it, rest)], "a dry run does nothing"
    report = take(STORY, all_or_nothing=True)
    assert (report.finished, report.imported) == (rest, 0)
    assert left() == []
    assert kept("submission", "worker", "import_row") == [5, 3, 0]


def test_the_job_finishes_what_has_begun_and_discards_what_was_left_behind(app: Flask) -> None:
    interrupted()
    rest = left()[0][1]
    assert (run_job("finish-imports").rows, left()) == (rest, [])
    with transaction():
        rows("INSERT INTO import_file SELECT (jsonb_populate_record(f, '{\"id\": 999, \"state\": \"staging\"}')).*"
             " FROM import_file f RETURNING 1")  # fmt: skip
    assert run_job("finish-imports").rows == 0, "somebody may still be at it"
    clock.freeze(NOW + timedelta(days=2))
    assert run_job("finish-imports").rows == 1
    assert kept("import_file") == [1]


def test_a_row_that_can_no_longer_be_taken_in_is_refused_by_itself() -> None:
    interrupted()
    with transaction():
        make_work(project_by_code("FALCON"), worker_by_external_id("W1"), source="S4")
    assert run_job("finish-imports").outcome == "done"
    assert left() == []
    with transaction():
        ((refused,),) = rows("SELECT refused FROM import_file")
    assert [(one["number"], one["code"]) for one in refused] == [(9, "other_time")]


def test_work_by_the_rate_card_is_finished_at_the_price_of_its_day() -> None:
    with transaction():
        make_line(project_by_code("FALCON"), "0.50", valid_from=day(-60))
        worker = make_worker(group_by_code("KE"), "W1").external_id
    lines = [f"S{one},{worker},accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,," for one in range(8)]
    interrupted(lines, pay=Pay.RATES)
    with transaction():
        make_line(project_by_code("FALCON"), "0.60", valid_from=day(-1))
    report = take(lines, pay=Pay.RATES)
    assert (report.finished, report.already_there) == (4, 8)
    with transaction():
        assert rows("SELECT DISTINCT rate FROM submission") == [(500_000,)]
