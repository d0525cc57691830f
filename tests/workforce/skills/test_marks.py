"""Hints for graders: what is alike is found among thousands, and what is not is left in peace."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce.skills.rules.marks import (
    LEAST_WORDS,
    MOST_PRINTS,
    PHRASES,
    RUN,
    WINDOW,
    alike,
    marks_of,
    prints,
    shingles,
    words,
)

WORDS = st.lists(st.sampled_from([f"w{number}" for number in range(300)]), max_size=60)
TEXT = (
    "The moon is a big ball of stone, far away. People built a rocket as tall as a church tower, sat on top of it and"
    " flew there for three days. Two of them walked about and jumped like kangaroos, because on the moon you are light."
)
OWN = (
    "Imagine you throw a ball so hard that it never comes down again. That is what they did in 1969, with three men in"
    " the ball. Two climbed out up there, in white suits, and put a flag into the grey dust; then all came home."
)


def codes(text: str, **values: object) -> list[str]:
    given_values = {"prompt": "Explain the moon landing to a six-year-old.", "most_words": 0, **values}
    return [mark["code"] for mark in marks_of(text, **given_values)]  # type: ignore[arg-type]


@given(WORDS, WORDS)
def test_likeness_is_in_percent_and_the_same_from_both_sides(one: list[str], other: list[str]) -> None:
    a, b = " ".join(one), " ".join(other)
    share, contained = alike(a, b)
    assert 0 <= share <= contained <= 100
    assert alike(b, a)[0] == share
    if len(one) >= LEAST_WORDS:
        assert alike(a, a) == (100, 100)


@given(WORDS, WORDS, WORDS, st.integers(0, 2**16))
def test_texts_that_share_a_long_run_share_a_print(
    before: list[str], after: list[str], own: list[str], seed: int
) -> None:
    run = random.Random(seed).sample([f"r{number}" for number in range(100)], LEAST_WORDS + RUN + WINDOW)
    one, other = " ".join(before + run + after), " ".join(own + run)
    assert set(prints(one)) & set(prints(other))


@given(st.text(max_size=300))
def test_any_text_at_all_can_be_looked_at(text: str) -> None:
    assert len(prints(text)) <= MOST_PRINTS
    assert all(-(2**63) <= one < 2**63 for one in prints(text))
    marks_of(text, prompt=text, most_words=1, others=[(1, text)])


def test_a_copy_with_a_few_words_changed_is_marked_and_an_answer_of_ones_own_is_not() -> None:
    copy = TEXT.replace("big", "large").replace("church tower", "house").replace("kangaroos", "rabbits")
    (mark,) = marks_of(copy, prompt="?", most_words=0, others=[(3, OWN), (4, TEXT)])
    assert (mark["code"], mark["answer"]) == ("near_identical", 4)
    assert mark["excerpt"].startswith("The moon is")
    assert codes(OWN, others=[(4, TEXT)]) == []


def test_a_copy_inside_a_longer_answer_is_marked() -> None:
    (mark,) = marks_of(OWN, prompt="?", most_words=0, others=[(4, f"{TEXT} {OWN} {TEXT.upper()} And so on.")])
    assert mark["contained"] == 100 > mark["share"]


def test_short_answers_are_alike_by_chance() -> None:
    assert codes("An old silent pond, a frog", others=[(1, "An old silent pond, a frog")]) == []


def test_writing_without_spaces_is_cut_up_by_its_letters() -> None:
    chinese = "一九六九年两名宇航员登上了月球并在上面走路"
    assert len(words(chinese)) > 15
    assert codes(chinese, others=[(1, chinese)]) == ["near_identical"]
    assert shingles("Các nhà du hành đã đi bộ trên mặt trăng") == shingles("các nhà du hành đã đi bộ trên mặt trăng!")


def test_a_prompt_sent_back_is_marked() -> None:
    prompt = "Explain in your own words to a child of six years what happened when people landed on the moon"
    assert codes(prompt, prompt=prompt) == ["prompt_copied"]


@pytest.mark.parametrize(
    "text",
    [
        "As an AI language model, I cannot fly.",
        "The rocket flew. I hope this helps!",
        "Với tư cách là một AI, tôi xin trả lời.",
    ],
)
def test_phrases_of_chatbots_are_marked(text: str) -> None:
    assert codes(text) == ["chatbot_phrase"]


def test_every_phrase_is_found_in_the_form_in_which_it_is_looked_for() -> None:
    assert all("chatbot_phrase" in codes(f"Well. {phrase} …") for phrase in PHRASES)


def test_the_layout_of_chat_windows_is_marked_and_plain_lists_are_not() -> None:
    assert codes("## The moon\n\n- **Rocket**: it flew\n- **Men**: they walked") == ["chatbot_form"]
    assert codes("1. the rocket\n2. the men - and then\n* home") == []


def test_too_many_words_are_told() -> None:
    assert marks_of("one two three", prompt="", most_words=2) == [{"code": "too_long", "words": 3, "most": 2}]
    assert codes("one two", most_words=2) == []
