"""A worker whose country nobody knows, as after an import of work, asks for it, and nobody prices her by a guess."""

from flask import Flask

from tests.conftest import signed_in
from tests.factories import NOW, make_group, make_project, make_user, make_worker
from workforce.core.db import session, transaction
from workforce.projects.models import Participation
from workforce.workers.queries import asked_changes, worker_by_external_id
from workforce.workers.services import answer_change

ADDRESS = "/me/projects/FALCON"


def test_what_is_listed_leads_to_the_profile_and_is_joined_once_the_country_is_known(app: Flask) -> None:
    with app.app_context(), transaction():
        project = make_project()
        project.title, project.description, project.countries = "t", "d", ["KE", "UG"]
        make_worker(make_group(), "W1", email="ann@example.com")
        make_user("worker", "ann@example.com")
        staff = make_user("finance").actor
    browser = signed_in(app, "ann@example.com")
    assert "FALCON" in browser.get("/me/projects").text
    page = browser.get(ADDRESS).text
    assert "yours is not known" in page
    assert f'action="{ADDRESS}/join"' not in page
    led = browser.post(f"{ADDRESS}/join", data={"country": "UG"})
    assert (led.status_code, led.location) == (303, "/me/profile")
    with app.app_context(), transaction():
        assert worker_by_external_id("W1").country == ""
    asked = {"name": "", "country": "UG", "group": "KE", "currency": "KES", "reason": "I live in Kampala."}
    assert browser.post("/me/profile", data=asked).status_code == 303
    with app.app_context(), transaction():
        (found,) = [change for change, _ in asked_changes() if change.field == "country"]
        answer_change(staff, found.id, grant=True, reason="", now=NOW)
    assert browser.post(f"{ADDRESS}/join").location == ADDRESS
    with app.app_context(), transaction():
        assert session().query(Participation).one().state == "joined"
