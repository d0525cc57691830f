"""The graders' pages are blind; whoever decides on an appeal grades anew; agreement is told in words."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_user
from tests.factories.skills import NOW, asked, make_certification, make_test, make_version, written
from workforce.core import clock
from workforce.core.db import session, transaction
from workforce.identity.models import User
from workforce.skills.models import Answer, Attempt, Grading, SkillTest, TestVersion
from workforce.skills.services.appeals import appeal_attempt
from workforce.skills.services.attempts import begin, hand_in, save
from workforce.skills.services.grading import grade
from workforce.skills.views.grade import SENTENCES, mark_sentence

SignIn = Callable[[str], FlaskClient]
TEXT = "An old pond lies still, and then all at once a frog jumps in <script>: the sound of water."


def made(app: Flask) -> tuple[int, str, str]:
    """Make a written answer that waits, and give its number, its writer's address and a grader's."""
    with app.app_context(), transaction():
        test = make_test("code", title="Haiku")
        version = make_version(test, [written("Write a haiku.", most_words=5)], pass_percent=50, tolerance_percent=10)
        grader = make_user("reviewer")
        make_certification(test, grader.id, kind="grader")
        writer = make_user("applicant")
        return handed_in(version, test, writer), writer.email, grader.email


def handed_in(version: TestVersion, test: SkillTest, writer: User, text: str = TEXT) -> int:
    attempt = begin(writer.actor, test.code, locale="en", now=NOW)
    answer = save(writer.actor, attempt.id, asked(version)[0].id, text=text, now=NOW)
    hand_in(writer.actor, attempt.id, now=NOW)
    return answer.id


def another_grader(app: Flask) -> User:
    with app.app_context(), transaction():
        user = make_user("reviewer")
        make_certification(session().query(SkillTest).one(), user.id, kind="grader")
        return user


def points(answer: int, clear: object, kind: object, **values: object) -> dict[str, object]:
    return {f"points-{answer}-clear": clear, f"points-{answer}-kind": kind, "place": 1, **values}


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_a_grader_sees_the_answer_and_its_hints_and_not_whose_it_is(app: Flask, sign_in: SignIn) -> None:
    answer, writer, grader = made(app)
    clock.freeze(NOW + timedelta(days=2))
    browser = sign_in(grader)
    assert "2 days" in text_of(browser.get("/manage/grading").text)
    page = browser.get(f"/manage/grading/{answer}").text
    for told in (
        "Write a haiku.", "frog jumps in &lt;script&gt;", "Is it clear?", "at most 5 were asked for",
        "It waits for 2 days.",
    ):  # fmt: skip
        assert told in page, told
    with app.app_context(), transaction():
        user_id = session().query(User).filter_by(email=writer).one().id
        attempt_id = session().get_one(Answer, answer).attempt_id
    assert writer not in page
    assert f"/attempts/{attempt_id}" not in page
    assert user_id != answer


def test_other_graders_points_are_nowhere_to_be_seen(app: Flask, sign_in: SignIn) -> None:
    answer, _, grader = made(app)
    second = another_grader(app)
    browser = sign_in(grader)
    kept = browser.post(f"/manage/grading/{answer}", data=points(answer, 1, 0, comment="Quite unkind, Sir."))
    assert kept.location == "/manage/grading"
    page = sign_in(second.email).get(f"/manage/grading/{answer}").text
    assert "Quite unkind" not in page
    assert grader not in page
    assert 'name="place" value="2"' in page
    assert browser.get(f"/manage/grading/{answer}").status_code == 404


@pytest.mark.parametrize(
    "given", [(5, 0), (-1, 0), ("", 0), ("1.5", 0), ("٣", 1), ("9" * 30, 1), (4, 3)], ids=str
)  # the last one without a comment
def test_points_that_cannot_be_are_refused_and_what_was_typed_stays(
    app: Flask, sign_in: SignIn, given: tuple[object, object]
) -> None:
    answer, _, grader = made(app)
    browser = sign_in(grader)
    comment = "" if given == (4, 3) else "Too <short>."
    refused = browser.post(f"/manage/grading/{answer}", data=points(answer, *given, comment=comment))
    assert refused.status_code == 400
    assert f'value="{given[1]}"' in refused.text
    assert html.escape(comment) in refused.text
    with app.app_context(), transaction():
        assert session().query(Grading).count() == 0


def test_forged_lines_and_a_missing_place_keep_nothing(app: Flask, sign_in: SignIn) -> None:
    answer, _, grader = made(app)
    browser = sign_in(grader)
    data = points(answer, 4, 4)
    assert browser.post(f"/manage/grading/{answer}", data={**data, f"points-{answer}-extra": 4}).status_code == 400
    assert browser.post(f"/manage/grading/{answer}", data={**data, "place": 2}).location == "/manage/grading"
    assert browser.post(f"/manage/grading/{answer}", data={**data, "place": "x"}).location == "/manage/grading"
    with app.app_context(), transaction():
        assert session().query(Grading).count() == 0


def test_a_grader_without_a_certification_sees_nothing(app: Flask, sign_in: SignIn) -> None:
    answer, *_ = made(app)
    with app.app_context(), transaction():
        stranger = make_user("reviewer")
    browser = sign_in(stranger.email)
    assert "Nothing waits for you" in browser.get("/manage/grading").text
    assert browser.get(f"/manage/grading/{answer}").status_code == 404
    assert browser.post(f"/manage/grading/{answer}", data=points(answer, 4, 4)).status_code == 404


def test_whoever_comes_second_is_told(app: Flask, sign_in: SignIn) -> None:
    answer, _, grader = made(app)
    second = another_grader(app)
    sign_in(grader).post(f"/manage/grading/{answer}", data=points(answer, 4, 4))
    browser = sign_in(second.email)
    assert browser.post(f"/manage/grading/{answer}", data=points(answer, 4, 4)).location == "/manage/grading"
    page = browser.get("/manage/grading").text
    assert "Somebody else graded this answer at the same moment" in page
    assert f"/manage/grading/{answer}" in page  # a second grader is wanted all the same


def test_the_queue_takes_as_many_queries_for_many_as_for_few(
    app: Flask, sign_in: SignIn, queries: Callable[[Callable[[], object]], int]
) -> None:
    _, _, grader = made(app)
    browser = sign_in(grader)
    few = queries(lambda: browser.get("/manage/grading"))
    with app.app_context(), transaction():
        version, test = session().query(TestVersion).one(), session().query(SkillTest).one()
        for number in range(55):
            handed_in(version, test, make_user("applicant"), text=f"{TEXT} {number}")
    assert queries(lambda: browser.get("/manage/grading")) == few
    assert "1–50 of 56" in browser.get("/manage/grading").text
    assert "51–56 of 56" in browser.get("/manage/grading?start=50").text


def test_an_appeal_is_granted_with_points_of_ones_own(app: Flask, sign_in: SignIn) -> None:
    answer, writer, grader = made(app)
    with app.app_context(), transaction():
        manager = make_user("manager")
        graders = [session().query(User).filter_by(email=grader).one(), make_user("reviewer")]
        make_certification(session().query(SkillTest).one(), graders[1].id, kind="grader")
        for place, person in enumerate(graders, 1):
            grade(person.actor, answer, place=place, points={"clear": 0, "kind": 1}, comment=f"No {place}.", now=NOW)
        attempt = session().get_one(Answer, answer).attempt_id
        browser_of_manager = manager.email
    browser = sign_in(browser_of_manager)
    address = f"/manage/attempts/{attempt}"
    assert browser.get(address).status_code == 404  # nothing is appealed yet
    with app.app_context(), transaction():
        me = session().query(User).filter_by(email=writer).one().actor
        appeal_attempt(me, attempt, "It is a haiku if you count well.", now=NOW)
    page = browser.get(address).text
    for told in ("It is a haiku if you count well.", "Grader 1", "0 of 4", "No 2."):
        assert told in page, told
    assert writer not in page
    assert grader not in page
    data = {f"points-{answer}-clear": 4, f"points-{answer}-kind": 4, f"comment-{answer}": ""}
    refused = browser.post(address, data={**data, "answer": "no"})
    assert refused.status_code == 400
    with app.app_context(), transaction():
        assert session().query(Grading).count() == 2
    assert browser.post(address, data={**data, "answer": "It is one indeed."}).location == address
    assert browser.post(address, data={**data, "answer": "It is one indeed."}).status_code == 409
    with app.app_context(), transaction():
        assert session().get_one(Attempt, attempt).state == "passed"
        assert session().query(Grading).count() == 3


def test_agreement_is_shown_with_words(app: Flask, sign_in: SignIn) -> None:
    answer, _, grader = made(app)
    second = another_grader(app)
    with app.app_context(), transaction():
        manager = make_user("manager")
    browser = sign_in(manager.email)
    assert "No answer was graded by two yet" in browser.get("/manage/tests/code/agreement").text
    with app.app_context(), transaction():
        version, test = session().query(TestVersion).one(), session().query(SkillTest).one()
        first = session().query(User).filter_by(email=grader).one()
        others = [handed_in(version, test, make_user("applicant"), text=f"{TEXT} {number}") for number in range(3)]
        full, zero = {"clear": 4, "kind": 4}, {"clear": 0, "kind": 0}
        given = ((full, full), (zero, zero), (full, full), (zero, full))
        for key, (one, other) in zip([answer, *others], given, strict=True):
            grade(first.actor, key, place=1, points=one, comment="x", now=NOW)
            grade(second.actor, key, place=2, points=other, comment="x", now=NOW)
    page = text_of(browser.get("/manage/tests/code/agreement").text)
    assert "0.5 · moderate" in page
    assert f"{min(grader, second.email)} {max(grader, second.email)}" in page
    assert browser.get("/manage/tests/other/agreement").status_code == 404


@pytest.mark.parametrize("code", [*SENTENCES, "of_a_later_version"])
def test_every_mark_has_a_sentence(app: Flask, code: str) -> None:
    with app.test_request_context():
        said = mark_sentence({"code": code, "share": 50, "contained": 92, "answer": 1, "excerpt": "x", "phrase": "p",
                              "signs": ["bold", "dashes"], "words": 9, "most": 5})  # fmt: skip
    assert said
    assert "%(" not in said
