from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce.imports.readers.values import (
    MAX_SECONDS,
    BadValueError,
    currency,
    dollars,
    duration,
    identifier,
    plain_amount,
    seconds,
    shown,
    text_of,
)

AMOUNTS = st.decimals(0, 9_000_000_000, places=6, allow_nan=False, allow_infinity=False)


def code(parse: Callable[[str], object], text: str) -> str:
    with pytest.raises(BadValueError) as refused:
        parse(text)
    assert refused.value.template % refused.value.params
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$0.04", "0.04"),
        ("0.04", "0.04"),
        ("$ 0.04", "0.04"),
        ("US$0.04", "0.04"),
        ("0.04 USD", "0.04"),
        ("$.04", "0.04"),
        ("$1,000.00", "1000.00"),
        ("$1,000.5", "1000.5"),
        ("1,234,567", "1234567"),
        ("1,234,567.5", "1234567.5"),
        ("$0.0125", "0.0125"),
        ("0", "0"),
    ],
)
def test_rewards_of_mturk(text: str, amount: str) -> None:
    assert dollars(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("€0.04", "unknown_currency"),
        ("0.04 EUR", "unknown_currency"),
        ("₹4", "unknown_currency"),
        ("-0.04", "negative"),
        ("$-0.04", "negative"),
        ("-$0.04", "negative"),
        ("($0.04)", "negative"),
        ("\u22120.04", "negative"),
        ("0.0000001", "too_fine"),
        ("9300000000000", "too_large"),
        ("NaN", "not_an_amount"),
        ("Infinity", "not_an_amount"),
        ("1e5", "not_an_amount"),
        ("0,04", "not_an_amount"),
        ("0,125", "not_an_amount"),
        ("$0,050", "not_an_amount"),
        ("0,000", "not_an_amount"),
        ("00,100.00", "not_an_amount"),
        ("12,34,567.00", "not_an_amount"),
        ("1.234.567", "not_an_amount"),
        ("1.000,50", "not_an_amount"),
        ("1’000.00", "not_an_amount"),
        ("1 000.00", "not_an_amount"),
        ("$1,000", "ambiguous_amount"),
        ("999,999", "ambiguous_amount"),
        ("1,00.00", "not_an_amount"),
        ("1.", "not_an_amount"),
        ("$", "not_an_amount"),
        ("٤", "not_an_amount"),
        ("1_000", "not_an_amount"),
        ("0x10", "not_an_amount"),
        ("9" * 5000, "too_large"),
    ],
)
def test_what_is_no_reward_of_mturk(text: str, refused: str) -> None:
    assert code(dollars, text) == refused


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("$0.04", "not_an_amount"),
        ("1,000", "not_an_amount"),
        ("-1", "negative"),
        ("0.1234567", "too_fine"),
        ("+1", "not_an_amount"),
    ],
)
def test_our_own_csv_has_plain_amounts(text: str, refused: str) -> None:
    assert code(plain_amount, text) == refused


@given(AMOUNTS)
def test_amounts_come_back(amount: Decimal) -> None:
    assert plain_amount(f"{amount:f}") == dollars(f"${amount:,f}") == dollars(f"{amount:f}") == amount


@given(st.text(max_size=30) | st.from_regex(r"[$€(-]?[0-9.,]{0,30}[ A-Z)]{0,4}", fullmatch=True))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    said: list[str] = []
    for parse in (dollars, plain_amount, seconds, duration, currency, identifier):
        try:
            parse(text)
        except BadValueError as bad:
            said.append(bad.template % bad.params)
    assert all(said)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0 days 00:26:40.000000000", 1600),
        ("1 day, 0:00:01", 86401),
        ("2 days 01:00:00", 176400),
        ("00:00:59.9", 59),
        ("0:01:00", 60),
    ],
)
def test_durations(text: str, length: int) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["-1 days +23:00:00", "-1 days 00:00:01", "1600", "00:61:00", "", "0 days"])
def test_what_is_no_duration(text: str) -> None:
    assert code(duration, text) == "not_a_duration"


def test_seconds() -> None:
    assert [seconds(text) for text in ("0", "28", "28.0", str(MAX_SECONDS))] == [0, 28, 28, MAX_SECONDS]
    assert [code(seconds, text) for text in ("-1", "28.5", "1e3", "9" * 10)] == ["not_seconds"] * 4
    assert code(seconds, str(MAX_SECONDS + 1)) == "too_long"
    assert code(duration, "32 days 00:00:00") == "too_long"


def test_currencies() -> None:
    assert [currency(text) for text in ("USD", "vnd", "KES")] == ["USD", "VND", "KES"]
    assert {code(currency, text) for text in ("US", "XXX", "DEM", "U1D", "ŪSD", "dollars")} == {"unknown_currency"}


def test_ids() -> None:
    assert identifier("-5551234") == "-5551234"
    assert identifier("tuấn ") == "tuấn "
    assert code(identifier, "a\nb") == "bad_id"
    assert code(identifier, "a" * 201) == "id_too_long"


@given(st.text())
def test_a_shown_value_is_one_short_line(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) <= 41 * len("\\U00000000")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("60e12", "60e12"), ("12E3", "12E3"), ("1E5F", "1E5F"), ("123456789012345678", "123456789012345678"),
        ('="00123"', "00123"), ("'00123", "00123"), ('="A-1"', "A-1"), ("#7", "#7"), ("+5", "+5"),
        ("jose\u0301", "jos\u00e9"),
    ],
)  # fmt: skip
def test_an_id_is_what_it_was_before_a_spreadsheet_had_it(text: str, told: str) -> None:
    assert identifier(text) == told


@pytest.mark.parametrize(
    "text",
    ["1.23457E+17", "1,23457E+17", "1.23457e+17", "1.2E5", "1E+17", "5e-7", "-1.5E+9", "########", "#", "#NAME?",
     "#REF!", "#N/A", "#value!", '="1.23457E+17"', "'1.23457E+17"],
)  # fmt: skip
def test_an_id_that_a_spreadsheet_changed_is_refused_by_name(text: str) -> None:
    assert code(identifier, text) == "mangled_id"


def test_an_id_that_is_wrapped_and_empty_is_missing() -> None:
    assert code(identifier, '=""') == "missing"


@pytest.mark.parametrize("text", ["a" * 21, "x\x1b[31m", "x\x00", "\udce9"])
def test_a_text_that_cannot_be_kept_is_refused(text: str) -> None:
    assert code(text_of(20), text) in {"text_too_long", "bad_text"}


def test_a_text_keeps_its_lines_and_its_signs() -> None:
    assert text_of(20)("- cats\r\n\t- 👩🏽‍🚀") == "- cats\r\n\t- 👩🏽‍🚀"
