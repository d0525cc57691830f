"""A corrected key re-scores what it decided, moves certifications both ways, tells people, and leaves a trail."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import make_user
from tests.factories.skills import (
    NOW,
    asked,
    decide,
    make_attempt,
    make_draft,
    make_result,
    make_test,
    make_version,
    many,
    one,
    order,
    short,
    written,
)
from workforce.core import audit
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.notifications.jobs import tell_crowds
from workforce.notifications.models import Message
from workforce.notifications.services import unfold
from workforce.skills.models import AnswerKey, Attempt, Certification, Score
from workforce.skills.queries.certifications import standing
from workforce.skills.services.certifications import revoke
from workforce.skills.services.keys import (
    KeyMoved,
    KeyOfDraft,
    SameKey,
    correct_key,
    keys_for_scoring,
)
from workforce.skills.services.problems import NotReady, ReasonMissing

LATER = NOW + timedelta(days=1)
FIRST = {"test.passed", "test.failed"}


def told(user_id: int) -> list[str]:
    return list(session().scalars(select(Message.kind).where(Message.user_id == user_id).order_by(Message.id)))


def held(user_id: int) -> int:
    return len(standing(user_id, on=LATER.date()))


def correct(question_id: int, key: dict[str, Any], *, base: int = 1) -> Any:
    return correct_key(SYSTEM, question_id, base=base, key=key, reason="b was wrong", now=LATER)


def test_a_corrected_key_moves_results_and_certifications_both_ways_and_tells(context: Flask) -> None:
    with transaction():
        version = make_version(asked=[one(), one("Second?", points=1)], pass_percent=100)
        first, second = asked(version)
        users = {name: make_user("worker").id for name in ("b", "c", "neither")}
        for name, chosen in (("b", "b"), ("c", "c"), ("neither", "a")):
            make_result(version, users[name], {first.id: {"chosen": [chosen]}, second.id: {"chosen": ["b"]}})
        assert [held(users[name]) for name in ("b", "c", "neither")] == [1, 0, 0]
        done = correct(first.id, {"right": ["c"]})
        assert (done.number, done.rescored, done.changed, done.passed, done.failed) == (2, 3, 2, 1, 1)
        assert [held(users[name]) for name in ("b", "c", "neither")] == [0, 1, 0]
        taken = session().scalars(select(Certification).where(Certification.user_id == users["b"])).one()
        assert (taken.ended, taken.revoked_at, taken.reason) == ("rekeyed", LATER, "b was wrong")
        scores = session().scalars(select(Score).order_by(Score.attempt_id, Score.number)).all()
        assert [one.number for one in scores] == [1, 2] * 3
        assert {one.keys[str(first.id)] for one in scores if one.number == 2} == {2}
        assert {one.cause for one in scores if one.number == 2} == {"rekeyed"}
        trail = audit.latest(before_id=None, limit=50, action="attempt.rescore").events
        assert {one.reason for one in trail} == {"b was wrong"}
        assert sorted((one.before["state"], one.after["state"]) for one in trail) == [
            ("failed", "passed"), ("passed", "failed"),
        ]  # fmt: skip
        assert audit.latest(before_id=None, limit=5, action="key.correct").events[0].after["number"] == 2
    assert tell_crowds() == 2
    with transaction():
        assert told(users["b"]) == ["test.passed", "test.no_longer_passed"]
        assert told(users["c"]) == ["test.failed", "test.now_passed"]
        assert told(users["neither"]) == ["test.failed"]


def test_whoever_has_several_results_is_told_each_change_once_wherever_a_part_ends(context: Flask) -> None:
    with transaction():
        version = make_version(asked=[one(), one("Second?", points=1)], pass_percent=75)
        first, second = asked(version)
        users = [make_user("worker").id for _ in range(3)]
        for user in users:
            for number, chosen in enumerate(("b", "c", "b")):
                at = NOW - timedelta(days=90 * number)
                make_result(version, user, {first.id: {"chosen": [chosen]}, second.id: {"chosen": ["b"]}}, at=at)
        correct(first.id, {"right": ["c"]})
        correct(second.id, {"right": ["c"]})
    assert unfold(now=lambda: LATER, part=1) == 12
    with transaction():
        for user in users:
            assert sorted(one for one in told(user) if one.startswith("test.") and one not in FIRST) == [
                "test.no_longer_passed", "test.no_longer_passed", "test.now_passed", "test.rescored",
            ]  # fmt: skip


def test_the_score_is_what_scoring_anew_gives(context: Flask) -> None:
    with transaction():
        version = make_version(asked=[one(), many(), order(), short(), written()], pass_percent=50)
        found = {question.kind: question for question in asked(version)}
        user = make_user("worker").id
        attempt = make_result(version, user, {
            found["one"].id: {"chosen": ["b"]}, found["many"].id: {"chosen": ["a", "b"]},
            found["order"].id: {"chosen": ["c", "b", "a"]}, found["short"].id: {"text": " Grey! "},
        })  # fmt: skip
        correct(found["many"].id, {"right": ["a", "b"]})
        correct(found["order"].id, {"right": ["c", "b", "a"]})
        correct(found["short"].id, {"accepted": ["blue", "grey"]})
        correct(found["written"].id, {"void": True})
        query = select(Score).where(Score.attempt_id == attempt.id).order_by(Score.number.desc()).limit(1)
        last = session().scalars(query).one()
        anew = decide(attempt, now=LATER)
        assert (last.points, last.keys, last.total, last.most, last.passed) == (
            anew.points, anew.keys, anew.total, anew.most, anew.passed,
        )  # fmt: skip
        assert last.total == last.most == 1200


def test_somebody_who_passed_by_another_attempt_too_stays_certified(context: Flask) -> None:
    with transaction():
        version = make_version(asked=[one(), one("Second?")], pass_percent=50)
        first, second = asked(version)
        user = make_user("worker").id
        make_result(version, user, {second.id: {"chosen": ["b"]}}, at=NOW - timedelta(days=30))
        renewal = make_result(version, user, {first.id: {"chosen": ["b"]}})
        assert standing(user, on=NOW.date())[version.test_id].attempt_id == renewal.id
        correct(first.id, {"right": ["c"]})
        stands = standing(user, on=LATER.date())[version.test_id]
        assert stands.attempt_id != renewal.id
        assert stands.expires_on == (NOW - timedelta(days=30)).date().replace(year=2027)


def test_what_was_revoked_by_hand_does_not_come_back_by_a_key(context: Flask) -> None:
    with transaction():
        version = make_version(asked=[one()], pass_percent=100)
        (question,) = asked(version)
        user = make_user("worker").id
        make_result(version, user, {question.id: {"chosen": ["c"]}}, at=NOW - timedelta(days=3))
        make_result(version, user, {question.id: {"chosen": ["b"]}}, at=NOW - timedelta(days=2))
        revoke(SYSTEM, session().scalars(select(Certification)).one(), "shared the answers", now=NOW)
        correct(question.id, {"right": ["b", "c"]})
        assert held(user) == 0
        assert {one.state for one in session().scalars(select(Attempt))} == {"passed"}


def test_open_attempts_are_scored_by_the_newest_key_at_their_end(context: Flask) -> None:
    with transaction():
        version = make_version(asked=[one()], pass_percent=100)
        (question,) = asked(version)
        attempt = make_attempt(version, make_user("worker").id, {question.id: {"chosen": ["c"]}})
        assert correct(question.id, {"right": ["c"]}).rescored == 0
        assert keys_for_scoring([question.id])[question.id].number == 2
        decide(attempt, now=LATER)
        assert attempt.state == "passed"


def test_only_papers_that_hold_the_question_are_scored_anew(context: Flask) -> None:
    with transaction():
        version = make_version(asked=[one(pool="p"), one("Other?", pool="p")], draws={"p": 1})
        first, second = asked(version)
        attempt = make_attempt(version, make_user("worker").id, {second.id: {"chosen": ["b"]}}, state="grading")
        attempt.question_ids = [second.id]
        decide(attempt)
        assert correct(first.id, {"right": ["c"]}).rescored == 0


def test_refusals(context: Flask) -> None:
    with transaction():
        (question,) = asked(make_version(asked=[one()]))
        with pytest.raises(ReasonMissing):
            correct_key(SYSTEM, question.id, base=1, key={"right": ["c"]}, reason="  ", now=NOW)
        with pytest.raises(SameKey):
            correct(question.id, {"right": ["b"]})
        with pytest.raises(NotReady):
            correct(question.id, {"right": ["z"]})
        with pytest.raises(NotReady):
            correct(question.id, {"right": []})
        correct(question.id, {"right": ["c"]})
        with pytest.raises(KeyMoved, match="number 2"):
            correct(question.id, {"right": ["a"]})
        (unfinished,) = asked(make_draft(make_test(), [one()]))
        with pytest.raises(KeyOfDraft):
            correct(unfinished.id, {"right": ["c"]})
        assert session().scalar(select(func.count()).select_from(AnswerKey)) == 2
