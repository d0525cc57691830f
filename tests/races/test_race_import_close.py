"""A day is closed while a large file comes in: the close waits for one small part of it, and nobody waits in a circle.

IMPORT_ROWS says how large; 300000 is what must hold.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from payroll.closing.services import close_day
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_work, make_worker
from tests.races.racing import PATIENCE, at_once, names, one
from workforce.core import locks
from workforce.core.auth import SYSTEM
from workforce.core.db import transaction
from workforce.imports.services import Pay, WorkImport, WorkReport, import_work, import_workers
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code

ROWS: Final = int(os.environ.get("IMPORT_ROWS", "6000"))
LONGEST_WAIT: Final = 2.0  # seconds
HEADER: Final = "source,worker,status,submitted_at,decided_at,reward,currency"
GROUPS: Final = ("AA", "BB")
CLOSE_LOCK: Final = "pg_advisory_xact_lock("


def file_of(sources: Sequence[int], *, prefix: str = "S", workers: int = 20_000) -> bytes:
    """Give a file of accepted pieces."""
    at = "2026-11-18T09:00:00Z,2026-11-18T10:00:00Z"
    lines = [f"{prefix}{number},W{number % workers},accepted,{at},0.05,USD" for number in sources]
    return "\n".join([HEADER, *lines]).encode()


def take(file: bytes, code: str = "FALCON", group: str = "AA", **how: Any) -> WorkReport:
    with transaction():
        what = WorkImport("csv", project_by_code(code), Pay.REWARD, group_by_code(group), **how)
    return import_work(SYSTEM, BytesIO(file), what, now=NOW)


@pytest.fixture(autouse=True)
def _crowd(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        make_fx("USD", "KES", "129.25", day=DAY - timedelta(days=1))
        for code in GROUPS:
            make_work(make_project(f"OLD-{code}"), make_worker(make_group(code), f"OLD-{code}"))
        for code in ("FALCON", "OWL"):
            make_project(code)


@contextmanager
def waits_for_groups() -> Iterator[list[float]]:
    """Measure how long whoever closes waits for the lock of its group."""
    found: list[float] = []
    begun = threading.local()

    def before(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        mine = CLOSE_LOCK in statement and isinstance(given, dict) and given.get("lock") == locks.PAY_GROUP
        begun.at = time.monotonic() if mine else None

    def after(*_: Any) -> None:
        if begun.at is not None:
            found.append(time.monotonic() - begun.at)

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    yield found
    event.remove(Engine, "before_cursor_execute", before)
    event.remove(Engine, "after_cursor_execute", after)


@pytest.mark.parametrize("how", ["parts", "all_or_nothing", "dry_run"])
def test_a_close_waits_for_no_more_than_a_part_of_a_large_file(fresh_app: Flask, how: str) -> None:
    """The group's days are closed one after the other for as long as the file is on its way."""
    outcome: list[WorkReport] = []

    def bring() -> None:
        with fresh_app.app_context():
            whole: dict[str, Any] = {} if how == "parts" else {how: True}
            outcome.append(take(file_of(range(ROWS)), **whole))

    importer = threading.Thread(target=bring, daemon=True)
    with waits_for_groups() as waits, fresh_app.app_context():
        importer.start()
        day = DAY
        while importer.is_alive() and day < NOW.date():
            close_day(SYSTEM, "AA", day, now=NOW)
            day += timedelta(days=1)
        while importer.is_alive():  # no day is left: ask for the group as a close does
            with transaction():
                locks.exclusive(locks.PAY_GROUP, group_by_code("AA").id)
            importer.join(0.05)
    importer.join(PATIENCE)
    assert (outcome[0].imported, outcome[0].refused) == (ROWS, [])
    print(f"{ROWS} rows, {how}: {len(waits)} closes, the longest wait {max(waits):.3f} s")
    assert len(waits) > 2
    assert max(waits) < LONGEST_WAIT, f"of {len(waits)} closes one waited {max(waits):.2f} s"
    # Whatever was accepted after a close is in a later day, and nothing is lost or there twice.
    made = 0 if how == "dry_run" else ROWS
    assert one(fresh_app, "SELECT count(*), count(DISTINCT submission_id) FROM accepted_work") == (made + 2, made + 2)
    assert one(fresh_app, "SELECT COALESCE(sum(pieces), 0) FROM payslip") == one(fresh_app, """
        SELECT count(*) FROM accepted_work work JOIN pay_group ON pay_group.id = work.group_id
         WHERE work.pay_day < pay_group.open_day
    """)  # fmt: skip


def test_a_close_does_not_wait_for_a_dry_run(fresh_app: Flask) -> None:
    begun, go = threading.Event(), threading.Event()

    def stand() -> None:
        begun.set()
        go.wait(PATIENCE)

    def close() -> None:
        begun.wait(PATIENCE)
        try:
            close_day(SYSTEM, "AA", DAY, now=NOW)
            assert not go.is_set()
        finally:
            go.set()

    calls: list[Callable[[], object]] = [lambda: take(file_of(range(9)), dry_run=True, progress=stand), close]
    assert names(at_once(fresh_app, *calls)) == ["done", "done"]


def test_imports_closes_and_new_workers_never_wait_in_a_circle(
    fresh_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that name workers of two groups in opposite orders, closes of both, and lists of the same workers."""
    with fresh_app.app_context(), transaction():
        for number in range(40):
            make_worker(group_by_code(GROUPS[number % 2]), f"W{number}")
    calls: list[Callable[[], object]] = []
    for number, (code, group) in enumerate((("FALCON", "AA"), ("OWL", "BB"), ("FALCON", "BB"), ("OWL", "AA"))):
        sources = range(120) if number % 2 else range(119, -1, -1)
        file = file_of(sources, prefix=f"F{number}-", workers=60)
        calls.append(partial(take, file, code, group, rows_a_transaction=10))
    for code in GROUPS:
        calls += [partial(close_day, SYSTEM, code, DAY, now=NOW), partial(new_workers, code)]

    in_turn = locks._in_turn

    def strictly(lock: int, key: int, *, alone: bool) -> bool:
        assert in_turn(lock, key, alone=alone), "asked out of turn"
        return True

    monkeypatch.setattr(locks, "_in_turn", strictly)
    outcomes = at_once(fresh_app, *calls)
    assert names(outcomes) == ["done"] * len(calls)
    assert [one.imported for one in outcomes[:4]] == [120] * 4
    assert one(fresh_app, "SELECT count(*) FROM accepted_work") == 480 + 2


def new_workers(code: str) -> None:
    lines = [f"{code}-{number},{code}" for number in range(40)]
    report = import_workers(SYSTEM, BytesIO("\n".join(["external_id,group", *lines]).encode()), now=NOW)
    assert report.imported == 40


def test_groups_in_opposite_orders_and_closes_of_both_do_not_wait_in_a_circle(
    fresh_app: Flask,
) -> None:
    """All four wait for the groups, in every order that there is, before any goes on."""
    with fresh_app.app_context(), transaction():
        for number in range(2):
            make_worker(group_by_code(GROUPS[number]), f"W{number}")
    forwards, backwards = file_of([0, 1], prefix="F", workers=2), file_of([1, 0], prefix="B", workers=2)
    calls: list[Callable[[], object]] = [
        lambda: take(forwards), lambda: take(backwards, "OWL"),
        *[partial(close_day, SYSTEM, code, DAY, now=NOW) for code in GROUPS],
    ]  # fmt: skip
    both = "SELECT pg_advisory_xact_lock(1, id::int) FROM pay_group"
    assert names(at_once(fresh_app, *calls, behind=both)) == ["done"] * 4
