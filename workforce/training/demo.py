"""Demo: hourly floors of the crowd's countries, and a paid training that some have finished."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from workforce.core.auth import SYSTEM, Actor
from workforce.core.demo import LOGINS, Demo, Progress, Step
from workforce.core.money import Money
from workforce.identity.queries import user_by_email
from workforce.projects.queries import project_by_code
from workforce.rates.services.floors import add_floor
from workforce.training import services
from workforce.workers.demo import FACE
from workforce.workers.queries import worker_by_external_id

# Country, currency, an hour, and where it comes from. Labels of LYNX pay about as much: some days are topped up.
_FLOORS: Final = (
    ("IN", "INR", "22.25", "Code on Wages: the national floor of 178 rupees a day"),
    ("KE", "KES", "150", "After the Regulation of Wages (General) Order: a general labourer in a city, rounded"),
    ("PH", "PHP", "86.875", "Wage Order NCR-26: 695 pesos for a day of eight hours"),
    ("US", "USD", "7.25", "Fair Labor Standards Act"),
    ("VE", "USD", "1.50", "Our own: the lawful wage has not followed the prices"),
    ("VN", "VND", "25500", "Decree 293/2025/ND-CP: region I, an hour"),
)
_BODY: Final = """# What you compare
Two replies to the same question stand side by side. Say which one helps the asker more, and why.

# How to decide
- Is it true? A reply that is wrong is never the better one.
- Does it answer what was asked, in the language of the question?
- Is it as short as it can be?

# Your words
Write the reason so that somebody who has seen neither reply understands it. The same note under two tasks is rejected.
"""


def _make(demo: Demo, progress: Progress) -> None:
    for country, currency, rate, source in _FLOORS:
        money = Money(Decimal(rate), currency)
        add_floor(SYSTEM, country=country, money=money, valid_from=date(2026, 1, 1), source=source, now=demo.start)
    progress(1, 2)
    manager, falcon = _account("manager"), project_by_code("FALCON")
    course = services.publish(
        manager, falcon, title="How to compare two replies", body=_BODY, minutes=20, price=Money(Decimal(2), "USD"),
        number=None, now=demo.start,
    )  # fmt: skip
    worker, begun = worker_by_external_id(FACE), demo.now - timedelta(days=3)
    services.start(_account("worker"), worker, course.id, now=begun)
    services.finish(_account("worker"), worker, course.id, now=begun + timedelta(minutes=19))
    progress(2, 2)


def _account(role: str) -> Actor:
    return user_by_email(dict(LOGINS)[role]).actor


STEP: Final = Step("hourly floors and training", _make)
