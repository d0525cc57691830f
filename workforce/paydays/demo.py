"""Demo: a pay group for each of six countries."""

from datetime import time
from decimal import Decimal
from typing import Final, NamedTuple

from workforce.core.auth import SYSTEM
from workforce.core.demo import Demo, Progress, Step
from workforce.core.money import Money
from workforce.paydays.services import create_group


class Country(NamedTuple):
    """How a country is paid.

    Attributes:
        code: ISO 3166 alpha-2, the code of its pay group as well.
        share: of the crowd, in per cent.
        timezone: IANA name.
        currency: ISO 4217.
        minimum: least payout in it.
        cutoff: wall-clock hour, 0 for the midnight that ends the day.
        terms: business days.

    """

    code: str
    share: int
    timezone: str
    currency: str
    minimum: str
    cutoff: int
    terms: int


COUNTRIES: Final = (
    Country("KE", 24, "Africa/Nairobi", "KES", "250", 20, 1),
    Country("PH", 22, "Asia/Manila", "PHP", "100", 21, 1),
    Country("VN", 18, "Asia/Ho_Chi_Minh", "VND", "40000", 20, 1),
    Country("IN", 18, "Asia/Kolkata", "INR", "150", 0, 2),
    Country("VE", 10, "America/Caracas", "VES", "1500", 18, 1),
    Country("US", 8, "America/New_York", "USD", "3", 0, 2),
)


def _make(demo: Demo, progress: Progress) -> None:
    for number, one in enumerate(COUNTRIES, 1):
        create_group(
            SYSTEM, one.code, timezone=one.timezone, minimum=Money(Decimal(one.minimum), one.currency),
            open_day=demo.day(one.timezone, demo.days - 1), terms=one.terms, close="auto", cutoff=time(one.cutoff),
            calendar=one.code, now=demo.start,
        )  # fmt: skip
        progress(number, len(COUNTRIES))


STEP = Step("pay groups", _make)
