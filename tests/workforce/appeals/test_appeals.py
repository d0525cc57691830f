"""Appeals: once, in time, decided by somebody else, with a reason that reaches the appellant."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from tests.factories import NOW, make_user
from tests.races.racing import at_once, names, one
from workforce.appeals import services
from workforce.appeals.models import Appeal
from workforce.appeals.rules import (
    ANSWER_WITHIN,
    TRANSITIONS,
    AppealDecided,
    AppealLate,
    AppealOpen,
    SomebodyElse,
    WrongLength,
    answer_due,
    in_time,
    may_decide,
    moved,
)
from workforce.appeals.services import Handler, add_handler, appeal_of, decide_appeal, open_appeal
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, session, transaction
from workforce.core.errors import Forbidden, NotFound
from workforce.core.permissions import ROLES

TEXT = "The key was wrong; my answer stands in the guidelines."
ANSWER = "You are right: the guidelines say so on page two."


@pytest.fixture(autouse=True)
def carried_out(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the subjects whose appeals were granted, and let the scope be nobody's but an admin's."""
    done: list[int] = []
    monkeypatch.setattr(services, "_handlers", {})
    monkeypatch.setattr(services, "_scopes", {})
    add_handler(
        "trial",
        Handler(
            "Test results", evidence=lambda appeal: f"<p>Attempt <b>{appeal.subject_id}</b> failed.</p>",
            granted=lambda _actor, appeal, _now: done.append(appeal.subject_id),
            page=lambda appeal: f"/manage/attempts/{appeal.subject_id}", own_page=lambda _: "/me/tests",
        ),
    )  # fmt: skip
    return done


def appealed(
    subject: int = 7, *, who: Actor | None = None, decided_by: tuple[int | None, ...] = (), project: int | None = None,
    days: int = 1,
) -> Appeal:  # fmt: skip
    return open_appeal(
        who or make_user("worker").actor, kind="trial", subject_id=subject,
        about=f"Test writing-vi, attempt {subject}", text=TEXT, decided_by=decided_by,
        deadline=NOW + timedelta(days=days), now=NOW, project_id=project,
    )  # fmt: skip


def messages(user_id: int) -> list[tuple[str, str]]:
    return [tuple(row) for row in rows("SELECT kind, link FROM message WHERE user_id = :id ORDER BY id", id=user_id)]


@given(st.sampled_from(["open", "granted", "refused"]), st.sampled_from(["grant", "refuse"]))
def test_an_appeal_moves_once(state: str, action: str) -> None:
    if state == "open":
        assert moved(state, action) == TRANSITIONS[state, action]
    else:
        with pytest.raises(AppealDecided):
            moved(state, action)


@given(st.integers(1, 9), st.lists(st.integers(1, 9)), st.none() | st.integers(1, 9))
def test_nobody_decides_on_what_she_had_a_part_in(appellant: int, excluded: list[int], user: int | None) -> None:
    assert may_decide(user, appellant, excluded) == (user is not None and user not in {appellant, *excluded})


def test_the_last_instant_counts() -> None:
    assert in_time(NOW, NOW)
    assert not in_time(NOW, NOW + timedelta(microseconds=1))
    assert answer_due(NOW) == NOW + ANSWER_WITHIN


def test_a_granted_appeal_is_carried_out_and_told(context: Flask, carried_out: list[int]) -> None:
    with transaction():
        appeal, admin = appealed(), make_user("admin").actor
        assert appeal_of("trial", 7) is appeal
        decided = decide_appeal(admin, appeal.id, granted=True, answer=ANSWER, now=NOW)
        assert (decided.state, decided.decided_by, decided.answer) == ("granted", admin.id, ANSWER)
        assert carried_out == [7]
        assert messages(appeal.user_id) == [("appeal.granted", "/me/tests")]
        query = "SELECT action, reason FROM audit_event WHERE subject = :subject ORDER BY id"
        log = rows(query, subject=f"appeal:{appeal.id}")
        assert [tuple(row) for row in log] == [("appeal.open", ""), ("appeal.grant", ANSWER)]
        (mail,) = rows("SELECT subject, text FROM mail")
        assert mail.subject == "Your appeal was granted"
        assert ANSWER in mail.text


def test_a_refused_appeal_changes_nothing_but_is_told(context: Flask, carried_out: list[int]) -> None:
    with transaction():
        appeal = appealed()
        decide_appeal(make_user("admin").actor, appeal.id, granted=False, answer=ANSWER, now=NOW)
        assert (appeal.state, carried_out) == ("refused", [])
        assert messages(appeal.user_id) == [("appeal.refused", "/me/tests")]


def test_an_appeal_is_opened_once_and_in_time(context: Flask) -> None:
    with transaction():
        appealed()
        with pytest.raises(AppealOpen):
            appealed()
        with pytest.raises(AppealLate):
            appealed(8, days=-1)
        with pytest.raises(Forbidden):
            appealed(9, who=SYSTEM)
        with pytest.raises(LookupError, match="no feature"):
            open_appeal(
                make_user("worker").actor, kind="strange", subject_id=1, about="x", text=TEXT, decided_by=[],
                deadline=NOW, now=NOW,
            )  # fmt: skip


@pytest.mark.parametrize("text", ["", "  short   ", "x" * 4_001])
def test_an_appeal_and_its_answer_say_something(context: Flask, text: str) -> None:
    with transaction():
        with pytest.raises(WrongLength):
            open_appeal(
                make_user("worker").actor, kind="trial", subject_id=1, about="x", text=text, decided_by=[],
                deadline=NOW, now=NOW,
            )  # fmt: skip
        appeal = appealed()
        with pytest.raises(WrongLength):
            decide_appeal(make_user("admin").actor, appeal.id, granted=True, answer=text, now=NOW)


def test_who_decided_before_who_appeals_and_the_system_decide_on_none(context: Flask) -> None:
    with transaction():
        first, other = make_user("admin").actor, make_user("admin").actor
        appeal = appealed(who=other, decided_by=(first.id, None))
        for actor in (first, other, SYSTEM):
            with pytest.raises(SomebodyElse):
                decide_appeal(actor, appeal.id, granted=True, answer=ANSWER, now=NOW)
        with pytest.raises(Forbidden):
            decide_appeal(make_user("finance").actor, appeal.id, granted=True, answer=ANSWER, now=NOW)
        with pytest.raises(NotFound):
            decide_appeal(first, 2**40, granted=True, answer=ANSWER, now=NOW)
        assert appeal.state == "open"


def test_the_database_itself_wants_somebody_else(context: Flask) -> None:
    with transaction():
        first = make_user("admin").actor
        appeal = appealed(decided_by=(first.id,))
        for wrong in (first.id, appeal.user_id):
            query = "UPDATE appeal SET state = 'granted', decided_at = opened_at, decided_by = :wrong WHERE id = :id"
            with pytest.raises(IntegrityError, match="somebody_else"), session().begin_nested():
                rows(query, wrong=wrong, id=appeal.id)


def test_a_manager_sees_her_projects_appeals_and_those_without_one(context: Flask) -> None:
    services.set_scope(lambda actor: None if actor.may("projects:all:manage") else [11])
    with transaction():
        hers, others, free = appealed(1, project=11), appealed(2, project=12), appealed(3)
        manager = Actor(make_user("manager").id, "m@example.com", ROLES["manager"])
        for appeal in (hers, free):
            decide_appeal(manager, appeal.id, granted=False, answer=ANSWER, now=NOW)
        with pytest.raises(NotFound):
            decide_appeal(manager, others.id, granted=False, answer=ANSWER, now=NOW)
        decide_appeal(make_user("admin").actor, others.id, granted=False, answer=ANSWER, now=NOW)


def test_two_who_decide_at_once_decide_once(fresh_app: Flask, carried_out: list[int]) -> None:
    with fresh_app.app_context(), transaction():
        people = [make_user("admin").actor for _ in range(2)]
        key, appellant = (appeal := appealed()).id, appeal.user_id

    def decide(actor: Actor, *, granted: bool) -> None:
        with transaction():
            decide_appeal(actor, key, granted=granted, answer=ANSWER, now=NOW)

    calls = [lambda: decide(people[0], granted=True), lambda: decide(people[1], granted=False)]
    outcomes = at_once(fresh_app, *calls, behind="SELECT FROM appeal FOR UPDATE")
    assert names(outcomes) == ["AppealDecided", "done"]
    won = outcomes.index(None)
    assert one(fresh_app, "SELECT state, decided_by FROM appeal") == (("granted", "refused")[won], people[won].id)
    assert one(fresh_app, "SELECT count(*) FROM message WHERE user_id = :id", id=appellant) == 1
    assert carried_out == ([7] if won == 0 else [])


def test_two_who_open_one_at_once_open_one(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        who = make_user("worker").actor

    def open_it() -> None:
        with transaction():
            appealed(who=who)

    outcomes = at_once(fresh_app, open_it, open_it, behind="LOCK TABLE appeal")
    assert names(outcomes) in (["AppealOpen", "done"], ["Collision", "done"])


@pytest.fixture
def staff(app: Flask, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give an admin's browser."""
    with app.app_context(), transaction():
        email = make_user("admin").email
    return sign_in(email)


def test_the_list_shows_what_waits_oldest_first_and_what_was_decided(app: Flask, staff: FlaskClient) -> None:
    assert "No appeal is waiting" in staff.get("/manage/appeals").text
    with app.app_context(), transaction():
        keys = [appealed(subject).id for subject in (1, 2, 3)]
        decide_appeal(make_user("admin").actor, keys[1], granted=False, answer=ANSWER, now=NOW)
    page = staff.get("/manage/appeals").text
    assert page.index("attempt 1<") < page.index("attempt 3<")
    assert "attempt 2<" not in page
    page = staff.get("/manage/appeals?state=decided").text
    assert "attempt 2<" in page
    assert "attempt 1<" not in page


def test_lists_are_paged_with_a_fixed_number_of_statements(
    app: Flask, staff: FlaskClient, queries: Callable[[Callable[[], object]], int]
) -> None:
    with app.app_context(), transaction():
        appealed(1)
    few = queries(lambda: staff.get("/manage/appeals"))
    with app.app_context(), transaction():
        who = make_user("worker").actor
        for subject in range(2, 54):
            appealed(subject, who=who)
    assert queries(lambda: staff.get("/manage/appeals")) == few <= 8
    first, second = staff.get("/manage/appeals").text, staff.get("/manage/appeals?page=2").text
    assert ("1–50 of 53" in first, "51–53 of 53" in second) == (True, True)


def test_an_appeal_is_decided_on_its_page_and_what_was_typed_is_kept(app: Flask, staff: FlaskClient) -> None:
    with app.app_context(), transaction():
        key = appealed().id
    page = staff.get(f"/manage/appeals/{key}").text
    assert TEXT in page
    assert f"/manage/attempts/{7}" in page
    assert "<p>Attempt <b>7</b> failed.</p>" in page
    answer = staff.post(f"/manage/appeals/{key}", data={"decision": "grant", "answer": "short"})
    assert (answer.status_code, ">short</textarea>" in answer.text.replace("\r\n", "")) == (400, True)
    assert "Write 10 to 4,000 characters." in answer.text
    answer = staff.post(f"/manage/appeals/{key}", data={"decision": "", "answer": ANSWER})
    assert (answer.status_code, ANSWER in answer.text) == (400, True)
    answer = staff.post(f"/manage/appeals/{key}", data={"decision": "grant", "answer": ANSWER})
    assert (answer.status_code, answer.location) == (303, "/manage/appeals")
    again = staff.post(f"/manage/appeals/{key}", data={"decision": "refuse", "answer": "Another answer of length"})
    assert again.status_code == 409
    assert "Somebody has decided on this appeal already." in again.text
    assert ANSWER in again.text


def test_whose_appeal_it_is_sees_nothing_of_the_evidence(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), transaction():
        herself = make_user("admin")
        key, email = appealed(who=herself.actor).id, herself.email
    page = sign_in(email).get(f"/manage/appeals/{key}").text
    assert TEXT in page
    assert "failed." not in page


def test_who_took_part_is_shown_no_form(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), transaction():
        decider = make_user("admin")
        key, email = appealed(decided_by=(decider.id,)).id, decider.email
    browser = sign_in(email)
    page = browser.get(f"/manage/appeals/{key}").text
    assert "Somebody else decides here." in page
    assert "<textarea" not in page
    refused = browser.post(f"/manage/appeals/{key}", data={"decision": "grant", "answer": ANSWER})
    assert refused.status_code == 403
