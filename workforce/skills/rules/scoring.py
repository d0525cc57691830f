"""What an answer is worth: its answer, the key's version and the graders' points decide, and nothing else.

Points are whole numbers of hundredths of a point, rounded half-even where a share does not come out even.

- one: all or nothing. A corrected key may name several options, any of which is right then.
- many: points × (right ones chosen − wrong ones chosen) ÷ right ones, never below 0, so that ticking everything earns
  nothing.
- order: points × Kendall's tau, never below 0: the share of pairs in the right order less the share in the wrong one.
  So one swap of neighbours costs little, and an order of chance earns about nothing, as it does with `many`.
- short: all or nothing, compared with the accepted variants as text, and as a number too where the key says so; see
  `answers`.
- written: by line of the rubric, one grader's points, two graders' mean, or of three the one in the middle. The mean of
  the two nearest, which others take, can fall when a grader gives more (0 and 5 with 9 make 7, with 11 they make 2½);
  the middle one cannot, and the lines add up to the result.
- a void key gives everybody the points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from workforce.core.money import half_even
from workforce.skills.rules.answers import same_number, same_text

Answered = Mapping[str, Any]
Points = Mapping[str, int]


@dataclass(frozen=True)
class Q:
    """A question as scoring sees it.

    Attributes:
        id: of the question.
        kind: one, many, order, short or written.
        points: whole points for an answer that is wholly right.
        rubric: most points by line of a written answer's rubric.

    """

    id: int
    kind: str
    points: int
    rubric: Points


@dataclass(frozen=True)
class Key:
    """An answer key with its number.

    Attributes:
        number: counted up for each question.
        key: as AnswerKey.key.

    """

    number: int
    key: Mapping[str, Any]


@dataclass(frozen=True)
class Scored:
    """What an attempt comes to.

    Attributes:
        points: hundredths by question id.
        keys: the number of the key that each question was scored by.
        total: hundredths.
        most: the most that could be had, in hundredths.
        passed: is it enough?

    """

    points: Mapping[int, int]
    keys: Mapping[int, int]
    total: int
    most: int
    passed: bool


def score_question(
    question: Q, key: Mapping[str, Any], answer: Answered | None, gradings: Sequence[Points] = ()
) -> int:
    """Give what an answer is worth, in hundredths of a point.

    Args:
        question: that was asked.
        key: what is right.
        answer: what was answered; None for nothing.
        gradings: of a written answer, points by line of the rubric; their order does not matter.

    Returns:
        0 to 100 × the question's points; 0 for an answer of another shape.

    """
    full = question.points * 100
    if key.get("void"):
        return full
    if question.kind == "written":
        return min(full, sum(line_points(question.rubric, gradings).values())) if answer else 0
    return _own_scored(question, full, key, answer) if answer else 0


def _own_scored(question: Q, full: int, key: Mapping[str, Any], answer: Answered) -> int:
    """Score an answer that needs no grader."""
    if question.kind == "short":
        return full if _accepted(str(answer.get("text") or ""), key) else 0
    right, chosen = list(key.get("right", ())), _chosen(answer)
    if question.kind == "one":
        return full if len(chosen) == 1 and chosen[0] in right else 0
    if question.kind == "many":
        return _many(full, set(right), set(chosen))
    return _order(full, right, chosen)


def score_attempt(
    questions: Sequence[Q],
    keys: Mapping[int, Key],
    answers: Mapping[int, Answered],
    gradings: Mapping[int, Sequence[Points]],
    *,
    pass_percent: int,
) -> Scored:
    """Give what an attempt comes to.

    Args:
        questions: of its paper, in any order.
        keys: by question id; the newest ones.
        answers: by question id, as last saved.
        gradings: by question id, of its written answers.
        pass_percent: percent of the points that pass.

    """
    points = {
        one.id: score_question(one, keys[one.id].key, answers.get(one.id), gradings.get(one.id, ()))
        for one in questions
    }
    most = sum(one.points for one in questions) * 100
    total = sum(points.values())
    return Scored(
        points, {one.id: keys[one.id].number for one in questions}, total, most, passes(total, most, pass_percent)
    )


def passes(total: int, most: int, pass_percent: int) -> bool:
    """Say whether so many hundredths of so many are enough; a paper on which nothing can be had is not passed."""
    return most > 0 and total * 100 >= pass_percent * most


def line_points(rubric: Points, gradings: Sequence[Points]) -> dict[str, int]:
    """Give what a written answer has by line of its rubric, in hundredths of a point.

    Args:
        rubric: most points by line.
        gradings: up to three, points by line; what is above the most or below 0 counts as that.

    """
    return {
        line: _middle([min(most, max(0, grading.get(line, 0))) for grading in gradings])
        for line, most in rubric.items()
    }


def _middle(points: list[int]) -> int:
    """Give one grader's points, two graders' mean or the middle one of three, in hundredths."""
    if not points:
        return 0
    ranked, half = sorted(points), len(points) // 2
    return 100 * ranked[half] if len(points) % 2 else 50 * (ranked[half - 1] + ranked[half])


def _chosen(answer: Answered) -> list[str]:
    given = answer.get("chosen")
    return [str(one) for one in given] if isinstance(given, list | tuple) else []


def _many(full: int, right: set[str], chosen: set[str]) -> int:
    if not right:
        return 0 if chosen else full
    return half_even(full * max(0, len(chosen & right) - len(chosen - right)), len(right))


def _order(full: int, right: list[str], chosen: list[str]) -> int:
    if sorted(chosen) != sorted(right) or not right:
        return 0
    place = {one: number for number, one in enumerate(right)}
    pairs = [place[first] < place[second] for first, second in combinations(chosen, 2)]
    if not pairs:
        return full
    return half_even(full * max(0, 2 * sum(pairs) - len(pairs)), len(pairs))


def _accepted(text: str, key: Mapping[str, Any]) -> bool:
    variants = [str(one) for one in key.get("accepted", ())]
    if any(same_text(text, one) for one in variants):
        return True
    return bool(key.get("numeric")) and any(same_number(text, one) for one in variants)
