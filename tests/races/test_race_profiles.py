"""A worker moves to another pay group while work of hers comes in: it is accepted where she is, and days close."""

import threading
from datetime import datetime
from io import BytesIO

import pytest
from flask import Flask

from payroll.closing.services import close_day
from payroll.ledger.queries import problems
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_user, make_work, make_worker
from tests.races.racing import blocked, eventually
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, transaction
from workforce.imports.services import Pay, WorkImport, import_work, take
from workforce.imports.services.facts import look as look_up
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code
from workforce.rates.services import Quote
from workforce.tasks.services import NewWork, OpenDays, WorkerMoved, record_work
from workforce.workers.queries import worker_by_external_id
from workforce.workers.services import change_profile

AT = datetime.fromisoformat("2026-11-18T12:00:00+00:00")


@pytest.fixture
def admin(fresh_app: Flask) -> Actor:
    with fresh_app.app_context(), transaction():
        group = make_group()
        make_group("PH", timezone="Asia/Manila", currency="PHP")
        make_project()
        make_worker(group, "W1")
        make_fx("USD", "KES", "100")
        make_fx("USD", "PHP", "50")
        return make_user("admin").actor


def recorded(group: str, source: str = "A1") -> None:
    """Record accepted work of W1 in a group, within the transaction that is open."""
    piece = NewWork(
        source=source, worker_id=worker_by_external_id("W1").id, group=group_by_code(group), state="accepted",
        quote=Quote("piece", 10_000_000, "USD"), seconds=60, claimed_at=None, submitted_at=AT, decided_at=AT,
    )  # fmt: skip
    record_work(project_by_code("FALCON").id, [piece], OpenDays())


def moved(app: Flask, admin: Actor, wanted: dict[str, str]) -> None:
    with app.app_context(), transaction():
        change_profile(admin, "W1", wanted, reason="moved", now=NOW)


def groups_of_work() -> list[str]:
    with transaction():
        query = "SELECT code FROM accepted_work JOIN pay_group ON pay_group.id = accepted_work.group_id ORDER BY 1"
        return [code for (code,) in rows(query)]


def test_nothing_is_accepted_in_a_group_that_she_has_left(fresh_app: Flask, admin: Actor) -> None:
    moved(fresh_app, admin, {"group": "PH"})
    with fresh_app.app_context():
        with pytest.raises(WorkerMoved), transaction():
            recorded("KE")
        with transaction():
            recorded("PH")
        assert groups_of_work() == ["PH"]


def test_a_move_waits_for_work_on_its_way_and_then_sees_it(fresh_app: Flask, admin: Actor) -> None:
    wrote, commit = threading.Event(), threading.Event()

    def work() -> None:
        with fresh_app.app_context(), transaction():
            recorded("KE")
            wrote.set()
            commit.wait(30)

    working = threading.Thread(target=work)
    working.start()
    assert wrote.wait(30)
    moving = threading.Thread(target=moved, args=(fresh_app, admin, {"group": "PH", "currency": "PHP"}))
    moving.start()
    eventually(lambda: blocked(fresh_app) == 1)
    commit.set()
    for thread in (working, moving):
        thread.join(30)
    with fresh_app.app_context():
        assert close_day(SYSTEM, "KE", DAY, now=NOW) == [DAY]
        with transaction():
            paid = rows("SELECT currency, net FROM payslip")
            assert problems() == []
    assert [tuple(row) for row in paid] == [("PHP", 500_000_000)]


def test_an_import_that_meets_a_move_looks_again(
    fresh_app: Flask, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def look(*args: object) -> object:
        facts = look_up(*args)  # type: ignore[arg-type]
        looks.append(facts)
        if len(looks) == 2:  # the last look before the write
            moving = threading.Thread(target=moved, args=(fresh_app, admin, {"group": "PH"}))
            moving.start()
            moving.join(30)
        return facts

    monkeypatch.setattr(take, "look", look)
    head = "source,worker,status,submitted_at,decided_at,reward,currency\n"
    file = f"{head}A1,W1,accepted,{AT.isoformat()},{AT.isoformat()},0.05,USD\n"
    with fresh_app.app_context():
        with transaction():
            what = WorkImport("csv", project_by_code("FALCON"), Pay.REWARD)
        report = import_work(SYSTEM, BytesIO(file.encode()), what, now=NOW)
        assert (report.imported, report.refused) == (1, [])
        assert groups_of_work() == ["PH"]
    assert len(looks) == 4


def test_work_of_both_groups_is_paid_in_each(fresh_app: Flask, admin: Actor) -> None:
    with fresh_app.app_context(), transaction():
        make_work(project_by_code("FALCON"), worker_by_external_id("W1"), rate="1")
    moved(fresh_app, admin, {"group": "PH"})
    with fresh_app.app_context(), transaction():
        recorded("PH")
    with fresh_app.app_context():
        for code in ("KE", "PH"):
            assert close_day(SYSTEM, code, DAY, now=NOW) == [DAY]
        with transaction():
            assert problems() == []
            assert [tuple(row) for row in rows("SELECT net FROM payslip ORDER BY 1")] == [
                (100_000_000,),
                (1_000_000_000,),
            ]
