"""A manager's pages: the numbers are those of the work, the secret stays one, and the database is asked little."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import DAY, NOW, make_group, make_project, make_work, make_worker
from tests.factories.projects import make_manager, make_member
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.identity.queries import user_by_email
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project
from workforce.tasks.models import Submission
from workforce.tasks.queries import Window, last_pay_day, output_by_day, output_by_project, total, waiting
from workforce.tasks.services import OpenDays, reprice, reverse

MONTH = Window(date(2026, 10, 22), date(2026, 11, 20), ahead=True)
DAY_TWO = DAY + timedelta(days=1)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def submission(source: str) -> Submission:
    return session().scalars(select(Submission).where(Submission.source == source)).one()


@pytest.fixture
def manager(app: Flask, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give the browser of a manager whose project has work of two days, of each kind and with a correction."""
    with app.app_context(), transaction():
        project = make_project()
        make_manager(project, email="m@example.com")
        _work(project, make_group())
    return sign_in("m@example.com")


def _work(project: Project, group: PayGroup) -> None:
    worker = make_worker(group)
    taken_back = make_work(project, worker, rate="0.05", seconds=60, at=at(DAY))
    make_work(project, worker, rate="0.10", seconds=90, at=at(DAY))
    make_work(project, worker, rate="6", kind="hourly", seconds=1800, currency="EUR", at=at(DAY))
    make_work(project, worker, rate="0.05", seconds=30, at=at(DAY_TWO))
    make_work(project, worker, state="submitted", at=at(DAY_TWO, 7))
    make_work(project, worker, state="rejected", at=datetime(2026, 11, 18, 22, tzinfo=UTC))  # the 19th in Nairobi
    reverse(
        SYSTEM, submission(taken_back), group, OpenDays(), decided_at=at(DAY_TWO), reason="copied", now=NOW
    )  # fmt: skip


def test_each_day_has_its_work_and_what_was_taken_back_counts_against_the_day_of_that(context: Flask) -> None:
    with transaction():
        project = make_project()
        _work(project, make_group())
        days = output_by_day(project.id, MONTH)
        first, second = days[DAY], days[DAY_TWO]
        assert list(days) == [DAY, DAY_TWO]
        assert (first.pieces, first.seconds, first.rejected) == (3, 60 + 90 + 1800, 0)
        assert first.cost == {"EUR": 3_000_000, "USD": 150_000}
        # The piece that was taken back is a rejection of its day too, now.
        assert (second.pieces, second.seconds, second.rejected) == (0, 30 - 60, 2)
        assert second.cost == {"USD": 0}
        whole = total(days.values())
        assert output_by_project([project.id], MONTH)[project.id] == whole
        assert (whole.pieces, whole.cost) == (3, {"EUR": 3_000_000, "USD": 150_000})
        waits = waiting([project.id])[project.id]
        assert (waits.pieces, waits.since) == (1, at(DAY_TWO, 7))


def test_work_that_is_paid_otherwise_afterwards_stays_one_piece(context: Flask) -> None:
    with transaction():
        project, group = make_project(), make_group()
        worker = make_worker(group)
        by_piece = make_work(project, worker, rate="0.05", seconds=60, at=at(DAY))
        by_hour = make_work(project, worker, rate="6", kind="hourly", seconds=600, at=at(DAY))
        reprice(SYSTEM, submission(by_piece), group, OpenDays(), rate=70_000, seconds=60, at=at(DAY_TWO), now=NOW)
        reprice(SYSTEM, submission(by_hour), group, OpenDays(), rate=6_000_000, seconds=900, at=at(DAY_TWO), now=NOW)
        whole = total(output_by_day(project.id, MONTH).values())
    assert (whole.pieces, whole.seconds) == (2, 60 + 900)
    assert whole.cost == {"USD": 70_000 + 1_500_000}


def test_a_window_has_both_its_ends_and_one_that_ends_today_what_lies_ahead(context: Flask) -> None:
    with transaction():
        project, group = make_project(), make_group(open_day=date(2026, 11, 1))
        worker = make_worker(group)
        for day in (9, 10, 12, 13):
            make_work(project, worker, at=at(date(2026, 11, day)))
        closed = output_by_day(project.id, Window(date(2026, 11, 10), date(2026, 11, 12)))
        ahead = output_by_day(project.id, Window(date(2026, 11, 10), date(2026, 11, 12), ahead=True))
        assert [day.day for day in closed] == [10, 12]
        assert [day.day for day in ahead] == [10, 12, 13]
        assert last_pay_day(project.id) == date(2026, 11, 13)


def test_the_list_shows_totals_by_code_name_and_never_the_customer(manager: FlaskClient) -> None:
    page = manager.get("/manage/projects").text
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    assert "FALCON" in page
    # state, accepted, of these in the last 7 days, hours, rejected, waiting, cost
    words = [unescape(re.sub(r"<[^>]+>", " ", cell)).split() for cell in cells]
    assert words == [["Open"], ["3"], ["3"], ["0.53"], ["2"], ["1"], ["€3.00", "$0.15"]]
    assert "Secret Customer" not in page
    assert "Oct 22, 2026" in page


def test_a_project_shows_its_days_and_a_chart_that_says_the_same(manager: FlaskClient) -> None:
    page = manager.get("/manage/projects/FALCON").text
    assert page.count("<rect") == 30
    assert "Nov 18, 2026: 3" in page
    assert page.index('scope="row">Nov 19, 2026') < page.rindex('scope="row">Nov 18, 2026')
    assert "Secret Customer" not in page
    assert "oldest since Nov 19, 2026" in page


def test_one_turns_pages_by_days(manager: FlaskClient) -> None:
    page = manager.get("/manage/projects/FALCON?days=7").text
    assert 'rel="next"' not in page
    earlier = unescape(re.findall(r'rel="prev" href="([^"]+)"', page)[0])
    assert earlier == "/manage/projects/FALCON?days=7&until=2026-11-13"
    page = manager.get(earlier).text
    assert "No work in these days" in page
    assert "The latest work of this project has the pay day Nov 19, 2026." in page
    assert unescape(re.findall(r'rel="next" href="([^"]+)"', page)[0]) == "/manage/projects/FALCON?days=7"


@pytest.mark.parametrize("query", ["days=8", "days=-1", "until=yesterday", "until=0001-01-01"])
def test_a_window_that_is_none_is_not_found(manager: FlaskClient, query: str) -> None:
    assert manager.get(f"/manage/projects?{query}").status_code == 404
    assert manager.get(f"/manage/projects/FALCON?{query}").status_code == 404


def test_a_page_asks_the_same_of_the_database_however_much_there_is(
    app: Flask, manager: FlaskClient, queries: Callable[[Callable[[], object]], int]
) -> None:
    few = queries(lambda: manager.get("/manage/projects"))
    one = queries(lambda: manager.get("/manage/projects/FALCON"))
    with app.app_context(), transaction():
        group = make_group("PH", timezone="Asia/Manila", currency="PHP")
        for code in ("HERON", "EGRET", "OSPREY"):
            project = make_project(code)
            make_member(project, user_by_email("m@example.com"))
            _work(project, group)
    assert queries(lambda: manager.get("/manage/projects")) == few <= 8
    assert queries(lambda: manager.get("/manage/projects/HERON")) == one <= 8


def test_many_projects_are_paged(app: Flask, manager: FlaskClient) -> None:
    with app.app_context(), transaction():
        user = user_by_email("m@example.com")
        make_project("ZEBRA")  # somebody else's
        for number in range(60):
            make_member(make_project(f"P-{number:02}", customer="One Customer"), user)
    first = manager.get("/manage/projects").text
    assert "1–50 of 61" in first
    second = manager.get(unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])).text
    assert "P-59" in second
    assert "FALCON" not in second
