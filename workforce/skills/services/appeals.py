"""An appeal against the result of an attempt: somebody who graded nothing of it decides, and grades it anew.

A grading on appeal stands alone: it takes the place of what the two or three graders gave. Granting an appeal must
change something, since the person is told that it did: either the written answers were graded anew, or the attempt was
scored again since the appeal was opened (a key was corrected).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from i18n.locale import N_
from workforce.appeals.models import Appeal
from workforce.appeals.rules import AppealDecided, SomebodyElse, may_decide
from workforce.appeals.services import appeal_of, decide_appeal, open_appeal, staff_appeal
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, NotFound
from workforce.skills.models import Attempt, Grading, SkillTest, TestVersion
from workforce.skills.queries.attempts import attempt_of, score_of
from workforce.skills.queries.grading import graders_of, gradings, written_of
from workforce.skills.rules.grading import ON_APPEAL, BadPoints, checked
from workforce.skills.services.grading import finish
from workforce.skills.services.keys import keys_for_scoring

KIND: Final = "attempt"


class NotDecided(DaybookError):
    code = "attempt_not_decided"
    template = N_("There is no result yet that could be appealed.")


class NothingChanged(DaybookError):
    code = "appeal_changes_nothing"
    template = N_(
        "Granting this appeal would change nothing yet. Grade the written answers anew on the page of the attempt, or"
        " correct the key of the question that is wrong, and then grant it."
    )


def deadline_of(attempt: Attempt, version: TestVersion) -> datetime | None:
    """Give the last instant at which a result can be appealed; None before there is one."""
    return attempt.decided_at + timedelta(days=version.appeal_days) if attempt.decided_at else None


def appeal_attempt(actor: Actor, attempt_id: int, text: str, *, now: datetime) -> Appeal:
    """Open an appeal against the result of an attempt of one's own.

    Args:
        actor: whose attempt it is.
        attempt_id: of it.
        text: what she says.
        now: the instant.

    Raises:
        NotFound: it is not there, or somebody else's.
        NotDecided: it has no result yet.
        AppealLate, AppealOpen, WrongLength: see open_appeal.

    """
    attempt = attempt_of(actor.id, attempt_id)
    version = session().get_one(TestVersion, attempt.version_id)
    deadline = deadline_of(attempt, version)
    if deadline is None:
        raise NotDecided
    test = session().get_one(SkillTest, attempt.test_id)
    return open_appeal(
        actor, kind=KIND, subject_id=attempt.id, about=f"{test.code} {version.locale} · {attempt.id}", text=text,
        decided_by=graders_of(attempt.id), deadline=deadline, now=now,
    )  # fmt: skip


def appealed_attempt(actor: Actor, attempt_id: int) -> tuple[Attempt, Appeal]:
    """Give an attempt against whose result there is an appeal, to somebody who may see the appeal.

    Raises:
        NotFound: there is no such attempt, no appeal against it, or it is not the actor's to see.
        SomebodyElse: it is the actor's own, with keys and gradings that she is not shown.

    """
    attempt, appeal = session().get(Attempt, attempt_id), appeal_of(KIND, attempt_id)
    if attempt is None or appeal is None:
        raise NotFound(thing="attempt", name=attempt_id)
    if actor.id == appeal.user_id:
        raise SomebodyElse
    return attempt, staff_appeal(actor, appeal.id)


def grade_anew(
    actor: Actor, attempt_id: int, gradings_by_answer: Mapping[int, Mapping[str, int | None]], *,
    comments: Mapping[int, str], answer: str, now: datetime,
) -> Appeal:  # fmt: skip
    """Grant an appeal with points of one's own for every written answer of the attempt.

    Args:
        actor: who decides; neither the appellant nor one of the graders.
        attempt_id: of the attempt.
        gradings_by_answer: points by line of the rubric, by answer.
        comments: for the person who wrote it, by answer.
        answer: to the appeal.
        now: the instant.

    Raises:
        NotFound: there is no such appeal for the actor.
        SomebodyElse: she may not decide on it.
        AppealDecided: somebody has.
        BadPoints, CommentMissing: see rules.grading.checked.
        WrongLength: the answer is too short or too long.

    """
    _, appeal = appealed_attempt(actor, attempt_id)
    # Two who decide at once stand in line here, as in decide_appeal.
    appeal = staff_appeal(actor, appeal.id, lock=True)
    if not may_decide(actor.id, appeal.user_id, appeal.excluded) or actor.id is None:
        raise SomebodyElse
    if appeal.state != "open":
        raise AppealDecided
    written = written_of(attempt_id)
    if gradings_by_answer.keys() != {one.answer.id for one in written}:
        raise BadPoints
    for one in written:
        comment = comments.get(one.answer.id, "")
        points = checked(one.question.rubric, gradings_by_answer[one.answer.id], comment)
        session().add(
            Grading(
                answer_id=one.answer.id, grader_id=actor.id, place=ON_APPEAL, points=points, comment=comment.strip(),
                graded_at=now,
            )
        )  # fmt: skip
        after = {"place": ON_APPEAL, "points": points}
        audit.record(actor, "answer.grade", f"answer:{one.answer.id}", after=after, now=now)
    session().flush()
    return decide_appeal(actor, appeal.id, granted=True, answer=answer, now=now)


def granted(actor: Actor, appeal: Appeal, now: datetime) -> None:
    """Score an attempt whose appeal was granted.

    Raises:
        NothingChanged: nothing was graded anew, and no key was corrected.

    """
    found = session().get_one(Attempt, appeal.subject_id)
    keys_for_scoring(found.question_ids)  # before the attempt is locked: see there
    attempt = session().scalars(
        select(Attempt).where(Attempt.id == found.id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()  # fmt: skip
    anew = any(given.place == ON_APPEAL for one in written_of(attempt.id) for given in gradings(one.answer.id))
    score = score_of(attempt.id)
    if not anew and (score is None or score.scored_at <= appeal.opened_at):
        raise NothingChanged
    if anew:
        finish(actor, attempt, cause="appealed", now=now)
