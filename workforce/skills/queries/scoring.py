"""What scoring needs: questions in its shape, and the newest keys."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from workforce.core.db import session
from workforce.skills.models import AnswerKey, Question
from workforce.skills.rules.scoring import Key, Q


def among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """Say that a column is one of many ids, in one parameter however many they are."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))  # type: ignore[no-any-return]


def as_q(question: Question) -> Q:
    """Give a question in the shape in which it is scored."""
    rubric = {str(line["id"]): int(line["points"]) for line in question.rubric}
    return Q(question.id, question.kind, question.points, rubric)


def newest_keys(question_ids: Collection[int]) -> dict[int, Key]:
    """Give the newest key of each question."""
    query = (
        select(AnswerKey.question_id, AnswerKey.number, AnswerKey.key)
        .where(AnswerKey.question_id.in_(question_ids))
        .order_by(AnswerKey.question_id, AnswerKey.number)  # the last one stays in the dictionary
    )
    return {question_id: Key(number, key) for question_id, number, key in session().execute(query)}


def newest_numbers(question_ids: Collection[int]) -> dict[int, int]:
    """Give the number of the newest key of each question."""
    query = (
        select(AnswerKey.question_id, func.max(AnswerKey.number))
        .where(AnswerKey.question_id.in_(question_ids))
        .group_by(AnswerKey.question_id)
    )
    return dict(session().execute(query).all())


def key_history(question_ids: Collection[int]) -> dict[int, list[AnswerKey]]:
    """Give all keys of questions, the first one first."""
    found: dict[int, list[AnswerKey]] = {question_id: [] for question_id in question_ids}
    query = select(AnswerKey).where(AnswerKey.question_id.in_(question_ids)).order_by(AnswerKey.number)
    for one in session().scalars(query):
        found[one.question_id].append(one)
    return found
