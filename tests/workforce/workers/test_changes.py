"""What is known of a worker changes with a reason, from the open day on, and what she is owed stays owed."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from payroll.closing.services import close_day
from payroll.closing.services.guard import DayBeingComputed
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_user, make_work, make_worker
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, run, session, transaction
from workforce.core.errors import DaybookError, Forbidden, Invalid, NotFound
from workforce.paydays.queries import group_by_code
from workforce.workers.cli import workers
from workforce.workers.models import ProfileChange
from workforce.workers.queries import asked_changes, worker_by_external_id
from workforce.workers.rules import ChangeDecided
from workforce.workers.services import answer_change, ask_for_changes, change_profile, withdraw_change
from workforce.workers.services.changes import AskedAlready, NothingNew, OwnProfile

WHY = "moved to Hà Nội"
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def people(context: Flask) -> tuple[Actor, Actor]:
    """Give somebody of finance, and the account of W1, who is paid in KES in the group KE."""
    with transaction():
        group = make_group()
        make_group("VN", timezone="Asia/Ho_Chi_Minh", currency="VND", open_day=NEXT)
        make_worker(group, "W1", country="KE", email="w1@example.com")
        return make_user("finance").actor, make_user("worker", "w1@example.com").actor


def known(external_id: str = "W1") -> tuple[str, str, str]:
    with transaction():
        worker = worker_by_external_id(external_id)
        session().refresh(worker)
        (group,) = rows("SELECT code FROM pay_group WHERE id = :id", id=worker.group_id)
        return worker.country, worker.currency, group[0]


def test_a_change_holds_from_the_open_day_on_and_is_told_and_kept(people: tuple[Actor, Actor]) -> None:
    finance, _ = people
    wanted = {"country": "vn", "group": "vn", "currency": "vnd", "name": "", "other": "x"}
    with transaction():
        made = change_profile(finance, "W1", wanted, reason=WHY, now=NOW)
        assert [(one.field, one.before, one.after, one.open_day) for one in made] == [
            ("group", "KE", "VN", NEXT), ("currency", "KES", "VND", NEXT), ("country", "KE", "VN", NEXT),
        ]  # fmt: skip
    assert known() == ("VN", "VND", "VN")
    with transaction():
        ((before, after),) = rows("SELECT before, after FROM audit_event WHERE action = 'worker.change'")
        told = rows("SELECT kind, params->>'after' FROM message ORDER BY id")
    assert before == {"country": "KE", "currency": "KES", "group": "KE"}
    assert after == {"country": "VN", "currency": "VND", "group": "VN", "open_day": "2026-11-19"}
    assert [tuple(row) for row in told] == [("profile.changed", value) for value in ("VN", "VND", "VN")]


def test_what_is_owed_in_the_old_currency_stays_owed_and_open_days_are_paid_in_the_new(
    people: tuple[Actor, Actor],
) -> None:
    finance, _ = people
    with transaction():
        project = make_project()
        worker = worker_by_external_id("W1")
        make_fx("USD", "KES", "100")
        make_fx("USD", "EUR", "0.5")
        make_work(project, worker, rate="1")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        make_work(project, worker_by_external_id("W1"), rate="2", at=NOW)
        change_profile(finance, "W1", {"currency": "EUR"}, reason=WHY, now=NOW)
    for day in (NEXT, date(2026, 11, 20)):
        close_day(SYSTEM, "KE", day, now=NOW)
    with transaction():
        paid = rows("SELECT pay_day, currency, net FROM payslip ORDER BY pay_day")
        owed = rows("SELECT currency, -sum(amount) FROM posting WHERE account = 'accrued' GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in paid] == [(DAY, "KES", 100_000_000), (date(2026, 11, 20), "EUR", 1_000_000)]
    assert [tuple(row) for row in owed] == [("EUR", 1_000_000), ("KES", 100_000_000)]


def test_nothing_changes_while_a_day_of_hers_is_computed(people: tuple[Actor, Actor]) -> None:
    finance, _ = people
    with transaction():
        make_fx("USD", "KES", "100")
        make_work(make_project(), worker_by_external_id("W1"), rate="1")
        make_worker(group_by_code("KE"), "W2")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        run("UPDATE payroll_run SET state = 'computing'")
    with pytest.raises(DayBeingComputed), transaction():
        change_profile(finance, "W1", {"country": "VN"}, reason=WHY, now=NOW)
    with transaction():
        change_profile(finance, "W2", {"country": "VN"}, reason=WHY, now=NOW)
    assert (known()[0], known("W2")[0]) == ("KE", "VN")


def test_who_may_not_change_changes_nothing(people: tuple[Actor, Actor]) -> None:
    finance, mine = people
    own = Actor(mine.id, mine.email, finance.permissions)
    cases: list[tuple[Actor, str, dict[str, str], str, type[DaybookError]]] = [
        (mine, "W1", {"country": "VN"}, WHY, Forbidden),
        (own, "W1", {"country": "VN"}, WHY, OwnProfile),
        (finance, "W1", {"country": "VN"}, " ", Invalid),
        (finance, "W1", {"country": "ZZ"}, WHY, Invalid),
        (finance, "W1", {"currency": "XAU"}, WHY, Invalid),
        (finance, "W1", {"name": "x" * 201}, WHY, Invalid),
        (finance, "W1", {"group": "NO"}, WHY, NotFound),
        (finance, "W1", {"country": "ke", "currency": "KES"}, WHY, NothingNew),
        (finance, "W1", {"external_id": "W9"}, WHY, NothingNew),
        (finance, "W9", {"country": "VN"}, WHY, NotFound),
    ]
    for actor, worker, wanted, reason, refusal in cases:
        with pytest.raises(refusal), transaction():
            change_profile(actor, worker, wanted, reason=reason, now=NOW)
    assert known() == ("KE", "KES", "KE")
    with transaction():
        assert session().scalars(select(ProfileChange)).all() == []


def test_what_she_asks_for_is_granted_refused_or_withdrawn_once(people: tuple[Actor, Actor]) -> None:
    finance, mine = people
    with transaction():
        for wanted in ({"country": "VN", "group": "VN"}, {"name": "Wanjirũ"}):
            ask_for_changes(mine, wanted, reason=WHY, now=NOW)
        numbers = {change.field: change.id for change, _ in asked_changes()}
    with pytest.raises(AskedAlready), transaction():
        ask_for_changes(mine, {"country": "UG"}, reason=WHY, now=NOW)
    assert known() == ("KE", "KES", "KE")
    with pytest.raises(Invalid), transaction():
        answer_change(finance, numbers["group"], grant=False, reason="", now=NOW)
    with pytest.raises(NotFound), transaction():
        withdraw_change(finance, numbers["name"], now=NOW)
    with transaction():
        answer_change(finance, numbers["country"], grant=True, reason="", now=NOW)
        answer_change(finance, numbers["group"], grant=False, reason="Bring a paper first.", now=NOW)
        withdraw_change(mine, numbers["name"], now=NOW)
    for number in numbers.values():
        with pytest.raises(ChangeDecided), transaction():
            answer_change(finance, number, grant=True, reason="", now=NOW)
    assert known() == ("VN", "KES", "KE")
    with transaction():
        assert asked_changes() == []
        states = dict(session().execute(select(ProfileChange.field, ProfileChange.state)).all())
        told = rows("SELECT kind, params->>'reason' FROM message ORDER BY id")
        ask_for_changes(mine, {"group": "VN"}, reason="I have the paper now.", now=NOW)
    assert states == {"country": "made", "group": "refused", "name": "withdrawn"}
    assert [tuple(row) for row in told] == [("profile.changed", WHY), ("profile.refused", "Bring a paper first.")]


def test_the_command_does_the_same(people: tuple[Actor, Actor], app: Flask) -> None:
    finance, mine = people
    with transaction():
        admin = make_user("admin").email
        make_user("worker", "w2@example.com")
        make_worker(group_by_code("KE"), "W2")
        ask_for_changes(mine, {"name": "Wanjirũ"}, reason=WHY, now=NOW)
    done = call(app, "change", "W1", "--country", "VN", "--reason", WHY, "--as", finance.email)
    assert [(one["field"], one["after"]) for one in done["changes"]] == [("country", "VN")]
    (asked,) = call(app, "requests")["changes"]
    assert call(app, "grant", str(asked["id"]), "--as", finance.email)["state"] == "made"
    linked = call(app, "link", "W2", "W2@example.com", "--reason", WHY, "--as", admin)
    assert linked == {"worker": "W2", "account": "w2@example.com"}
    shown = call(app, "show", "W1")
    assert (shown["name"], shown["country"], shown["account"]) == ("Wanjirũ", "VN", mine.email)
    assert [one["field"] for one in shown["changes"]] == ["country", "name"]


def call(app: Flask, *words: str) -> dict[str, Any]:
    result = CliRunner().invoke(workers, [*words, "--json"], obj=lambda: app)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document
