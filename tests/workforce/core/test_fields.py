"""What is typed in forms is read as it was meant, or refused in words; never read as something else."""

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from wtforms.validators import ValidationError

from tests.factories import make_project
from workforce.core.codes import CODE
from workforce.core.db import transaction
from workforce.core.errors import Invalid
from workforce.core.fields import iso_date, plain_number, whole_number
from workforce.core.pages import number_asked, number_sent

NO_NUMBERS = ["", "𝟙", "٣", "NaN", "Infinity", "1e3", "0x10", "1_0_0", "+5", "-5", "5.", ".5", "1 2", "١٢", "½", "10²"]


@given(st.integers(0, 2_000_000_000), st.sampled_from(["", ",", ".", " ", "\u00a0", "\u202f", "'", "’"]))
def test_a_whole_number_is_read_with_its_thousands_set_apart_or_not(number: int, mark: str) -> None:
    assert whole_number(f"{number:,}".replace(",", mark), least=0) == number


@pytest.mark.parametrize("text", [*NO_NUMBERS, "0.0000001", "1,00", "1,0000", "1,000.5", "1,000.500", "0.5", "9" * 40])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        whole_number(text)


@pytest.mark.parametrize("text", [*NO_NUMBERS, "1,000.5", "0,5", "1.0000001", "9" * 13, "x" * 60_000])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        plain_number(text)


@given(st.decimals(0, 10**11, places=6))
def test_a_plain_number_is_read_to_its_last_digit(number: Decimal) -> None:
    assert plain_number(f" {number:f} ") == number


@pytest.mark.parametrize("text", ["", "2026-02-30", "20261120", "2026-W01-1", "2026-1-1", "0000-00-00", "٢٠٢٦-١١-٢٠"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        iso_date(text)


def test_a_date_is_read() -> None:
    assert iso_date("2026-11-20") == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), (" 7 ", 7), ("", 3), ("x", 3), ("-1", 1), ("𝟙", 3), ("1.5", 3), ("0", 1), ("99999999999999999999", 100),
     ("9" * 5_000, 100)],
)  # fmt: skip
def test_a_number_in_an_address_or_a_form_is_brought_within_its_bounds(app: Flask, text: str, number: int) -> None:
    with app.test_request_context("/", query_string={"page": text}):
        assert number_asked("page", 3, least=1, most=100) == number
    with app.test_request_context("/", method="POST", data={"page": text}):
        assert number_sent("page", 3, least=1, most=100) == number


@pytest.mark.parametrize(
    "code", ["0", "123", "1E5", "NAN", "NULL", "NONE", "INF", "TRUE", "-A", "𝟙", "A\n", "", "A" * 41]
)
@pytest.mark.usefixtures("context")
def test_what_a_spreadsheet_would_lose_is_no_code(code: str) -> None:
    assert not CODE.fullmatch(code)
    with transaction(), pytest.raises(Invalid):
        make_project(code)


@pytest.mark.parametrize("code", ["FALCON", "K2", "NA", "NANO", "A_B-C", "A" * 40])
def test_names_are_codes(code: str) -> None:
    assert CODE.fullmatch(code)


def test_nul_is_dropped_wherever_it_is_sent(app: Flask) -> None:
    with app.test_request_context("/?a\0=b\0c", method="POST", data={"d\0": "e\0f", "g": "\0"}) as context:
        assert context.request.args.to_dict() == {"a": "bc"}
        assert context.request.form.to_dict() == {"d": "ef", "g": ""}


def test_nul_in_a_path_is_no_page(app: Flask) -> None:
    assert app.test_client().get("/apply/confirm/%00").status_code == 404
