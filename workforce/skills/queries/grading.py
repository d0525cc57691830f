"""Reads on grading: what waits for a grader, what graders gave, how far they agree."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.identity.models import User
from workforce.skills.models import (
    Answer,
    Attempt,
    Certification,
    Grading,
    Question,
    SkillTest,
    TestVersion,
)
from workforce.skills.rules.agreement import Agreement, Judgement, agreement, judged


@dataclass(frozen=True)
class Waiting:
    """A written answer that waits for a grader: nothing of it says whose it is.

    Attributes:
        id: of the answer.
        test: the test's title.
        locale: the language that it is written in.
        prompt: what was asked.
        since: when it was handed in; every one that waits has it.
        marked: are there hints on it?

    """

    id: int
    test: str
    locale: str
    prompt: str
    since: datetime | None
    marked: bool


@dataclass(frozen=True)
class ToGrade:
    """A written answer as a grader sees it."""

    answer: Answer
    question: Question
    version: TestVersion
    test: SkillTest


def _waits(grader_id: int | None, on: date) -> ColumnElement[bool]:
    """Say what a grader may grade: of tests that she is certified for, not her own, nothing twice."""
    certified = select(Certification.test_id).where(
        Certification.user_id == grader_id, Certification.kind == "grader", Certification.revoked_at.is_(None),
        (Certification.expires_on.is_(None)) | (Certification.expires_on >= on),
    )  # fmt: skip
    return and_(
        Answer.wanted.is_not(None),
        Attempt.test_id.in_(certified),
        Attempt.user_id != grader_id,
        ~exists().where(Grading.answer_id == Answer.id, Grading.grader_id == grader_id),
    )


def waiting(grader_id: int | None, *, on: date, start: int = 0, limit: int = 50) -> list[Waiting]:
    """Give the answers that wait for a grader and that she may grade, oldest first.

    Args:
        grader_id: the user.
        on: the day in UTC on which her certification must stand.
        start: how many to pass over.
        limit: how many at most.

    """
    query = (
        select(
            Answer.id, SkillTest.title, TestVersion.locale, Question.prompt, Answer.wanted_since,
            func.jsonb_array_length(Answer.marks) > 0,
        )
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Question, Question.id == Answer.question_id)
        .join(TestVersion, TestVersion.id == Attempt.version_id)
        .join(SkillTest, SkillTest.id == Attempt.test_id)
        .where(_waits(grader_id, on))
        .order_by(Answer.wanted_since, Answer.id)
        .offset(start)
        .limit(limit)
    )  # fmt: skip
    return [Waiting(*row) for row in session().execute(query)]


def waiting_count(grader_id: int | None, *, on: date) -> int:
    """Count the answers that a grader may grade."""
    query = select(func.count()).select_from(Answer).join(Attempt, Attempt.id == Answer.attempt_id)
    return session().scalar(query.where(_waits(grader_id, on))) or 0


def to_grade(grader_id: int | None, answer_id: int, *, on: date) -> ToGrade:
    """Give an answer that waits for a grader and that she may grade.

    Raises:
        NotFound: there is none of that number, it is not for her, or it waits no longer.

    """
    query = _whole().where(Answer.id == answer_id, _waits(grader_id, on))
    found = session().execute(query).one_or_none()
    if found is None:
        raise NotFound(thing="answer to grade", name=answer_id)
    return ToGrade(*found)


def written_of(attempt_id: int) -> list[ToGrade]:
    """Give the written answers of an attempt that have a text, in the order of their questions."""
    query = _whole().where(Answer.attempt_id == attempt_id, Question.kind == "written", Answer.answer.has_key("text"))
    return [ToGrade(*row) for row in session().execute(query.order_by(Question.place))]


def _whole() -> Select[Answer, Question, TestVersion, SkillTest]:
    return (
        select(Answer, Question, TestVersion, SkillTest)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Question, Question.id == Answer.question_id)
        .join(TestVersion, TestVersion.id == Attempt.version_id)
        .join(SkillTest, SkillTest.id == Attempt.test_id)
    )


def gradings(answer_id: int) -> list[Grading]:
    """Give the gradings of an answer in their places."""
    return list(session().scalars(select(Grading).where(Grading.answer_id == answer_id).order_by(Grading.place)))


def graders_of(attempt_id: int) -> set[int]:
    """Give the users who graded anything of an attempt."""
    query = select(Grading.grader_id).join(Answer, Answer.id == Grading.answer_id)
    return set(session().scalars(query.where(Answer.attempt_id == attempt_id)))


def waits_for_graders(attempt_id: int) -> bool:
    """Say whether a written answer of an attempt still waits for a grader."""
    waits = exists().where(Answer.attempt_id == attempt_id, Answer.wanted.is_not(None))
    return session().scalar(select(waits)) or False


@dataclass(frozen=True)
class AgreementReport:
    """How far the graders of a test agree.

    Attributes:
        whole: over everything.
        by_question: each written question with its version.
        by_pair: by the addresses of two graders.

    """

    whole: Agreement
    by_question: list[tuple[Question, TestVersion, Agreement]]
    by_pair: list[tuple[str, str, Agreement]]


def agreement_of(test_id: int) -> AgreementReport:
    """Say how far the first two graders of a test's answers agree, who are blind to each other.

    The third one is not counted: she is asked just where two differ.
    """
    one, other = aliased(Grading), aliased(Grading)
    query = (
        select(Answer.question_id, one.grader_id, other.grader_id, one.points, other.points, func.count())
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(one, one.answer_id == Answer.id)
        .join(other, (other.answer_id == Answer.id) & (other.grader_id > one.grader_id))
        .where(Attempt.test_id == test_id, one.place <= 2, other.place <= 2)
        .group_by(Answer.question_id, one.grader_id, other.grader_id, one.points, other.points)
    )
    found = session().execute(query).all()
    questions = _with_versions({row[0] for row in found})
    by_question: defaultdict[int, list[Judgement]] = defaultdict(list)
    by_pair: defaultdict[tuple[int, int], list[Judgement]] = defaultdict(list)
    for question_id, first, second, given, against, times in found:
        question, version = questions[question_id]
        rubric = {str(line["id"]): int(line["points"]) for line in question.rubric}
        judgement = judged((given, against), rubric, pass_percent=version.pass_percent, times=times)
        by_question[question_id].append(judgement)
        by_pair[first, second].append(judgement)
    names = _addresses({key for pair in by_pair for key in pair})
    return AgreementReport(
        agreement(chain.from_iterable(by_question.values())),
        [(*pair, agreement(by_question[key])) for key, pair in questions.items()],
        sorted(
            ((names[one], names[other], agreement(given)) for (one, other), given in by_pair.items()),
            key=lambda pair: pair[:2],
        ),
    )


def _with_versions(question_ids: Collection[int]) -> dict[int, tuple[Question, TestVersion]]:
    query = (
        select(Question, TestVersion)
        .join(TestVersion, TestVersion.id == Question.version_id)
        .where(Question.id.in_(question_ids))
        .order_by(TestVersion.locale, TestVersion.number, Question.place)
    )
    return {one.id: (one, version) for one, version in session().execute(query)}


def _addresses(user_ids: Collection[int]) -> dict[int, str]:
    return dict(session().execute(select(User.id, User.email).where(User.id.in_(user_ids))).all())
