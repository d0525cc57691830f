import locale
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce.imports.readers.times import ZONES, iso_time, mturk_time
from workforce.imports.readers.values import BadValueError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
INSTANTS = st.datetimes(datetime(2005, 1, 2), datetime(2026, 2, 28), timezones=st.just(UTC))  # noqa: DTZ001
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Wed Apr 04 10:26:53 PDT 2018", "2018-04-04T17:26:53"),
        ("Wed Apr 4 10:26:53 PDT 2018", "2018-04-04T17:26:53"),
        ("Sun Nov 04 01:30:00 PDT 2018", "2018-11-04T08:30:00"),
        ("Sun Nov 04 01:30:00 PST 2018", "2018-11-04T09:30:00"),
        ("Mon Jul 02 00:00:00 PST 2018", "2018-07-02T08:00:00"),  # the name decides, not the season
        ("Fri Mar 03 10:40:34 CET 2017", "2017-03-03T09:40:34"),
        ("Mon Mar 27 10:40:34 CEST 2017", "2017-03-27T08:40:34"),
        ("Thu Feb 24 13:02:48 UTC 2022", "2022-02-24T13:02:48"),
        ("Thu Feb 24 13:02:48 IST 2022", "2022-02-24T07:32:48"),
        ("Thu Feb 24 13:02:48 NPT 2022", "2022-02-24T07:17:48"),
        ("Thu Feb 24 13:02:48 GMT+02:00 2022", "2022-02-24T11:02:48"),
        ("Thu Feb 24 13:02:48 -03 2022", "2022-02-24T16:02:48"),
        ("2018-04-07 17:27:37 UTC", "2018-04-07T17:27:37"),
        ("2018-04-07 17:27:37 utc", "2018-04-07T17:27:37"),
        ("2018-04-07 17:27:37 ICT", "2018-04-07T10:27:37"),
        ("2018-09-18 18:18:35+02:00", "2018-09-18T16:18:35"),
        ("2018-09-18T18:18:35.25+0530", "2018-09-18T12:48:35.250000"),
        ("2018-09-18T18:18:35.123456789Z", "2018-09-18T18:18:35.123456"),
        ("2018-12-31T23:30:00-01:00", "2019-01-01T00:30:00"),
    ],
)
def test_times_of_mturk(text: str, utc: str) -> None:
    assert mturk_time(NOW)(text).isoformat() == utc + "+00:00"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("Wed Apr 04 10:26:53 XYZT 2018", "unknown_zone", "XYZT"),
        ("2018-04-07 17:27:37 America/Lima", "unknown_zone", "America/Lima"),
        ("2018-04-07 17:27:37+25:00", "unknown_zone", "+25:00"),
        ("Wed Apr 04 10:26:53 2018", "no_zone", "time zone"),
        ("2018-04-07 17:27:37", "no_zone", "time zone"),
        ("Fri Feb 30 10:26:53 PDT 2018", "no_such_time", "Feb 30"),
        ("Fri Foo 20 10:26:53 PDT 2018", "no_such_time", "Foo"),
        ("2018-04-07 24:00:00 UTC", "no_such_time", "24:00"),
        ("Mit Apr 04 10:26:53 PDT 2018", "not_a_time", "expected"),
        ("4/7/2018 17:27", "not_a_time", "expected"),
        ("2018-04-07", "not_a_time", "expected"),
        ("٢٠١٨-04-07 17:27:37 UTC", "not_a_time", "expected"),
        ("yesterday", "not_a_time", "expected"),
        ("2026-03-02 12:00:06 UTC", "in_future", "2026-03-02 12:00 UTC"),
        ("2126-03-02 12:00:01 UTC", "in_future", "future"),
        ("9999-12-31 23:59:59 PST", "no_such_time", "9999"),
        ("0001-01-01 00:00:00 CET", "no_such_time", "0001"),
        ("1970-01-01 00:00:00 UTC", "too_early", "2005"),
    ],
)
def test_what_is_no_time(text: str, code: str, said: str) -> None:
    with pytest.raises(BadValueError) as refused:
        mturk_time(NOW)(text)
    assert refused.value.code == code
    assert said in refused.value.template % refused.value.params


@pytest.mark.parametrize(
    "text", ["2018-04-07T17:27:37", "2018-04-07 17:27:37 UTC", "Wed Apr 04 10:26:53 PDT 2018", "x"]
)
def test_our_own_csv_wants_an_offset(text: str) -> None:
    with pytest.raises(BadValueError):
        iso_time(NOW)(text)


def test_now_itself_is_not_in_the_future() -> None:
    assert mturk_time(NOW)("2026-03-02 12:00:00 UTC") == NOW


@given(INSTANTS, st.sampled_from(sorted(ZONES)))
def test_java_times_come_back(instant: datetime, zone: str) -> None:
    local = instant.replace(microsecond=0) + ZONES[zone]
    text = f"{DAYS[local.weekday()]} {MONTHS[local.month - 1]} {local:%d %H:%M:%S} {zone} {local.year}"
    assert mturk_time(NOW)(text) == instant.replace(microsecond=0)


@given(INSTANTS, OFFSETS, st.sampled_from("T "))
def test_iso_times_come_back(instant: datetime, offset: timezone, between: str) -> None:
    text = instant.astimezone(offset).isoformat(between, "microseconds")
    assert mturk_time(NOW)(text) == iso_time(NOW)(text) == instant
    assert iso_time(NOW)(text).tzinfo is UTC


@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [A-Z]{2,4} \d{4}"))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    said: list[str] = []
    for parse in (mturk_time(NOW), iso_time(NOW)):
        try:
            assert parse(text) <= NOW
        except BadValueError as bad:
            said.append(bad.template % bad.params)
    assert all(said)


def test_the_language_of_the_process_does_not_matter() -> None:
    before = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("de_DE.UTF-8", "vi_VN.UTF-8", "C.UTF-8"):
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue  # not on this machine
            assert mturk_time(NOW)("Tue May 01 10:26:53 UTC 2018") == datetime(2018, 5, 1, 10, 26, 53, tzinfo=UTC)
    finally:
        locale.setlocale(locale.LC_TIME, before)


@pytest.mark.parametrize(
    "text", ["Mon Nov 11 10:00:00 UTC 2024 ", "Mon Nov 10 10:00:00 UTC 2025", "sun nov 09 23:59:59 PST 2025"]
)
def test_the_weekday_is_the_one_that_the_date_has(text: str) -> None:
    assert mturk_time(NOW)(text.strip())


@pytest.mark.parametrize("text", ["Mon Nov 11 10:00:00 UTC 2025", "Tue Nov 10 10:00:00 UTC 2025"])
def test_a_weekday_of_another_date_is_refused(text: str) -> None:
    with pytest.raises(BadValueError) as refused:
        mturk_time(NOW)(text)
    assert refused.value.code == "wrong_weekday"


@pytest.mark.parametrize(("seconds", "taken"), [(0, True), (5, True), (6, False), (3600, False)])
def test_clocks_may_differ_by_five_seconds(seconds: int, taken: bool) -> None:
    text = (NOW + timedelta(seconds=seconds)).isoformat()
    if taken:
        assert iso_time(NOW)(text) == NOW + timedelta(seconds=seconds)
    else:
        with pytest.raises(BadValueError):
            iso_time(NOW)(text)
