"""Hourly floors: entered once, never changed, in force from their day; the list and its refusals; the page."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import DAY, NOW, make_user
from workforce.core.auth import SYSTEM
from workforce.core.db import transaction
from workforce.core.money import Money
from workforce.imports.services import import_floors
from workforce.rates.queries.floors import floors_in_force
from workforce.rates.services.floors import FloorDiffers, add_floor

HEAD = "country,currency,rate,valid_from,source\n"


def floor(country: str = "KE", rate: str = "150", currency: str = "KES", valid_from: date = DAY) -> bool:
    return add_floor(
        SYSTEM, country=country, money=Money(Decimal(rate), currency), valid_from=valid_from, source="law", now=NOW
    )


def test_the_latest_floor_that_has_begun_holds(context: Flask) -> None:
    with transaction():
        assert floor()
        assert not floor()
        assert floor(rate="120", valid_from=DAY - timedelta(days=30))
        assert floor(rate="1.5", currency="USD", valid_from=DAY + timedelta(days=3))
        with pytest.raises(FloorDiffers, match="150"):
            floor(rate="151")
        for days, rate in ((-31, None), (-30, 120_000_000), (-1, 120_000_000), (0, 150_000_000), (3, 1_500_000)):
            found = floors_in_force(DAY + timedelta(days=days))
            assert (found["KE"].rate if found else None) == rate


def test_a_list_is_taken_in_and_bad_rows_are_named(context: Flask) -> None:
    text = HEAD + (
        "ke,KES,150,2026-01-01,the law\n"
        "KE,KES,150,2026-01-01,\n"
        "KE,KES,151,2026-01-01,\n"
        "XX,KES,150,2026-01-01,\n"
        "KE,KSH,150,2026-02-01,\n"
        "KE,KES,0,2026-02-01,\n"
        "KE,KES,-3,2026-02-01,\n"
        "KE,KES,150,soon,\n"
        "PH,PHP,86.875,2026-01-01,\n"
    )
    report = import_floors(SYSTEM, io.BytesIO(text.encode()), now=NOW).document()
    assert (report["rows"], report["imported"], report["already_there"]) == (9, 2, 1)
    refused = {one["row"]: (one["field"], one["message"]) for one in report["refused"]}
    assert len(refused) == 6
    fields = [field for field, _ in refused.values()]
    assert fields == ["", "country", "currency", "rate", "rate", "valid_from"]


def test_the_page_shows_what_holds_what_comes_and_what_was(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), transaction():
        make_user("finance", "f@example.com")
    browser = sign_in("f@example.com")
    assert "daybook import floors FILE" in browser.get("/finance/floors").text
    with app.app_context(), transaction():
        floor()
        floor(rate="120", valid_from=DAY - timedelta(days=30))
        floor(rate="170", valid_from=NOW.date() + timedelta(days=30))
    page = browser.get("/finance/floors").text
    assert all(word in page for word in ("In force today", "Coming", "Before", "150.00", "170.00", "120.00"))
