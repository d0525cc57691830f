"""The page that takes files: what it keeps, what it shows, and that it forgets nothing that was typed."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import NOW, make_group, make_project, make_user
from tests.factories.projects import make_manager
from workforce.core.audit import AuditEvent
from workforce.core.db import session, transaction
from workforce.core.errors import NotFound
from workforce.identity.queries import user_by_email
from workforce.imports import views
from workforce.imports.services import Pay, WorkImport, import_work
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code
from workforce.tasks.models import Submission

HEADER = b"source,worker,status,submitted_at,reward,currency\n"
GOOD = HEADER + b"D1,w1,accepted,2026-11-18T09:00:00Z,0.05,USD\nD2,w2,submitted,2026-11-18T10:00:00Z,0.05,USD\n"
MIXED = GOOD + b"D3,w1,perhaps,2026-11-18T09:00:00Z,0.05,USD\n"


@pytest.fixture
def manager(app: Flask, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give the browser of a manager, with a project and a pay group."""
    with app.app_context(), transaction():
        make_group()
        make_project("HERON")  # somebody else's
        email = make_manager(make_project(), email="m@example.com").email
    return sign_in(email)


def send(browser: FlaskClient, content: bytes | None, **fields: str) -> str:
    data: dict[str, object] = {"format": "csv", "project": "FALCON", "pay": "reward", "group": "KE", **fields}
    if content is not None:
        data["file"] = (io.BytesIO(content), "<my>work.csv")
    return browser.post("/manage/imports", data=data, content_type="multipart/form-data").text


def figures(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>(.*?)</dt><dd><bdi>(.*?)</bdi>", page))


def kept(app: Flask) -> int:
    with app.app_context(), transaction():
        return session().scalar(select(func.count()).select_from(Submission)) or 0


def test_a_file_is_taken_in_by_the_person_who_sent_it(app: Flask, manager: FlaskClient) -> None:
    page = send(manager, GOOD)
    assert figures(page) == {
        "Rows": "2", "Imported": "2", "Already there": "0", "Corrected": "0", "No work": "0", "Refused": "0",
        "New workers": "2",
    }  # fmt: skip
    assert "&lt;my&gt;work.csv was read." in page
    assert kept(app) == 2
    with app.app_context(), transaction():
        query = select(AuditEvent.actor).where(AuditEvent.action.in_(["work.import", "worker.create"])).distinct()
        assert session().scalars(query).all() == ["m@example.com"]
    assert figures(send(manager, GOOD))["Already there"] == "2"


def test_bad_rows_are_shown_with_number_column_and_reason_and_good_ones_are_kept(
    app: Flask, manager: FlaskClient
) -> None:
    page = send(manager, MIXED)
    assert figures(page)["Refused"] == "1"
    row = re.findall(r'class="number"><bdi class="money">3</bdi></td>.*?<td[^>]*>status</td>', page, re.DOTALL)
    assert row
    assert "perhaps" in page
    assert kept(app) == 2


@pytest.mark.parametrize("choice", ["dry_run", "all_or_nothing"])
def test_nothing_is_kept_where_nothing_should_be(app: Flask, manager: FlaskClient, choice: str) -> None:
    page = send(manager, MIXED, **{choice: "y"})
    assert re.search(rf'<input[^>]* checked[^>]* name="{choice}"', page)
    assert kept(app) == 0
    assert ("Dry run: nothing was kept." in page) == (choice == "dry_run")
    assert ("so nothing was kept, as you asked" in page) == (choice == "all_or_nothing")


def test_an_unfinished_import_is_shown_to_whoever_manages_the_project(
    app: Flask, manager: FlaskClient, sign_in: Callable[[str], FlaskClient]
) -> None:
    class Stopped(BaseException):
        pass

    told: list[int] = []

    def stop() -> None:
        told.append(1)
        if len(told) == 3:  # two parts were looked at, and one is taken in
            raise Stopped

    with app.app_context():
        with transaction():
            project, group = project_by_code("FALCON"), group_by_code("KE")
            actor = user_by_email("m@example.com").actor
            other = make_manager(project_by_code("HERON")).email
        what = WorkImport(
            "csv", project, Pay.REWARD, group, all_or_nothing=True, progress=stop, rows_a_transaction=1
        )  # fmt: skip
        with pytest.raises(Stopped):
            import_work(actor, io.BytesIO(GOOD), what, now=NOW)
    page = manager.get("/manage/imports").text
    assert "FALCON, begun by m@example.com on" in page
    assert "1 of 2 rows are left" in page
    assert "unfinished" not in sign_in(other).get("/manage/imports").text
    page = send(manager, GOOD)
    assert "its last 1 rows were taken in first" in page
    assert "An import is unfinished." not in page
    assert figures(page)["Already there"] == "2"


def test_the_first_refused_rows_are_listed_and_the_rest_counted(
    manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "REFUSED_SHOWN", 2)
    bad = HEADER + b"".join(b"D%d,w1,perhaps,2026-11-18T09:00:00Z,1,USD\n" % number for number in range(5))
    page = send(manager, bad)
    assert page.count("perhaps") == 2
    assert "The first 2 are shown; 3 more were refused." in page


def test_an_error_keeps_what_was_typed(app: Flask, manager: FlaskClient) -> None:
    for page in (
        send(manager, None, pay="rates", all_or_nothing="y"),
        send(manager, b"a,b\n1,2\n", pay="rates", all_or_nothing="y"),
        send(manager, GOOD, pay="rates", all_or_nothing="y", format="fax"),
    ):
        assert 'role="alert"' in page
        assert '<option selected value="KE">' in page
        assert re.search(r'<input checked[^>]* value="rates"', page)
        assert re.search(r'<input[^>]* checked[^>]* name="all_or_nothing"', page)
    assert kept(app) == 0


def test_a_file_of_another_tool_is_named_and_nothing_of_it_is_kept(app: Flask, manager: FlaskClient) -> None:
    sample = (Path(__file__).parent / "samples" / "mturk_web.csv").read_bytes()
    page = send(manager, sample)
    assert "Amazon Mechanical Turk" in re.findall(r'role="alert">.*?</div>', page, re.DOTALL)[0]
    assert kept(app) == 0


def test_only_projects_of_ones_own_are_offered_and_taken(app: Flask, manager: FlaskClient) -> None:
    assert "HERON" not in manager.get("/manage/imports").text
    assert "Choose one of these." in send(manager, GOOD, project="HERON")
    with app.app_context(), transaction():
        what = WorkImport("csv", project_by_code("HERON"), Pay.REWARD)
        actor = user_by_email("m@example.com").actor
    with app.app_context(), pytest.raises(NotFound):
        import_work(actor, io.BytesIO(GOOD), what, now=NOW)
    assert kept(app) == 0


@pytest.mark.parametrize(("state", "taken"), [("draft", 0), ("paused", 2), ("closed", 2)])
def test_work_that_was_begun_is_taken_in_also_when_a_project_is_paused_or_closed(
    app: Flask, manager: FlaskClient, state: str, taken: int
) -> None:
    with app.app_context(), transaction():
        project_by_code("FALCON").state = state
    page = send(manager, GOOD)
    assert ("is a draft" in page) == (state == "draft")
    assert kept(app) == taken


def test_a_choice_that_was_not_offered_is_refused(app: Flask, manager: FlaskClient) -> None:
    for field in ("project", "group", "format", "pay"):
        assert "Choose one of these." in send(manager, GOOD, **{field: "NO-SUCH"})
    assert kept(app) == 0


def test_without_a_project_the_page_says_how_to_get_one(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), transaction():
        email = make_user("admin").email
    page = sign_in(email).get("/manage/imports").text
    assert "You manage no project yet" in page
    assert '<form class="form"' not in page
