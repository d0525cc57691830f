"""Reads on attempts: what a person may take, her papers, her results."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Select, func, select, true

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.skills.models import (
    Answer,
    Attempt,
    Certification,
    Grading,
    Question,
    Score,
    SkillTest,
    TestVersion,
)
from workforce.skills.rules.attempts import Chance, Taken, chance


@dataclass(frozen=True)
class Offered:
    """A test as a person may take it in one language.

    Attributes:
        test: what is certified.
        version: that is taken now.
        questions: how many are asked.
        written: does a person grade a part of it?
        chance: whether she may begin it.
        attempt: her latest attempt at the test, in any language.

    """

    test: SkillTest
    version: TestVersion
    questions: int
    written: bool
    chance: Chance
    attempt: Attempt | None


@dataclass(frozen=True)
class Paper:
    """An attempt with its version and its questions, in the order in which they are asked, and what was answered."""

    attempt: Attempt
    test: SkillTest
    version: TestVersion
    questions: list[Question]
    answers: Mapping[int, Answer]

    def unanswered(self) -> list[int]:
        """Give the places, from 1, of the questions without an answer."""
        return [
            place
            for place, one in enumerate(self.questions, 1)
            if one.id not in self.answers or not self.answers[one.id].answer
        ]


def attempt_of(user_id: int | None, attempt_id: int) -> Attempt:
    """Give an attempt of a person.

    Raises:
        NotFound: it is not there, or somebody else's.

    """
    found = session().get(Attempt, attempt_id)
    if found is None or found.user_id != user_id:
        raise NotFound(thing="attempt", name=attempt_id)
    return found


def paper_of(attempt: Attempt) -> Paper:
    """Give all of an attempt."""
    version = session().get_one(TestVersion, attempt.version_id)
    test = session().get_one(SkillTest, attempt.test_id)
    by_id = {one.id: one for one in session().scalars(select(Question).where(Question.id.in_(attempt.question_ids)))}
    answers = session().scalars(select(Answer).where(Answer.attempt_id == attempt.id))
    questions = [by_id[one] for one in attempt.question_ids]
    return Paper(attempt, test, version, questions, {one.question_id: one for one in answers})


def offered_count() -> int:
    """Count the tests that can be taken, once for each language."""
    found = _takable().with_only_columns(TestVersion.id).subquery()
    return session().scalar(select(func.count()).select_from(found)) or 0


def offered(user_id: int, *, now: datetime, locale: str = "", start: int = 0, limit: int = 50) -> list[Offered]:
    """Give the tests that can be taken, those in a person's language first, by title.

    Args:
        user_id: the person.
        now: the instant.
        locale: her language.
        start: how many to pass over.
        limit: how many at most.

    """
    own = func.split_part(TestVersion.locale, "-", 1) == locale.replace("_", "-").partition("-")[0]
    query = _takable().order_by(own.desc(), TestVersion.title, TestVersion.id).offset(start).limit(limit)
    return _offers(user_id, [(one, other) for one, other in session().execute(query)], now)


def offers_of(user_id: int, code: str, *, now: datetime, missing_ok: bool = False) -> list[Offered]:
    """Give a test in each of the languages in which it can be taken.

    Args:
        user_id: the person who would take it.
        code: of the test.
        now: the instant.
        missing_ok: give an empty list where nobody can take it now?

    Raises:
        NotFound: there is no such test, or nobody can take it now.

    """
    query = _takable().where(SkillTest.code == code).order_by(TestVersion.locale)
    found = _offers(user_id, [(one, other) for one, other in session().execute(query)], now)
    if not found and not missing_ok:
        raise NotFound(thing="test", name=code)
    return found


def _takable() -> Select[SkillTest, TestVersion]:
    return (
        select(SkillTest, TestVersion)
        .join(TestVersion, TestVersion.test_id == SkillTest.id)
        .where(TestVersion.state == "published", SkillTest.retired_at.is_(None))
    )


def _offers(user_id: int, found: list[tuple[SkillTest, TestVersion]], now: datetime) -> list[Offered]:
    tests = {test.id for test, _ in found}
    taken = attempts_by_test(user_id, tests)
    held = _held(user_id, tests, now.date())
    asked = _asked([version for _, version in found])
    return [
        Offered(
            test, version, *asked[version.id],
            chance(
                [Taken(one.state, one.submitted_at or one.deadline_at) for one in taken.get(test.id, ())],
                attempts=version.attempts, cooldown_days=version.cooldown_days, held=test.id in held,
                lapses_at=held.get(test.id), now=now,
            ),
            taken[test.id][-1] if test.id in taken else None,
        )
        for test, version in found
    ]  # fmt: skip


def attempts_by_test(user_id: int, test_ids: Collection[int]) -> dict[int, list[Attempt]]:
    """Give a person's attempts at some tests, oldest first."""
    query = select(Attempt).where(Attempt.user_id == user_id, Attempt.test_id.in_(test_ids)).order_by(Attempt.number)
    found: dict[int, list[Attempt]] = {}
    for one in session().scalars(query):
        found.setdefault(one.test_id, []).append(one)
    return found


def _held(user_id: int, test_ids: Collection[int], on: date) -> dict[int, datetime | None]:
    """Give when the certifications that stand lapse: at the end of their last day."""
    query = select(Certification.test_id, Certification.expires_on).where(
        Certification.user_id == user_id, Certification.test_id.in_(test_ids), Certification.kind == "worker",
        Certification.revoked_at.is_(None),
        (Certification.expires_on.is_(None)) | (Certification.expires_on >= on),
    )  # fmt: skip
    return {
        test_id: datetime.combine(last + timedelta(days=1), time(), UTC) if last else None
        for test_id, last in session().execute(query)
    }


def _asked(versions: list[TestVersion]) -> dict[int, tuple[int, bool]]:
    """Give how many questions of each version are asked, and whether written ones are among its questions."""
    query = (
        select(Question.version_id, Question.pool, func.count(), func.bool_or(Question.kind == "written"))
        .where(Question.version_id.in_([one.id for one in versions]))
        .group_by(Question.version_id, Question.pool)
    )
    draws = {one.id: one.draws for one in versions}
    found = dict.fromkeys(draws, (0, False))
    for version_id, pool, number, written in session().execute(query):
        asked = min(draws[version_id].get(pool, number), number) if pool else number
        found[version_id] = (found[version_id][0] + asked, found[version_id][1] or bool(written))
    return found


@dataclass(frozen=True)
class Past:
    """An attempt of a person's history, with the score that stands."""

    attempt: Attempt
    version: TestVersion
    score: Score | None


def history(user_id: int, *, test_id: int | None = None, start: int = 0, limit: int = 50) -> list[Past]:
    """Give a person's attempts, youngest first, with the scores that stand."""
    newest = (
        select(Score).where(Score.attempt_id == Attempt.id).order_by(Score.number.desc()).limit(1).correlate(Attempt)
    )
    number = newest.with_only_columns(Score.number).scalar_subquery()
    query = (
        select(Attempt, TestVersion, Score)
        .join(TestVersion, TestVersion.id == Attempt.version_id)
        .outerjoin(Score, (Score.attempt_id == Attempt.id) & (Score.number == number))
        .where(Attempt.user_id == user_id, true() if test_id is None else Attempt.test_id == test_id)
        .order_by(Attempt.id.desc())
        .offset(start)
        .limit(limit)
    )
    return [Past(*row) for row in session().execute(query)]


def history_count(user_id: int) -> int:
    """Count a person's attempts."""
    return session().scalar(select(func.count()).where(Attempt.user_id == user_id)) or 0


def score_of(attempt_id: int) -> Score | None:
    """Give the score of an attempt that stands: the youngest."""
    query = select(Score).where(Score.attempt_id == attempt_id).order_by(Score.number.desc()).limit(1)
    return session().scalar(query)


def gradings_of(attempt_id: int) -> dict[int, list[Grading]]:
    """Give the gradings of an attempt's written answers by question, in their places."""
    query = (
        select(Answer.question_id, Grading)
        .join(Grading, Grading.answer_id == Answer.id)
        .where(Answer.attempt_id == attempt_id)
        .order_by(Grading.place)
    )
    found: dict[int, list[Grading]] = {}
    for question_id, one in session().execute(query):
        found.setdefault(question_id, []).append(one)
    return found


def overdue(now: datetime, after: int, limit: int) -> Sequence[int]:
    """Give the ids of open attempts whose deadline has passed, ascending: those after one, and at most so many."""
    query = (
        select(Attempt.id)
        .where(Attempt.state == "open", Attempt.deadline_at <= now, Attempt.id > after)
        .order_by(Attempt.id)
        .limit(limit)
    )
    return session().scalars(query).all()
