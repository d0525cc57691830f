"""The pages on which a test is taken, as a person walks through them on a phone without scripts."""

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_user
from tests.factories.skills import (
    NOW,
    asked,
    make_certification,
    make_result,
    make_test,
    make_version,
    many,
    one,
    order,
    short,
    written,
)
from workforce.core import clock
from workforce.core.db import session, transaction
from workforce.core.scheduler import run_job
from workforce.identity.models import User
from workforce.skills.models import Answer, Attempt, Grading
from workforce.skills.services.attempts import begin
from workforce.skills.services.grading import grade
from workforce.skills.services.tests import QuestionValues

SignIn = Callable[[str], FlaskClient]
MINUTE = timedelta(minutes=1)
FULL = {"clear": 4, "kind": 4}


@pytest.fixture
def me(app: Flask) -> User:
    with app.app_context(), transaction():
        return make_user("applicant")


@pytest.fixture
def browser(sign_in: SignIn, me: User) -> FlaskClient:
    return sign_in(me.email)


def start(browser: FlaskClient, code: str = "code") -> str:
    """Begin a test and give the address of the attempt."""
    answer = browser.post(f"/me/tests/{code}", data={"language": "en"})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def left_of(browser: FlaskClient, attempt: str) -> int:
    """Give the milliseconds that are left as the server tells them."""
    return int(json.loads(browser.get(f"{attempt}/clock").text)["left"])


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_the_list_and_the_start_page_tell_all_before_the_clock_starts(app: Flask, browser: FlaskClient) -> None:
    with app.app_context(), transaction():
        make_version(
            make_test("code", title="Writing in English"), [one(), written()], minutes=45, pass_percent=60, attempts=2,
            cooldown_days=7, appeal_days=14, intro="Two parts.\nTake your time.",
        )  # fmt: skip
    page = text_of(browser.get("/me/tests").text)
    assert "Writing in English · L2" in page
    assert "45 min" in page
    page = text_of(browser.get("/me/tests/code").text)
    for told in (
        "60%", "45 min", "2 attempts in all", "7 days", "appeal within 14 days", "two people", "12 months",
        "Take your time.",
    ):  # fmt: skip
        assert told in page, told
    with app.app_context(), transaction():
        assert session().query(Attempt).count() == 0
    assert browser.get("/me/tests/other").status_code == 404


def test_a_person_takes_a_test_page_by_page(app: Flask, browser: FlaskClient) -> None:
    with app.app_context(), transaction():
        version = make_version(make_test("code"), [one(), many(), order(), short()], minutes=20, pass_percent=70)
        ids = [question.id for question in asked(version)]
    attempt = start(browser)
    first = browser.get(attempt)
    assert first.location == f"{attempt}/questions/1"
    page = browser.get(first.location).text
    assert "Question 1 of 4" in page
    assert "20&nbsp;min" in page or "20\xa0min" in page
    assert 'src="/static/taking.js"' in page
    assert browser.post(first.location, data={"chosen": "b", "go": "2"}).location == f"{attempt}/questions/2"
    assert browser.post(f"{attempt}/questions/2", data={"chosen": ["a", "c"], "go": "1"}).location == first.location
    assert 'value="b" checked' in browser.get(first.location).text
    numbers = {"number-c": "1", "number-a": "2", "number-b": "3"}
    assert browser.post(f"{attempt}/questions/3", data={**numbers, "go": "4"}).location == f"{attempt}/questions/4"
    assert '<option value="3" selected>' in browser.get(f"{attempt}/questions/3").text
    assert browser.post(f"{attempt}/questions/4", data={"text": "", "go": "review"}).location == f"{attempt}/review"
    page = text_of(browser.get(f"{attempt}/review").text)
    assert "1 question is not answered" in page
    assert browser.get(attempt).location == f"{attempt}/questions/4"  # from another device
    browser.post(f"{attempt}/questions/4", data={"text": "BLUE.", "go": "review"})
    assert browser.get(attempt).location == f"{attempt}/review"
    assert browser.post(f"{attempt}/hand-in").location == attempt
    page = text_of(browser.get(attempt).text)
    assert "Passed" in page
    assert "4 / 4" in page
    assert "You are certified" in page
    with app.app_context(), transaction():
        kept = {one.question_id: one.answer for one in session().query(Answer)}
    given = [{"chosen": ["b"]}, {"chosen": ["a", "c"]}, {"chosen": ["c", "a", "b"]}, {"text": "BLUE."}]
    assert kept == dict(zip(ids, given, strict=True))
    assert browser.get("/me/tests/attempts").status_code == 200


@pytest.mark.parametrize(
    ("place", "data"),
    [
        (1, {"chosen": "zzz"}), (1, {"chosen": ["a", "b"]}), (2, {"chosen": ["a", "a"]}), (3, {"number-a": "1"}),
        (3, {"number-a": "1", "number-b": "1", "number-c": "2"}), (4, {"text": "x" * 20_001}),
    ],
)  # fmt: skip
def test_forged_and_half_answers_are_refused_and_what_was_typed_stays(
    app: Flask, browser: FlaskClient, place: int, data: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        make_version(make_test("code"), [one(), many(), order(), short()])
    attempt = start(browser)
    answer = browser.post(f"{attempt}/questions/{place}", data={**data, "go": "1"})
    assert answer.status_code == 400
    assert "This answer was not saved." in answer.text
    if "text" in data:
        assert data["text"] in answer.text
    if "number-a" in data:
        assert '<option value="1" selected>' in answer.text
    with app.app_context(), transaction():
        assert session().query(Answer).count() == 0


def test_nobody_sees_or_touches_somebody_elses_attempt(app: Flask, browser: FlaskClient, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        make_version(make_test("code"))
        other = make_user("worker")
    attempt = start(browser)
    stranger = sign_in(other.email)
    for address in (attempt, f"{attempt}/questions/1", f"{attempt}/review"):
        assert stranger.get(address).status_code == 404
    for address in (f"{attempt}/questions/1", f"{attempt}/hand-in", f"{attempt}/appeal"):
        assert stranger.post(address, data={"chosen": "b", "text": "Not mine at all"}).status_code == 404
    for place in (0, 2, 99):
        assert browser.get(f"{attempt}/questions/{place}").status_code == 404
        assert browser.post(f"{attempt}/questions/{place}", data={"chosen": "b"}).status_code == 404
    assert browser.get(f"/me/tests/attempts/{2**70}").status_code == 404


def test_after_the_deadline_nothing_is_saved_and_what_was_is_handed_in(app: Flask, browser: FlaskClient) -> None:
    with app.app_context(), transaction():
        make_version(make_test("code"), [one(), short()], minutes=10, pass_percent=50)
    attempt = start(browser)
    browser.post(f"{attempt}/questions/1", data={"chosen": "b", "go": "2"})
    clock.freeze(NOW + 10 * MINUTE)
    assert browser.post(f"{attempt}/questions/2", data={"text": "blue", "go": "stay"}).status_code == 409
    late = browser.post(f"{attempt}/questions/2", data={"text": "blue", "go": "1"})
    assert late.location == attempt
    page = text_of(browser.get(attempt).text)
    assert "The time was over" in page
    assert "1 / 2" in page
    assert browser.get(f"{attempt}/questions/1").location == attempt
    assert browser.post(f"{attempt}/hand-in").location == attempt  # once more changes nothing
    assert browser.post(f"{attempt}/questions/1", data={"chosen": "a", "go": "stay"}).status_code == 409
    with app.app_context(), transaction():
        assert session().query(Answer).count() == 1


@pytest.mark.parametrize("by", ["the button", "the page", "the job", "a new start"])
def test_an_attempt_left_alone_is_handed_in_by_a_button_or_the_job_and_not_by_being_looked_at(
    app: Flask, browser: FlaskClient, by: str
) -> None:
    with app.app_context(), transaction():
        make_version(make_test("code"), [one(), short()], minutes=10, pass_percent=50)
    attempt = start(browser)
    browser.post(f"{attempt}/questions/1", data={"chosen": "b", "go": "2"})
    clock.freeze(NOW + 60 * MINUTE)
    for address in (f"{attempt}/questions/1", f"{attempt}/review"):
        assert browser.get(address).location == attempt
    assert "The time is over" in browser.get(attempt).text
    assert "being handed in" in text_of(browser.get("/me/tests").text)
    assert "being handed in" in text_of(browser.get("/me/tests/code").text)
    with app.app_context(), transaction():
        assert session().query(Attempt).one().state == "open"
    if by == "the job":
        with app.app_context():
            assert run_job("close-attempts").rows == 1
    elif by == "a new start":
        assert browser.post("/me/tests/code", data={"language": "en"}).status_code == 409
        assert browser.post(f"{attempt}/hand-in").status_code == 302
    else:
        assert browser.post(f"{attempt}/hand-in", data={"over": "1"} if by == "the page" else {}).location == attempt
    assert "1 / 2" in text_of(browser.get(attempt).text)
    with app.app_context(), transaction():
        found = session().query(Attempt).one()
        assert (found.state, found.submitted_at) == ("passed", NOW + 10 * MINUTE)


def test_a_page_that_counts_too_fast_does_not_hand_in_before_the_end(app: Flask, browser: FlaskClient) -> None:
    with app.app_context(), transaction():
        make_version(make_test("code"), minutes=10)
    attempt = start(browser)
    clock.freeze(NOW + 10 * MINUTE - timedelta(milliseconds=1))
    assert left_of(browser, attempt) == 1
    assert browser.post(f"{attempt}/hand-in", data={"over": "1"}).location == attempt
    assert browser.get(attempt).location == f"{attempt}/questions/1"
    clock.freeze(NOW + 10 * MINUTE)
    assert left_of(browser, attempt) == 0
    browser.post(f"{attempt}/hand-in", data={"over": "1"})
    assert "Not passed this time" in browser.get(attempt).text


def test_a_running_test_can_be_continued_from_every_list(app: Flask, browser: FlaskClient) -> None:
    with app.app_context(), transaction():
        make_version(make_test("code"), minutes=10)
    attempt = start(browser)
    for address in ("/me/tests", "/me/tests/attempts", "/me/tests/code"):
        assert re.search(rf'href="{attempt}">Continue<', browser.get(address).text), address


def test_what_was_typed_earlier_and_arrives_late_takes_the_place_of_nothing(app: Flask, browser: FlaskClient) -> None:
    with app.app_context(), transaction():
        make_version(make_test("code"), [short()], minutes=10)
    attempt = start(browser)
    address = f"{attempt}/questions/1"
    shown = int(re.findall(r'data-now="(\d+)"', browser.get(address).text)[0])

    def sent(text: str, typed: int | str | None) -> str:
        told = {} if typed is None else {"typed": str(typed)}
        assert browser.post(address, data={"text": text, "go": "stay", **told}).status_code == 200
        with app.app_context(), transaction():
            return str(session().query(Answer).one().answer["text"])

    clock.freeze(NOW + MINUTE)
    assert sent("b", shown + 1_000) == "b"
    assert sent("blu", shown + 3_000) == "blu"
    assert sent("bl", shown + 2_000) == "blu"
    assert sent("another tab, later", shown + 4_000) == "another tab, later"
    # A form that is sent by hand is always the newest, with or without scripts.
    assert browser.post(address, data={"text": "blue", "go": "review"}).status_code == 302
    for late in (shown + 5_000, None, "", "-1", "x", "٣", "9" * 40):
        assert sent("bl", late) == "blue"
    # Nor does a page that says that it comes from the future keep others out.
    assert sent("navy", shown + 10**9) == "navy"
    assert browser.post(address, data={"text": "blue", "go": "review"}).status_code == 302
    with app.app_context(), transaction():
        assert session().query(Answer).one().answer == {"text": "blue"}


def test_a_short_answer_says_by_which_rules_it_is_compared(app: Flask, browser: FlaskClient) -> None:
    number = QuestionValues("short", "How many?", key={"accepted": ["1250"], "numeric": True})
    with app.app_context(), transaction():
        make_version(make_test("code"), [short(), number], minutes=10)
    attempt = start(browser)
    assert "Capitals, blanks" in browser.get(f"{attempt}/questions/1").text
    assert "write it as you do at home" in browser.get(f"{attempt}/questions/2").text
    browser.post(f"{attempt}/questions/1", data={"text": "\u200bBlue.", "go": "2"})
    browser.post(f"{attempt}/questions/2", data={"text": "1\u202f250", "go": "review"})
    browser.post(f"{attempt}/hand-in")
    assert "2 / 2" in text_of(browser.get(attempt).text)


def test_the_script_saves_without_going_anywhere(app: Flask, browser: FlaskClient) -> None:
    with app.app_context(), transaction():
        make_version(make_test("code"), [written(most_words=3)])
    attempt = start(browser)
    assert browser.post(f"{attempt}/questions/1", data={"text": "one two three four", "go": "stay"}).status_code == 200
    page = browser.get(f"{attempt}/questions/1").text
    assert "one two three four" in page
    assert "4 words" not in page
    browser.post(f"{attempt}/questions/1", data={"text": "one two three four", "go": "review"})
    assert "Your answer has 4 words" in browser.get(f"{attempt}/review").text


def test_a_graded_test_says_what_was_short_by_line_and_never_by_whom(
    app: Flask, browser: FlaskClient, me: User
) -> None:
    with app.app_context(), transaction():
        test = make_test("code")
        make_version(test, [one(pool="facts"), written("Write a haiku.")], pass_percent=80)
        graders = [make_user("reviewer") for _ in range(2)]
        for grader in graders:
            make_certification(test, grader.id, kind="grader")
    attempt = start(browser)
    browser.post(f"{attempt}/questions/1", data={"chosen": "b", "go": "2"})
    haiku = "An <b>old</b> pond\nand a frog, so still it is"
    browser.post(f"{attempt}/questions/2", data={"text": haiku, "go": "review"})
    browser.post(f"{attempt}/hand-in")
    assert "Your answers are being graded" in browser.get(attempt).text
    with app.app_context(), transaction():
        answer = session().query(Answer).filter_by(wanted=1).one()
        for place, (grader, clear, comment) in enumerate(
            zip(graders, (3, 4), ("A bit <i>rude</i>.", "Rather cold."), strict=True), 1
        ):
            points = {"clear": clear, "kind": 1}
            grade(grader.actor, answer.id, place=place, points=points, comment=comment, now=NOW)
    raw = browser.get(attempt).text
    page = text_of(raw)
    assert "Not passed this time" in page
    assert "5.5 of 9 points; 80% of them pass." in page
    for told in (
        "facts 1 1 Enough", "Is it clear? 3.5 4 Enough", "Is it kind? 1 4 Short", "A bit <i>rude</i>.", "Rather cold.",
    ):  # fmt: skip
        assert told in page, told
    assert "&lt;i&gt;rude" in raw
    for grader in graders:
        assert grader.email not in raw
    assert "Nov 27, 2026" in page  # when she can try again
    assert browser.post(f"{attempt}/appeal", data={"text": "short"}).status_code == 400
    assert browser.post(f"{attempt}/appeal", data={"text": "It was not cold, I think."}).location == attempt
    assert "It was not cold, I think." in browser.get(attempt).text
    assert browser.post(f"{attempt}/appeal", data={"text": "It was not cold, I think."}).status_code == 409
    with app.app_context(), transaction():
        assert session().query(Grading).count() == 2


@pytest.mark.parametrize("address", ["/me/tests", "/me/tests/attempts"])
def test_lists_take_as_many_queries_for_many_as_for_few(
    app: Flask, browser: FlaskClient, me: User, queries: Callable[[Callable[[], object]], int], address: str
) -> None:
    with app.app_context(), transaction():
        make_result(make_version(make_test()), me.id)
    few = queries(lambda: browser.get(address))
    with app.app_context(), transaction():
        for _ in range(60):
            make_result(make_version(make_test()), me.id)
    assert queries(lambda: browser.get(address)) == few
    assert "1–50 of 61" in browser.get(address).text
    assert "51–61 of 61" in browser.get(f"{address}?start=50").text


def test_a_question_page_takes_as_many_queries_for_a_long_paper_as_for_a_short_one(
    app: Flask, browser: FlaskClient, queries: Callable[[Callable[[], object]], int]
) -> None:
    with app.app_context(), transaction():
        make_version(make_test("few"), [one(), one()])
        make_version(make_test("much"), [one() for _ in range(30)])
    short_paper, long_paper = start(browser, "few"), start(browser, "much")
    counts = [
        [queries(partial(browser.get, f"{paper}/{page}")) for page in ("questions/1", "review")]
        for paper in (short_paper, long_paper)
    ]
    assert counts[0] == counts[1]


def test_an_open_attempt_of_another_language_is_gone_on_with(app: Flask, browser: FlaskClient, me: User) -> None:
    with app.app_context(), transaction():
        test = make_test("code")
        make_version(test, locale="en")
        make_version(test, locale="vi", title="Viết")
        attempt = begin(me.actor, "code", locale="vi", now=NOW)
    assert start(browser) == f"/me/tests/attempts/{attempt.id}"
    assert "Viết" in browser.get("/me/tests/code?language=vi").text
