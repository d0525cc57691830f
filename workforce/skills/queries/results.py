"""What a person is told of her result, and what whoever decides on an appeal against it sees: nobody's name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workforce.skills.models import Answer, Attempt, Grading, Question, Score
from workforce.skills.queries.attempts import Paper, gradings_of, paper_of, score_of
from workforce.skills.queries.scoring import key_history
from workforce.skills.rules.grading import Given, standing
from workforce.skills.rules.scoring import line_points


@dataclass(frozen=True)
class Group:
    """Questions that are told of together, so that nobody learns the key from her points.

    Attributes:
        pool: that they were drawn from; empty where they were always asked.
        kind: of the questions, where they are of no pool.
        had: hundredths of a point.
        most: the most that could be had, in hundredths.
        short: is it less than the share that passes?

    """

    pool: str
    kind: str
    had: int
    most: int
    short: bool


@dataclass(frozen=True)
class Line:
    """A line of a rubric: its text, what was had of it in hundredths, the most, and whether that is short."""

    text: str
    had: int
    most: int
    short: bool


@dataclass(frozen=True)
class Written:
    """A written answer with what its graders said, never who they are."""

    place: int
    question: Question
    text: str
    had: int
    lines: list[Line]
    comments: list[str]


@dataclass(frozen=True)
class Result:
    """What an attempt came to."""

    groups: list[Group]
    written: list[Written]


def result_of(paper: Paper, score: Score, gradings: Mapping[int, Sequence[Grading]]) -> Result:
    """Give what a person is told.

    Args:
        paper: of the attempt.
        score: that stands.
        gradings: of its written answers, by question.

    """
    percent = paper.version.pass_percent
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    written = []
    for place, one in enumerate(paper.questions, 1):
        key = (one.pool, "" if one.pool else one.kind)
        had, most = sums.get(key, (0, 0))
        worth = score.points.get(str(one.id), 0)
        sums[key] = (had + worth, most + one.points * 100)
        if one.kind == "written":
            written.append(_written(paper, place, one, worth, gradings.get(one.id, ()), percent))
    groups = [Group(*key, had, most, had * 100 < most * percent) for key, (had, most) in sums.items()]
    return Result(groups, written)


def _written(
    paper: Paper, place: int, question: Question, worth: int, gradings: Sequence[Grading], percent: int
) -> Written:
    rubric = {str(line["id"]): int(line["points"]) for line in question.rubric}
    counted = {given.place for given in standing([Given(one.place, one.points) for one in gradings])}
    stand = [one for one in gradings if one.place in counted]
    points = line_points(rubric, [one.points for one in stand])
    answer = paper.answers.get(question.id)
    lines = [
        Line(str(line["text"]), points[line["id"]], rubric[line["id"]] * 100,
             points[line["id"]] < rubric[line["id"]] * percent)
        for line in question.rubric
    ]  # fmt: skip
    text = str(answer.answer.get("text", "")) if answer else ""
    return Written(place, question, text, worth, lines, [one.comment for one in stand if one.comment])


@dataclass(frozen=True)
class Asked:
    """A question of an attempt with all that its points rest on.

    Attributes:
        place: from 1.
        question: that was asked.
        answer: None where nothing was answered.
        had: hundredths of a point; None before there is a result.
        key: by which it was scored.
        gradings: of a written answer, in their places.

    """

    place: int
    question: Question
    answer: Answer | None
    had: int | None
    key: Mapping[str, Any]
    gradings: Sequence[Grading]


@dataclass(frozen=True)
class Evidence:
    """What the result of an attempt rests on."""

    paper: Paper
    score: Score | None
    asked: list[Asked]


def evidence_of(attempt: Attempt) -> Evidence:
    """Give the result that stands and what it rests on, in a fixed number of queries."""
    paper, score, given = paper_of(attempt), score_of(attempt.id), gradings_of(attempt.id)
    keys = key_history(attempt.question_ids)

    def asked(place: int, one: Question) -> Asked:
        # Keys are numbered from 1; before there is a result the newest holds.
        key = keys[one.id][score.keys[str(one.id)] - 1 if score else -1].key
        had = score.points.get(str(one.id), 0) if score else None
        return Asked(place, one, paper.answers.get(one.id), had, key, given.get(one.id, ()))

    return Evidence(paper, score, [asked(place, one) for place, one in enumerate(paper.questions, 1)])
