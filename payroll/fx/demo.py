"""Demo: a market's rate for the dollar every day, and a central bank's for the euro on working days.

So some conversions are direct, some go through the euro, and Sunday's pay is converted at Friday's rate.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from payroll.fx.services import add_rate, correct
from workforce.core.auth import SYSTEM
from workforce.core.demo import LOGINS, Demo, Progress, Step
from workforce.identity.queries import user_by_email


class _Series(NamedTuple):
    source: str
    base: str
    quote: str
    start: str  # its first rate, whose decimals all the others have
    steps: tuple[int, int]  # least and greatest change a day, in hundredths of a per cent
    weekends: bool


_SERIES: Final = (
    _Series("demo-market", "USD", "KES", "129.67", (-30, 30), True),
    _Series("demo-market", "USD", "VND", "25947.77", (-15, 18), True),
    _Series("demo-market", "USD", "VES", "856.80", (10, 90), True),
    # 62.52 pesos and 96.09 rupees a dollar, at 1.1604 dollars a euro.
    _Series("demo-ecb", "EUR", "USD", "1.1604", (-45, 45), False),
    _Series("demo-ecb", "EUR", "PHP", "72.548", (-40, 40), False),
    _Series("demo-ecb", "EUR", "INR", "111.5028", (-35, 40), False),
)
_PUBLISHED: Final = time(15)


def _walk(demo: Demo, series: _Series) -> Iterator[tuple[date, Decimal]]:
    """Give a series' rate for each day, beginning a week early: the first days need one too, were they a weekend."""
    chance = demo.random("fx", series.base, series.quote)
    rate = Decimal(series.start)
    digits = Decimal(1).scaleb(rate.as_tuple().exponent)  # type: ignore[arg-type]  # a finite number's is an integer
    today = demo.now.date()
    for age in range(demo.days + 7, -1, -1):
        day = today - timedelta(days=age)
        if series.weekends or day.weekday() < 5:
            yield day, rate
        rate = (rate * (10_000 + chance.randint(*series.steps)) / 10_000).quantize(digits)


def _make(demo: Demo, progress: Progress) -> None:
    for number, series in enumerate(_SERIES, 1):
        for day, rate in _walk(demo, series):
            loaded = min(datetime.combine(day, _PUBLISHED, UTC), demo.now)
            add_rate(SYSTEM, day=day, base=series.base, quote=series.quote, rate=rate, source=series.source, now=loaded)
        progress(number, len(_SERIES))
    _leave_waiting(demo)


def _leave_waiting(demo: Demo) -> None:
    """Leave two rates for a person to look at, which no pay needs: an inverted one, and a correction."""
    today = demo.now.date()
    for age, rate in ((2, "179.42"), (1, "179.42"), (0, "0.005573")):
        day = today - timedelta(days=age)
        add_rate(SYSTEM, day=day, base="EUR", quote="JPY", rate=Decimal(rate), source="demo-ecb", now=demo.now)
    email = next(email for role, email in LOGINS if role == "finance")
    correct(
        user_by_email(email).actor, day=today - timedelta(days=1), base="EUR", quote="JPY", rate=Decimal("179.24"),
        source="demo-ecb", reason="Two digits were swapped: the bank’s page says 179.24.", now=demo.now,
    )  # fmt: skip


STEP = Step("exchange rates", _make)
