"""The life of a project, its names, how its texts are read, and who may join."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce.core.codes import CODE
from workforce.projects.rules import (
    ACTIONS,
    ANIMALS,
    MEANING,
    MOVES,
    STATES,
    ForbiddenMove,
    actions,
    blocks,
    can_join,
    is_near,
    languages_match,
    missing,
    moved,
    suggestions,
    takes_work,
)

NAMES = st.lists(
    st.sampled_from(["Otter", "lynx", "Northlight", "HERON Labs", "Ltd", "Falcon-Works", "Ünlü"]), max_size=4
)


def test_there_are_enough_animals_and_each_is_a_code_name() -> None:
    assert len(set(ANIMALS)) == len(ANIMALS) >= 200
    assert all(CODE.fullmatch(animal) for animal in ANIMALS)


@given(
    taken=st.sets(st.sampled_from(ANIMALS)), names=st.lists(NAMES.map(" ".join), max_size=5),
    seed=st.integers(), number=st.integers(1, 400),
)  # fmt: skip
def test_a_suggestion_is_free_is_no_other_and_is_near_to_no_customer(
    taken: set[str], names: list[str], seed: int, number: int
) -> None:
    made = suggestions(taken, names, Random(seed))
    found = [next(made) for _ in range(number)]
    assert len(set(found)) == number
    for code in found:
        assert code not in taken
        assert CODE.fullmatch(code)
        assert not any(is_near(code, name) for name in names if name)


@pytest.mark.parametrize(
    ("code", "customer", "near"),
    [
        ("FALCON", "Falcon Ltd", True), ("FALCON-2", "the falcon company", True), ("GOLDEN-EYE", "GoldenEye", True),
        ("ACME", "ACME", True), ("3M", "3M", True), ("123", "1-2-3", True), ("OTTER", "Pottery House", False),
        ("HERON", "Northlight", False), ("LYNX-7", "Seven 7", False),
    ],
)  # fmt: skip
def test_a_code_name_that_shares_a_word_is_near(code: str, customer: str, near: bool) -> None:
    assert is_near(code, customer) == near


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_not_in_the_table_is_refused(state: str, action: str) -> None:
    assert (action in actions(state)) == ((state, action) in MOVES)
    if (state, action) in MOVES:
        assert moved(state, action) in STATES
    else:
        with pytest.raises(ForbiddenMove):
            moved(state, action)


def test_the_table_keeps_what_the_pages_promise() -> None:
    assert MEANING.keys() == set(STATES)
    assert actions("closed") == []
    assert [state for state in STATES if can_join(state)] == ["open"]
    # Work that was begun is taken in, reviewed and paid in every state that comes after a project was open.
    assert all(takes_work(state) for (before, _), state in MOVES.items() if before != "draft")


@given(st.text(alphabet="ab #-*\n<&", max_size=200))
def test_a_text_keeps_all_its_words_in_order(body: str) -> None:
    made = [line for block in blocks(body) for line in block.lines]
    kept = "".join(made).replace(" ", "")
    assert [one for one in kept if one in "ab<&"] == [one for one in body if one in "ab<&"]


def test_headings_lists_and_paragraphs() -> None:
    made = blocks("# One\nread\nit\n\n- a\n- b\nthen\n## Two")
    assert [(block.kind, block.lines) for block in made] == [
        ("heading", ("One",)), ("paragraph", ("read", "it")), ("list", ("a", "b")), ("paragraph", ("then",)),
        ("heading", ("Two",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "spoken", "fits"),
    [([], ["vi"], True), (["vi"], None, True), (["vi"], ["en"], False), (["pt-BR"], ["pt"], True), (["vi"], [], False)],
)
def test_languages(wanted: list[str], spoken: list[str] | None, fits: bool) -> None:
    assert languages_match(wanted, spoken) == fits


@given(st.lists(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_what_is_missing_is_what_is_asked_and_not_there(asked: list[int], there: set[int]) -> None:
    assert set(missing(asked, there)) == set(asked) - there
