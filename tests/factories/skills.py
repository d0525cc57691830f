"""Tests of skills, published, and attempts at them with results: quick, and made through the services."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from sqlalchemy import func, select

from workforce.core.auth import SYSTEM
from workforce.core.db import session
from workforce.skills.models import Answer, Attempt, Certification, Question, Score, SkillTest, TestVersion
from workforce.skills.queries.scoring import as_q, newest_keys
from workforce.skills.queries.tests import questions
from workforce.skills.rules.scoring import score_attempt
from workforce.skills.services.certifications import apply_result, certify
from workforce.skills.services.tests import (
    QuestionValues,
    TestValues,
    VersionValues,
    add_question,
    change_version,
    create_test,
    new_version,
    publish,
)

NOW: Final = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
_numbers = count(1)


def one(prompt: str = "Which is a mammal?", right: str = "b", *, options: int = 3, **values: Any) -> QuestionValues:
    """Give a question with one right option."""
    texts = tuple((key, f"Option {key}") for key in "abcdefgh"[:options])
    return QuestionValues("one", prompt, options=texts, key={"right": [right]}, **values)


def many(prompt: str = "Which are even?", right: str = "ac", *, options: int = 4, **values: Any) -> QuestionValues:
    """Give a question with several right options."""
    texts = tuple((key, f"Option {key}") for key in "abcdefgh"[:options])
    return QuestionValues("many", prompt, options=texts, key={"right": list(right)}, **values)


def order(prompt: str = "Put them in order.", right: str = "cab", **values: Any) -> QuestionValues:
    """Give a question whose options are to be put in order."""
    texts = tuple((key, f"Step {key}") for key in sorted(right))
    return QuestionValues("order", prompt, options=texts, key={"right": list(right)}, **values)


def short(prompt: str = "What colour is the sky?", *accepted: str, **values: Any) -> QuestionValues:
    """Give a question with a short answer."""
    return QuestionValues("short", prompt, key={"accepted": list(accepted or ("blue",))}, **values)


def written(prompt: str = "Write a haiku.", rubric: Mapping[str, int] | None = None, **values: Any) -> QuestionValues:
    """Give a question with a written answer."""
    given = {"clear": 4, "kind": 4} if rubric is None else rubric
    lines = tuple((key, f"Is it {key}?", points) for key, points in given.items())
    return QuestionValues("written", prompt, rubric=lines, **values)


def make_test(code: str = "", *, title: str = "Writing", level: str = "L2", months: int | None = 12) -> SkillTest:
    """Make a test without versions."""
    return create_test(SYSTEM, code or f"test-{next(_numbers)}", TestValues(title, level, months), now=NOW)


def make_draft(
    test: SkillTest | None = None, asked: Sequence[QuestionValues] = (), *, locale: str = "en", **settings: Any
) -> TestVersion:
    """Make a draft with questions."""
    found = test or make_test()
    version = new_version(SYSTEM, found, locale=locale, now=NOW)
    change_version(SYSTEM, version.id, VersionValues(settings.pop("title", "Writing"), **settings), now=NOW)
    for values in asked:
        add_question(SYSTEM, version.id, values, now=NOW)
    return version


def make_version(
    test: SkillTest | None = None, asked: Sequence[QuestionValues] = (), *, locale: str = "en", **settings: Any
) -> TestVersion:
    """Make a published version; of one question with one right option unless others are given."""
    return publish(SYSTEM, make_draft(test, asked or [one()], locale=locale, **settings).id, now=NOW)


def asked(version: TestVersion) -> list[Question]:
    """Give the questions of a version."""
    return questions(version.id)


def make_attempt(
    version: TestVersion, user_id: int, answers: Mapping[int, Mapping[str, Any]] | None = None, *, state: str = "open",
    at: datetime = NOW,
) -> Attempt:  # fmt: skip
    """Make an attempt with all questions of a version, and answers by question id."""
    number = session().scalar(
        select(func.max(Attempt.number)).where(Attempt.user_id == user_id, Attempt.test_id == version.test_id)
    )
    attempt = Attempt(
        test_id=version.test_id, version_id=version.id, user_id=user_id, number=(number or 0) + 1, state=state,
        question_ids=[one.id for one in asked(version)], started_at=at,
        deadline_at=at + timedelta(minutes=version.minutes), submitted_at=None if state == "open" else at,
    )  # fmt: skip
    session().add(attempt)
    session().flush()
    for question_id, answer in (answers or {}).items():
        session().add(Answer(attempt_id=attempt.id, question_id=question_id, answer=dict(answer), saved_at=at))
    session().flush()
    return attempt


def decide(attempt: Attempt, *, now: datetime = NOW, cause: str = "graded") -> Score:
    """Give an attempt the result that its answers and the newest keys make."""
    found = list(session().scalars(select(Question).where(Question.id.in_(attempt.question_ids))))
    given = session().execute(select(Answer.question_id, Answer.answer).where(Answer.attempt_id == attempt.id))
    version = session().get_one(TestVersion, attempt.version_id)
    scored = score_attempt(
        [as_q(one) for one in found], newest_keys(attempt.question_ids), dict(given.all()), {},
        pass_percent=version.pass_percent,
    )  # fmt: skip
    return apply_result(SYSTEM, attempt, scored, cause, now=now)


def make_result(
    version: TestVersion, user_id: int, answers: Mapping[int, Mapping[str, Any]] | None = None, *, at: datetime = NOW
) -> Attempt:
    """Make an attempt that has its result."""
    attempt = make_attempt(version, user_id, answers, state="grading", at=at)
    decide(attempt, now=at)
    return attempt


def make_certification(
    test: SkillTest, user_id: int, *, kind: str = "worker", expires_on: Any = None, now: datetime = NOW
) -> Certification:
    """Certify somebody without asking who she is, and without telling her."""
    return certify(SYSTEM, test, kind, [(user_id, None, expires_on)], now=now)[0]
