"""What an answer is worth: properties of the rules, and tables of cases."""

from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce.skills.rules.scoring import Key, Q, line_points, score_attempt, score_question

IDS = "abcdef"
RUBRIC = {"clear": 5, "true": 4, "form": 3}


def q(kind: str, points: int = 4, **rubric: int) -> Q:
    return Q(1, kind, sum(rubric.values()) or points, rubric)


def chosen(*ids: str) -> dict[str, Any]:
    return {"chosen": list(ids)}


@st.composite
def questions(draw: st.DrawFn) -> tuple[Q, dict[str, Any], dict[str, Any] | None, list[dict[str, int]]]:
    """Give a question with a key, an answer and gradings, sensible or not."""
    kind = draw(st.sampled_from(["one", "many", "order", "short", "written"]))
    ids = st.lists(st.sampled_from(IDS), max_size=6)
    key = {
        "one": st.fixed_dictionaries({"right": st.lists(st.sampled_from(IDS), min_size=1, max_size=2, unique=True)}),
        "many": st.fixed_dictionaries({"right": st.lists(st.sampled_from(IDS), min_size=1, unique=True)}),
        "order": st.fixed_dictionaries({"right": st.permutations(IDS)}),
        "short": st.fixed_dictionaries({"accepted": st.lists(st.text(max_size=8)), "numeric": st.booleans()}),
        "written": st.just({}),
    }[kind]
    answer = st.one_of(
        st.none(), st.fixed_dictionaries({"chosen": st.one_of(ids, st.permutations(IDS))}),
        st.fixed_dictionaries({"text": st.text(max_size=8)}),
    )  # fmt: skip
    grading = st.dictionaries(st.sampled_from(sorted(RUBRIC)), st.integers(-2, 9))
    rubric = RUBRIC if kind == "written" else {}
    points = sum(rubric.values()) or draw(st.integers(1, 20))
    return (
        Q(draw(st.integers(1, 10**6)), kind, points, rubric), draw(st.one_of(key, st.just({"void": True}))),
        draw(answer), draw(st.lists(grading, max_size=3)),
    )  # fmt: skip


@given(questions())
def test_points_lie_between_nothing_and_the_most_and_are_the_same_again(what: Any) -> None:
    question, key, answer, gradings = what
    points = score_question(question, key, answer, gradings)
    assert isinstance(points, int)
    assert 0 <= points <= question.points * 100
    assert points == score_question(question, dict(key), dict(answer) if answer else answer, list(reversed(gradings)))


@given(st.lists(questions(), max_size=8, unique_by=lambda one: one[0].id), st.integers(1, 100), st.randoms())
def test_an_attempt_depends_on_answers_keys_and_gradings_alone(what: Any, percent: int, chance: Random) -> None:
    papers = [one[0] for one in what]
    keys = {one[0].id: Key(number, one[1]) for number, one in enumerate(what, 1)}
    answers = {one[0].id: one[2] for one in what if one[2] is not None}
    gradings = {one[0].id: one[3] for one in what}
    scored = score_attempt(papers, keys, answers, gradings, pass_percent=percent)
    shuffled = papers[:]
    chance.shuffle(shuffled)
    others = {**answers, -1: chosen("a")}, {**keys, -1: Key(9, {"right": ["a"]})}
    assert score_attempt(shuffled, others[1], others[0], gradings, pass_percent=percent) == scored
    assert scored.total == sum(score_question(one[0], one[1], one[2], one[3]) for one in what)
    assert 0 <= scored.total <= scored.most == 100 * sum(one.points for one in papers)
    assert scored.passed == (scored.most > 0 and scored.total * 100 >= percent * scored.most)
    assert scored.keys == {one: keys[one].number for one in scored.points}


@given(st.sets(st.sampled_from(IDS), min_size=1), st.sets(st.sampled_from(IDS)), st.sampled_from(IDS))
def test_many_grows_with_each_right_one_and_falls_with_each_wrong_one(
    right: set[str], picked: set[str], more: str
) -> None:
    question, key = q("many", 7), {"right": sorted(right)}
    before = score_question(question, key, chosen(*sorted(picked - {more})))
    after = score_question(question, key, chosen(*sorted(picked | {more})))
    assert after >= before if more in right else after <= before
    assert score_question(question, key, chosen(*sorted(right))) == 700


@given(st.permutations(IDS), st.permutations(IDS), st.integers(0, 4))
def test_order_grows_when_two_neighbours_are_put_right(right: list[str], given_: list[str], place: int) -> None:
    better = given_[:]
    if right.index(better[place]) > right.index(better[place + 1]):
        better[place], better[place + 1] = better[place + 1], better[place]
    question, key = q("order", 15), {"right": right}
    assert score_question(question, key, chosen(*better)) >= score_question(question, key, chosen(*given_))
    assert score_question(question, key, chosen(*right)) == 1500
    assert score_question(question, key, chosen(*reversed(right))) == 0


def test_an_order_of_chance_earns_little() -> None:
    question, key = q("order", 1), {"right": list("abcd")}
    every = [score_question(question, key, chosen(*one)) for one in permutations("abcd")]
    assert sum(every) < 100 * len(every) // 4


@given(st.lists(st.fixed_dictionaries({line: st.integers(0, most) for line, most in RUBRIC.items()}),
                min_size=1, max_size=3),
       st.integers(0, 2), st.sampled_from(sorted(RUBRIC)))  # fmt: skip
def test_more_points_by_any_grader_never_make_it_less(gradings: list[dict[str, int]], who: int, line: str) -> None:
    question = Q(1, "written", 12, RUBRIC)
    before = score_question(question, {}, {"text": "x"}, gradings)
    more = [dict(one) for one in gradings]
    more[who % len(more)][line] += 1
    assert score_question(question, {}, {"text": "x"}, more) >= before
    totals = [100 * sum(one.values()) for one in gradings]
    if len(totals) < 3:
        assert before * len(totals) == sum(totals)
    assert sum(line_points(RUBRIC, gradings).values()) == before


@pytest.mark.parametrize(("question", "key", "answer", "points"), [
    (q("one"), {"right": ["b"]}, chosen("b"), 400),
    (q("one"), {"right": ["b"]}, chosen("b", "b"), 0),
    (q("one"), {"right": ["b"]}, chosen("a"), 0),
    (q("one"), {"right": ["b", "c"]}, chosen("c"), 400),
    (q("one"), {"right": ["b"]}, {"chosen": "b"}, 0),
    (q("one"), {"right": ["b"]}, None, 0),
    (q("one"), {"right": ["b"], "void": True}, None, 400),
    (q("many", 1), {"right": ["a", "b", "c"]}, chosen("a"), 33),
    (q("many", 1), {"right": ["a", "b", "c"]}, chosen("a", "b"), 67),
    (q("many", 1), {"right": ["a", "b", "c"]}, chosen("a", "b", "d"), 33),
    (q("many", 1), {"right": ["a"]}, chosen("a", "b"), 0),
    (q("order", 6), {"right": list("abcd")}, chosen(*"abdc"), 400),
    (q("order", 6), {"right": list("abcd")}, chosen(*"abc"), 0),
    (q("order", 6), {"right": list("abcd")}, chosen(*"abca"), 0),
    (q("short", 1), {"accepted": ["Hà Nội"]}, {"text": "  hà nội. "}, 100),
    (q("short", 1), {"accepted": ["Hà Nội"]}, {"text": "ha noi"}, 0),
    (q("short", 1), {"accepted": ["strasse"]}, {"text": "„Straße“"}, 100),
    (q("short", 1), {"accepted": ["C#"]}, {"text": "C"}, 0),
    (q("short", 1), {"accepted": ["50"]}, {"text": "50%"}, 0),
    (q("short", 1), {"accepted": []}, {"text": ""}, 0),
    (q("short", 1), {"accepted": ["5"], "numeric": True}, {"text": "-5"}, 0),
    (q("short", 1), {"accepted": ["3.5"], "numeric": True}, {"text": "3,50"}, 100),
    (q("short", 1), {"accepted": ["1250"], "numeric": True}, {"text": "1,250"}, 100),
    (q("short", 1), {"accepted": ["1250"], "numeric": True}, {"text": "1 250.0"}, 100),
    (q("short", 1), {"accepted": ["1250"], "numeric": True}, {"text": "1.2"}, 0),
    (q("short", 1), {"accepted": ["42"], "numeric": True}, {"text": "٤٢"}, 100),
    (q("short", 1), {"accepted": ["0"], "numeric": True}, {"text": "-0.00"}, 100),
    (q("written", 1, clear=5), {}, {"text": "x"}, 0),
])  # fmt: skip
def test_cases(question: Q, key: dict[str, Any], answer: dict[str, Any] | None, points: int) -> None:
    assert score_question(question, key, answer) == points


def test_the_third_grader_gives_way_to_the_middle() -> None:
    question = q("written", clear=10)
    for given_, points in (([6], 600), ([6, 7], 650), ([0, 5, 9], 500), ([5, 0, 10], 500), ([99, -3, 4], 400)):
        assert score_question(question, {}, {"text": "x"}, [{"clear": one} for one in given_]) == points
    assert score_question(question, {}, None, [{"clear": 9}]) == 0
