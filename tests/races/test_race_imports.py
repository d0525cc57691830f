"""The same file on its way in twice, or two files that name the same new worker: each thing is taken in once."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from tests.factories import NOW, make_group, make_project
from tests.races.racing import at_once, one
from workforce.core.auth import SYSTEM
from workforce.core.db import transaction
from workforce.imports.services import ListReport, Pay, WorkImport, WorkReport, import_work, import_workers
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code

ROWS = 12
HEADER = "source,worker,status,submitted_at,decided_at,reward,currency"
PROJECT_LOCK = "SELECT pg_advisory_xact_lock(4, id::int) FROM project"
WORKERS_LOCK = "SELECT pg_advisory_xact_lock(5, 0)"


def work(state: str = "accepted", reward: str = "0.05", *, backwards: bool = False) -> bytes:
    """Give a file of pieces in our own columns."""
    decided = "" if state == "submitted" else "2026-11-18T10:00:00Z"
    lines = [f"S{number},W{number},{state},2026-11-18T09:00:00Z,{decided},{reward},USD" for number in range(ROWS)]
    return "\n".join([HEADER, *(reversed(lines) if backwards else lines)]).encode()


def take(file: bytes, project: str = "FALCON", *, whole: bool = False) -> WorkReport:
    with transaction():
        what = WorkImport("csv", project_by_code(project), Pay.REWARD, group_by_code("KE"), all_or_nothing=whole)
    return import_work(SYSTEM, BytesIO(file), what, now=NOW)


@pytest.fixture(autouse=True)
def _crowd(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh_app.app_context(), transaction():
        make_group()
        make_project("FALCON")
        make_project("OWL")


def count(app: Flask) -> tuple[int, int, int, int]:
    """Give the number of submissions, of standing pieces of work, of corrections, and of workers."""
    found = one(app, """
        SELECT (SELECT count(*) FROM submission),
               (SELECT count(*) FROM accepted_work WHERE kind <> 'correction'),
               (SELECT count(*) FROM accepted_work WHERE kind = 'correction'),
               (SELECT count(*) FROM worker)
    """)  # fmt: skip
    return (found[0], found[1], found[2], found[3])


@pytest.mark.parametrize("whole", [False, True], ids=["in parts", "all or nothing"])
@pytest.mark.parametrize("backwards", [False, True], ids=["same order", "other order"])
def test_a_file_that_comes_in_twice_at_once_is_imported_once(fresh_app: Flask, *, whole: bool, backwards: bool) -> None:
    calls = [lambda: take(work(), whole=whole), lambda: take(work(backwards=backwards), whole=whole)]
    reports = at_once(fresh_app, *calls, behind=PROJECT_LOCK)
    assert sorted((one.rows, one.imported, one.already_there, one.workers_created) for one in reports) == [
        (ROWS, 0, ROWS, 0), (ROWS, ROWS, 0, ROWS),
    ]  # fmt: skip
    assert count(fresh_app) == (ROWS, ROWS, 0, ROWS)


@pytest.mark.parametrize(
    ("before", "news", "pieces", "corrections"),
    [
        (work("submitted"), work("accepted"), ROWS, 0),
        (work("accepted"), work("rejected"), ROWS, ROWS),
        (work("accepted"), work("accepted", "0.07"), 2 * ROWS, ROWS),
    ],
    ids=["accepted", "reversed", "repriced"],
)
def test_a_verdict_or_a_price_that_comes_in_twice_at_once_counts_once(
    fresh_app: Flask, before: bytes, news: bytes, pieces: int, corrections: int
) -> None:
    with fresh_app.app_context():
        assert take(before).imported == ROWS
    reports = at_once(fresh_app, lambda: take(news), lambda: take(news), behind=PROJECT_LOCK)
    assert sorted((one.corrected, one.already_there) for one in reports) == [(0, ROWS), (ROWS, 0)]
    assert count(fresh_app) == (ROWS, pieces, corrections, ROWS)


def test_two_files_of_two_projects_make_a_new_worker_once(fresh_app: Flask) -> None:
    calls: list[Callable[[], WorkReport]] = [lambda: take(work()), lambda: take(work(backwards=True), "OWL")]
    reports = at_once(fresh_app, *calls, behind=WORKERS_LOCK)
    assert [one.imported for one in reports] == [ROWS, ROWS]
    assert sorted(one.workers_created for one in reports) == [0, ROWS]
    assert count(fresh_app) == (2 * ROWS, 2 * ROWS, 0, ROWS)


def workers(*, backwards: bool = False) -> bytes:
    header = "external_id,name,email,country,currency,group,locale"
    lines = [f"W{number},Name {number},w{number}@example.com,KE,KES,KE,en" for number in range(ROWS)]
    return "\n".join([header, *(reversed(lines) if backwards else lines)]).encode()


@pytest.mark.parametrize("backwards", [False, True], ids=["same order", "other order"])
def test_a_list_of_workers_that_comes_in_twice_at_once_is_imported_once(fresh_app: Flask, *, backwards: bool) -> None:
    calls: list[Callable[[], ListReport]] = [
        lambda: import_workers(SYSTEM, BytesIO(workers()), now=NOW),
        lambda: import_workers(SYSTEM, BytesIO(workers(backwards=backwards)), now=NOW),
    ]
    reports = at_once(fresh_app, *calls, behind=WORKERS_LOCK)
    assert sorted((one.imported, one.already_there) for one in reports) == [(0, ROWS), (ROWS, 0)]
    assert count(fresh_app) == (0, 0, 0, ROWS)


def test_a_list_of_workers_and_a_file_of_their_work_at_once_make_each_worker_once(fresh_app: Flask) -> None:
    calls: list[Callable[[], object]] = [
        lambda: import_workers(SYSTEM, BytesIO(workers()), now=NOW),
        lambda: take(work()),
    ]
    outcomes = at_once(fresh_app, *calls, behind=WORKERS_LOCK)
    assert (outcomes[0].imported, outcomes[0].refused, outcomes[1].imported) == (ROWS, [], ROWS)
    assert count(fresh_app) == (ROWS, ROWS, 0, ROWS)
    assert one(fresh_app, "SELECT count(*) FROM worker WHERE name <> '' AND email <> ''") == ROWS
