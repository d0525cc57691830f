"""Reads on tests, their versions and questions, for whoever writes them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select

from workforce.core import clock
from workforce.core.db import rows, session
from workforce.core.errors import NotFound
from workforce.skills.models import Question, QuestionImage, SkillTest, TestVersion
from workforce.skills.rules.keys import Draft


@dataclass(frozen=True)
class Tally:
    """What became of attempts.

    Attributes:
        attempts: all of them.
        passed: of these.
        failed: of these.
        grading: of these, those that wait for graders.

    """

    attempts: int = 0
    passed: int = 0
    failed: int = 0
    grading: int = 0

    @property
    def decided(self) -> int:
        """Those that have a result."""
        return self.passed + self.failed


def tests(*, start: int, limit: int) -> list[SkillTest]:
    """Give tests by code, those that are withdrawn last."""
    query = select(SkillTest).order_by(SkillTest.retired_at.is_not(None), SkillTest.code)
    return list(session().scalars(query.offset(start).limit(limit)))


def test_count() -> int:
    """Give how many tests there are."""
    return session().scalar(select(func.count()).select_from(SkillTest)) or 0


def test_by_code(code: str) -> SkillTest:
    """Give the test of a code.

    Raises:
        NotFound: there is none.

    """
    # An address can hold a NUL, the database cannot.
    found = None if "\x00" in code else session().scalar(select(SkillTest).where(SkillTest.code == code))
    if found is None:
        raise NotFound(thing="test", name=code)
    return found


def tests_by_ids(test_ids: Collection[int]) -> dict[int, SkillTest]:
    """Give tests by their ids."""
    query = select(SkillTest).where(SkillTest.id.in_(test_ids))
    return {one.id: one for one in session().scalars(query)} if test_ids else {}


_TALLIES: Final = """
SELECT {what} AS id, count(*) AS attempts, count(*) FILTER (WHERE a.state = 'passed') AS passed,
       count(*) FILTER (WHERE a.state = 'failed') AS failed, count(*) FILTER (WHERE a.state = 'grading') AS grading
  FROM test_version v JOIN test_attempt a ON a.version_id = v.id
 WHERE v.test_id = ANY(:ids) GROUP BY 1
"""


def tallies_by_test(test_ids: Collection[int]) -> dict[int, Tally]:
    """Give what became of the attempts at tests, by test."""
    return _tallies("v.test_id", test_ids)


def tallies_by_version(test_id: int) -> dict[int, Tally]:
    """Give what became of the attempts at a test, by version."""
    return _tallies("v.id", [test_id])


def _tallies(what: str, test_ids: Collection[int]) -> dict[int, Tally]:
    found = rows(_TALLIES.format(what=what), ids=list(test_ids))
    return {one.id: Tally(one.attempts, one.passed, one.failed, one.grading) for one in found}


def published_locales(test_ids: Collection[int]) -> dict[int, list[str]]:
    """Give the languages in which tests can be taken."""
    query = select(TestVersion.test_id, TestVersion.locale).where(
        TestVersion.test_id.in_(test_ids), TestVersion.state == "published"
    )
    found: dict[int, list[str]] = {}
    for test_id, locale in session().execute(query.order_by(TestVersion.locale)):
        found.setdefault(test_id, []).append(locale)
    return found


def versions(test_id: int) -> list[TestVersion]:
    """Give the versions of a test by language, the youngest first."""
    query = select(TestVersion).where(TestVersion.test_id == test_id)
    return list(session().scalars(query.order_by(TestVersion.locale, TestVersion.number.desc())))


def version_by_id(version_id: int) -> tuple[TestVersion, SkillTest]:
    """Give a version with its test.

    Raises:
        NotFound: there is none.

    """
    query = select(TestVersion, SkillTest).join(SkillTest, SkillTest.id == TestVersion.test_id)
    found = session().execute(query.where(TestVersion.id == version_id)).first()
    if found is None:
        raise NotFound(thing="version", name=version_id)
    return found


def question_by_id(question_id: int) -> tuple[Question, TestVersion, SkillTest]:
    """Give a question with its version and test.

    Raises:
        NotFound: there is none.

    """
    query = (
        select(Question, TestVersion, SkillTest)
        .join(TestVersion, TestVersion.id == Question.version_id)
        .join(SkillTest, SkillTest.id == TestVersion.test_id)
    )
    found = session().execute(query.where(Question.id == question_id)).first()
    if found is None:
        raise NotFound(thing="question", name=question_id)
    return found


def questions(version_id: int) -> list[Question]:
    """Give the questions of a version in their order."""
    query = select(Question).where(Question.version_id == version_id).order_by(Question.place, Question.id)
    return list(session().scalars(query))


def pools(found: Collection[Question]) -> dict[str, int]:
    """Give the pools of questions with their sizes."""
    sizes: dict[str, int] = {}
    for one in found:
        if one.pool:
            sizes[one.pool] = sizes.get(one.pool, 0) + 1
    return sizes


def as_draft(question: Question, place: int | None = None) -> Draft:
    """Give a question in the shape in which it is checked."""
    return Draft(
        place=question.place if place is None else place, kind=question.kind, prompt=question.prompt,
        pool=question.pool, points=question.points,
        options={str(one["id"]): str(one["text"]) for one in question.options},
        rubric={str(one["id"]): int(one["points"]) for one in question.rubric}, key=question.draft_key,
        image_text=question.image_text if question.image_id is not None else None,
    )  # fmt: skip


def points_of_paper(found: Collection[Question], draws: Mapping[str, int]) -> tuple[int, int]:
    """Give how many questions a paper has, and how many points, where the questions of a pool are worth the same."""
    count = points = 0
    taken: dict[str, int] = {}
    for one in found:
        if one.pool in draws:
            if taken.get(one.pool, 0) >= draws[one.pool]:
                continue
            taken[one.pool] = taken.get(one.pool, 0) + 1
        count, points = count + 1, points + one.points
    return count, points


_MAY_SEE: Final = """
SELECT 1 FROM question q JOIN test_version v ON v.id = q.version_id
 WHERE q.image_id = :image AND (
       EXISTS (SELECT 1 FROM test_attempt a
                WHERE a.user_id = :user AND a.version_id = v.id AND q.id = ANY(a.question_ids))
    OR (:grades AND EXISTS (SELECT 1 FROM certification c
                             WHERE c.user_id = :user AND c.test_id = v.test_id AND c.kind = 'grader'
                               AND c.revoked_at IS NULL AND (c.expires_on IS NULL OR c.expires_on >= :on)))
    OR (:decides AND EXISTS (SELECT 1 FROM appeal JOIN test_attempt a ON a.id = appeal.subject_id
                              WHERE appeal.kind = 'attempt' AND a.version_id = v.id AND q.id = ANY(a.question_ids))))
 LIMIT 1
"""


def image_for(
    image_id: int, *, user_id: int | None, writes: bool, grades: bool, decides: bool = False, on: date | None = None
) -> QuestionImage:
    """Give a picture to somebody who may see the question that it belongs to.

    Args:
        image_id: of the picture.
        user_id: who asks.
        writes: may they write tests?
        grades: may they grade answers, where they are certified to?
        decides: may they decide on appeals, and so see what was asked in attempts whose results are appealed?
        on: the day in UTC on which that certification must stand; today unless told.

    Raises:
        NotFound: there is none, or none for them.

    """
    # Past this, an id is too long for its column, and the same as one that is not there.
    found = session().get(QuestionImage, image_id) if image_id < 2**63 else None
    asked = {"image": image_id, "user": user_id, "grades": grades, "decides": decides, "on": on or clock.now().date()}
    if found is None or not (writes or rows(_MAY_SEE, **asked)):
        raise NotFound(thing="picture", name=image_id)
    return found
