"""Reads on work that was done: how much, how long, what it cost, what waits.

The tables of work are the largest that there are. Every read here is bounded to a window of pay days and uses the index
on project and pay day.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select

from workforce.core.clock import WIDEST_ZONE
from workforce.core.db import rows, session
from workforce.core.money import Money
from workforce.tasks.models import AcceptedWork

# A correction takes a piece back on the day it is made; what it takes back had the kind of its submission. Paid
# training and bonuses cost something and are no pieces of work.
_TOTALS: Final = """
SELECT w.{key}, w.currency,
    coalesce(sum(CASE w.kind WHEN 'correction' THEN -1 ELSE 1 END) FILTER (WHERE s.kind IN ('piece', 'hourly')), 0),
    sum(w.seconds), sum(w.amount),
    coalesce(sum(CASE w.kind WHEN 'correction' THEN -1 ELSE 1 END)
             FILTER (WHERE w.pay_day >= :recent AND s.kind IN ('piece', 'hourly')), 0)
FROM accepted_work w JOIN submission s ON s.id = w.submission_id
WHERE w.project_id = ANY(:projects) AND w.pay_day BETWEEN :first AND :last
GROUP BY 1, 2 ORDER BY 1, 2
"""
_BY_PROJECT: Final = _TOTALS.format(key="project_id")
_BY_DAY: Final = _TOTALS.format(key="pay_day")
_WAITING: Final = """
SELECT project_id, count(*), min(submitted_at) FROM submission
WHERE project_id = ANY(:projects) AND state = 'submitted' GROUP BY 1
"""
# A rejection has no pay day: it is counted on the day of the verdict in the zone of the worker's pay group.
_REJECTED: Final = """
SELECT s.project_id, (s.decided_at AT TIME ZONE g.timezone)::date, count(*)
FROM submission s JOIN worker w ON w.id = s.worker_id JOIN pay_group g ON g.id = w.group_id
WHERE s.project_id = ANY(:projects) AND s.state = 'rejected' AND s.kind IN ('piece', 'hourly')
    AND s.decided_at BETWEEN :earliest AND :latest
    AND (s.decided_at AT TIME ZONE g.timezone)::date BETWEEN :first AND :last
GROUP BY 1, 2
"""
# So many of the youngest tasks tell how long one takes, however many there are.
_MEDIAN: Final = """
SELECT project.id, percentile_disc(0.5) WITHIN GROUP (ORDER BY task.seconds)
FROM unnest(CAST(:projects AS bigint[])) AS project (id), LATERAL (
    SELECT seconds FROM accepted_work w
    WHERE w.project_id = project.id AND w.pay_day >= :first AND w.kind IN ('piece', 'hourly') AND w.seconds > 0
    ORDER BY w.pay_day DESC LIMIT 200
) task GROUP BY 1
"""
_MEDIAN_DAYS: Final = 30
_RECENT_DAYS: Final = 7


@dataclass(frozen=True)
class Window:
    """Pay days that are looked at, both ends included.

    Attributes:
        first: the oldest.
        last: the youngest.
        ahead: are days after the last one looked at too? So it is for a window that ends today, since elsewhere on
            earth it is tomorrow already, and an open day may lie ahead.

    """

    first: date
    last: date
    ahead: bool = False

    @property
    def recent(self) -> date:
        """The first of the last seven days."""
        return max(self.first, self.last - timedelta(days=_RECENT_DAYS - 1))

    @property
    def end(self) -> date:
        """The last day that is looked at."""
        return date.max - timedelta(days=2) if self.ahead else self.last

    def params(self) -> dict[str, Any]:
        """Give the bounds as the statements here name them."""
        return {
            "first": self.first, "last": self.end, "recent": self.recent,
            "earliest": datetime.combine(self.first, time(), UTC) - WIDEST_ZONE,
            "latest": datetime.combine(self.end + timedelta(days=1), time(), UTC) + WIDEST_ZONE,
        }  # fmt: skip


@dataclass
class Output:
    """What was done in a window, or on one day of it; corrections count against it.

    Attributes:
        pieces: accepted pieces; below 0 where more was taken back than accepted.
        seconds: working time of them.
        recent: pieces of the last seven days of the window.
        rejected: verdicts against.
        cost: micros by currency.

    """

    pieces: int = 0
    seconds: int = 0
    recent: int = 0
    rejected: int = 0
    cost: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Output") -> None:
        """Count another output in."""
        self.pieces += other.pieces
        self.seconds += other.seconds
        self.recent += other.recent
        self.rejected += other.rejected
        for currency, micros in other.cost.items():
            self.cost[currency] = self.cost.get(currency, 0) + micros

    @property
    def amounts(self) -> list[Money]:
        """The cost as money, one amount a currency."""
        return [Money.of_micros(micros, currency) for currency, micros in sorted(self.cost.items())]

    @property
    def hours(self) -> Decimal:
        """Working time in hours, to a hundredth."""
        return (Decimal(self.seconds) / 3600).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Waiting:
    """Work that waits for a verdict.

    Attributes:
        pieces: how much.
        since: when the oldest was handed in.

    """

    pieces: int
    since: datetime


def output_by_project(project_ids: Collection[int], window: Window) -> dict[int, Output]:
    """Give what was done for projects within a window, by the project's id."""
    params = {"projects": list(project_ids), **window.params()}
    found: dict[int, Output] = _folded(rows(_BY_PROJECT, **params))
    for project_id, _, count in rows(_REJECTED, **params):
        found.setdefault(project_id, Output()).rejected += count
    return found


def output_by_day(project_id: int, window: Window) -> dict[date, Output]:
    """Give what was done for a project on each pay day of a window that has something, oldest first."""
    params = {"projects": [project_id], **window.params()}
    found: dict[date, Output] = _folded(rows(_BY_DAY, **params))
    for _, day, count in rows(_REJECTED, **params):
        found.setdefault(day, Output()).rejected += count
    return dict(sorted(found.items()))


def waiting(project_ids: Collection[int]) -> dict[int, Waiting]:
    """Give what waits for a verdict now, by the project's id; a project without any is left out."""
    return {key: Waiting(count, since) for key, count, since in rows(_WAITING, projects=list(project_ids))}


def last_pay_day(project_id: int) -> date | None:
    """Give the youngest pay day on which a project has work."""
    return session().scalar(select(func.max(AcceptedWork.pay_day)).where(AcceptedWork.project_id == project_id))


def median_seconds(project_ids: Collection[int], today: date) -> dict[int, int]:
    """Give how long a task of projects really takes: the median of the 200 accepted last within thirty days.

    Args:
        project_ids: of the projects, all asked about at once; one without such tasks is left out.
        today: the date in UTC at which the thirty days end.

    """
    first = today - timedelta(days=_MEDIAN_DAYS - 1)
    return {key: int(seconds) for key, seconds in rows(_MEDIAN, projects=list(project_ids), first=first)}


def total(outputs: Iterable[Output]) -> Output:
    """Add outputs up."""
    made = Output()
    for one in outputs:
        made.add(one)
    return made


def _folded(found: Iterable[Any]) -> dict[Any, Output]:
    made: dict[Any, Output] = {}
    for key, currency, pieces, seconds, amount, recent in found:
        one = Output(int(pieces), int(seconds), int(recent), 0, {currency: int(amount)})
        made.setdefault(key, Output()).add(one)
    return made
