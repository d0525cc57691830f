import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from babel.numbers import parse_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from i18n import formats

DIGITS = {"VND": 0, "JPY": 0, "UGX": 0, "USD": 2, "KES": 2, "PHP": 2, "IDR": 2, "KWD": 3, "TND": 3}
amounts = st.integers(-(2**63) + 1, 2**63 - 1).map(lambda micros: Decimal(micros).scaleb(-6))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def parsed(text: str, locale: str) -> Decimal:
    return parse_decimal(re.sub(r"[^\d.,\-]", "", text), locale=locale, strict=False)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(amount=amounts, currency=st.sampled_from(sorted(DIGITS)), locale=st.sampled_from(["en", "vi"]))
def test_an_amount_reads_back_as_itself(amount: Decimal, currency: str, locale: str) -> None:
    text = formats.money(amount, currency, locale)
    assert parsed(text, locale) == amount
    separator = "." if locale == "en" else ","
    decimals = re.sub(r"[^\d.,]", "", text).partition(separator)[2]
    assert DIGITS[currency] <= len(decimals) <= 6
    assert len(decimals) == DIGITS[currency] or not decimals.endswith("0")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(value=st.decimals(-(10**15), 10**15, places=10), locale=st.sampled_from(["en", "vi"]))
def test_numbers_and_exchange_rates_read_back_as_themselves(value: Decimal, locale: str) -> None:
    assert parsed(formats.number(value, locale), locale) == value
    assert parsed(formats.fx(value, locale=locale), locale) == value


@pytest.mark.parametrize(
    ("amount", "currency", "english", "vietnamese"),
    [
        ("0.0125", "USD", "$0.0125", "0,0125 US$"),
        ("12.5", "USD", "$12.50", "12,50 US$"),
        ("-1234.5", "KES", "-KES 1,234.50", "-1.234,50 KES"),
        ("1234567", "VND", "₫1,234,567", "1.234.567 ₫"),
        ("0.000001", "VND", "₫0.000001", "0,000001 ₫"),
        ("3", "KWD", "KWD 3.000", "3,000 KWD"),
        ("1E+3", "JPY", "¥1,000", "1.000 ¥"),
    ],
)
def test_money(amount: str, currency: str, english: str, vietnamese: str) -> None:
    assert plain(formats.money(Decimal(amount), currency, "en")) == english
    assert plain(formats.money(Decimal(amount), currency, "vi")) == vietnamese


def test_a_money_brings_its_currency() -> None:
    assert formats.money(SimpleNamespace(amount=Decimal("1.5"), currency="USD"), locale="en") == "$1.50"


@pytest.mark.parametrize("value", [1.5, "1", None, True])
def test_only_exact_numbers_are_written(value: Any) -> None:
    for write in (formats.number, formats.percent, formats.duration, lambda v: formats.money(v, "USD")):
        with pytest.raises(TypeError):
            write(value)


def test_an_amount_without_a_currency_is_refused() -> None:
    with pytest.raises(TypeError, match="currency"):
        formats.money(Decimal(1))


def test_percent_is_a_share_of_one() -> None:
    assert formats.percent(Decimal("0.125"), locale="en") == "12.5%"
    assert formats.percent(Decimal("0.12345"), decimals=2, locale="vi") == "12,34%"
    assert formats.percent(1, locale="en") == "100%"


def test_rates() -> None:
    assert formats.rate(Decimal("0.0125"), "USD", locale="en") == "$0.0125 a piece"
    assert formats.rate(Decimal("5.5"), "USD", "hourly", locale="en") == "$5.50 an hour"
    assert plain(formats.rate(Decimal("5.5"), "USD", "hourly", locale="vi")) == "5,50 US$ mỗi giờ"
    with pytest.raises(KeyError):
        formats.rate(Decimal(1), "USD", "monthly")


def test_exchange_rate_with_its_codes() -> None:
    assert plain(formats.fx(Decimal("25400.123456789"), "USD", "VND", "en")) == "1 USD = 25,400.123456789 VND"


@pytest.mark.parametrize(
    ("seconds", "english", "vietnamese"),
    [
        (0, "0 s", "0 giây"),
        (45, "45 s", "45 giây"),
        (320, "5 min 20 s", "5 phút 20 giây"),
        (3900, "1 h 05 min", "1 giờ 05 phút"),
        (3605, "1 h 00 min 5 s", "1 giờ 00 phút 5 giây"),
        (86400, "24 h", "24 giờ"),
        (Decimal("0.5"), "0.5 s", "0,5 giây"),
        (-65, "-1 min 5 s", "-1 phút 5 giây"),
    ],
)
def test_duration(seconds: Decimal | int, english: str, vietnamese: str) -> None:
    assert plain(formats.duration(seconds, "en")) == english
    assert plain(formats.duration(seconds, "vi")) == vietnamese


@settings(max_examples=200, deadline=None, derandomize=True)
@given(seconds=st.integers(0, 10**7))
def test_a_duration_hides_no_second(seconds: int) -> None:
    units = {"h": 3600, "min": 60, "s": 1}
    found = re.findall(r"([\d,]+) (h|min|s)", plain(formats.duration(seconds, "en")))
    assert sum(int(count.replace(",", "")) * units[unit] for count, unit in found) == seconds


def test_days() -> None:
    assert formats.day(date(2026, 11, 22), locale="en") == "Nov 22, 2026"
    assert formats.day(date(2026, 11, 22), "full", locale="vi") == "Chủ Nhật, 22 tháng 11, 2026"


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Ho_Chi_Minh", "Nov 22, 2026, 6:00 PM UTC+7"),
        ("America/Caracas", "Nov 22, 2026, 7:00 AM UTC\N{MINUS SIGN}4"),
        ("Asia/Kolkata", "Nov 22, 2026, 4:30 PM UTC+5:30"),
        (UTC, "Nov 22, 2026, 11:00 AM UTC"),
        (None, "Nov 22, 2026, 11:00 AM UTC"),
    ],
)
def test_an_instant_names_its_offset(zone: Any, text: str) -> None:
    assert plain(formats.instant(datetime(2026, 11, 22, 11, tzinfo=UTC), zone, "en")) == text


def test_a_naive_instant_is_refused() -> None:
    naive = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(0)).replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        formats.instant(naive)


def test_listing() -> None:
    assert formats.listing(["Nairobi", "Manila", "Caracas"], "en") == "Nairobi, Manila, and Caracas"
    assert formats.listing(["Nairobi", "Manila"], "vi") == "Nairobi và Manila"
