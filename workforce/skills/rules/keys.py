"""Whether a question, its key and a whole version can be asked: every reason why not, in sentences."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from i18n.locale import N_
from workforce.skills.rules.answers import normalised, readings

KINDS: Final = ("one", "many", "order", "short", "written")
CHOSEN: Final = frozenset({"one", "many", "order"})
MOST_OPTIONS: Final = 20
MOST_ACCEPTED: Final = 100
MOST_POINTS: Final = 1_000

NO_QUESTIONS: Final = N_("There is no question yet. Add at least one.")
NO_PROMPT: Final = N_("Question %(place)s asks nothing: write what is asked.")
FEW_OPTIONS: Final = N_("Question %(place)s needs at least two options.")
MANY_OPTIONS: Final = N_("Question %(place)s has more than %(most)s options.")
SAME_OPTIONS: Final = N_("Question %(place)s has the option “%(text)s” twice.")
NO_KEY: Final = N_("Question %(place)s has no key: say which answer is right.")
ONE_RIGHT: Final = N_("Question %(place)s has %(count)s right answers, but exactly one may be chosen.")
ALL_RIGHT: Final = N_("Question %(place)s: every option is right, so that there is nothing to find out.")
STRANGE_KEY: Final = N_("Question %(place)s: the key names an option that does not exist.")
ORDER_WHOLE: Final = N_("Question %(place)s: the key must name every option once.")
NO_ACCEPTED: Final = N_("Question %(place)s accepts no answer: write at least one, one a line.")
TWO_NUMBERS: Final = N_(
    "Question %(place)s: the accepted number “%(text)s” can be read in two ways. Write it without grouping its digits,"
    " or with one more zero after its decimals."
)
MANY_ACCEPTED: Final = N_("Question %(place)s accepts more than %(most)s answers.")
NO_RUBRIC: Final = N_("Question %(place)s has no rubric: say what graders look at, and for how many points.")
RUBRIC_SUM: Final = N_("Question %(place)s is worth %(points)s points, but its rubric adds up to %(sum)s.")
NO_ALT: Final = N_("Question %(place)s: say what the picture shows, for those who do not see it.")
POINTS: Final = N_("Question %(place)s must be worth 1 to %(most)s points.")
DRAW_TOO_MANY: Final = N_("%(drawn)s questions are drawn from the pool “%(pool)s”, which has only %(count)s.")
DRAW_NONE: Final = N_("From the pool “%(pool)s” at least one question must be drawn.")
DRAW_UNKNOWN: Final = N_("Questions are drawn from the pool “%(pool)s”, which has none.")
DRAW_UNEQUAL: Final = N_(
    "The questions of the pool “%(pool)s” are worth different numbers of points, so that luck would decide: make them"
    " equal."
)


@dataclass(frozen=True)
class Draft:
    """A question as whoever publishes it sees it.

    Attributes:
        place: where it stands, from 1.
        kind: one, many, order, short or written.
        prompt: what is asked.
        pool: that it is drawn from, or empty.
        points: whole points.
        options: ids with their texts.
        rubric: most points by line.
        key: what is right.
        image_text: what its picture shows; None where it has no picture.

    """

    place: int
    kind: str
    prompt: str
    pool: str
    points: int
    options: Mapping[str, str]
    rubric: Mapping[str, int]
    key: Mapping[str, Any]
    image_text: str | None = None


@dataclass(frozen=True)
class Problem:
    """A reason why something cannot be published.

    Attributes:
        template: marked for translation.
        params: of the template.

    """

    template: str
    params: Mapping[str, Any]


def version_problems(questions: Sequence[Draft], draws: Mapping[str, int]) -> list[Problem]:
    """Give every reason why a version cannot be published; none when it can.

    Args:
        questions: all of it.
        draws: how many questions of each pool are asked.

    """
    if not questions:
        return [Problem(NO_QUESTIONS, {})]
    return [*(problem for one in questions for problem in question_problems(one)), *_draw_problems(questions, draws)]


def question_problems(question: Draft) -> list[Problem]:
    """Give every reason why a question cannot be asked."""
    return [Problem(template, {"place": question.place, **params}) for template, params in _question(question)]


def key_problems(question: Draft) -> list[Problem]:
    """Give every reason why a question cannot be scored by its key; a void key always can."""
    return [Problem(template, {"place": question.place, **params}) for template, params in _key(question)]


Finding = tuple[str, dict[str, Any]]


def _question(question: Draft) -> Iterator[Finding]:
    if not question.prompt.strip():
        yield NO_PROMPT, {}
    if not 1 <= question.points <= MOST_POINTS:
        yield POINTS, {"most": MOST_POINTS}
    if question.image_text is not None and not question.image_text.strip():
        yield NO_ALT, {}
    if question.kind in CHOSEN:
        yield from _options(question)
    if question.kind == "written":
        if not question.rubric or any(most < 1 for most in question.rubric.values()):
            yield NO_RUBRIC, {}
        elif sum(question.rubric.values()) != question.points:
            yield RUBRIC_SUM, {"points": question.points, "sum": sum(question.rubric.values())}
    yield from _key(question)
    # A corrected key may find more right than that; a new question should not.
    right = set(question.key.get("right") or ())
    if question.kind == "one" and len(right) > 1:
        yield ONE_RIGHT, {"count": len(right)}
    if question.kind == "many" and len(right) > 1 and right == question.options.keys():
        yield ALL_RIGHT, {}


def _options(question: Draft) -> Iterator[Finding]:
    if len(question.options) < 2:
        yield FEW_OPTIONS, {}
    if len(question.options) > MOST_OPTIONS:
        yield MANY_OPTIONS, {"most": MOST_OPTIONS}
    for text, count in Counter(" ".join(text.split()) for text in question.options.values()).items():
        if count > 1:
            yield SAME_OPTIONS, {"text": text}


def _key(question: Draft) -> Iterator[Finding]:
    if question.key.get("void") or question.kind == "written":
        return
    if question.kind == "short":
        accepted = question.key.get("accepted") or []
        if not any(normalised(str(one)) for one in accepted):
            yield NO_ACCEPTED, {}
        if len(accepted) > MOST_ACCEPTED:
            yield MANY_ACCEPTED, {"most": MOST_ACCEPTED}
        for one in accepted if question.key.get("numeric") else ():
            if len(readings(str(one))) > 1:
                yield TWO_NUMBERS, {"text": one}
        return
    right = question.key.get("right") or []
    if not right:
        yield NO_KEY, {}
    elif not set(right) <= question.options.keys():
        yield STRANGE_KEY, {}
    elif question.kind == "order" and sorted(right) != sorted(question.options):
        yield ORDER_WHOLE, {}


def _draw_problems(questions: Sequence[Draft], draws: Mapping[str, int]) -> Iterator[Problem]:
    sizes = Counter(one.pool for one in questions if one.pool)
    for pool, drawn in draws.items():
        about = {"pool": pool, "drawn": drawn, "count": sizes[pool]}
        if not sizes[pool]:
            yield Problem(DRAW_UNKNOWN, about)
        elif drawn < 1:
            yield Problem(DRAW_NONE, about)
        elif drawn > sizes[pool]:
            yield Problem(DRAW_TOO_MANY, about)
        elif drawn < sizes[pool] and len({one.points for one in questions if one.pool == pool}) > 1:
            yield Problem(DRAW_UNEQUAL, about)
