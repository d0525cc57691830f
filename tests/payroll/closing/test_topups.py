"""Top-ups by example: who bears them, what is exempt, later days, locks, pages, exports, and a wrong one is found."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from payroll.closing.models import FloorTopUp, Payslip, RunFloor
from payroll.closing.services import Policy, chunks, close_day
from payroll.earnings.queries.spending import RECENT_DAYS, spending
from payroll.fx.services import RateMissing
from payroll.ledger.queries import problems
from payroll.payslips.queries.exports import csv_parts
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_user, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, run, session, transaction
from workforce.core.money import Money
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project
from workforce.rates.services import Quote
from workforce.rates.services.floors import add_floor
from workforce.tasks.models import AcceptedWork, Submission
from workforce.tasks.services import NewWork, OpenDays, accept, record_work, reprice, reverse
from workforce.workers.models import Worker

NEXT = DAY + timedelta(days=1)
RUN = f"KE-{DAY}"


def floor(country: str, rate: str, currency: str, *, day: date = DAY) -> None:
    add_floor(SYSTEM, country=country, money=Money(Decimal(rate), currency), valid_from=day, source="The law", now=NOW)


def work(
    project: Project, worker: Worker, rate: str, seconds: int, *, currency: str = "KES", source: str = "A1",
    carded: bool = True, kind: str = "piece",
) -> None:  # fmt: skip
    at = datetime.combine(DAY, time(9), UTC)
    price = Quote(kind, Money(Decimal(rate), currency).micros, currency, 1 if carded else None)
    one = NewWork(source=source, worker_id=worker.id, group=session().get_one(PayGroup, worker.group_id),
                  state="accepted", quote=price, seconds=seconds, claimed_at=None, submitted_at=at,
                  decided_at=at)  # fmt: skip
    record_work(project.id, [one], OpenDays())


def top_ups() -> list[tuple[object, ...]]:
    with transaction():
        return [tuple(row) for row in rows("SELECT pay_day, seconds, due, earned, amount FROM floor_top_up ORDER BY 1")]


@pytest.fixture
def scene(context: Flask) -> tuple[Project, Project, Worker]:
    with transaction():
        group = make_group()
        worker = make_worker(group, "W1", country="KE", email="w1@example.com")
        floor("KE", "150", "KES")
        return make_project("FALCON"), make_project("ROBIN"), worker


def test_the_project_that_falls_furthest_short_bears_it(scene: tuple[Project, Project, Worker]) -> None:
    falcon, robin, worker = scene
    with transaction():
        work(falcon, worker, "100", 3600, source="A1")  # 50 short
        work(robin, worker, "40", 3600, source="A2")  # 110 short
        work(robin, worker, "0.5", 0, source="A3")  # not measured: counts for nothing
        work(robin, worker, "20", 3600, source="A4", carded=False)  # a file's own reward
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        one = session().query(FloorTopUp).one()
        assert (one.project_id, one.seconds, one.due, one.earned, one.amount) == (
            robin.id, 7200, 300_000_000, 140_000_000, 160_000_000,
        )  # fmt: skip
        slip = session().query(Payslip).one()
        assert (slip.net, slip.pieces, slip.floor_id) == (320_500_000, 4, one.floor_id)
        cost = rows("SELECT party_id, amount FROM posting WHERE account = 'cost' ORDER BY party_id")
        assert cost == [(falcon.id, 100_000_000), (robin.id, 220_500_000)]
        assert problems() == []


def test_the_budget_of_who_bears_it_counts_it_once(
    scene: tuple[Project, Project, Worker], queries: Callable[[Callable[[], object]], int]
) -> None:
    falcon, robin, worker = scene
    with transaction():
        dollars = make_worker(session().get_one(PayGroup, worker.group_id), "W2", country="KE", currency="USD")
        make_fx("USD", "KES", "150")
        work(falcon, worker, "100", 3600, source="A1")  # 50 KES short
        work(robin, worker, "40", 3600, source="A2")  # 110 KES short
        work(robin, dollars, "0.25", 3600, currency="USD", source="A3")  # 0.75 USD short
        before = spending([falcon.id, robin.id], DAY)
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        found = spending([falcon.id, robin.id], DAY)
        assert found[falcon.id] == before[falcon.id]
        assert found[robin.id].cost == {"KES": 200_000_000, "USD": 1_000_000} == found[robin.id].recent
        assert found[robin.id].pieces == before[robin.id].pieces == 2
        later = spending([robin.id], DAY + timedelta(days=RECENT_DAYS))[robin.id]
        assert (later.cost, set(later.recent.values())) == (found[robin.id].cost, {0})
        assert set(spending([falcon.id], DAY)) == {falcon.id}
        assert queries(lambda: spending([falcon.id, robin.id], DAY)) == 2


def test_without_a_floor_in_force_a_chunk_does_nothing_of_it(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        floor("KE", "150", "KES", day=NEXT)
        work(make_project(), make_worker(make_group(), country="KE"), "1", 3600)
    monkeypatch.setattr(chunks, "top_up", None)  # a call would fail
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        assert session().query(Payslip).one().floor_id is None
        assert problems() == []


def test_nobody_is_topped_up_who_earns_enough_or_has_no_floor(scene: tuple[Project, Project, Worker]) -> None:
    falcon, _, worker = scene
    with transaction():
        elsewhere = make_worker(session().get_one(PayGroup, worker.group_id), "W2", country="VN")
        work(falcon, worker, "150", 3600, source="A1")
        work(falcon, elsewhere, "1", 3600, source="A2")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    assert top_ups() == []


def test_what_is_taken_back_later_is_neither_topped_up_nor_paid_twice(scene: tuple[Project, Project, Worker]) -> None:
    falcon, _, worker = scene
    with transaction():
        for source in ("BACK", "AGAIN", "PRICED"):
            work(falcon, worker, "50", 3600, source=source)
    close_day(SYSTEM, "KE", DAY, now=NOW)
    first = (DAY, 10800, 450_000_000, 150_000_000, 300_000_000)
    assert top_ups() == [first]
    at = datetime.combine(NEXT, time(9), UTC)
    with transaction():
        group = session().get_one(PayGroup, worker.group_id)
        made = {one.source: one for one in session().query(Submission)}
        for source in ("BACK", "AGAIN"):
            reverse(SYSTEM, made[source], group, OpenDays(), decided_at=at, reason="", now=NOW)
        accept(SYSTEM, made["AGAIN"], group, OpenDays(), decided_at=at, now=NOW)
        for seconds in (3000, 2000):
            reprice(SYSTEM, made["PRICED"], group, OpenDays(), rate=60_000_000, seconds=seconds, at=at, now=NOW)
        later = session().query(AcceptedWork).filter_by(pay_day=NEXT).all()
        assert not any(one.floored for one in later)
        assert sum(one.seconds for one in later) == -3600 + 2000 - 3600
    close_day(SYSTEM, "KE", NEXT, now=NOW)
    assert top_ups() == [first]
    with transaction():
        assert problems() == []


def test_a_change_on_the_same_day_counts_as_it_stands_in_the_end(scene: tuple[Project, Project, Worker]) -> None:
    falcon, _, worker = scene
    at = datetime.combine(DAY, time(10), UTC)
    with transaction():
        for source in ("BACK", "AGAIN", "PRICED"):
            work(falcon, worker, "50", 3600, source=source)
        group = session().get_one(PayGroup, worker.group_id)
        made = {one.source: one for one in session().query(Submission)}
        for source in ("BACK", "AGAIN"):
            reverse(SYSTEM, made[source], group, OpenDays(), decided_at=at, reason="", now=NOW)
        accept(SYSTEM, made["AGAIN"], group, OpenDays(), decided_at=at, now=NOW)
        reprice(SYSTEM, made["PRICED"], group, OpenDays(), rate=60_000_000, seconds=1800, at=at, now=NOW)
    close_day(SYSTEM, "KE", DAY, now=NOW)
    assert top_ups() == [(DAY, 5400, 225_000_000, 110_000_000, 115_000_000)]


def test_a_floor_in_another_currency_needs_its_rate_before_the_day_moves(context: Flask) -> None:
    with transaction():
        group, falcon = make_group(), make_project()
        worker = make_worker(group, country="KE")
        floor("KE", "1.25", "USD")
        work(falcon, worker, "3", 100)
    with pytest.raises(RateMissing, match="USD/KES"):
        close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        assert session().get_one(PayGroup, group.id).open_day == DAY
        make_fx("USD", "KES", "129.25")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    due = round(100 * 1_250_000 * 12925 / 360_000)
    assert top_ups() == [(DAY, 100, due, 3_000_000, due - 3_000_000)]


def test_a_floor_that_comes_while_a_run_is_computed_changes_nothing(
    scene: tuple[Project, Project, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    falcon, _, worker = scene
    with transaction():
        group = session().get_one(PayGroup, worker.group_id)
        others = [make_worker(group, f"X{number}", country="KE") for number in range(2)]
        for number, one in enumerate((worker, *others)):
            work(falcon, one, "50", 3600, source=f"A{number}")

    def stop(done: int, _every: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        close_day(SYSTEM, "KE", DAY, now=NOW, policy=Policy(workers_a_chunk=1, progress=stop))
    with transaction():
        assert session().query(RunFloor).count() == 1
        floor("KE", "900", "KES", day=DAY - timedelta(days=1))
        add_floor(SYSTEM, country="VN", money=Money(Decimal(900), "VND"), valid_from=DAY, now=NOW)
    close_day(SYSTEM, "KE", DAY, now=NOW)
    assert top_ups() == [(DAY, 3600, 150_000_000, 50_000_000, 100_000_000)] * 3
    with transaction():
        assert problems() == []


@pytest.mark.parametrize(
    "tampered",
    [
        "UPDATE floor_top_up SET amount = amount + 1, due = due + 1",
        "UPDATE floor_top_up SET seconds = seconds + 1",
        "UPDATE payslip_line SET amount = amount - 1 WHERE kind = 'topup'",
        "DELETE FROM floor_top_up",
        "UPDATE payslip SET floor_id = NULL",
        "UPDATE payslip SET floor_id = 999",
        "UPDATE hourly_floor SET rate = rate + 1000000",
        "UPDATE accepted_work SET floored = false",
        "UPDATE payslip_line SET seconds = seconds + 1 WHERE kind = 'piece'",
    ],
)
def test_a_wrong_top_up_is_found(scene: tuple[Project, Project, Worker], tampered: str) -> None:
    falcon, _, worker = scene
    with transaction():
        work(falcon, worker, "50", 3600)
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        assert problems() == []
        for table in ("floor_top_up", "payslip", "payslip_line", "hourly_floor", "accepted_work"):
            run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        run(tampered)
        for table in ("floor_top_up", "payslip", "payslip_line", "hourly_floor", "accepted_work"):
            run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        assert any(f"Payslip {RUN}:W1" in one for one in problems())


def test_lines_add_up_to_the_payslip(scene: tuple[Project, Project, Worker]) -> None:
    falcon, _, worker = scene
    with transaction():
        make_fx("USD", "KES", "129.2537")
        for number in range(3):
            work(falcon, worker, "0.0333", 1200, currency="USD", source=f"A{number}")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        lines = list(csv.DictReader(io.StringIO("".join(text for text, _ in csv_parts(RUN, "lines")))))
        (slip,) = csv.DictReader(io.StringIO("".join(text for text, _ in csv_parts(RUN, "payslips"))))
    (top,) = [one for one in lines if one["kind"] == "topup"]
    assert {name: top[name] for name in ("source", "project", "quantity", "unit", "rate", "rate_currency")} == {
        "source": "topup", "project": "FALCON", "quantity": "3600", "unit": "second", "rate": "150.000000",
        "rate_currency": "KES",
    }  # fmt: skip
    assert top["amount"] == top["converted"]
    assert sum(Decimal(one["converted"]) for one in lines) == Decimal(slip["net"])
    assert Decimal(slip["net"]) >= 150


def test_pages_explain_it(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), transaction():
        worker = make_worker(make_group(), "W1", country="KE", email="w1@example.com")
        floor("KE", "150", "KES")
        work(make_project("FALCON"), worker, "50", 3600)
        make_user("worker", "w1@example.com")
        make_user("finance", "f@example.com")
    with app.app_context():
        close_day(SYSTEM, "KE", DAY, now=NOW)
    reader = sign_in("w1@example.com")
    slip = reader.get(f"/me/payslips/{RUN}").text
    assert all(word in slip for word in ("Top-up to the hourly floor", "The law", "Due: time × floor", "100.00"))
    for page in ("/me/earnings", f"/me/earnings/{DAY}"):
        shown = reader.get(page).text
        assert "Top-up to the hourly floor" in shown
        assert "150.00 an hour" in shown
    office = sign_in("f@example.com")
    assert "Of it top-ups to hourly floors" in office.get(f"/finance/runs/{RUN}").text
    for page in (f"/finance/runs/{RUN}/lines", f"/finance/runs/{RUN}/payslips/W1"):
        shown = office.get(page).text
        assert "Pay an hour" in shown
        assert "150.00" in shown
