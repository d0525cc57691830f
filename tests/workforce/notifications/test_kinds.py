"""Every message of every feature can be written in every language, and what is missing is told loudly."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from i18n.locale import LOCALES, N_, translate
from workforce.core.money import Money
from workforce.notifications.rules import (
    GROUPS,
    Kind,
    MissingParamError,
    Param,
    UnknownKindError,
    day_param,
    instant_param,
    list_param,
    money_param,
    shown,
    term_param,
    written,
)
from workforce.notifications.services import add_kind, kind_named, kinds

KIND = Kind("certification.test", N_("Messages"), "%(what)s until %(day)s", "/me/tests")
INSTANT = datetime(2026, 11, 22, 11, tzinfo=UTC)


def test_every_kind_can_be_written_in_every_language(app: Flask) -> None:
    assert kinds(), "no feature has added a kind"
    for kind in kinds():
        params = {name: f"<{name}>" for name in kind.placeholders}
        for locale in LOCALES:
            words = written(kind, params, locale=locale, zone="Asia/Ho_Chi_Minh")
            assert words.subject.strip(), kind.name
            assert words.body.strip(), kind.name
            assert "\n" not in words.subject, kind.name
            assert "%(" not in words.subject + words.body, kind.name
            said = words.subject + words.body
            assert not [name for name in params if f"<{name}>" not in said], (kind.name, locale)


def test_every_kind_has_a_name_that_others_have_not_and_leads_to_a_page_of_ours(app: Flask) -> None:
    for kind in kinds():
        area, dot, word = kind.name.partition(".")
        assert area, kind.name
        assert (dot, bool(word)) == (".", True), kind.name
        assert len(kind.name) <= 60, kind.name
        kind.check(kind.placeholders, kind.link)
        if kind.link:
            adapter = app.url_map.bind("localhost")
            assert adapter.test(kind.link, method="GET"), f"{kind.name} leads to {kind.link}, which is no page"


def test_every_kind_stands_in_a_group_that_was_chosen_for_it(app: Flask) -> None:
    assert not [kind.name for kind in kinds() if kind.group.name == "other"]
    assert {one.name for one in GROUPS.values() if one.always} == {"security", "pay", "terms"}


def test_an_unknown_kind_and_a_missing_param_are_told_loudly() -> None:
    with pytest.raises(UnknownKindError):
        kind_named("no.such")
    with pytest.raises(MissingParamError, match="day"):
        KIND.check({"what"}, "")
    with pytest.raises(MissingParamError):
        written(KIND, {"what": "x"}, locale="en", zone="UTC")
    for link in ("https://elsewhere.example", "//elsewhere.example", "me/tests", "/" + "x" * 400):
        with pytest.raises(ValueError, match="no path of ours"):
            KIND.check({"what", "day"}, link)


def test_a_name_has_one_kind(app: Flask) -> None:
    known = kinds()[0]
    add_kind(known)
    with pytest.raises(ValueError, match="another kind"):
        add_kind(Kind(known.name, "Another", "Another"))


def test_values_are_written_as_the_reader_writes_them() -> None:
    wanted: list[tuple[Param, str, str]] = [
        (money_param(Money(Decimal("12.50"), "USD")), "$12.50", "12,50\u00a0US$"),
        (day_param(date(2026, 11, 22)), "Nov 22, 2026", "22 thg 11, 2026"),
        (list_param(["a", "b", "c"]), "a, b, and c", "a, b và c"),
        (1234567, "1,234,567", "1.234.567"),
        ("1234567", "1234567", "1234567"),
        (term_param("Paid"), "Paid", translate("Paid", "vi")),
    ]
    for value, english, vietnamese in wanted:
        assert shown(value, locale="en", zone="UTC") == english
        assert shown(value, locale="vi", zone="UTC") == vietnamese
    assert "18:00" in shown(instant_param(INSTANT), locale="vi", zone="Asia/Ho_Chi_Minh")


def test_what_has_no_zone_or_no_type_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant_param(datetime(2026, 11, 22))  # noqa: DTZ001 -- naive on purpose
    with pytest.raises(ValueError, match="no param"):
        shown({"strange": 1}, locale="en", zone="UTC")


@given(st.integers(-(2**62), 2**62), st.sampled_from(["USD", "VND", "KWD"]))
def test_amounts_keep_every_micro(micros: int, currency: str) -> None:
    money = Money.of_micros(micros, currency)
    assert Money.of_micros(money_param(money)["money"], currency) == money


@given(st.text())
def test_text_stands_as_it_was_given_even_with_signs_that_mean_something_elsewhere(text: str) -> None:
    words = written(KIND, {"what": text, "day": "x", "unused": "%(what)s"}, locale="en", zone="UTC")
    assert words.body == f"{text} until x"
