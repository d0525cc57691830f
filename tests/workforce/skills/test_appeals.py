"""Appeals against results: in time, once, decided by somebody who graded nothing of it, and with consequences."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import make_user
from tests.factories.skills import NOW, asked, make_certification, make_test, make_version, one, written
from workforce.appeals.models import Appeal
from workforce.appeals.rules import AppealLate, AppealOpen, SomebodyElse, WrongLength
from workforce.appeals.services import decide_appeal
from workforce.core.auth import Actor
from workforce.core.db import session, transaction
from workforce.core.errors import NotFound
from workforce.skills.models import Answer, Attempt, Certification, Grading, SkillTest
from workforce.skills.queries.attempts import gradings_of, paper_of, score_of
from workforce.skills.queries.results import result_of
from workforce.skills.rules.grading import BadPoints, CommentMissing
from workforce.skills.services.appeals import NotDecided, NothingChanged, appeal_attempt, grade_anew
from workforce.skills.services.attempts import begin, hand_in, save
from workforce.skills.services.grading import grade
from workforce.skills.services.keys import correct_key

FULL = {"clear": 4, "kind": 4}
ZERO = {"clear": 0, "kind": 0}
WHY = "My answer is what was asked for."
DAY = timedelta(days=1)


def graded(points: dict[str, int]) -> tuple[Actor, SkillTest, Attempt, Answer, list[Actor]]:
    """Make an attempt at a test with one written question, graded by two."""
    test = make_test()
    version = make_version(test, [written()], pass_percent=50, appeal_days=14)
    me = make_user("applicant").actor
    attempt = begin(me, test.code, locale="en", now=NOW)
    answer = save(me, attempt.id, asked(version)[0].id, text="A pond, a frog, a sound, and nothing more.", now=NOW)
    hand_in(me, attempt.id, now=NOW)
    graders = [make_user("reviewer").actor for _ in range(2)]
    for place, grader in enumerate(graders, 1):
        make_certification(test, grader.id or 0, kind="grader")
        grade(grader, answer.id, place=place, points=points, comment="Too little.", now=NOW)
    return me, test, attempt, answer, graders


def anew(actor: Actor, attempt: Attempt, answer: Answer, points: dict[str, int], *, comment: str = "") -> Appeal:
    return grade_anew(
        actor, attempt.id, {answer.id: points}, comments={answer.id: comment}, answer="It is a haiku indeed.",
        now=NOW + DAY,
    )  # fmt: skip


def test_a_granted_appeal_puts_the_deciders_points_in_the_place_of_the_graders(context: Flask) -> None:
    with transaction():
        me, _, attempt, answer, graders = graded(ZERO)
        assert attempt.state == "failed"
        appeal = appeal_attempt(me, attempt.id, WHY, now=NOW + 14 * DAY)
        assert appeal.excluded == sorted(one.id or 0 for one in graders)
        assert me.email not in appeal.about
        anew(make_user("manager").actor, attempt, answer, {"clear": 4, "kind": 2}, comment="Short, but a haiku.")
        assert (attempt.state, appeal.state) == ("passed", "granted")
        score = score_of(attempt.id)
        assert score is not None
        assert (score.total, score.cause, score.number) == (600, "appealed", 2)
        assert session().query(Certification).filter_by(attempt_id=attempt.id, revoked_at=None).count() == 1
        told = result_of(paper_of(attempt), score, gradings_of(attempt.id)).written[0]
        assert told.comments == ["Short, but a haiku."]
        assert [line.had for line in told.lines] == [400, 200]


def test_a_later_correction_of_the_key_keeps_what_was_graded_on_appeal(context: Flask) -> None:
    with transaction():
        me, _, attempt, answer, _ = graded(ZERO)
        appeal_attempt(me, attempt.id, WHY, now=NOW)
        anew(make_user("manager").actor, attempt, answer, FULL)
        manager = make_user("manager").actor
        for base, key in ((1, {"void": True}), (2, {})):
            correct_key(manager, answer.question_id, base=base, key=key, reason="Mistaken", now=NOW + 2 * DAY)
        score = score_of(attempt.id)
        assert score is not None
        assert score.total == 800
        assert attempt.state == "passed"


def test_an_appeal_can_cost_points_too(context: Flask) -> None:
    with transaction():
        me, test, attempt, answer, _ = graded(FULL)
        assert attempt.state == "passed"
        appeal_attempt(me, attempt.id, WHY, now=NOW)
        anew(make_user("manager").actor, attempt, answer, ZERO, comment="It is no haiku at all.")
        session().refresh(attempt)
        assert attempt.state == "failed"
        ended = session().query(Certification).filter_by(test_id=test.id, kind="worker").one().ended
        assert ended == "appealed"


def test_an_appeal_is_for_her_own_result_in_time_and_once(context: Flask) -> None:
    with transaction():
        me, _, attempt, *_ = graded(ZERO)
        with pytest.raises(NotFound):
            appeal_attempt(make_user("applicant").actor, attempt.id, WHY, now=NOW)
        with pytest.raises(AppealLate):
            appeal_attempt(me, attempt.id, WHY, now=NOW + 14 * DAY + timedelta(microseconds=1))
        appeal_attempt(me, attempt.id, WHY, now=NOW)
        with pytest.raises(AppealOpen):
            appeal_attempt(me, attempt.id, WHY, now=NOW)
        test = make_test()
        make_version(test)
        with pytest.raises(NotDecided):
            appeal_attempt(me, begin(me, test.code, locale="en", now=NOW).id, WHY, now=NOW)


def test_neither_she_nor_a_grader_decides(context: Flask) -> None:
    with transaction():
        me, _, attempt, answer, graders = graded(ZERO)
        appeal_attempt(me, attempt.id, WHY, now=NOW)
        for person in (me, *graders):
            manager = Actor(person.id, person.email, person.permissions | {"appeals:cases:decide"})
            with pytest.raises(SomebodyElse):
                anew(manager, attempt, answer, FULL)
        assert session().query(Grading).count() == 2


def test_points_of_a_decision_are_checked_as_a_graders_are(context: Flask) -> None:
    with transaction():
        me, _, attempt, answer, _ = graded(ZERO)
        manager = make_user("manager").actor
        with pytest.raises(NotFound):
            anew(manager, attempt, answer, FULL)
        appeal_attempt(me, attempt.id, WHY, now=NOW)
        with pytest.raises(BadPoints):
            anew(manager, attempt, answer, {"clear": 5, "kind": 0})
        with pytest.raises(CommentMissing):
            anew(manager, attempt, answer, ZERO)
        with pytest.raises(BadPoints):
            grade_anew(manager, attempt.id, {}, comments={}, answer="It is a haiku indeed.", now=NOW)
        with session().begin_nested(), pytest.raises(WrongLength):
            grade_anew(manager, attempt.id, {answer.id: FULL}, comments={}, answer="No", now=NOW)


def test_granting_must_change_something(context: Flask) -> None:
    with transaction():
        test = make_test()
        version = make_version(test, [one()])
        me = make_user("applicant").actor
        attempt = begin(me, test.code, locale="en", now=NOW)
        hand_in(me, attempt.id, now=NOW)
        appeal = appeal_attempt(me, attempt.id, WHY, now=NOW)
        manager = make_user("manager").actor
        nested = session().begin_nested()
        with pytest.raises(NothingChanged):
            decide_appeal(manager, appeal.id, granted=True, answer="The key is wrong indeed.", now=NOW + DAY)
        nested.rollback()
        correct_key(manager, asked(version)[0].id, base=1, key={"void": True}, reason="Broken", now=NOW + DAY)
        decide_appeal(manager, appeal.id, granted=True, answer="The key is wrong indeed.", now=NOW + DAY)
        session().refresh(attempt)
        assert attempt.state == "passed"


def test_a_refused_appeal_changes_nothing(context: Flask) -> None:
    with transaction():
        me, _, attempt, *_ = graded(ZERO)
        appeal = appeal_attempt(me, attempt.id, WHY, now=NOW)
        decide_appeal(make_user("admin").actor, appeal.id, granted=False, answer="The points are right.", now=NOW + DAY)
        score = score_of(attempt.id)
        assert (attempt.state, score and score.number) == ("failed", 1)
