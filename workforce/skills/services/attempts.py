"""Taking a test: a paper is drawn, answers are kept until the deadline, and the attempt is handed in once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Forbidden, NotFound
from workforce.identity.models import User
from workforce.skills.models import Answer, AnswerPrint, Attempt, Question
from workforce.skills.queries.attempts import Offered, offers_of
from workforce.skills.rules import attempts as rules
from workforce.skills.rules import marks
from workforce.skills.services.grading import finish

# So many answers that share most prints with a new one are compared with it word by word.
COMPARED: Final = 5


class NotYet(DaybookError):
    code = "test_not_yet"
    template = N_("You can begin this test again from %(since)s.")


class NoAttemptLeft(DaybookError):
    code = "no_attempt_left"
    template = N_("You have no attempt left at this test.")


class StillGraded(DaybookError):
    code = "still_graded"
    template = N_("Your last attempt is still being graded. Wait for its result before you begin another one.")


class Certified(DaybookError):
    code = "certified_already"
    template = N_("You hold this certification already, and need not take the test.")


class TooLate(DaybookError):
    code = "too_late"
    template = N_("The time was over before this was saved. What you had saved before was handed in.")


class HandedIn(DaybookError):
    code = "handed_in"
    template = N_("This attempt is handed in. Its answers cannot be changed any more.")


def begin(actor: Actor, code: str, *, locale: str, now: datetime) -> Attempt:
    """Begin a test, or give the attempt at it that is open already.

    Args:
        actor: whose attempt it is.
        code: of the test.
        locale: the language in which it is taken.
        now: the instant from which the clock runs.

    Raises:
        NotFound: there is no such test in that language, or nobody can take it now.
        NotYet: a cool-down, or a certification that stands for long.
        NoAttemptLeft: all were used.
        StillGraded: the result of the last one is waited for.
        Certified: the certification stands for ever.

    """
    actor.must("me:tests:take")
    if actor.id is None:
        raise Forbidden(permission="me:tests:take")  # nobody takes a test for Daybook itself
    # Two starts at once stand in line here; the second finds what the first one began.
    session().execute(select(User.id).where(User.id == actor.id).with_for_update(key_share=True))
    offers = {one.version.locale: one for one in offers_of(actor.id, code, now=now)}
    if locale not in offers:
        raise NotFound(thing="test", name=f"{code} ({locale})")
    offer = offers[locale]
    if offer.attempt is not None and offer.attempt.state == "open":
        if now < offer.attempt.deadline_at:
            return offer.attempt
        hand_in(actor, offer.attempt.id, now=now)
        offer = next(one for one in offers_of(actor.id, code, now=now) if one.version.locale == locale)
    _must_be_ready(offer)
    return _begun(actor, offer, now)


def _must_be_ready(offer: Offered) -> None:
    chance = offer.chance
    if chance.code == "grading":
        raise StillGraded
    if chance.code == "used_up":
        raise NoAttemptLeft
    if chance.code in {"waiting", "held"}:
        raise NotYet(since=chance.since) if chance.since else Certified


def _begun(actor: Actor, offer: Offered, now: datetime) -> Attempt:
    version = offer.version
    number = 1 + (offer.attempt.number if offer.attempt else 0)
    query = select(Question).where(Question.version_id == version.id).order_by(Question.place, Question.id)
    drawn = rules.draw(
        [rules.Asked(one.id, one.pool) for one in session().scalars(query)], version.draws, shuffled=version.shuffled,
        seed=f"{version.id}:{actor.id}:{number}",
    )  # fmt: skip
    attempt = Attempt(
        test_id=offer.test.id, version_id=version.id, user_id=actor.id, number=number, state="open",
        question_ids=drawn, started_at=now, deadline_at=now + timedelta(minutes=version.minutes),
    )  # fmt: skip
    session().add(attempt)
    session().flush()
    audit.record(
        actor, "attempt.begin", f"attempt:{attempt.id}",
        after={"test": offer.test.code, "version": version.id, "number": number}, now=now,
    )  # fmt: skip
    return attempt


def locked(user_id: int | None, attempt_id: int) -> Attempt:
    """Give an attempt of a person and hold it until the end of the transaction.

    Raises:
        NotFound: it is not there, or somebody else's.

    """
    query = select(Attempt).where(Attempt.id == attempt_id, Attempt.user_id == user_id)
    # What was read before the lock was waited for may be old.
    found = session().scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound(thing="attempt", name=attempt_id)
    return found


def save(
    actor: Actor, attempt_id: int, question_id: int, *, chosen: Sequence[str] = (), text: str = "",
    typed: int | None = None, now: datetime,
) -> Answer:  # fmt: skip
    """Keep an answer in the place of what was typed earlier; return what is kept for the question then.

    Args:
        actor: whose attempt it is.
        attempt_id: of it.
        question_id: one of its paper.
        chosen: ids of options, in order for an order.
        text: of a short or a written answer.
        typed: when, in milliseconds of the server's clock as a page counts it; now where a person sends it.
        now: the instant.

    Raises:
        NotFound: no such attempt of theirs, or no such question on its paper.
        HandedIn: it is handed in.
        TooLate: the deadline has passed.
        BadAnswer: see rules.attempts.cleaned.

    """
    attempt = locked(actor.id, attempt_id)
    if question_id not in attempt.question_ids:
        raise NotFound(thing="question", name=question_id)
    if attempt.state != "open":
        raise TooLate if now >= attempt.deadline_at else HandedIn
    if now >= attempt.deadline_at:
        raise TooLate
    question = session().get_one(Question, question_id)
    frame = rules.Frame(question.kind, frozenset(str(one["id"]) for one in question.options))
    # No page can be ahead of the clock that it counts on, so that what a person sends is always the newest.
    latest = milliseconds(now)
    values = {
        "answer": rules.cleaned(frame, chosen, text), "saved_at": now,
        "typed": latest if typed is None else min(typed, latest),
    }  # fmt: skip
    query = (
        insert(Answer)
        .values(attempt_id=attempt_id, question_id=question_id, marks=[], **values)
        .on_conflict_do_update(
            index_elements=["attempt_id", "question_id"], set_=values, where=Answer.typed <= values["typed"]
        )
    )
    session().execute(query)
    kept = select(Answer).where(Answer.attempt_id == attempt_id, Answer.question_id == question_id)
    return session().scalars(kept, execution_options={"populate_existing": True}).one()


def milliseconds(at: datetime) -> int:
    """Return an instant as pages count it: whole milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def hand_in(actor: Actor, attempt_id: int, *, now: datetime) -> Attempt:
    """Hand an attempt in; one that was handed in already stays as it is.

    Args:
        actor: whose attempt it is, or Daybook itself for any whose deadline has passed.
        attempt_id: of it.
        now: the instant; what is handed in after the deadline counts as handed in at it.

    Raises:
        NotFound: it is not there, or somebody else's.
        AttemptMove: Daybook itself before the deadline.

    """
    owner = actor.id
    if actor is SYSTEM:
        owner = session().scalar(select(Attempt.user_id).where(Attempt.id == attempt_id))
    attempt = locked(owner, attempt_id)
    if attempt.state != "open":
        return attempt
    if actor is SYSTEM and now < attempt.deadline_at:
        raise rules.AttemptMove
    attempt.state = rules.moved(attempt.state, "hand_in")
    attempt.submitted_at = min(now, attempt.deadline_at)
    audit.record(
        actor, "attempt.hand_in", f"attempt:{attempt.id}", before={"state": "open"},
        after={"state": attempt.state, "late": now >= attempt.deadline_at}, now=now,
    )  # fmt: skip
    _send_to_graders(attempt)
    session().flush()
    finish(actor, attempt, now=now)
    return attempt


def _send_to_graders(attempt: Attempt) -> None:
    """Mark the written answers and put them into the graders' queue; an empty one has nothing to grade."""
    query = (
        select(Answer, Question)
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.attempt_id == attempt.id, Question.kind == "written")
        .order_by(Answer.id)
    )
    hashes: list[dict[str, int]] = []
    for answer, question in session().execute(query):
        if not answer.answer.get("text"):
            continue
        answer.wanted, answer.wanted_since = 1, attempt.submitted_at
        own = marks.prints(answer.answer["text"])
        answer.marks = marks.marks_of(
            answer.answer["text"], prompt=question.prompt, most_words=question.most_words,
            others=_alike(answer, attempt, own),
        )  # fmt: skip
        hashes += [{"question_id": question.id, "hash": one, "answer_id": answer.id} for one in own]
    if hashes:
        session().execute(insert(AnswerPrint), hashes)


def _alike(answer: Answer, attempt: Attempt, prints: list[int]) -> list[tuple[int, str]]:
    """Give the answers of others to the same question that share most prints, with their texts."""
    if not prints:
        return []
    query = (
        select(AnswerPrint.answer_id)
        .where(AnswerPrint.question_id == answer.question_id, AnswerPrint.hash.in_(prints))
        .group_by(AnswerPrint.answer_id)
        .order_by(func.count().desc(), AnswerPrint.answer_id)
        # Her own earlier attempts may stand among the first.
        .limit(COMPARED + 2)
    )
    near = (
        select(Answer.id, Answer.answer)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Answer.id.in_(query), Attempt.user_id != attempt.user_id)
        .order_by(Answer.id)
    )
    found: list[tuple[int, dict[str, Any]]] = list(session().execute(near))
    return [(key, str(other.get("text", ""))) for key, other in found]
