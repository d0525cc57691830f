"""Grading by rubric: two graders, a third one where they differ, nobody twice, nobody her own; then the result."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_user
from tests.factories.skills import NOW, asked, make_certification, make_test, make_version, one, written
from tests.races.racing import at_once, names
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session, transaction
from workforce.core.errors import Forbidden, NotFound
from workforce.core.scheduler import run_job
from workforce.skills.models import Answer, Attempt, Certification, Grading, SkillTest, TestVersion
from workforce.skills.queries.attempts import gradings_of, paper_of, score_of
from workforce.skills.queries.grading import agreement_of, to_grade, waiting, waiting_count
from workforce.skills.queries.results import result_of
from workforce.skills.rules.grading import ON_APPEAL, BadPoints, CommentMissing, Given, checked, next_place, standing
from workforce.skills.services.attempts import begin, hand_in, save
from workforce.skills.services.grading import GradedMeanwhile, grade
from workforce.skills.services.keys import correct_key

RUBRIC = [{"id": "clear", "points": 4}, {"id": "kind", "points": 4}]
FULL = {"clear": 4, "kind": 4}
TEXT = "The old pond is still, and then a frog jumps in: the sound of water."


# Rules


POINTS = st.dictionaries(st.sampled_from(["clear", "kind", "other"]), st.none() | st.integers(-2, 6))


@given(POINTS, st.text(max_size=3))
def test_only_whole_points_within_the_rubric_are_kept(points: dict[str, int | None], comment: str) -> None:
    good = points.keys() == FULL.keys() and all(value is not None and 0 <= value <= 4 for value in points.values())
    if not good:
        with pytest.raises(BadPoints):
            checked(RUBRIC, points, comment)
    elif points != FULL and not comment.strip():
        with pytest.raises(CommentMissing):
            checked(RUBRIC, points, comment)
    else:
        assert checked(RUBRIC, points, comment) == points


@given(st.integers(0, 8), st.integers(0, 8), st.integers(0, 100))
def test_a_third_grader_is_asked_exactly_where_two_differ_too_much(one: int, other: int, percent: int) -> None:
    two = [Given(1, {"a": one}), Given(2, {"a": other})]
    wanted = next_place(two, most=8, tolerance_percent=percent)
    assert wanted == (3 if abs(one - other) * 100 > percent * 8 else None)
    assert next_place([*two, Given(3, {"a": 0})], most=8, tolerance_percent=percent) is None
    assert wanted == next_place([Given(1, {"a": other}), Given(2, {"a": one})], most=8, tolerance_percent=percent)
    assert next_place([], most=8, tolerance_percent=percent) == 1
    assert next_place(two[:1], most=8, tolerance_percent=percent) == 2


def test_a_grading_on_appeal_stands_alone() -> None:
    given_ones = [Given(place, {"a": place}) for place in (1, 2, 3)]
    assert standing(given_ones) == given_ones
    appealed = Given(ON_APPEAL, {"a": 0})
    assert standing([*given_ones, appealed]) == [appealed]
    assert next_place([appealed], most=8, tolerance_percent=0) is None


# Services


def grader(test: SkillTest | None = None) -> Actor:
    actor = make_user("reviewer").actor
    if test is not None:
        make_certification(test, actor.id or 0, kind="grader")
    return actor


def handed_in(version: TestVersion, test: SkillTest, *, text: str = TEXT, person: Actor | None = None) -> Answer:
    """Hand in an attempt whose first question is a written one, and give its answer."""
    me = person or make_user("applicant").actor
    attempt = begin(me, test.code, locale="en", now=NOW)
    answer = save(me, attempt.id, asked(version)[0].id, text=text, now=NOW)
    hand_in(me, attempt.id, now=NOW)
    return answer


def made(**settings: Any) -> tuple[SkillTest, TestVersion]:
    test = make_test()
    return test, make_version(test, [written()], **{"pass_percent": 50, **settings})


def state_of(answer: Answer) -> str:
    return session().get_one(Attempt, answer.attempt_id).state


def test_two_graders_who_agree_decide(context: Flask) -> None:
    with transaction():
        test, version = made()
        answer = handed_in(version, test)
        first, second = grader(test), grader(test)
        assert [one.id for one in waiting(first.id, on=NOW.date())] == [answer.id]
        grade(first, answer.id, place=1, points=FULL, comment="", now=NOW)
        assert (waiting_count(first.id, on=NOW.date()), waiting_count(second.id, on=NOW.date())) == (0, 1)
        assert state_of(answer) == "grading"
        grade(second, answer.id, place=2, points={"clear": 3, "kind": 4}, comment="Vague.", now=NOW)
        assert state_of(answer) == "passed"
        score = score_of(answer.attempt_id)
        assert score is not None
        assert (score.total, score.most, score.cause) == (750, 800, "graded")
        assert session().query(Certification).filter_by(attempt_id=answer.attempt_id).count() == 1
        events = audit.latest(before_id=None, limit=5, subject=f"answer:{answer.id}").events
        assert [event.action for event in events] == ["answer.grade"] * 2


def test_a_third_grader_is_asked_where_they_differ_and_the_middle_stands(context: Flask) -> None:
    with transaction():
        test, version = made(tolerance_percent=20)
        answer = handed_in(version, test)
        graders = [grader(test) for _ in range(4)]
        grade(graders[0], answer.id, place=1, points=FULL, comment="", now=NOW)
        grade(graders[1], answer.id, place=2, points={"clear": 0, "kind": 0}, comment="Empty words.", now=NOW)
        assert (answer.wanted, state_of(answer)) == (3, "grading")
        grade(graders[2], answer.id, place=3, points={"clear": 1, "kind": 2}, comment="So so.", now=NOW)
        assert (answer.wanted, state_of(answer)) == (None, "failed")
        score = score_of(answer.attempt_id)
        assert score is not None
        assert score.total == 300
        with pytest.raises((NotFound, GradedMeanwhile)):
            grade(graders[3], answer.id, place=3, points=FULL, comment="", now=NOW)
        paper = paper_of(session().get_one(Attempt, answer.attempt_id))
        told = result_of(paper, score, gradings_of(answer.attempt_id)).written[0]
        assert [(line.had, line.most, line.short) for line in told.lines] == [(100, 400, True), (200, 400, False)]
        assert told.comments == ["Empty words.", "So so."]


def test_nobody_grades_what_is_not_for_her(context: Flask) -> None:
    with transaction():
        test, version = made()
        answer = handed_in(version, test)
        stranger, lapsed, twice = grader(), grader(), grader(test)
        make_certification(test, lapsed.id or 0, kind="grader", expires_on=date(2026, 11, 19))
        make_certification(test, stranger.id or 0, kind="worker")
        for person in (stranger, lapsed):
            assert waiting_count(person.id, on=NOW.date()) == 0
            with pytest.raises(NotFound):
                grade(person, answer.id, place=1, points=FULL, comment="", now=NOW)
        with pytest.raises(Forbidden):
            grade(make_user("applicant").actor, answer.id, place=1, points=FULL, comment="", now=NOW)
        grade(twice, answer.id, place=1, points=FULL, comment="", now=NOW)
        for place in (1, 2):
            with pytest.raises(NotFound):
                grade(twice, answer.id, place=place, points=FULL, comment="", now=NOW)
        assert session().query(Grading).count() == 1


def test_nobody_grades_her_own_answer(context: Flask) -> None:
    with transaction():
        test, version = made()
        me = make_user("applicant").actor
        make_certification(test, me.id or 0, kind="grader")
        both = Actor(me.id, me.email, me.permissions | {"skills:answers:grade"})
        answer = handed_in(version, test, person=me)
        assert waiting(me.id, on=NOW.date()) == []
        with pytest.raises(NotFound):
            grade(both, answer.id, place=1, points=FULL, comment="", now=NOW)


def test_whoever_opened_a_place_that_was_taken_meanwhile_is_told(context: Flask) -> None:
    with transaction():
        test, version = made()
        answer = handed_in(version, test)
        first, second = grader(test), grader(test)
        grade(first, answer.id, place=1, points=FULL, comment="", now=NOW)
        with pytest.raises(GradedMeanwhile):
            grade(second, answer.id, place=1, points=FULL, comment="", now=NOW)
        grade(second, answer.id, place=2, points=FULL, comment="", now=NOW)
        assert state_of(answer) == "passed"


def test_an_attempt_is_decided_when_all_its_written_answers_are(context: Flask) -> None:
    with transaction():
        test = make_test()
        version = make_version(test, [written(), written("Another."), one()], pass_percent=50)
        me = make_user("applicant").actor
        attempt = begin(me, test.code, locale="en", now=NOW)
        answers = [save(me, attempt.id, question.id, text=TEXT, now=NOW) for question in asked(version)[:2]]
        hand_in(me, attempt.id, now=NOW)
        for place in (1, 2):
            for answer in answers:
                assert attempt.state == "grading"
                grade(grader(test), answer.id, place=place, points=FULL, comment="", now=NOW)
        assert attempt.state == "passed"


def test_a_key_declared_void_after_the_grading_leaves_the_points_of_the_appeal_rule_alone(context: Flask) -> None:
    with transaction():
        test, version = made()
        answer = handed_in(version, test)
        zero = {"clear": 0, "kind": 0}
        for place in (1, 2):
            grade(grader(test), answer.id, place=place, points=zero, comment="No.", now=NOW)
        assert state_of(answer) == "failed"
        correct_key(
            make_user("manager").actor, answer.question_id, base=1, key={"void": True}, reason="Broken", now=NOW
        )
        score = score_of(answer.attempt_id)
        assert score is not None
        assert score.total == score.most


def test_the_queue_is_oldest_first_and_takes_a_fixed_number_of_queries(
    app: Flask, queries: Callable[[Callable[[], object]], int]
) -> None:
    with app.app_context(), transaction():
        test, version = made()
        me = grader(test)
        oldest = handed_in(version, test).id

    def read() -> None:
        with app.app_context(), transaction():
            waiting(me.id, on=NOW.date())
            waiting_count(me.id, on=NOW.date())

    few = queries(read)
    with app.app_context(), transaction():
        later = [handed_in(version, test, text=f"{TEXT} {number}").id for number in range(5)]
        session().get_one(Answer, later[-1]).wanted_since = NOW - timedelta(hours=1)
    assert queries(read) == few
    with app.app_context(), transaction():
        assert [one.id for one in waiting(me.id, on=NOW.date())] == [later[-1], oldest, *later[:-1]]
        assert to_grade(me.id, oldest, on=NOW.date()).answer.id == oldest


def test_agreement_is_read_from_the_first_two_gradings(context: Flask) -> None:
    with transaction():
        test, version = made(tolerance_percent=100)
        pair = grader(test), grader(test)
        zero = {"clear": 0, "kind": 0}
        for given_points in ((FULL, FULL), (zero, zero), (FULL, FULL), (zero, FULL)):
            answer = handed_in(version, test, text=TEXT)
            for place, (person, points) in enumerate(zip(pair, given_points, strict=True), 1):
                grade(person, answer.id, place=place, points=points, comment="x", now=NOW)
        report = agreement_of(test.id)
        # Of 4 answers: both pass 2, both fail 1, they differ on 1: kappa = (3/4 - 1/2) / (1 - 1/2).
        assert (report.whole.answers, report.whole.lines) == (4, Fraction(1, 2))
        assert report.by_pair[0][:2] == tuple(sorted(one.email for one in pair))
        assert [found.answers for *_, found in report.by_question] == [4]


# Races


def test_of_two_graders_at_once_one_keeps_the_place(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        test, version = made()
        answer = handed_in(version, test).id
        graders = [grader(test) for _ in range(2)]

    def call(person: Actor) -> Callable[[], None]:
        def run() -> None:
            with transaction():
                grade(person, answer, place=1, points=FULL, comment="", now=NOW)

        return run

    outcomes = at_once(
        fresh_app, *map(call, graders), behind="SELECT 1 FROM test_answer WHERE id = :id FOR UPDATE", id=answer
    )
    assert names(outcomes) == ["GradedMeanwhile", "done"]
    with fresh_app.app_context(), transaction():
        assert session().query(Grading).count() == 1


def test_graders_who_finish_two_answers_at_once_give_one_result(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        test = make_test()
        version = make_version(test, [written(), written("Another.")], pass_percent=50)
        me = make_user("applicant").actor
        attempt = begin(me, test.code, locale="en", now=NOW).id
        answers = [save(me, attempt, question.id, text=TEXT, now=NOW).id for question in asked(version)]
        hand_in(me, attempt, now=NOW)
        graders = [grader(test) for _ in range(2)]
        for answer in answers:
            grade(grader(test), answer, place=1, points=FULL, comment="", now=NOW)

    def call(person: Actor, answer: int) -> Callable[[], None]:
        def run() -> None:
            with transaction():
                grade(person, answer, place=2, points=FULL, comment="", now=NOW)

        return run

    calls = [call(person, answer) for person, answer in zip(graders, answers, strict=True)]
    behind = "SELECT 1 FROM test_attempt WHERE id = :id FOR UPDATE"
    assert names(at_once(fresh_app, *calls, behind=behind, id=attempt)) == ["done", "done"]
    with fresh_app.app_context(), transaction():
        assert session().get_one(Attempt, attempt).state == "passed"
        score = score_of(attempt)
        assert score is not None
        assert score.number == 1


@pytest.mark.parametrize("minutes", [5, 11])
def test_a_start_twice_a_hand_in_and_the_job_at_once_make_one_of_each(fresh_app: Flask, minutes: int) -> None:
    with fresh_app.app_context(), transaction():
        test = make_test()
        version = make_version(test, [one(), one()], minutes=10)
        questions = [question.id for question in asked(version)]
        me = make_user("applicant").actor
        code = test.code
    start = NOW - timedelta(minutes=minutes)

    def begun() -> int:
        with transaction():
            return begin(me, code, locale="en", now=start).id

    user = "SELECT 1 FROM user_account WHERE id = :id FOR UPDATE"
    first, second = at_once(fresh_app, begun, begun, behind=user, id=me.id)
    assert first == second

    def saved(option: str, at: Any = start) -> Callable[[], None]:
        def run() -> None:
            with transaction():
                save(me, first, questions[0], chosen=[option], now=at)

        return run

    lock = "SELECT 1 FROM test_attempt WHERE id = :id FOR UPDATE"
    assert names(at_once(fresh_app, saved("a"), saved("c"), behind=lock, id=first)) == ["done", "done"]

    def submitted() -> None:
        with transaction():
            hand_in(me, first, now=NOW)

    def job() -> None:
        assert run_job("close-attempts").outcome == "done"

    outcomes = at_once(fresh_app, submitted, submitted, job, saved("b", NOW))
    assert names(outcomes)[0] in {"HandedIn", "TooLate", "done"}
    assert names(outcomes)[1:] == ["done"] * 3
    with fresh_app.app_context(), transaction():
        attempt = session().get_one(Attempt, first)
        assert attempt.state == "failed"
        assert attempt.submitted_at == (NOW if minutes == 5 else start + timedelta(minutes=10))
        score = score_of(first)
        assert score is not None
        assert score.number == 1
