"""Pay groups: made with care, and an open day that only moves forward."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from tests.factories import DAY, NOW, make_group
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.errors import InUse, Invalid, NotFound
from workforce.core.money import Money
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import due_at, group_by_code, groups, is_calendar
from workforce.paydays.services import (
    OpenDayMovesForward,
    create_group,
    hold_open_day,
    move_open_day,
    pay_day_for_acceptance,
    take_open_day,
)

Create = Callable[..., PayGroup]


@pytest.fixture
def create(context: Flask) -> Create:
    """Give `create_group` with values that are good, but for those that are given."""

    def make(code: str = "KE", **given: Any) -> PayGroup:
        values: dict[str, Any] = {
            "timezone": "Africa/Nairobi", "minimum": Money(Decimal(0), "KES"), "open_day": None, "terms": 1,
            "close": None, "cutoff": time(0), "calendar": "", "now": NOW,
        }  # fmt: skip
        with transaction():
            return create_group(SYSTEM, code, **values | given)

    return make


def test_a_group_begins_today_in_its_own_zone_and_closes_by_itself(create: Create) -> None:
    late = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    group = create(now=late)
    assert (group.open_day, group.close) == (date(2026, 11, 21), "auto")
    assert create("US", timezone="America/New_York", now=late).open_day == date(2026, 11, 20)


def test_a_group_of_the_past_is_closed_by_hand_so_that_history_can_come_first(create: Create) -> None:
    assert create("PAST", open_day=date(2026, 11, 19)).close == "manual"
    assert create("TODAY", open_day=date(2026, 11, 20)).close == "auto"
    assert create("PAST-AUTO", open_day=date(2026, 11, 19), close="auto").close == "auto"


def test_a_group_keeps_what_was_said_and_the_log_tells_who_said_it(create: Create) -> None:
    group = create(
        "VN",
        timezone="Asia/Ho_Chi_Minh",
        minimum=Money(Decimal(50_000), "VND"),
        terms=3,
        cutoff=time(18),
        calendar="VN",
    )
    with transaction():
        kept = group_by_code("VN")
        assert (kept.currency, kept.minimum, kept.terms, kept.cutoff, kept.calendar) == (
            "VND",
            50_000_000_000,
            3,
            time(18),
            "VN",
        )
        event = session().query(AuditEvent).filter_by(subject="group:VN").one()
    assert (event.action, event.actor, event.after["open_day"]) == ("group.create", "system", str(group.open_day))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": "ke"}, "code"),
        ({"code": ""}, "code"),
        ({"code": "-KE"}, "code"),
        ({"code": "K" * 41}, "code"),
        ({"code": "KE\n"}, "code"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "EAT"}, "timezone"),
        ({"minimum": Money(Decimal(-1), "KES")}, "minimum"),
        ({"terms": -1}, "terms"),
        ({"terms": 61}, "terms"),
        ({"calendar": "XX"}, "calendar"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name_and_nothing_is_made(
    create: Create, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        create(**given)
    assert refusal.value.params["field"] == field
    with transaction():
        assert groups() == []


def test_money_in_no_currency_cannot_even_be_said(context: Flask) -> None:
    for code in ("usd", "DOLLAR", "US", ""):
        with pytest.raises(ValueError, match="ISO 4217"):
            Money(Decimal(1), code)


def test_a_code_that_is_taken_is_refused(create: Create) -> None:
    create("KE")
    with pytest.raises(InUse, match="KE"):
        create("KE")


def test_an_unknown_group_is_told_by_name(context: Flask) -> None:
    with transaction(), pytest.raises(NotFound, match="NOWHERE"):
        group_by_code("NOWHERE")


def test_groups_are_listed_by_code_and_by_how_they_close(create: Create) -> None:
    create("B")
    create("A", close="manual")
    with transaction():
        assert [group.code for group in groups()] == ["A", "B"]
        assert [group.code for group in groups(close="manual")] == ["A"]


def test_work_belongs_to_its_day_and_to_the_open_day_where_that_is_closed(context: Flask) -> None:
    with transaction():
        group = make_group()  # Nairobi, three hours ahead
        assert pay_day_for_acceptance(group, datetime(2026, 11, 18, 20, 59, tzinfo=UTC)) == DAY
        assert pay_day_for_acceptance(group, datetime(2026, 11, 18, 21, tzinfo=UTC)) == date(2026, 11, 19)
        assert pay_day_for_acceptance(group, datetime(2025, 1, 1, tzinfo=UTC)) == DAY
        take_open_day(group)
        move_open_day(SYSTEM, group, date(2026, 11, 19), NOW)
        assert hold_open_day(group) == date(2026, 11, 19)
        assert pay_day_for_acceptance(group, datetime(2026, 11, 18, 12, tzinfo=UTC)) == date(2026, 11, 19)


def test_the_open_day_only_moves_forward_and_the_log_keeps_each_move(context: Flask) -> None:
    with transaction():
        group = make_group()
        for to in (date(2026, 11, 17), DAY):
            with pytest.raises(OpenDayMovesForward, match="only moves forward"):
                move_open_day(SYSTEM, group, to, NOW)
        move_open_day(SYSTEM, group, date(2026, 11, 19), NOW)
        session().flush()
        event = session().query(AuditEvent).filter_by(action="group.open_day").one()
        assert (event.before, event.after) == ({"open_day": "2026-11-18"}, {"open_day": "2026-11-19"})


def test_pay_is_promised_for_18_00_its_time_after_business_days_of_its_calendar(create: Create) -> None:
    plain = create("PLAIN", terms=1)
    assert due_at(plain, date(2026, 11, 18)) == datetime(2026, 11, 19, 15, tzinfo=UTC)
    # A Friday's pay comes on Monday; work of a Sunday too.
    assert due_at(plain, date(2026, 11, 20)) == datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert due_at(plain, date(2026, 11, 22)) == datetime(2026, 11, 23, 15, tzinfo=UTC)
    # Kenya keeps 12 December (a Saturday) and Christmas, a Friday, and the day after.
    kenya = create("KENYA", terms=1, calendar="KE")
    assert due_at(kenya, date(2026, 12, 24)) == datetime(2026, 12, 28, 15, tzinfo=UTC)
    assert due_at(plain, date(2026, 12, 24)) == datetime(2026, 12, 25, 15, tzinfo=UTC)
    # Terms that run into the next year know its holidays.
    long = create("LONG", terms=60, calendar="KE")
    assert due_at(long, date(2026, 12, 1)) > due_at(create("LONG-PLAIN", terms=60), date(2026, 12, 1))


def test_calendars_are_countries() -> None:
    assert is_calendar("KE")
    assert is_calendar("VN")
    assert not is_calendar("ke")
    assert not is_calendar("")
