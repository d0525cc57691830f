"""Questions of a draft: added, changed, moved, removed. What is unfinished may be kept; publishing looks at it all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import Invalid
from workforce.skills.models import Question
from workforce.skills.queries.tests import questions
from workforce.skills.rules.keys import KINDS, MOST_OPTIONS, MOST_POINTS
from workforce.skills.services.images import drop_image, keep_image
from workforce.skills.services.tests.versions import draft_of

MOST_TEXT: Final = 10_000
MOST_QUESTIONS: Final = 500


@dataclass(frozen=True)
class Picture:
    """What becomes of a question's picture.

    Attributes:
        content: of a new one; None leaves what is there.
        removed: is the one that is there taken away?
        text: what it shows.

    """

    content: bytes | None = None
    removed: bool = False
    text: str = ""


@dataclass(frozen=True)
class QuestionValues:
    """A question as a manager writes it.

    Attributes:
        kind: one, many, order, short or written.
        prompt: what is asked.
        points: whole points; a written question's are the sum of its rubric's.
        pool: that it is drawn from; empty where it is always asked.
        options: ids with texts, for one, many and order.
        key: what is right, as AnswerKey.key.
        rubric: lines of a written question: id, text and points.
        most_words: of a written answer; 0 for any number.
        picture: that it is about.

    """

    kind: str
    prompt: str
    points: int = 1
    pool: str = ""
    options: Sequence[tuple[str, str]] = ()
    key: dict[str, Any] = field(default_factory=dict)
    rubric: Sequence[tuple[str, str, int]] = ()
    most_words: int = 0
    picture: Picture = Picture()

    def check(self) -> None:
        """Refuse what no draft could keep.

        Raises:
            Invalid: naming the field.

        """
        if self.kind not in KINDS:
            raise Invalid(field="kind", problem="unknown")
        if len(self.prompt) > MOST_TEXT or len(self.picture.text) > 1_000:
            raise Invalid(field="prompt", problem=f"at most {MOST_TEXT} characters")
        if len(self.pool) > 40:
            raise Invalid(field="pool", problem="at most 40 characters")
        if len(self.options) > MOST_OPTIONS or any(len(text) > 2_000 for _, text in self.options):
            raise Invalid(field="options", problem=f"at most {MOST_OPTIONS}, of at most 2000 characters")
        if len(self.rubric) > MOST_OPTIONS or any(len(text) > 2_000 for _, text, _ in self.rubric):
            raise Invalid(field="rubric", problem=f"at most {MOST_OPTIONS} lines, of at most 2000 characters")
        if not 1 <= self.worth <= MOST_POINTS:
            raise Invalid(field="points", problem=f"1 to {MOST_POINTS}")
        if not 0 <= self.most_words <= 100_000:
            raise Invalid(field="words", problem="0 to 100000")

    @property
    def worth(self) -> int:
        """The points of an answer that is wholly right."""
        return (sum(points for *_, points in self.rubric) or 1) if self.kind == "written" else self.points


def add_question(actor: Actor, version_id: int, values: QuestionValues, *, now: datetime) -> Question:
    """Add a question behind the others of a draft.

    Raises:
        NotDraft: the version is published.
        Invalid: naming the field.
        NoPicture, LargePicture: of its picture.

    """
    values.check()
    draft_of(version_id)
    query = select(func.count(), func.max(Question.place)).where(Question.version_id == version_id)
    count, last = session().execute(query).one()
    if count >= MOST_QUESTIONS:
        raise Invalid(field="questions", problem=f"at most {MOST_QUESTIONS}")
    question = Question(version_id=version_id, place=(last or 0) + 1)
    _fill(question, values)
    session().add(question)
    session().flush()
    audit.record(actor, "question.add", f"version:{version_id}", after=_words(question), now=now)
    return question


def change_question(actor: Actor, question: Question, values: QuestionValues, *, now: datetime) -> None:
    """Change a question of a draft.

    Raises:
        NotDraft: the version is published.
        Invalid: naming the field.
        NoPicture, LargePicture: of its picture.

    """
    values.check()
    draft_of(question.version_id)
    before, image_id = _words(question), question.image_id
    _fill(question, values)
    if question.image_id != image_id:
        drop_image(image_id)
    session().flush()
    audit.record(
        actor, "question.change", f"version:{question.version_id}", before=before, after=_words(question), now=now
    )


def move_question(actor: Actor, question: Question, *, up: bool, now: datetime) -> None:
    """Change places with the neighbour; at either end nothing changes.

    Raises:
        NotDraft: the version is published.

    """
    draft_of(question.version_id)
    found = questions(question.version_id)
    at = found.index(question)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(found):
        return
    found[at], found[other] = found[other], found[at]
    for place, one in enumerate(found, 1):
        one.place = place
    session().flush()
    about = {"question": question.id, "place": other + 1}
    audit.record(actor, "question.move", f"version:{question.version_id}", after=about, now=now)


def remove_question(actor: Actor, question: Question, *, now: datetime) -> None:
    """Take a question out of a draft.

    Raises:
        NotDraft: the version is published.

    """
    draft_of(question.version_id)
    before, image_id = _words(question), question.image_id
    session().delete(question)
    session().flush()
    drop_image(image_id)
    for place, one in enumerate(questions(question.version_id), 1):
        one.place = place
    session().flush()
    audit.record(actor, "question.remove", f"version:{question.version_id}", before=before, now=now)


def _fill(question: Question, values: QuestionValues) -> None:
    # First what can be refused, so that nothing is half changed.
    picture = keep_image(values.picture.content).id if values.picture.content is not None else None
    question.kind, question.prompt, question.points = values.kind, values.prompt.strip(), values.worth
    question.pool, question.most_words = values.pool.strip(), values.most_words
    question.options = [{"id": key, "text": text} for key, text in values.options]
    question.rubric = [{"id": key, "text": text, "points": points} for key, text, points in values.rubric]
    question.draft_key = values.key
    question.image_text = values.picture.text.strip()
    if picture is not None:
        question.image_id = picture
    elif values.picture.removed:
        question.image_id, question.image_text = None, ""


def _words(question: Question) -> dict[str, Any]:
    return {
        "kind": question.kind, "prompt": question.prompt, "points": question.points, "pool": question.pool,
        "options": question.options, "rubric": question.rubric, "key": question.draft_key, "image": question.image_id,
    }  # fmt: skip
