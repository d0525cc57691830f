"""Authoring below the pages: what is checked, what is kept apart, who comes second."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_user
from tests.factories.skills import NOW, asked, make_draft, make_result, make_test, make_version, many, one, order, short
from workforce.core import audit
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.errors import DaybookError, Invalid
from workforce.skills.models import AnswerKey, Score
from workforce.skills.queries.tests import as_draft
from workforce.skills.rules.keys import Draft, key_problems, question_problems, version_problems
from workforce.skills.services.keys import KeyMoved, correct_key
from workforce.skills.services.problems import NotReady
from workforce.skills.services.tests import (
    QuestionValues,
    VersionValues,
    change_version,
    move_question,
    new_version,
    publish,
    retire,
)
from workforce.skills.services.tests.tests import Retired
from workforce.skills.services.tests.versions import BadLanguage, language


def draft(**values: Any) -> Draft:
    given = {
        "place": 3, "kind": "one", "prompt": "?", "pool": "", "points": 1, "options": {"a": "x", "b": "y"},
        "rubric": {}, "key": {"right": ["a"]}, **values,
    }  # fmt: skip
    return Draft(**given)


@pytest.mark.parametrize(("values", "words"), [
    ({}, ""),
    ({"prompt": " "}, "Question 3 asks nothing: write what is asked."),
    ({"options": {"a": "x"}}, "Question 3 needs at least two options."),
    ({"options": {"a": "x", "b": " x "}}, "Question 3 has the option “x” twice."),
    ({"key": {}}, "Question 3 has no key: say which answer is right."),
    ({"key": {"right": ["a", "b"]}}, "Question 3 has 2 right answers, but exactly one may be chosen."),
    ({"key": {"right": ["z"]}}, "Question 3: the key names an option that does not exist."),
    ({"kind": "many", "key": {"right": ["a", "b"]}},
     "Question 3: every option is right, so that there is nothing to find out."),
    ({"kind": "order", "key": {"right": ["a"]}}, "Question 3: the key must name every option once."),
    ({"kind": "short", "key": {"accepted": [" "]}}, "Question 3 accepts no answer: write at least one, one a line."),
    ({"kind": "written", "key": {}}, "Question 3 has no rubric: say what graders look at, and for how many points."),
    ({"kind": "written", "key": {}, "rubric": {"a": 2}}, "Question 3 is worth 1 points, but its rubric adds up to 2."),
    ({"image_text": ""}, "Question 3: say what the picture shows, for those who do not see it."),
])  # fmt: skip
def test_every_reason_has_a_sentence(values: dict[str, Any], words: str) -> None:
    assert " ".join(one.template % one.params for one in question_problems(draft(**values))) == words


def test_draws_are_held_against_pools() -> None:
    asked_ = [draft(pool="p"), draft(pool="p", points=2), draft()]

    def said(draws: dict[str, int]) -> list[str]:
        return [one.template % one.params for one in version_problems(asked_, draws)]

    assert said({}) == [] == said({"p": 2})
    assert "which has only 2" in said({"p": 3})[0]
    assert "luck would decide" in said({"p": 1})[0]
    assert "has none" in said({"q": 1})[0]
    assert version_problems([], {})[0].template == "There is no question yet. Add at least one."


def test_a_correction_may_find_more_right_than_a_new_question() -> None:
    assert key_problems(draft(key={"right": ["a", "b"]})) == []
    assert key_problems(draft(key={"void": True})) == []
    assert key_problems(draft(kind="many", key={"right": ["a", "b"]})) == []
    assert len(key_problems(draft(key={"right": []}))) == 1


@pytest.mark.parametrize(
    ("tag", "found"),
    [("vi", "vi"), ("PT_br", "pt-BR"), ("zh-hant", "zh-Hant"), (" en ", "en"), ("hmn", "hmn"), ("xx", "xx")],
)
def test_languages_of_every_kind(tag: str, found: str) -> None:
    assert language(tag) == found


@pytest.mark.parametrize("tag", ["", "english please", "e", "12", "en-XQ-zzzzzzzzzz", "x" * 5000, "../en", "\0"])
def test_what_is_no_language(tag: str) -> None:
    with pytest.raises(BadLanguage):
        language(tag)


def test_publishing_gives_first_keys_and_replaces_what_was_there(context: Flask) -> None:
    with transaction():
        test = make_test()
        old = make_version(test, [one(), many(), order(), short()])
        (question, *_) = asked(old)
        correct_key(SYSTEM, question.id, base=1, key={"right": ["c"]}, reason="c it is", now=NOW)
        copy = new_version(SYSTEM, test, locale="en", source=old, now=NOW)
        assert asked(copy)[0].draft_key == {"right": ["c"]}  # the newest key, not the first one
        publish(SYSTEM, copy.id, now=NOW)
        session().refresh(old)
        assert (old.state, copy.state, copy.number) == ("replaced", "published", 2)
        keys = session().scalars(select(AnswerKey).where(AnswerKey.question_id.in_([one.id for one in asked(copy)])))
        assert {one.number for one in keys} == {1}
        # An old version's keys can still be corrected: its results stand by it.
        assert correct_key(SYSTEM, question.id, base=2, key={"void": True}, reason="unclear", now=NOW).number == 3
        retire(SYSTEM, test, "enough", now=NOW)
        with pytest.raises(Retired):
            new_version(SYSTEM, test, locale="vi", now=NOW)
        actions = [one.action for one in audit.latest(before_id=None, limit=50, subject=f"test:{test.code}").events]
        assert actions[:2] == ["test.retire", "key.correct"]
        assert {"test.create", "version.create", "version.publish"} < set(actions)


def test_bounds_of_services(context: Flask) -> None:
    with transaction():
        version = make_draft(None, [one()])
        for values in (VersionValues(""), VersionValues("x", minutes=0), VersionValues("x", draws={"p": 0})):
            with pytest.raises(Invalid):
                change_version(SYSTEM, version.id, values, now=NOW)
        for question in (
            QuestionValues("riddle", "?"),
            QuestionValues("one", "x" * 10_001),
            QuestionValues("one", "?", 0),
        ):
            with pytest.raises(Invalid):
                question.check()
        (only,) = asked(version)
        move_question(SYSTEM, only, up=True, now=NOW)
        assert only.place == 1
        assert question_problems(as_draft(only)) == []
        with pytest.raises(NotReady) as refused:
            publish(SYSTEM, make_draft(make_test(), []).id, now=NOW)
        assert refused.value.sentences() == ["There is no question yet. Add at least one."]


def test_of_two_who_correct_one_key_at_once_the_second_is_refused(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        version = make_version(asked=[one()], pass_percent=100)
        question = asked(version)[0].id
        for _ in range(5):
            make_result(version, make_user("worker").id, {question: {"chosen": ["c"]}})
    start = threading.Barrier(2)
    outcomes: list[object] = []

    def run(letter: str) -> None:
        with fresh_app.app_context():
            start.wait()
            try:
                with transaction():
                    correct_key(SYSTEM, question, base=1, key={"right": [letter]}, reason="wrong", now=NOW)
                outcomes.append("done")
            except DaybookError as problem:
                outcomes.append(type(problem))

    threads = [threading.Thread(target=run, args=[letter]) for letter in "ac"]
    for one_ in threads:
        one_.start()
    for one_ in threads:
        one_.join()
    assert sorted(outcomes, key=str) == [KeyMoved, "done"]
    with fresh_app.app_context(), transaction():
        assert session().scalars(select(AnswerKey.number).order_by(AnswerKey.number)).all() == [1, 2]
        assert len(session().scalars(select(Score)).all()) == 10
