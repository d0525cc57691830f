"""What projects have cost so far: the work that was accepted, less what was taken back."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from workforce.core.db import rows, session
from workforce.projects.models import Project

RECENT_DAYS: Final = 7
# A correction takes a piece back; what it takes back had the kind of its submission.
_SPENT: Final = """
SELECT w.project_id, w.currency, sum(w.amount), coalesce(sum(w.amount) FILTER (WHERE w.pay_day >= :recent), 0),
    count(*) FILTER (WHERE w.kind IN ('piece', 'hourly'))
        - count(*) FILTER (WHERE w.kind = 'correction' AND s.kind IN ('piece', 'hourly'))
FROM accepted_work w LEFT JOIN submission s ON w.kind = 'correction' AND s.id = w.submission_id
WHERE w.project_id = ANY(:projects) GROUP BY 1, 2 ORDER BY 1, 2
"""

# Gives cost that is no accepted work, such as top-ups: project, currency, micros, and those of the days from a date on.
CostSource = Callable[[Collection[int], date], Iterable[tuple[int, str, int, int]]]
_sources: Final[list[CostSource]] = []


@dataclass
class Spending:
    """What a project has cost.

    Attributes:
        cost: micros by currency.
        recent: micros by currency of the last seven pay days, and of any that lie ahead.
        pieces: accepted pieces, less those that were taken back.

    """

    cost: dict[str, int] = field(default_factory=dict)
    recent: dict[str, int] = field(default_factory=dict)
    pieces: int = 0

    def add(self, currency: str, micros: int, recent: int) -> None:
        """Count cost in."""
        self.cost[currency] = self.cost.get(currency, 0) + micros
        self.recent[currency] = self.recent.get(currency, 0) + recent


def add_cost_source(source: CostSource) -> None:
    """Add cost that is no accepted work, once however often an application is made."""
    if source not in _sources:
        _sources.append(source)


def spending(project_ids: Collection[int], today: date) -> dict[int, Spending]:
    """Give what projects have cost, by the project's id; one without any cost is left out.

    Args:
        project_ids: of the projects.
        today: the date in UTC at which the last seven days end.

    """
    recent = today - timedelta(days=RECENT_DAYS - 1)
    found: dict[int, Spending] = {}
    for project_id, currency, micros, of_late, pieces in rows(_SPENT, projects=list(project_ids), recent=recent):
        one = found.setdefault(project_id, Spending())
        one.add(currency, int(micros), int(of_late))
        one.pieces += int(pieces)
    for source in _sources:
        for project_id, currency, micros, of_late in source(project_ids, recent):
            found.setdefault(project_id, Spending()).add(currency, micros, of_late)
    return found


def watched(after: int, limit: int) -> Sequence[int]:
    """Give the ids of projects whose managers may yet have to be told of their budget: those after one, ascending."""
    query = select(Project.id).where(Project.budget.is_not(None), Project.told_percent < 100, Project.id > after)
    return session().scalars(query.order_by(Project.id).limit(limit)).all()


def held_project(project_id: int) -> Project:
    """Give a project as it is now, held alone until the end of the transaction."""
    return session().get_one(Project, project_id, populate_existing=True, with_for_update={"key_share": True})
