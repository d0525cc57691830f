"""Sums over the results of a version, by question and by option: the database adds, rules make figures of it."""

from dataclasses import dataclass
from typing import Final

from workforce.core.db import rows
from workforce.skills.models import Question, TestVersion
from workforce.skills.queries.scoring import newest_keys
from workforce.skills.queries.tests import questions
from workforce.skills.rules.scoring import Key
from workforce.skills.rules.statistics import Item, Sums, choices_of, item

_LATEST: Final = """
WITH latest AS (
    SELECT a.id, s.points, s.total
      FROM test_attempt a
     CROSS JOIN LATERAL (SELECT points, total FROM attempt_score
                          WHERE attempt_id = a.id ORDER BY number DESC LIMIT 1) s
     WHERE a.version_id = :version AND a.state IN ('passed', 'failed')
)
"""
_SUMS: Final = (
    _LATEST
    + """
SELECT p.key::bigint AS question, count(*) AS n, sum(x) AS x, sum(x * x) AS xx, sum(y) AS y, sum(y * y) AS yy,
       sum(x * y) AS xy
  FROM latest l CROSS JOIN LATERAL jsonb_each_text(l.points) p
 CROSS JOIN LATERAL (SELECT p.value::numeric AS x, (l.total - p.value::int)::numeric AS y) v
 GROUP BY 1
"""
)
_CHOICES: Final = (
    _LATEST
    + """
SELECT n.question_id AS question, c.option, count(*) AS chosen,
       sum(l.total - coalesce((l.points ->> n.question_id::text)::int, 0)) AS rest
  FROM latest l JOIN test_answer n ON n.attempt_id = l.id
  JOIN question q ON q.id = n.question_id AND q.kind IN ('one', 'many')
 CROSS JOIN LATERAL jsonb_array_elements_text(
     CASE jsonb_typeof(n.answer -> 'chosen') WHEN 'array' THEN n.answer -> 'chosen' ELSE '[]' END) c (option)
 GROUP BY 1, 2
"""
)


@dataclass(frozen=True)
class QuestionItem:
    """A question with its newest key and what is known of it."""

    question: Question
    key: Key | None
    item: Item


def statistics_of(version: TestVersion) -> list[QuestionItem]:
    """Give what the decided attempts at a version, by their newest scores, say of its questions."""
    found = questions(version.id)
    keys = newest_keys([one.id for one in found])
    sums = {
        one.question: Sums(*(int(value) for value in (one.n, one.x, one.xx, one.y, one.yy, one.xy)))
        for one in rows(_SUMS, version=version.id)
    }
    chosen: dict[int, dict[str, tuple[int, int]]] = {}
    for one in rows(_CHOICES, version=version.id):
        chosen.setdefault(one.question, {})[one.option] = (one.chosen, int(one.rest))
    return [_item(one, keys.get(one.id), sums.get(one.id), chosen.get(one.id, {})) for one in found]


def _item(question: Question, key: Key | None, sums: Sums | None, chosen: dict[str, tuple[int, int]]) -> QuestionItem:
    choices = []
    if question.kind in {"one", "many"} and key is not None and not key.key.get("void"):
        options = [str(one["id"]) for one in question.options]
        choices = choices_of(options, key.key.get("right", ()), chosen)
    return QuestionItem(question, key, item(sums or Sums(0, 0, 0, 0, 0, 0), question.points * 100, choices))
