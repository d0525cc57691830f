"""A worker whose country nobody knows, as after an import of work, says it when she joins a project for some."""

import pytest
from flask import Flask

from tests.conftest import signed_in
from tests.factories import make_group, make_project, make_user, make_worker
from workforce.core.db import rows, session, transaction
from workforce.projects.models import Participation
from workforce.workers.queries import changes_of, worker_by_external_id

ADDRESS = "/me/projects/FALCON"


@pytest.fixture
def worker(app: Flask) -> str:
    with app.app_context(), transaction():
        project = make_project()
        project.title, project.description, project.countries = "t", "d", ["KE", "UG"]
        make_worker(make_group(), "W1", email="ann@example.com")
        return make_user("worker", "ann@example.com").email


def state(app: Flask) -> tuple[str, list[str]]:
    with app.app_context(), transaction():
        joined = [row.state for row in session().query(Participation)]
        return worker_by_external_id("W1").country, joined


def test_what_is_listed_asks_for_the_country_and_is_joined_with_it(app: Flask, worker: str) -> None:
    browser = signed_in(app, worker)
    assert "FALCON" in browser.get("/me/projects").text
    asked = browser.post(f"{ADDRESS}/join", follow_redirects=True)
    assert asked.status_code == 200
    assert "Say first in which country you live" in asked.text
    assert 'name="country"' in asked.text
    assert state(app) == ("", [])
    assert browser.post(f"{ADDRESS}/join", data={"country": "ZZ"}).status_code == 400
    assert browser.post(f"{ADDRESS}/join", data={"country": "VN"}).status_code == 409
    assert state(app) == ("", [])
    assert browser.post(f"{ADDRESS}/join", data={"country": "UG"}).status_code == 303
    assert state(app) == ("UG", ["joined"])
    with app.app_context(), transaction():
        (change,) = changes_of(worker_by_external_id("W1").id)
        assert (change.state, change.before, change.after) == ("made", "", "UG")
        assert rows("SELECT count(*) FROM audit_event WHERE action = 'worker.change'")[0][0] == 1


def test_a_country_that_is_known_is_changed_by_nobody_who_joins(app: Flask, worker: str) -> None:
    with app.app_context(), transaction():
        worker_by_external_id("W1").country = "VN"
    browser = signed_in(app, worker)
    assert browser.post(f"{ADDRESS}/join", data={"country": "KE"}).status_code == 409
    assert state(app) == ("VN", [])
