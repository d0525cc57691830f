"""Times as labelling tools write them. Every time read is an instant: aware, in UTC."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from i18n.locale import N_
from workforce.imports.readers.values import BadValueError, shown

# Minutes east of Greenwich, by the name that Java and MTurk print. The name alone decides: PDT is seven hours behind
# whatever the date, since whoever printed it had looked the rule up already. Some names are used for several zones;
# here they mean:
#   AST Atlantic (not Arabia)           BST British summer (not Bangladesh)   CST, EST, MST, PST North America (not
#   China, Cuba; not Australia; not Malaysia; not the Philippines)            GST Gulf (not South Georgia)
#   IST India (not Israel, not Ireland) MSK three hours (it was four from 2011 to 2014)
# Names left out because no reading is safe: AMT (Amazon, Armenia), SST (Samoa, Solomon), VET (changed by half an hour).
_EAST: Final = {
    -600: "HST",
    -540: "HDT AKST",
    -480: "AKDT PST",
    -420: "PDT MST",
    -360: "MDT CST",
    -300: "CDT EST COT PET",
    -240: "EDT AST BOT CLT",
    -210: "NST",
    -180: "ADT ART BRT CLST UYT",
    -150: "NDT",
    -120: "BRST",
    0: "UTC UT GMT Z WET",
    60: "WEST CET MET WAT BST",
    120: "CEST MEST EET CAT SAST",
    180: "EEST MSK EAT TRT IDT",
    210: "IRST",
    240: "GST",
    270: "IRDT AFT",
    300: "PKT UZT",
    330: "IST",
    345: "NPT",
    360: "BDT",
    390: "MMT",
    420: "ICT WIB",
    480: "HKT SGT MYT PHT AWST WITA",
    540: "JST KST WIT",
    570: "ACST",
    600: "AEST CHST",
    630: "ACDT",
    660: "AEDT",
    720: "NZST",
    780: "NZDT",
}
ZONES: Final[Mapping[str, timedelta]] = {
    name: timedelta(minutes=minutes) for minutes, names in _EAST.items() for name in names.split()
}
# English by definition of the formats, so not left to strptime and the locale of the process.
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS: Final = "|".join(_WEEKDAYS)
# Clocks of a tool's servers differ by so much at most: a time that is later than it can be by less is taken.
CLOCKS_DIFFER: Final = timedelta(seconds=5)
_EARLIEST: Final = datetime(2005, 1, 1, tzinfo=UTC)  # MTurk, the first of these tools, opened in that year
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
_JAVA: Final = re.compile(
    rf"(?P<weekday>{_DAYS}),?\s+(?P<month>[A-Za-z]{{3}})\s+(?P<day>\d{{1,2}})\s+{_CLOCK}(?:\s+(?P<zone>[^\s\d]\S*))?\s+(?P<year>\d{{4}})",
    re.ASCII | re.IGNORECASE,
)
_ISO: Final = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?:T|\s+){_CLOCK}\s*(?P<zone>[^\s\d.,:].*)?",
    re.ASCII | re.IGNORECASE,
)
_OFFSET: Final = re.compile(r"(?:GMT|UTC|UT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?", re.ASCII)


def mturk_time(now: datetime) -> Callable[[str], datetime]:
    """Give a parser of MTurk's times: `Wed Apr 04 10:26:53 PDT 2018`, `2018-04-07 17:27:37 UTC`, ISO 8601 with a zone.

    Args:
        now: a later time is refused.

    """

    def parse(text: str) -> datetime:
        match = _JAVA.fullmatch(text) or _ISO.fullmatch(text)
        if match is None:
            template = N_(
                "“%(value)s” is no time; expected is one like Wed Apr 04 10:26:53 PDT 2018 or 2018-04-04 17:26:53 UTC."
            )
            raise BadValueError("not_a_time", template, value=shown(text))
        return _checked(_instant(match, text, _offset(match["zone"], text)), text, now)

    return parse


def iso_time(now: datetime) -> Callable[[str], datetime]:
    """Give a parser of ISO 8601 with an offset: `2018-04-04T17:26:53Z`, `2018-04-04 19:26:53.5+02:00`.

    Args:
        now: a later time is refused.

    """

    def parse(text: str) -> datetime:
        match = _ISO.fullmatch(text)
        zone = match["zone"] if match else None
        if match is None or (zone and zone not in "Zz" and zone[0] not in "+-"):
            template = N_(
                "“%(value)s” is no time in ISO 8601 with an offset; expected is one like 2018-04-04T19:26:53+02:00."
            )
            raise BadValueError("not_a_time", template, value=shown(text))
        return _checked(_instant(match, text, _offset(zone, text)), text, now)

    return parse


def _offset(zone: str | None, text: str) -> timedelta:
    if not zone:
        template = N_(
            "“%(value)s” has no time zone, so it could be any of several instants; expected is one with a zone."
        )
        raise BadValueError("no_zone", template, value=shown(text))
    named = ZONES.get(zone.upper())
    if named is not None:
        return named
    match = _OFFSET.fullmatch(zone.upper())
    if match is None or int(match["hours"]) > 15:
        template = N_("The time zone “%(zone)s” is not known; expected is one like UTC, PDT or +02:00.")
        raise BadValueError("unknown_zone", template, zone=shown(zone))
    size = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return size if match["sign"] == "+" else -size


def _instant(match: re.Match[str], text: str, offset: timedelta) -> datetime:
    month = match["month"].lower()
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    try:
        local = datetime(
            int(match["year"]),
            int(month) if month.isdecimal() else _MONTHS.index(month) + 1,
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            int(match["second"]),
            int(fraction),
            tzinfo=UTC,
        )
        _check_weekday(match, local, text)
        return local - offset
    except (ValueError, OverflowError):
        template = N_("There is no such day or time of day as “%(value)s”.")
        raise BadValueError("no_such_time", template, value=shown(text)) from None


def _check_weekday(match: re.Match[str], local: datetime, text: str) -> None:
    """Refuse a date whose weekday is another one: one of the two is wrong, as where a month stands for the day."""
    given = (match.groupdict().get("weekday") or "").lower()
    if given and given != _WEEKDAYS[local.weekday()]:
        template = N_("“%(value)s” names another weekday than its date has. One of the two is wrong.")
        raise BadValueError("wrong_weekday", template, value=shown(text))


def in_order(earlier: datetime, later: datetime) -> bool:
    """Return whether one instant is not after another, but for the few seconds by which clocks differ."""
    return earlier <= later + CLOCKS_DIFFER


def _checked(instant: datetime, text: str, now: datetime) -> datetime:
    if not in_order(instant, now):
        template = N_("“%(value)s” is in the future: now it is %(now)s UTC.")
        raise BadValueError("in_future", template, value=shown(text), now=f"{now.astimezone(UTC):%Y-%m-%d %H:%M}")
    if instant < _EARLIEST:
        template = N_("“%(value)s” is before %(year)s, when no such work was done yet.")
        raise BadValueError("too_early", template, value=shown(text), year=_EARLIEST.year)
    return instant
