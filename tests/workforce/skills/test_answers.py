"""When a short answer is the same as an accepted one: text by its rules, numbers by theirs."""

import re
import unicodedata
from decimal import Decimal
from time import perf_counter
from typing import Any, Final

import pytest
from babel.localedata import locale_identifiers
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from workforce.skills.rules.answers import normalised, readings, same_number
from workforce.skills.rules.keys import Draft, key_problems
from workforce.skills.rules.scoring import Q, score_question

# All but Toki Pona, which groups digits by twos with blanks.
LOCALES: Final = sorted(one for one in locale_identifiers() if one.partition("_")[0] != "tok")
# One to three digits, one mark, three digits: what is read both ways.
_BOTH: Final = re.compile(r"\D*[1-9]\d{0,2}[.,\u060c\u2e41]\d{3}\D*", re.ASCII)


def right(text: str, *accepted: str, numeric: bool = False) -> bool:
    key = {"accepted": list(accepted), "numeric": numeric}
    return score_question(Q(1, "short", 1, {}), key, {"text": text}) == 100


@pytest.mark.parametrize(("given_", "accepted"), [
    ("don\u2019t", "don't"), ("don't", "don\u2019t"), ("o\u02bbzbek", "o'zbek"), ("well\u2011known", "well-known"),
    ("1990\u20131995", "1990-1995"), ("Nairobi\u200b", "Nairobi"), ("\ufeffNairobi", "Nairobi"),
    ("القاهرة\u200f", "القاهرة"), ("inter\u00adnet", "internet"), ("cafe\u0301", "caf\u00e9"),
    ("Ｎａｉｒｏｂｉ", "Nairobi"), ("\u0130stanbul", "istanbul"), ("IŞIK", "ışık"), ("STRASSE", "straße"),
    ("ΟΔΟΣ", "οδος"), ("New\u00a0York", "new  york"), ("  hà nội. ", "Hà Nội"), ("“It\u2019s”", "it's"), ("„Ja“", "ja"),
    ("(blue)", "blue"), ("¿Qué?", "qué"), ("ﬁn", "fin"), ("مـــرحبا", "مرحبا"), ("مَرْحَبًا", "مرحبا"), ("علی", "علي"),
    ("كتاب", "کتاب"), ("٥٠", "50"), ("❤\ufe0f", "❤"), ("👍", "👍"), ("...", "…"),
])  # fmt: skip
def test_what_only_a_keyboard_decides_does_not_count(given_: str, accepted: str) -> None:
    assert right(given_, accepted)


@pytest.mark.parametrize(("given_", "accepted"), [
    ("C#", "C"), ("C++", "C"), (".NET", "NET"), ("10²", "102"), ("½", "1/2"), ("...", "blue"), ("…", ""), ("", ""),
    ("\u200b", ""), ("\u200b", "\u200b"), ("cafe", "café"), ("ha noi", "Hà Nội"), ("ma", "má"), ("50%", "50"),
    ("5!", "5"), ("-5", "5"), (".5", "5"), ("👍", "👎"), ("1 2", "12"), ("f", "f()"), ("<b>", "b"), ("H2O", "H₂O"),
])  # fmt: skip
def test_everything_else_counts(given_: str, accepted: str) -> None:
    assert not right(given_, accepted)


@pytest.mark.parametrize(("given_", "accepted"), [
    ("1,250,000", "1250000"), ("1.250.000", "1250000"), ("1 250 000", "1250000"), ("1\u202f250\u202f000", "1250000"),
    ("1\u2019250\u2019000", "1250000"), ("12,50,000", "1250000"), ("1,250.50", "1250.5"), ("1.250,50", "1250.5"),
    ("1 250.0", "1250"), ("١٬٢٥٠", "1250"), ("١٢٣٫٥", "123.5"), ("１２３", "123"), ("१२,५०,०००", "1250000"),
    ("১২.৫", "12.5"), ("−5", "-5"), ("–5", "-5"), ("- 5", "-5"), ("+5", "5"), ("5.0", "5"), ("5.", "5"), (".5", "0.5"),
    (",5", "0.5"), ("0,50", ".5"), ("-0.00", "0"), ("1,250", "1250"), ("1,250", "1.25"), ("1.250", "1250"),
    ("1.25e6", "1250000"), ("50 %", "50,0%"), ("%50", "50%"), ("٪٥٠", "50%"), ("about 5", "about 5"), ("½", "½"),
])  # fmt: skip
def test_equal_numbers_are_equal(given_: str, accepted: str) -> None:
    assert right(given_, accepted, numeric=True)


@pytest.mark.parametrize(("given_", "accepted"), [
    (".5", "5"), (",5", "5"), ("1 2", "12"), ("1,2", "12"), ("12,50", "1250"), ("1,25,0", "1250"), ("10²", "102"),
    ("½", "0.5"), ("1/2", "0.5"), ("-5", "5"), ("--5", "5"), ("50%", "50"), ("50%", "0.5"), ("1.2.3", "123"),
    ("0,250", "250"), ("1,250.", "125"), ("1.250,000.5", "1250000.5"), ("1e400", "1"), ("5 kg", "5"), ("", "0"),
])  # fmt: skip
def test_different_numbers_are_different(given_: str, accepted: str) -> None:
    assert not right(given_, accepted, numeric=True)


@given(
    st.integers(-(10**15), 10**15), st.integers(0, 6), st.sampled_from(LOCALES), st.booleans(),
    st.sampled_from(["default", "latn"]),
)  # fmt: skip
def test_a_number_is_right_as_anybody_in_the_world_writes_it_and_is_no_other(
    digits: int, places: int, locale: str, grouped: bool, system: str
) -> None:
    number = Decimal(digits).scaleb(-places)
    shown = format_decimal(
        number, locale=locale, decimal_quantization=False, group_separator=grouped, numbering_system=system
    )
    assert same_number(shown, f"{number:f}0" if places else str(number)), shown
    others = {value for value, _ in readings(shown)} - {number}
    plain = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in shown)
    assert not others or (_BOTH.fullmatch(plain) and others <= {number * 1000, number / 1000}), shown


@given(st.text(max_size=30))
def test_what_is_normalised_stays_as_it_is(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert not normalised(text) or right(text, text)


@pytest.mark.parametrize(
    "text", ["9" * 20_000, "1," * 10_000, "(" * 10_000 + ")" * 10_000, "\ufdfa" * 20_000, "!." * 10_000, "1e99"]
)
def test_long_texts_and_large_exponents_take_no_time(text: str) -> None:
    started = perf_counter()
    right(text, "1", numeric=True)
    assert perf_counter() - started < 2


def test_a_key_that_can_be_read_in_two_ways_is_refused() -> None:
    def problems(accepted: str, **key: Any) -> int:
        draft = Draft(1, "short", "How many?", "", 1, {}, {}, {"accepted": [accepted], **key})
        return len(key_problems(draft))

    assert problems("1,250", numeric=True) == problems("1.250", numeric=True) == 1
    assert not any(problems(one, numeric=True) for one in ("1250", "1.25", "1.2500", "1,250.50", "about 1,250"))
    assert not problems("1,250")
