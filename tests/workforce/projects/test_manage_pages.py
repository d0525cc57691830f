"""A manager's pages of a project: only of her own, nothing typed is lost, and the database is asked little."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, text

from tests.factories import NOW, make_group, make_project, make_user, make_worker
from tests.factories.projects import make_guideline, make_manager, make_participants
from workforce.core.audit import AuditEvent
from workforce.core.db import session, transaction
from workforce.projects.models import Project, ProjectMember
from workforce.projects.queries import project_by_code
from workforce.projects.rules import ANIMALS
from workforce.skills.models import SkillTest
from workforce.workers.models import Worker

MANAGER = "m@example.com"
PAGES = ("", "/settings", "/guidelines", "/guidelines/1", "/requirements", "/members", "/people", "/state", "/revival")
POSTS = ("/settings", "/guidelines", "/requirements", "/members", "/state", "/revival", "/members/1/manager/remove",
         "/people/W1/remove")  # fmt: skip
FULL = {
    "title": "Compare <replies>", "description": "You read two.", "languages": "vi, en", "countries": "ke VN",
    "target": "27,000", "deadline": "2027-01-31", "budget": "25000.50", "currency": "usd", "alarm_percent": "75",
    "minutes": "0.5",
}  # fmt: skip


@pytest.fixture
def manager(app: Flask, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give the browser of a manager of FALCON, which has guidelines and a worker; HERON is somebody else's."""
    with app.app_context(), transaction():
        project = make_project()
        make_manager(project, email=MANAGER)
        make_guideline(project, "# Heading\n\n- <b>one</b>\n- two")
        make_manager(make_project("HERON"))
        make_participants(project, [make_worker(make_group(), "W1", email="w1@example.com", country="KE")])
    return sign_in(MANAGER)


def typed(page: str) -> dict[str, str]:
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
    return {name: unescape(value) for name, value in fields.items()}


def test_every_page_of_ones_own_project_opens_and_of_anothers_none(app: Flask, manager: FlaskClient) -> None:
    for path in PAGES:
        assert manager.get(f"/manage/projects/FALCON{path}").status_code == 200, path
        assert manager.get(f"/manage/projects/HERON{path}").status_code == 404, path
    with app.app_context(), transaction():
        before = session().scalars(select(func.count()).select_from(AuditEvent)).one()
    for path in POSTS:
        answer = manager.post(f"/manage/projects/HERON{path}", data={"reason": "x", "code": "EMU", "body": "x", **FULL})
        assert answer.status_code == 404, path
    with app.app_context(), transaction():
        assert session().scalars(select(func.count()).select_from(AuditEvent)).one() == before
    listed = manager.get("/manage/projects").text
    assert "FALCON" in listed
    assert "HERON" not in listed


def test_an_admin_sees_all(app: Flask, manager: FlaskClient, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), transaction():
        email = make_user("admin").email
    admin = sign_in(email)
    assert all(code in admin.get("/manage/projects").text for code in ("FALCON", "HERON"))
    assert admin.get("/manage/projects/HERON/people").status_code == 200


def test_a_project_is_created_under_a_suggested_name(app: Flask, manager: FlaskClient) -> None:
    first = typed(manager.get("/manage/projects/new").text)
    assert first["code"] in ANIMALS
    sent = {**FULL, "code": first["code"], "customer": "Owl & Sons"}
    again = manager.post("/manage/projects/new", data={**sent, "another": "1"})
    assert again.status_code == 200
    second = typed(again.text)
    assert second["code"] not in {first["code"], "OWL"}
    assert (second["customer"], second["title"], second["target"]) == ("Owl & Sons", "Compare <replies>", "27,000")
    answer = manager.post("/manage/projects/new", data={**sent, "code": second["code"]})
    assert answer.location == f"/manage/projects/{second['code']}/guidelines"
    with app.app_context(), transaction():
        made = project_by_code(second["code"])
        assert (made.languages, made.countries, made.target) == (["vi", "en"], ["KE", "VN"], 27_000)
        assert (made.budget, made.budget_currency, made.alarm_percent) == (25_000_500_000, "USD", 75)
        assert (made.expected_seconds, str(made.deadline), made.state) == (30, "2027-01-31", "draft")
    assert manager.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("code", "falcon?", "Use a name such as"), ("code", "NaN", "Use a name such as"),
        ("code", "0", "Use a name such as"),
        ("code", "FALCON", "exists already"), ("code", "OWL", "must not tell who"),
        ("customer", "", "Please fill this in."), ("languages", "klingon!", "is no tag of a language"),
        ("countries", "ZZ", "is no code of a country"), ("target", "many", "Write a whole number from 1"),
        ("target", "0", "Write a whole number from 1"), ("target", "0.0000001", "Write a whole number from 1"),
        ("target", "𝟙", "Write a whole number from 1"), ("deadline", "soon", "Write a date such as"),
        ("budget", "-3", "Write a plain number"), ("budget", "NaN", "Write a plain number"),
        ("budget", "0", "Write an amount above 0"), ("budget", "1,000.5", "Write a plain number"),
        ("currency", "XXX", "three letters of a currency"), ("currency", "", "three letters of a currency"),
        ("alarm_percent", "100", "from 1 to 99"), ("minutes", "1e9", "Write a plain number"),
        ("minutes", "1441", "Write minutes above 0"),
        ("description", "for owl & sons", "names the customer"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    app: Flask, manager: FlaskClient, field: str, value: str, words: str
) -> None:
    sent = {**FULL, "code": "EMU", "customer": "Owl & Sons", field: value}
    answer = manager.post("/manage/projects/new", data=sent)
    assert answer.status_code in {400, 409}
    assert words in unescape(answer.text)
    kept = typed(answer.text)
    for name, text_ in sent.items():
        if name not in {"description", "code"}:
            assert kept[name] == text_, name
    with app.app_context(), transaction():
        assert session().scalars(select(func.count()).select_from(Project)).one() == 2


def test_settings_come_back_as_they_were_typed(manager: FlaskClient) -> None:
    assert manager.post("/manage/projects/FALCON/settings", data=FULL).status_code == 303
    page = manager.get("/manage/projects/FALCON/settings").text
    assert {name: value for name, value in typed(page).items() if name not in {"next", "csrf_token"}} == {
        **{name: value for name, value in FULL.items() if name != "description"},
        "languages": "vi, en", "countries": "KE, VN", "target": "27000", "currency": "USD", "budget": "25000.5",
    }  # fmt: skip
    assert "Secret Customer Ltd" in page
    assert "Secret Customer" not in manager.get("/manage/projects/FALCON").text


def test_guidelines_are_published_and_two_who_write_at_once_are_told(app: Flask, manager: FlaskClient) -> None:
    page = manager.get("/manage/projects/FALCON/guidelines").text
    assert '<input type="hidden" name="based_on" value="1">' in page
    assert "0 of 1" in page
    assert (
        manager.post("/manage/projects/FALCON/guidelines", data={"body": "Theirs", "based_on": "1"}).status_code == 303
    )
    answer = manager.post("/manage/projects/FALCON/guidelines", data={"body": "Mine", "based_on": "1"})
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert "has published version 2" in answer.text
    assert manager.post("/manage/projects/FALCON/guidelines", data={"body": "Mine", "based_on": "2"}).status_code == 303
    shown = manager.get("/manage/projects/FALCON/guidelines/1").text
    assert "<li>&lt;b&gt;one&lt;/b&gt;</li>" in shown
    assert manager.get("/manage/projects/FALCON/guidelines/9").status_code == 404


def test_requirements_are_chosen_among_tests(app: Flask, manager: FlaskClient) -> None:
    assert "There is no test yet" in manager.get("/manage/projects/FALCON/requirements").text
    with app.app_context(), transaction():
        session().add(SkillTest(code="writing-vi", title="Writing", created_at=NOW, level=""))
        session().flush()
        test_id = session().scalars(select(SkillTest.id)).one()
    assert manager.post("/manage/projects/FALCON/requirements", data={"tests": [test_id]}).status_code == 303
    assert re.search(r"<input[^>]*checked", manager.get("/manage/projects/FALCON/requirements").text)
    assert manager.post("/manage/projects/FALCON/requirements", data={"tests": [999]}).status_code == 404


def test_state_changes_say_what_they_mean_and_want_a_reason(manager: FlaskClient) -> None:
    page = manager.get("/manage/projects/FALCON/state").text
    assert "Nobody can join or take a new task. Tasks that were begun can be finished" in page
    sent = {"action": "pause", "seen": "open", "reason": ""}
    assert manager.post("/manage/projects/FALCON/state", data=sent).status_code == 400
    assert manager.post("/manage/projects/FALCON/state", data={**sent, "reason": "a week"}).status_code == 303
    late = manager.post("/manage/projects/FALCON/state", data={**sent, "action": "close", "reason": "my reason"})
    assert late.status_code == 409
    assert "it is paused now" in late.text
    assert "my reason" in late.text


def test_members_are_added_and_taken_off_with_a_reason(app: Flask, manager: FlaskClient) -> None:
    with app.app_context(), transaction():
        other = make_user("manager", "o@example.com")
        mine = (
            session()
            .scalars(select(ProjectMember.user_id).where(ProjectMember.project_id == project_by_code("FALCON").id))
            .one()
        )
    path = "/manage/projects/FALCON/members"
    refused = manager.post(path, data={"email": "who@example.com", "part": "manager", "reason": "helps"})
    assert refused.status_code == 404
    assert typed(refused.text)["email"] == "who@example.com"
    assert manager.post(f"{path}/{mine}/manager/remove", data={"reason": "x"}).status_code == 409
    assert manager.post(path, data={"email": "o@example.com", "part": "manager", "reason": "helps"}).status_code == 303
    assert manager.post(f"{path}/{other.id}/manager/remove", data={"reason": ""}).status_code == 400
    answer = manager.post(f"{path}/{mine}/manager/remove", data={"reason": "I leave"})
    assert answer.location == "/manage/projects"
    assert manager.get("/manage/projects/FALCON").status_code == 404


def test_people_are_found_and_taken_off(app: Flask, manager: FlaskClient) -> None:
    assert "w1@example.com" not in manager.get("/manage/projects/FALCON/people").text
    assert "W1" in manager.get("/manage/projects/FALCON/people?search=W1%40EX").text
    assert "Nobody matches" in manager.get("/manage/projects/FALCON/people?search=100%25").text
    assert manager.post("/manage/projects/FALCON/people/W1/remove", data={"reason": "copied"}).status_code == 303
    assert "copied" in manager.get("/manage/projects/FALCON/people?state=removed").text
    assert manager.post("/manage/projects/FALCON/people/W1/remove", data={"reason": "copied"}).status_code == 404


def test_the_pages_ask_the_same_of_the_database_however_much_there_is(
    app: Flask, manager: FlaskClient, queries: Callable[[Callable[[], object]], int]
) -> None:
    addresses = ["/manage/projects", "/manage/imports", *(f"/manage/projects/FALCON{path}" for path in PAGES)]
    before = {one: queries(lambda one=one: manager.get(one)) for one in addresses}  # type: ignore[misc]
    with app.app_context(), transaction():
        _crowd(project_by_code("FALCON"))
    after = {one: queries(lambda one=one: manager.get(one)) for one in addresses}  # type: ignore[misc]
    assert after == before
    assert max(after.values()) <= 14, after
    page = manager.get("/manage/projects/FALCON/people?start=9950").text
    assert "9,951–10,000 of 10,001" in page
    assert "1–50 of 501" in manager.get("/manage/projects").text


def _crowd(project: Project) -> None:
    """Make 500 more projects of the manager, and 10,000 more people of one."""
    values = {"customer": project.customer_id, "project": project.id, "now": NOW}
    session().execute(text("""
        INSERT INTO project (code, customer_id, state, title, description, languages, countries, budget_currency,
            alarm_percent, told_percent, created_at)
        SELECT 'P-' || n, :customer, 'open', '', '', '{}', '{}', '', 80, 0, :now FROM generate_series(1, 500) n
    """), values)  # fmt: skip
    session().execute(text("""
        INSERT INTO project_member SELECT p.id, m.user_id, 'manager', :now FROM project p, project_member m
        WHERE p.code LIKE 'P-%' AND m.project_id = :project
    """), values)  # fmt: skip
    group = session().scalars(select(Worker.group_id)).first()
    people = [
        {"external_id": f"P{number:05}", "name": "", "email": "", "country": "", "currency": "KES", "group_id": group,
         "locale": "", "timezone": "", "status": "active"}
        for number in range(10_000)
    ]  # fmt: skip
    session().execute(insert(Worker), people)
    session().execute(text("""
        INSERT INTO participation SELECT :project, id, 'joined', :now, :now, '' FROM worker WHERE external_id LIKE 'P%'
    """), values)  # fmt: skip
