"""Demo: rate cards by level and country with a rise half-way, a lower rate that is announced, and some offers."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from workforce.core import clock
from workforce.core.auth import SYSTEM, Actor
from workforce.core.demo import LOGINS, Demo, Progress, Step
from workforce.core.money import Money
from workforce.identity.queries import user_by_email
from workforce.projects.demo import REVIVAL
from workforce.projects.queries import project_by_code
from workforce.rates.services import Terms, add_rate, answer_offer, decide_offer, propose_offer
from workforce.workers.demo import FACE
from workforce.workers.queries import worker_by_external_id

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


def _promise(demo: Demo, progress: Progress) -> None:
    """Announce a lower rate with its notice, and make offers: one answered, one open, one that waits for approval."""
    manager, second = (_first(role) for role in ("manager", "finance"))
    tapir = project_by_code("TAPIR")
    add_rate(
        manager, tapir, level="L2", country="", kind="piece", money=Money(Decimal("1.04"), "USD"),
        valid_from=_day(demo.now, 9), now=demo.now, ahead=True,
        reason="The customer asks for shorter texts from December on: 100 words instead of 120.",
    )  # fmt: skip
    _card_of_revival(manager, demo)
    progress(1, 4)
    earlier = demo.now - timedelta(days=3)
    face = worker_by_external_id(FACE)
    falcon = project_by_code("FALCON")
    terms = Terms("bonus", Money(Decimal(15), "USD"), _day(earlier), _day(earlier, 20), pieces=60)
    done = propose_offer(
        manager, falcon, face, terms, now=earlier,
        reason="Your comparisons are the ones that the customer shows to others.",
    )  # fmt: skip
    decide_offer(second, done.id, approve=True, reason="Within the budget.", now=earlier + timedelta(hours=2))
    answer_offer(_first("worker"), done.id, accept=True, now=earlier + timedelta(hours=5))
    progress(2, 4)
    own = Terms("personal_rate", Money(Decimal("0.46"), "USD"), _day(demo.now), _day(demo.now, 30), unit="piece")
    waiting = propose_offer(manager, falcon, face, own, reason="For taking on the long conversations.", now=demo.now)
    decide_offer(second, waiting.id, approve=True, reason="", now=demo.now)
    progress(3, 4)
    other = worker_by_external_id("KE-0001")
    propose_offer(
        manager, project_by_code("OTTER"), other,
        Terms("bonus", Money(Decimal(20), "USD"), _day(demo.now), _day(demo.now, 14), pieces=100),
        reason="For the two weeks before the deadline.", now=demo.now,
    )  # fmt: skip
    progress(4, 4)


def _card_of_revival(manager: Actor, demo: Demo) -> None:
    """Give the Revival a card, so that it can be opened."""
    for level, rate in zip(LEVELS, ("0.90", "1.15", "1.50"), strict=True):
        add_rate(
            manager, project_by_code(REVIVAL[0]), level=level, country="", kind="piece",
            money=Money(Decimal(rate), "USD"), valid_from=_day(demo.now), now=demo.now, ahead=True,
            reason="A little more than the first time, since the texts are harder.",
        )  # fmt: skip


def _first(role: str) -> Actor:
    return user_by_email(next(email for name, email in LOGINS if name == role)).actor


def _day(instant: datetime, later: int = 0) -> date:
    """Give a date so many days after an instant, where today is far enough in any zone."""
    return clock.latest_date(instant) + timedelta(days=later)


STEP = Step("rate cards", _make)
PROMISES = Step("announced rates and offers", _promise)
