"""Exchange rates: loaded once and never changed; a day is priced by all the rates that it needs, or not at all."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from payroll.fx.models import FxRate
from payroll.fx.queries import rates_for, set_order, sources_without_rates
from payroll.fx.services import RateDiffers, RateMissing, add_rate, conversions, estimated
from payroll.payouts.services.turns import least_payouts as least_to_send
from payroll.payslips.queries.slip import least_payout
from tests.factories import DAY, NOW, fx_sources, make_fx, make_group
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM
from workforce.core.db import run, session, transaction
from workforce.core.errors import Invalid
from workforce.core.money import Money

Add = Callable[..., bool]
Use = Callable[..., None]


@pytest.fixture
def use() -> Iterator[Use]:
    """Return a function that says which sources are used, as DAYBOOK_FX_SOURCE does."""
    with fx_sources():
        yield lambda *sources: set_order(sources)


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
        ({"day": date(2026, 11, 22)}, "date"),
        ({"source": " "}, "source"),
        ({"source": "ecb,xe"}, "source"),
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


def test_rates_of_the_last_seven_days_can_price_a_day_and_no_others(context: Flask, use: Use) -> None:
    with transaction():
        for age in (-1, 0, 7, 8):
            make_fx(rate=str(130 + age), day=DAY - timedelta(days=age))
        make_fx("EUR", "USD", "1.1", source="bank")
        assert {one.rate for one in rates_for(DAY).published} == {Decimal(130), Decimal(137), Decimal("1.1")}
        use("bank")
        assert {one.rate for one in rates_for(DAY).published} == {Decimal("1.1")}
        use("nobody")
        assert rates_for(DAY).published == []


def test_each_pair_gets_its_conversion_in_order(context: Flask) -> None:
    with transaction():
        make_fx("USD", "KES", "129.25")
        make_fx("EUR", "USD", "1.1")
        found = conversions({("USD", "KES"), ("EUR", "KES"), ("USD", "EUR")}, DAY, group="KE")
    assert [(base, quote, made.factor) for base, quote, made in found] == [
        ("EUR", "KES", Fraction("1.1") * Fraction("129.25")),
        ("USD", "EUR", 1 / Fraction("1.1")),
        ("USD", "KES", Fraction("129.25")),
    ]
    assert [len(made.legs) for *_, made in found] == [2, 1, 1]


def test_no_pair_needs_no_rate(context: Flask) -> None:
    with transaction():
        assert conversions([], DAY, group="KE") == []


def test_every_missing_pair_is_named_with_the_command_that_mends_it(context: Flask) -> None:
    with transaction():
        make_fx("USD", "KES", "129.25")
        make_fx("USD", "VND", "25000", day=DAY - timedelta(days=8))
        with pytest.raises(RateMissing) as refusal:
            conversions({("USD", "KES"), ("USD", "VND"), ("EUR", "KES")}, DAY, group="KE")
    said = str(refusal.value)
    assert "EUR/KES, USD/VND" in said
    assert "USD/KES" not in said
    assert "KE cannot be closed for 2026-11-18" in said
    assert "daybook fx import" in said


def test_sources_are_asked_in_their_order_and_no_others_at_all(context: Flask, use: Use) -> None:
    with transaction():
        make_fx("USD", "KES", "129.25", source="Bank")
        use("ecb")
        with pytest.raises(RateMissing):
            conversions({("USD", "KES")}, DAY, group="KE")
        assert sources_without_rates() == ["ecb"]
        use("ecb", "bank")
        assert [made.source for *_, made in conversions({("USD", "KES")}, DAY, group="KE")] == ["bank"]
        make_fx("USD", "KES", "130", source="ECB", day=DAY - timedelta(days=3))
        ((_, _, made),) = conversions({("USD", "KES")}, DAY, group="KE")
        assert (made.source, made.factor) == ("ecb", Fraction(130))
        use()
        ((_, _, made),) = conversions({("USD", "KES")}, DAY, group="KE")
        assert (made.source, made.factor) == ("bank", Fraction("129.25"))


def test_estimates_and_the_minimum_payout_take_the_same_sources(context: Flask, use: Use) -> None:
    with transaction():
        group = make_group(minimum="1000")
        make_fx("USD", "KES", "125", source="ecb", day=DAY - timedelta(days=1))
        make_fx("USD", "KES", "100", source="bank")
        use("ecb")
        assert estimated(Money(Decimal(1), "USD"), "KES", DAY) == Money(Decimal(125), "KES")
        assert least_payout(group, "USD", DAY) == Money(Decimal(8), "USD")
        assert least_to_send(group, DAY, {"USD"})["USD"] == 8_000_000
    with transaction():
        use("bank")
        assert estimated(Money(Decimal(1), "USD"), "KES", DAY) == Money(Decimal(100), "KES")
        assert least_payout(group, "USD", DAY) == Money(Decimal(10), "USD")
        assert least_to_send(group, DAY, {"USD"})["USD"] == 10_000_000


def test_the_name_of_a_source_ignores_case(add: Add) -> None:
    assert add(source="ECB")
    assert not add(source="ecb ")
    with pytest.raises(RateDiffers):
        add(source="Ecb", rate=Decimal(130))
    with transaction():
        assert session().scalars(select(FxRate.source)).all() == ["ecb"]


@pytest.mark.parametrize("statement", [
    ("INSERT INTO fx_rate (source, base, quote, day, revision, rate, created_at)"
    " VALUES ('ECB', 'USD', 'KES', '2026-11-18', 1, 1, now())"),
    ("INSERT INTO fx_rate (source, base, quote, day, revision, rate, created_at)"
    " VALUES ('ecb', 'USD', 'KES', '2026-11-18', 2, 1, now())"),
    ("INSERT INTO fx_change (kind, source, base, quote, day, rate, before, before_day, reason, state, proposed_by,"
    " proposed_at, decided_by, decided_at, decision) VALUES ('correction', 'ecb', 'USD', 'KES', '2026-11-18', 2, 1,"
    " '2026-11-18', 'x', 'confirmed', 7, now(), 7, now(), '')"),
])  # fmt: skip
def test_the_database_keeps_one_spelling_two_people_and_no_revision_of_nobody(context: Flask, statement: str) -> None:
    with pytest.raises(IntegrityError), transaction():
        run(statement)


def test_a_rate_of_today_in_the_earliest_zone_is_not_of_the_future(add: Add) -> None:
    """Kiritimati's date is a day ahead of UTC's from 10:00 on."""
    early, late = datetime(2026, 11, 20, 9, 59, tzinfo=UTC), datetime(2026, 11, 20, 10, tzinfo=UTC)
    with pytest.raises(Invalid):
        add(day=date(2026, 11, 21), now=early)
    assert add(day=date(2026, 11, 21), now=late)
    with pytest.raises(Invalid):
        add(day=date(2026, 11, 22), now=late)
