"""Exchange rates: loaded once and never changed; a day is priced by all the rates that it needs, or not at all."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask

from payroll.fx.models import FxRate
from payroll.fx.queries import rates_for
from payroll.fx.services import RateDiffers, RateMissing, add_rate, conversions
from tests.factories import DAY, NOW, make_fx
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.errors import Invalid

Add = Callable[..., bool]


@pytest.fixture
def add(context: Flask) -> Add:
    """Give `add_rate` with values that are good, but for those that are given."""

    def load(**given: Any) -> bool:
        values: dict[str, Any] = {
            "day": DAY, "base": "USD", "quote": "KES", "rate": Decimal("129.25"), "source": "ecb", "now": NOW,
        }  # fmt: skip
        with transaction():
            return add_rate(SYSTEM, **values | given)

    return load


def test_a_rate_is_kept_to_the_digit_and_the_log_tells_of_it(add: Add) -> None:
    assert add(rate=Decimal("129.2500000000001"))
    with transaction():
        assert session().query(FxRate.rate).scalar() == Decimal("129.2500000000001")
        event = session().query(AuditEvent).filter_by(action="fx.add").one()
    assert (event.subject, event.after["rate"], event.after["source"]) == ("fx:USD/KES", "129.2500000000001", "ecb")


def test_the_same_rate_again_is_no_news_and_another_one_is_refused(add: Add) -> None:
    assert add()
    assert not add()
    assert not add(rate=Decimal("129.250"))
    with pytest.raises(RateDiffers) as refusal:
        add(rate=Decimal("129.26"))
    assert {"129.25", "129.26", "ecb", "USD/KES", "2026-11-18"} <= set(
        str(refusal.value).replace(",", "").replace("129.26.", "129.26").split()
    )
    assert add(rate=Decimal("129.26"), source="bank")
    assert add(rate=Decimal("129.26"), day=DAY - timedelta(days=1))
    assert add(base="KES", quote="USD", rate=Decimal("0.0077"))
    with transaction():
        assert session().query(FxRate).count() == 4


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"base": "usd"}, "base"),
        ({"base": "XXX"}, "base"),
        ({"quote": "KSH"}, "quote"),
        ({"quote": ""}, "quote"),
        ({"quote": "USD"}, "quote"),
        ({"rate": Decimal(0)}, "rate"),
        ({"rate": Decimal("-129.25")}, "rate"),
        ({"rate": Decimal("NaN")}, "rate"),
        ({"rate": Decimal("Infinity")}, "rate"),
        ({"rate": Decimal("1E+31")}, "rate"),
        ({"rate": Decimal("1E-31")}, "rate"),
        ({"rate": Decimal("1." + "1" * 30)}, "rate"),
        ({"source": ""}, "source"),
        ({"source": "x" * 41}, "source"),
        ({"day": date(2026, 11, 21)}, "date"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name_and_nothing_is_kept(
    add: Add, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        add(**given)
    assert refusal.value.params["field"] == field
    with transaction():
        assert session().query(FxRate).count() == 0


def test_a_rate_of_today_is_not_of_the_future(add: Add) -> None:
    assert add(day=NOW.date())
    assert add(day=NOW.date() + timedelta(days=1), now=datetime(2026, 11, 21, tzinfo=UTC))


def test_rates_of_the_last_seven_days_can_price_a_day_and_no_others(context: Flask) -> None:
    with transaction():
        for age in (-1, 0, 7, 8):
            make_fx(rate=str(130 + age), day=DAY - timedelta(days=age))
        make_fx("EUR", "USD", "1.1", source="bank")
        assert {rate.rate for rate in rates_for(DAY, None)} == {Decimal(130), Decimal(137), Decimal("1.1")}
        assert {rate.rate for rate in rates_for(DAY, "bank")} == {Decimal("1.1")}
        assert rates_for(DAY, "nobody") == []


def test_each_pair_gets_its_conversion_in_order(context: Flask) -> None:
    with transaction():
        make_fx("USD", "KES", "129.25")
        make_fx("EUR", "USD", "1.1")
        found = conversions({("USD", "KES"), ("EUR", "KES"), ("USD", "EUR")}, DAY, group="KE", source=None)
    assert [(base, quote, made.factor) for base, quote, made in found] == [
        ("EUR", "KES", Fraction("1.1") * Fraction("129.25")),
        ("USD", "EUR", 1 / Fraction("1.1")),
        ("USD", "KES", Fraction("129.25")),
    ]
    assert [len(made.legs) for *_, made in found] == [2, 1, 1]


def test_no_pair_needs_no_rate(context: Flask) -> None:
    with transaction():
        assert conversions([], DAY, group="KE", source=None) == []


def test_every_missing_pair_is_named_with_the_command_that_mends_it(context: Flask) -> None:
    with transaction():
        make_fx("USD", "KES", "129.25")
        make_fx("USD", "VND", "25000", day=DAY - timedelta(days=8))
        with pytest.raises(RateMissing) as refusal:
            conversions({("USD", "KES"), ("USD", "VND"), ("EUR", "KES")}, DAY, group="KE", source=None)
    said = str(refusal.value)
    assert "EUR/KES, USD/VND" in said
    assert "USD/KES" not in said
    assert "KE cannot be closed for 2026-11-18" in said
    assert "daybook fx import" in said


def test_a_policy_of_one_source_takes_no_other(context: Flask) -> None:
    with transaction():
        make_fx("USD", "KES", "129.25", source="bank")
        with pytest.raises(RateMissing):
            conversions({("USD", "KES")}, DAY, group="KE", source="ecb")
        make_fx("USD", "KES", "130", source="ecb")
        ((_, _, made),) = conversions({("USD", "KES")}, DAY, group="KE", source="ecb")
    assert (made.source, made.factor) == ("ecb", Fraction(130))
