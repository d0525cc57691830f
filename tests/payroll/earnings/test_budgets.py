"""Budgets: where they stand, where they go, and who is told when; nobody's pay is held back."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from payroll.earnings.queries.spending import spending
from payroll.earnings.rules import outlook, to_tell
from payroll.earnings.services import budget_of, watch_budgets
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_work, make_worker
from tests.factories.projects import make_manager
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.money import Money
from workforce.notifications.models import Message
from workforce.projects.models import Project
from workforce.projects.services import Details, edit_project
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays, reverse

TODAY = NOW.date()
MICROS = st.integers(0, 10**15)
DETAILS = Details("a", "b", target=10, deadline=TODAY + timedelta(days=14), budget=Money.of_micros(1_000_000, "USD"))


@given(
    budget=st.integers(1, 10**15), spent=MICROS, recent=MICROS, pieces=st.integers(0, 10**6),
    target=st.none() | st.integers(1, 10**6), left=st.none() | st.integers(-30, 400),
)  # fmt: skip
def test_the_forecast_is_what_its_words_say(
    budget: int, spent: int, recent: int, pieces: int, target: int | None, left: int | None
) -> None:
    deadline = None if left is None else TODAY + timedelta(days=left)
    made = outlook(
        budget=budget, spent=spent, recent=recent, pieces=pieces, target=target, deadline=deadline, today=TODAY
    )
    if left is None or left < 0:
        assert made.at_deadline is None
    else:
        assert made.at_deadline is not None
        assert abs(made.at_deadline - (spent + Fraction(recent, 7) * left)) <= Fraction(1, 2)
    if target is None or not pieces:
        assert made.at_target is None
    else:
        assert made.at_target is not None
        assert abs(made.at_target - (spent + Fraction(spent, pieces) * max(0, target - pieces))) <= Fraction(1, 2)
    assert (made.percent >= 100) == (spent >= budget)


@given(st.lists(st.integers(-50, 250), max_size=30), st.integers(1, 99))
def test_each_mark_is_told_once_and_in_order(percents: list[int], alarm: int) -> None:
    told, all_told = 0, []
    for percent in percents:
        now = to_tell(percent, alarm=alarm, told=told)
        if now:
            assert percent >= now
            all_told.append(now)
            told = now
    assert all_told == sorted(set(all_told))
    assert (100 in all_told) == any(percent >= 100 for percent in percents)
    assert bool(all_told) == any(percent >= alarm for percent in percents)


def _begin() -> Project:
    project = make_project()
    edit_project(SYSTEM, project, DETAILS, now=NOW)
    make_manager(project, email="m@example.com")
    return project


def test_what_was_spent_is_added_up_in_the_currency_of_the_budget(context: Flask) -> None:
    with transaction():
        project, group = _begin(), make_group(open_day=date(2026, 11, 1))
        worker = make_worker(group)
        make_work(project, worker, rate="0.30")
        make_work(project, worker, rate="10", currency="KES")
        make_work(project, worker, rate="5", currency="EUR")
        source = make_work(project, worker, rate="0.70")
        taken = session().scalars(select(Submission).where(Submission.source == source)).one()
        reverse(SYSTEM, taken, group, OpenDays(), decided_at=NOW, reason="copied", now=NOW)
        make_fx("USD", "KES", "125", day=DAY)
        assert spending([project.id], TODAY)[project.id].pieces == 3
        view = budget_of(project, today=TODAY)
        assert view
        assert (view.outlook.spent, view.outlook.percent) == (300_000 + 80_000, 38)
        assert view.left_out == [Money.of_micros(5_000_000, "EUR")]
        assert view.outlook.at_deadline == 380_000 * 3
        assert view.outlook.at_target == 380_000 + round(Fraction(380_000 * 7, 3))
        project.budget, project.budget_currency = None, ""
        assert budget_of(project, today=TODAY) is None


def test_managers_are_told_at_the_alarm_at_the_end_and_anew_after_a_raise(context: Flask) -> None:
    with transaction():
        project, worker = _begin(), make_worker(make_group())

    def work(rate: str) -> int:
        with transaction():
            make_work(project, worker, rate=rate)
        return watch_budgets(now=NOW)

    assert [work("0.79"), work("0.02"), work("0.01"), work("0.20"), work("9.00")] == [0, 1, 0, 1, 0]
    with transaction():
        kinds = select(Message.kind).order_by(Message.id).where(Message.kind.like("budget.%"))
        assert session().scalars(kinds).all() == ["budget.alarm", "budget.spent"]
        more = Details("a", "b", target=10, budget=Money.of_micros(100_000_000, "USD"), alarm_percent=10)
        edit_project(SYSTEM, session().get_one(Project, project.id), more, now=NOW)
    assert (watch_budgets(now=NOW), watch_budgets(now=NOW)) == (1, 0)


def test_the_job_asks_the_same_of_the_database_however_many_projects_are_quiet(
    context: Flask, queries: Callable[[Callable[[], object]], int]
) -> None:
    with transaction():
        _begin()
    few = queries(lambda: watch_budgets(now=NOW))
    with transaction():
        for number in range(20):
            edit_project(SYSTEM, make_project(f"P-{number}"), DETAILS, now=NOW)
    assert queries(lambda: watch_budgets(now=NOW)) == few <= 5


@pytest.mark.parametrize(
    ("rate", "words"), [("0.30", "$0.30 of $1.00 spent (30%)"), ("0.85", "alarm"), ("2", "is spent")]
)
def test_a_manager_sees_where_the_budget_stands(
    app: Flask, sign_in: Callable[[str], FlaskClient], rate: str, words: str
) -> None:
    with app.app_context(), transaction():
        make_work(_begin(), make_worker(make_group()), rate=rate)
    page = sign_in("m@example.com").get("/manage/projects/FALCON").text
    assert words in page
    assert "For all 10 pieces" in page
    assert "Dec 4, 2026" in page
