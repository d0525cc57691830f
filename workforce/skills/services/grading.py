"""Grading of written answers by rubric, blind, by two people or three; then the attempt has its result.

An answer that waits says which place is wanted next. Whoever grades locks it: of two who grade at once one keeps the
place, and the other one's points are kept as the next place's where another one is wanted.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError
from workforce.skills.models import Answer, Attempt, Grading, Question, TestVersion
from workforce.skills.queries.attempts import gradings_of
from workforce.skills.queries.grading import ToGrade, gradings, to_grade, waits_for_graders
from workforce.skills.queries.scoring import as_q
from workforce.skills.rules.grading import Given, checked, next_place, standing
from workforce.skills.rules.scoring import Scored, score_attempt
from workforce.skills.services.certifications import apply_result
from workforce.skills.services.keys import keys_for_scoring


class GradedMeanwhile(DaybookError):
    code = "graded_meanwhile"
    template = N_(
        "Somebody else graded this answer at the same moment, and it needs no further grader. Your points were not"
        " kept. Go on with the next answer."
    )


def grade(
    actor: Actor, answer_id: int, *, place: int, points: Mapping[str, int | None], comment: str, now: datetime
) -> Answer:
    """Keep what a grader gives a written answer; the last one that is wanted decides the attempt.

    Args:
        actor: the grader, certified for the test on that day.
        answer_id: of the answer.
        place: that was wanted when she opened it.
        points: by line of the rubric.
        comment: for the person who wrote it; wanted where points are taken off.
        now: the instant.

    Raises:
        NotFound: it does not wait, it is her own, she graded it already, or she is not certified for it.
        GradedMeanwhile: another grader kept that place.
        BadPoints: see rules.grading.checked.
        CommentMissing: the same.

    """
    actor.must("skills:answers:grade")
    query = select(Answer).where(Answer.id == answer_id).with_for_update()
    answer = session().scalar(query.execution_options(populate_existing=True))
    if answer is not None and answer.wanted != place and not _has_graded(actor, answer):
        raise GradedMeanwhile
    what = to_grade(actor.id, answer_id, on=now.date())
    _keep(actor, what, place, checked(what.question.rubric, points, comment), comment, now)
    given = [Given(one.place, one.points) for one in gradings(answer_id)]
    what.answer.wanted = next_place(given, most=what.question.points, tolerance_percent=what.version.tolerance_percent)
    session().flush()
    if what.answer.wanted is None:
        attempt = session().scalars(
            select(Attempt).where(Attempt.id == what.answer.attempt_id).with_for_update(),
            execution_options={"populate_existing": True},
        ).one()  # fmt: skip
        finish(actor, attempt, now=now)
    return what.answer


def _has_graded(actor: Actor, answer: Answer) -> bool:
    query = select(Grading.id).where(Grading.answer_id == answer.id, Grading.grader_id == actor.id)
    return session().scalar(query) is not None


def _keep(actor: Actor, what: ToGrade, place: int, points: Mapping[str, int], comment: str, now: datetime) -> None:
    assert actor.id is not None, "Daybook itself grades nothing"
    session().add(
        Grading(
            answer_id=what.answer.id, grader_id=actor.id, place=place, points=dict(points), comment=comment.strip(),
            graded_at=now,
        )
    )  # fmt: skip
    session().flush()
    audit.record(
        actor, "answer.grade", f"answer:{what.answer.id}", after={"place": place, "points": dict(points)}, now=now
    )


def finish(actor: Actor, attempt: Attempt, *, now: datetime, cause: str = "graded") -> None:
    """Give an attempt its result, once nothing of it waits for a grader.

    Args:
        actor: whose act completed it.
        attempt: handed in, and locked by this transaction.
        now: the instant.
        cause: graded or appealed.

    """
    if not waits_for_graders(attempt.id):
        apply_result(actor, attempt, scored(attempt), cause, now=now)


def scored(attempt: Attempt) -> Scored:
    """Compute what an attempt comes to with the keys that hold now."""
    version = session().get_one(TestVersion, attempt.version_id)
    questions = list(session().scalars(select(Question).where(Question.id.in_(attempt.question_ids))))
    answers = session().execute(select(Answer.question_id, Answer.answer).where(Answer.attempt_id == attempt.id))
    given = {
        question_id: [one.points for one in standing([Given(one.place, one.points) for one in found])]
        for question_id, found in gradings_of(attempt.id).items()
    }
    return score_attempt(
        [as_q(one) for one in questions],
        keys_for_scoring(attempt.question_ids),
        dict(answers.all()),
        given,
        pass_percent=version.pass_percent,
    )
