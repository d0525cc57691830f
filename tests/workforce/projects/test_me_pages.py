"""A worker's pages of projects: what they pay and ask for, joining, declining, reading guidelines."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.factories import NOW, make_group, make_project, make_user, make_work, make_worker
from tests.factories.projects import make_guideline, make_participants
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.money import Money
from workforce.projects.models import Project, Requirement
from workforce.projects.queries import hooks, project_by_code
from workforce.projects.rules import Pay
from workforce.projects.services import Details, edit_project
from workforce.skills.models import SkillTest
from workforce.workers.models import Worker
from workforce.workers.queries import worker_by_external_id

DETAILS = Details("Compare replies", "You read two.\nYou choose.", ("vi",), ("KE", "VN"), expected_seconds=300)


@pytest.fixture
def worker(app: Flask, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give the browser of a worker, with a project that has guidelines, and work that was done on it."""
    with app.app_context(), transaction():
        project = make_project()
        edit_project(SYSTEM, project, DETAILS, now=NOW)
        make_guideline(project, "# Heading\n<b>Read</b>")
        group = make_group()
        make_user("worker", "w@example.com")
        make_worker(group, "W1", email="w@example.com", country="KE")
        for seconds in (100, 260, 9_000):
            make_work(project, make_worker(group), seconds=seconds)
    return sign_in("w@example.com")


@pytest.fixture
def teller() -> Iterator[None]:
    """Say what projects pay, as the feature of rates does."""

    def tell(worker: Worker | None, projects: Sequence[Project], _day: date) -> Mapping[int, Sequence[Pay]]:
        usd, kes = Money.of_micros(350_000, "USD"), Money.of_micros(45_000_000, "KES")
        return {one.id: [Pay("piece", usd, kes if worker else None), Pay("hourly", kes)] for one in projects}

    before = hooks._quotes[:]
    hooks._quotes[:] = [tell]
    yield
    hooks._quotes[:] = before


def _state(app: Flask) -> str:
    with app.app_context(), transaction():
        return str(session().scalar(text("SELECT string_agg(state, ',') FROM participation")))


def test_the_list_says_what_it_is_what_it_pays_and_how_long_it_takes(worker: FlaskClient, teller: None) -> None:
    page = worker.get("/me/projects").text
    for words in (
        "FALCON",
        "Compare replies",
        "about",
        "KES\xa045.00 a piece",
        "$0.35 a piece",
        "KES\xa045.00 an hour",
    ):
        assert words in page, words
    assert "5\xa0min expected" in page
    assert "4\xa0min 20\xa0s measured" in page
    assert "Secret" not in page


def test_one_joins_with_the_guidelines_read_and_leaves_for_nothing(app: Flask, worker: FlaskClient) -> None:
    page = worker.get("/me/projects/FALCON").text
    for words in ("&lt;b&gt;Read&lt;/b&gt;", "Vietnamese", "Kenya", "You choose.", "costs you nothing"):
        assert words in page, words
    refused = worker.post("/me/projects/FALCON/join")
    assert refused.status_code == 409
    assert "Read the guidelines of FALCON" in refused.text
    assert worker.post("/me/projects/FALCON/join", data={"read": "1"}).status_code == 303
    assert _state(app) == "joined"
    with app.app_context(), transaction():
        make_guideline(project_by_code("FALCON"), "New", based_on=1)
    assert "Read the new guidelines" in worker.get("/me/projects").text
    assert "These are new." in worker.get("/me/projects/FALCON").text
    assert worker.post("/me/projects/FALCON/read", data={"read": "1"}).status_code == 409
    assert worker.post("/me/projects/FALCON/read", data={"read": "2"}).status_code == 303
    assert "These are new." not in worker.get("/me/projects/FALCON").text
    assert worker.post("/me/projects/FALCON/decline", data={"reason": "busy"}).status_code == 303
    assert _state(app) == "left"


def test_a_test_is_asked_for(app: Flask, worker: FlaskClient) -> None:
    with app.app_context(), transaction():
        session().add(SkillTest(code="writing-vi", title="Writing", created_at=NOW, level=""))
        session().flush()
        test_id = session().scalar(text("SELECT id FROM skill_test"))
        session().add(Requirement(project_id=project_by_code("FALCON").id, test_id=test_id))
    for page in ("/me/projects", "/me/projects/FALCON"):
        assert 'href="/me/tests/writing-vi"' in worker.get(page).text
    assert "once everything above is met" in worker.get("/me/projects/FALCON").text
    assert "Pass this first: Writing." in worker.post("/me/projects/FALCON/join", data={"read": "1"}).text


@pytest.mark.parametrize(("state", "status"), [("draft", 404), ("paused", 404), ("closed", 404)])
def test_what_is_not_open_is_seen_by_those_alone_who_take_part(
    app: Flask, worker: FlaskClient, state: str, status: int
) -> None:
    with app.app_context(), transaction():
        project_by_code("FALCON").state = state
    assert worker.get("/me/projects/FALCON").status_code == status
    assert worker.post("/me/projects/FALCON/join", data={"read": "1"}).status_code == status
    with app.app_context(), transaction():
        make_participants(project_by_code("FALCON"), [worker_by_external_id("W1")])
    page = worker.get("/me/projects/FALCON")
    assert page.status_code == (404 if state == "draft" else 200)
    assert state == "draft" or f"This project is {state}." in page.text


def test_an_applicant_looks_and_cannot_join(
    app: Flask, worker: FlaskClient, sign_in: Callable[[str], FlaskClient]
) -> None:
    with app.app_context(), transaction():
        email = make_user("applicant").email
    browser = sign_in(email)
    assert "as soon as your application is accepted" in browser.get("/me/projects").text
    page = browser.get("/me/projects/FALCON").text
    assert "/join" not in page
    assert browser.post("/me/projects/FALCON/join", data={"read": "1"}).status_code == 403


def test_the_pages_ask_the_same_of_the_database_however_much_there_is(
    app: Flask, worker: FlaskClient, teller: None, queries: Callable[[Callable[[], object]], int]
) -> None:
    with app.app_context(), transaction():
        session().add(SkillTest(code="writing-vi", title="Writing", created_at=NOW, level=""))
        session().flush()
        session().execute(text("INSERT INTO project_requirement SELECT p.id, t.id FROM project p, skill_test t"))
        make_participants(project_by_code("FALCON"), [worker_by_external_id("W1")])
    before = queries(lambda: worker.get("/me/projects")), queries(lambda: worker.get("/me/projects/FALCON"))
    with app.app_context(), transaction():
        session().execute(text("""
            INSERT INTO project (code, customer_id, state, title, description, languages, countries, budget_currency,
                alarm_percent, told_percent, created_at)
            SELECT 'P-' || n, c.id, 'open', '', '', '{vi}', '{KE}', '', 80, 0, now()
            FROM generate_series(1, 500) n, customer c
        """))  # fmt: skip
        session().execute(text("INSERT INTO project_requirement SELECT p.id, t.id FROM project p, skill_test t"
                               " WHERE p.code LIKE 'P-%'"))  # fmt: skip
    after = queries(lambda: worker.get("/me/projects")), queries(lambda: worker.get("/me/projects/FALCON"))
    assert after == before
    assert max(after) <= 16
    assert re.search("1–50 of 501", worker.get("/me/projects").text)


def test_languages_are_told_by_who_knows_them(app: Flask, worker: FlaskClient) -> None:
    def tell(_user_id: int) -> Collection[str] | None:
        return ["en"]

    assert "FALCON" in worker.get("/me/projects").text
    before = hooks._languages[:]
    hooks._languages[:] = [tell]
    try:
        assert "FALCON" not in worker.get("/me/projects").text
    finally:
        hooks._languages[:] = before
