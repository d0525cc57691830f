"""Demo: rate cards by level and country, four in US dollars and one in local currencies, and a rise half-way."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from workforce.core.auth import SYSTEM
from workforce.core.demo import Demo, Progress, Step
from workforce.core.money import Money
from workforce.projects.queries import project_by_code
from workforce.rates.services import add_rate

LEVELS: Final = ("L1", "L2", "L3")


class _Line(NamedTuple):
    project: str
    level: str
    country: str
    kind: str
    rate: Decimal
    currency: str
    valid_from: date


# By project: what it pays for, and by country (empty for the others) US dollars at each level.
_BY_LEVEL: Final = {
    "FALCON": ("piece", {"": "0.28 0.36 0.45", "PH": "0.30 0.38 0.48", "US": "0.95 1.20 1.50"}),
    "HERON": ("hourly", {"": "3.10 3.90 5.20", "IN": "3.00 3.85 5.10", "US": "16.50 19.00 24.00"}),
    "TAPIR": ("piece", {"": "0.85 1.10 1.45", "US": "2.60 3.20 4.10"}),
}
_LABELS: Final = {"": "0.0125", "US": "0.05"}  # LYNX: a label, at any level
_LOCAL: Final = {  # OTTER: an hour, at any level
    "KE": ("420", "KES"), "PH": ("185", "PHP"), "VN": ("82000", "VND"), "IN": ("265", "INR"), "VE": ("2650", "VES"),
    "US": ("17.50", "USD"),
}  # fmt: skip
_RISES: Final = {"FALCON": Decimal("1.06"), "HERON": Decimal("1.04")}


def _lines(demo: Demo) -> Iterator[_Line]:
    before, midway = (demo.now.date() - timedelta(days=age) for age in (demo.days + 30, demo.days // 2))
    for project, (kind, countries) in _BY_LEVEL.items():
        for country, rates in countries.items():
            for level, text in zip(LEVELS, rates.split(), strict=True):
                rate = Decimal(text)
                yield _Line(project, level, country, kind, rate, "USD", before)
                if project in _RISES:
                    yield _Line(project, level, country, kind, rate * _RISES[project], "USD", midway)
    for country, text in _LABELS.items():
        yield _Line("LYNX", "", country, "piece", Decimal(text), "USD", before)
    for country, (text, currency) in _LOCAL.items():
        yield _Line("OTTER", "", country, "hourly", Decimal(text), currency, before)


def _make(demo: Demo, progress: Progress) -> None:
    lines = list(_lines(demo))
    for number, line in enumerate(lines, 1):
        add_rate(
            SYSTEM, project_by_code(line.project), level=line.level, country=line.country, kind=line.kind,
            money=Money(line.rate, line.currency), valid_from=line.valid_from, now=demo.start,
        )  # fmt: skip
        progress(number, len(lines))


STEP = Step("rate cards", _make)
