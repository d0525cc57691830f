"""Paid training: priced before it starts, paid once when it is finished, whatever comes after."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from payroll.closing.services import close_day
from payroll.ledger.queries import problems
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_user, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, session, transaction
from workforce.core.errors import Invalid, NotFound
from workforce.core.money import Money
from workforce.projects.models import Project, ProjectMember
from workforce.projects.services.joining import decline
from workforce.rates.services.floors import add_floor
from workforce.tasks.queries import Window, output_by_project
from workforce.training import services
from workforce.training.models import TrainingCompletion
from workforce.training.queries import mine, newest, short_of_floors
from workforce.training.rules import hourly
from workforce.workers.models import Worker

TWO = Money(Decimal(2), "USD")
AT = NOW - timedelta(days=2)


def course(project: Project, *, price: Money = TWO, number: int | None = None, minutes: int = 20) -> int:
    return services.publish(
        SYSTEM, project, title="Compare", body="Read this.", minutes=minutes, price=price, number=number, now=AT,
    ).id  # fmt: skip


@pytest.fixture
def scene(context: Flask) -> tuple[Project, Worker]:
    with transaction():
        project = make_project()
        project.state = "open"
        worker = make_worker(make_group(), "W1", country="KE", email="worker1@example.com")
        make_fx()
    return project, worker


def test_a_training_is_paid_once_and_declining_afterwards_costs_nothing(scene: tuple[Project, Worker]) -> None:
    project, worker = scene
    with transaction():
        actor = make_user("worker", "worker1@example.com").actor
        key = course(project)
        services.start(actor, worker, key, now=AT)
        assert services.finish(actor, worker, key, now=AT + timedelta(minutes=15))
        assert not services.finish(actor, worker, key, now=AT + timedelta(minutes=16))
        decline(actor, session().get_one(Project, project.id), worker, reason="", now=AT + timedelta(minutes=20))
        assert rows("SELECT kind, amount, currency, seconds, floored FROM accepted_work") == [
            ("onboarding", 2_000_000, "USD", 0, False)
        ]
        assert rows("SELECT count(*) FROM message WHERE kind = 'training.paid'") == [(1,)]
        done = output_by_project([project.id], Window(DAY, DAY, ahead=True))[project.id]
        assert (done.pieces, done.recent, done.seconds, done.cost) == (0, 0, 0, {"USD": 2_000_000})
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        assert rows("SELECT kind, pieces, amount FROM payslip_line") == [("onboarding", 1, 2_000_000)]
        assert problems() == []


def test_a_price_stays_as_it_was_when_she_began(scene: tuple[Project, Worker]) -> None:
    project, worker = scene
    with transaction():
        first = course(project)
        services.start(SYSTEM, worker, first, now=AT)
        second = course(project, price=Money(Decimal(1), "USD"), number=1)
        other = make_worker(make_group("G2"), "W2", country="KE")
        with pytest.raises(services.TrainingReplaced):
            services.start(SYSTEM, other, first, now=AT)
        services.start(SYSTEM, other, second, now=AT)
        assert services.start(SYSTEM, worker, second, now=AT).training_id == first
        for one in (worker, other):
            services.finish(SYSTEM, one, second, now=AT)
        assert rows("SELECT amount FROM accepted_work ORDER BY amount") == [(1_000_000,), (2_000_000,)]
        assert [one.state for one in mine(worker.id, project)] == ["finished"]
        assert newest(project.id, 1).version == 2


def test_what_cannot_be(scene: tuple[Project, Worker]) -> None:
    project, worker = scene
    with transaction():
        key = course(project)
        with pytest.raises(services.NotStarted):
            services.finish(SYSTEM, worker, key, now=AT)
        project = session().get_one(Project, project.id)
        project.countries = ["VN"]
        with pytest.raises(NotFound):
            services.start(SYSTEM, worker, key, now=AT)
        project.countries, project.state = [], "paused"
        with pytest.raises(services.TrainingShut):
            services.start(SYSTEM, worker, key, now=AT)
        for wrong in ({"price": Money(Decimal(0), "USD")}, {"minutes": 0}, {"minutes": 10_000}):
            with pytest.raises(Invalid):
                course(project, **wrong)
        with pytest.raises(Invalid, match="customer"):
            services.publish(SYSTEM, project, title="For Secret Customer Ltd", body="x", minutes=1, price=TWO,
                             number=None, now=AT)  # fmt: skip
        with pytest.raises(NotFound):
            course(project, number=7)
        with pytest.raises(NotFound):
            services.publish(replace(SYSTEM, id=12), project, title="x", body="x", minutes=1, price=TWO, number=None,
                             now=AT)  # fmt: skip
        assert session().query(TrainingCompletion).count() == 0


def test_work_begun_is_paid_also_when_the_project_is_closed(scene: tuple[Project, Worker]) -> None:
    project, worker = scene
    with transaction():
        key = course(project)
        services.start(SYSTEM, worker, key, now=AT)
        session().get_one(Project, project.id).state = "closed"
        assert services.finish(SYSTEM, worker, key, now=AT)


def test_a_price_under_a_floor_is_told(scene: tuple[Project, Worker]) -> None:
    project, _ = scene
    with transaction():
        for country, currency, rate in (("KE", "KES", "700"), ("US", "USD", "7.25"), ("VN", "VND", "25500")):
            add_floor(SYSTEM, country=country, money=Money(Decimal(rate), currency), valid_from=DAY, now=NOW)
        found = short_of_floors(session().get_one(Project, project.id), TWO, 20, NOW.date())
        assert [(one.country, one.pays) for one in found] == [("US", Money(Decimal(6), "USD")), ("VN", None)]
    assert hourly(1, 120) == 0
    assert hourly(3, 120) == 2


def test_a_manager_looks_publishes_and_a_worker_takes_it(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), transaction():
        project = make_project()
        project.state = "open"
        manager = make_user("manager", "m@example.com")
        session().add(ProjectMember(project_id=project.id, user_id=manager.id, part="manager", since=NOW))
        make_user("manager", "other@example.com")
        make_user("worker", "w@example.com")
        make_worker(make_group(), "W1", country="US", email="w@example.com")
        add_floor(SYSTEM, country="US", money=Money(Decimal("7.25"), "USD"), valid_from=DAY, now=NOW)
    page = "/manage/projects/FALCON/training"
    assert sign_in("other@example.com").get(page).status_code == 404
    browser = sign_in("m@example.com")
    assert browser.get(page).status_code == browser.get(f"{page}/new").status_code == 200
    typed = {"title": "Compare", "body": "# One\n<b>two</b>", "minutes": "30", "price": "2.50", "currency": "usd"}
    wrong = browser.post(f"{page}/new", data={**typed, "price": "0"})
    assert (wrong.status_code, b"Compare" in wrong.data) == (400, True)
    looked = browser.post(f"{page}/new", data={**typed, "look": "1"}).text
    assert "It pays less an hour than the floor" in looked
    assert "&lt;b&gt;two" in looked
    assert browser.post(f"{page}/new", data={**typed, "publish": "1"}).status_code == 303
    assert "Compare" in browser.get(page).text
    assert 'value="2.5"' in browser.get(f"{page}/1").text

    reader = sign_in("w@example.com")
    shown = reader.get("/me/projects/FALCON").text
    address = re.search(r"/me/training/\d+", shown)
    assert address
    before = reader.get(address[0]).text
    assert "$2.50" in before
    assert "two" not in before
    assert reader.post(f"{address[0]}/finish").status_code == 303
    assert "Begin the training first" in reader.get(address[0]).text
    assert reader.post(f"{address[0]}/start").status_code == 303
    assert "&lt;b&gt;two" in reader.get(address[0]).text
    for _ in range(2):
        assert reader.post(f"{address[0]}/finish").status_code == 303
    assert "You finished it on" in reader.get(address[0]).text
    assert "Compare" in reader.get("/me/training").text
    assert "Paid training" in reader.get("/me/earnings").text
    assert reader.get("/me/training/999999").status_code == 404
