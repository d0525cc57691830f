"""Days: which one work belongs to, when one ends, when one is paid, on clocks that jump too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payroll.closing.rules import is_due, parse_run_name, ranges, run_name
from workforce.core.clock import local_date
from workforce.paydays.rules import add_business_days, at_wall_time, cutoff_instant, due_instant, pay_day

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
# Clocks that jump at midnight, at 2:00, by half an hour, twice around Ramadan, and never.
ZONES = st.sampled_from([
    "UTC", "Africa/Nairobi", "Asia/Kolkata", "America/New_York", "Europe/London", "Africa/Cairo", "Asia/Beirut",
    "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia", "America/Caracas",
])  # fmt: skip
TIMES = st.times().map(lambda wall: wall.replace(microsecond=0))


@given(DAYS, DAYS, DAYS, DAYS)
def test_a_pay_day_is_never_a_closed_day_nor_before_the_acceptance_and_never_moves_back(
    open_day: date, later_open: date, accepted: date, later_accepted: date
) -> None:
    day = pay_day(open_day, accepted)
    assert day in {open_day, accepted}
    assert day >= open_day
    assert day >= accepted
    assert pay_day(max(open_day, later_open), max(accepted, later_accepted)) >= day


@given(DAYS, TIMES, ZONES)
def test_a_day_has_ended_at_its_cut_off_and_days_follow_each_other(day: date, cutoff: time, zone: str) -> None:
    end = cutoff_instant(day, cutoff, zone)
    assert end.tzinfo is UTC
    assert cutoff_instant(day + timedelta(days=1), cutoff, zone) > end
    assert is_due(day, cutoff, zone, end)
    assert not is_due(day, cutoff, zone, end - timedelta(seconds=1))
    if cutoff == time(0):
        # An instant belongs to the day exactly until then.
        assert local_date(end, zone) > day
        assert local_date(end - timedelta(microseconds=1), zone) <= day


@given(DAYS, TIMES, ZONES)
def test_the_clocks_of_the_zone_show_the_time_or_have_just_jumped_past_it(day: date, wall: time, zone: str) -> None:
    instant = at_wall_time(day, wall, zone)
    shown = instant.astimezone(ZoneInfo(zone))
    wanted = datetime.combine(day, wall, ZoneInfo(zone))
    exists = wanted.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wanted.replace(tzinfo=None)
    if exists:
        assert (shown.date(), shown.time()) == (day, wall)
    else:
        assert shown.replace(tzinfo=None) > wanted.replace(tzinfo=None)
        # One jump of a clock; Samoa left a whole day out.
        assert shown.replace(tzinfo=None) - wanted.replace(tzinfo=None) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "cutoff", "expected"),
    [
        ("Africa/Nairobi", date(2026, 11, 18), time(0), "2026-11-18T21:00"),
        ("Africa/Nairobi", date(2026, 11, 18), time(18), "2026-11-18T15:00"),
        # 23 and 25 hours long.
        ("America/New_York", date(2026, 3, 7), time(0), "2026-03-08T05:00"),
        ("America/New_York", date(2026, 3, 8), time(0), "2026-03-09T04:00"),
        ("America/New_York", date(2026, 11, 1), time(0), "2026-11-02T05:00"),
        # Never shown: 2:00 to 3:00; read with the offset before the gap. Shown twice: 1:00 to 2:00, the later one.
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:30"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T06:30"),
        # The midnight that ends the day is never shown: the clocks go from 24:00 to 1:00.
        ("Asia/Beirut", date(2026, 3, 28), time(0), "2026-03-28T22:00"),
        ("Africa/Cairo", date(2026, 4, 23), time(0), "2026-04-23T22:00"),
        # Midnight comes twice, the first time as 24:00 of the day before, which goes on for another hour.
        ("Asia/Beirut", date(2026, 10, 24), time(0), "2026-10-24T22:00"),
        ("Africa/Cairo", date(2026, 10, 29), time(0), "2026-10-29T22:00"),
    ],
)
def test_cut_offs_on_days_when_clocks_jump(zone: str, day: date, cutoff: time, expected: str) -> None:
    assert cutoff_instant(day, cutoff, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def naive(day: date, count: int, holidays: frozenset[date]) -> date:
    """Walk a list of business days: the one `count` after the day, or after the next one if it is none."""
    days = [day + timedelta(days=offset) for offset in range(400)]
    business = [one for one in days if one.weekday() < 5 and one not in holidays]
    return business[count] if business[0] == day or count == 0 else business[count - 1]


@given(DAYS, st.integers(0, 60), st.frozensets(st.integers(0, 90), max_size=40))
def test_business_days_are_counted_as_on_a_wall_calendar(day: date, count: int, closed: frozenset[int]) -> None:
    holidays = frozenset(day + timedelta(days=offset) for offset in closed)
    found = add_business_days(day, count, holidays)
    assert found == naive(day, count, holidays)
    assert found.weekday() < 5
    assert found not in holidays
    assert found >= day
    assert found <= add_business_days(day, count + 1, holidays)
    assert due_instant(day, count, "Asia/Manila", holidays) == datetime.combine(found, time(10), UTC)


@given(st.from_regex(r"[A-Z0-9][A-Z0-9_-]{0,39}", fullmatch=True), DAYS)
def test_a_run_is_found_again_by_its_name(group: str, day: date) -> None:
    assert parse_run_name(run_name(group, day)) == (group, day)


@given(st.text(max_size=30))
def test_what_is_no_name_of_a_run_is_told(text: str) -> None:
    parsed = parse_run_name(text)
    assert parsed is None or run_name(*parsed) == text


@given(st.lists(st.integers(1, 10**12), min_size=1, unique=True).map(sorted), st.integers(1, 10**12))
def test_every_worker_from_the_first_on_is_in_exactly_one_chunk(bounds: list[int], worker: int) -> None:
    holding = [chunk for chunk in ranges(bounds) if chunk[0] <= worker <= chunk[1]]
    assert len(holding) == (1 if worker >= bounds[0] else 0)
