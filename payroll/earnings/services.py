"""Budgets are watched: a project's managers are told when the alarm is reached and when all is spent. Pay goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

from sqlalchemy import select

from i18n.locale import N_
from payroll.earnings.queries.spending import Spending, held_project, spending, watched
from payroll.earnings.rules import ALL, Outlook, outlook, to_tell
from workforce.core import audit
from workforce.core.auth import SYSTEM
from workforce.core.db import session
from workforce.core.money import Money, estimate
from workforce.core.sweep import sweep_many
from workforce.notifications.rules import money_param
from workforce.notifications.services import Kind, add_kind, notify_many
from workforce.projects.models import Project
from workforce.projects.queries import managers_of

KINDS: Final = (
    Kind(
        "budget.alarm",
        N_("%(project)s has spent %(percent)s per cent of its budget"),
        N_("%(project)s has spent %(spent)s of its budget of %(budget)s. Nobody’s pay is held back by it: talk to the"
           " customer, raise the budget, or pause the project in time."),
    ),
    Kind(
        "budget.spent",
        N_("The budget of %(project)s is spent"),
        N_("%(project)s has spent %(spent)s, and its budget is %(budget)s. Work goes on and is paid as before: pause or"
           " close the project, or raise the budget."),
    ),
)  # fmt: skip

for _kind in KINDS:
    add_kind(_kind)


@dataclass(frozen=True)
class BudgetView:
    """Where a project's budget stands, as its managers see it.

    Attributes:
        outlook: in the budget's currency, of what could be converted.
        currency: of the budget.
        pieces: that were accepted.
        by_currency: what was spent, as the rate cards have it.
        left_out: of these, those for which there is no exchange rate.

    """

    outlook: Outlook
    currency: str
    pieces: int
    by_currency: list[Money]
    left_out: list[Money]

    def money(self, micros: int) -> Money:
        """Give an amount of the budget's currency."""
        return Money.of_micros(micros, self.currency)


def budget_of(project: Project, *, today: date) -> BudgetView | None:
    """Say where the budget of a project stands; None where it has none.

    Args:
        project: whose budget it is.
        today: the date in UTC whose exchange rates count.

    """
    if project.budget is None:
        return None
    return _view(project, spending([project.id], today).get(project.id, Spending()), today)


def watch_budgets(*, now: datetime) -> int:
    """Tell the managers of every project whose budget has come to its alarm, or to its end, since they were last told.

    Takes its own transactions: call it outside one.

    Args:
        now: the instant.

    Returns:
        of how many projects somebody was told.

    Raises:
        SomeFailed: single projects' managers could not be told.

    """
    return sweep_many("project", watched, partial(_watch, now))


def _watch(now: datetime, project_ids: Sequence[int]) -> int:
    today = now.date()
    found = session().scalars(select(Project).where(Project.id.in_(project_ids)).order_by(Project.id)).all()
    costs = spending(project_ids, today)
    due = [project for project in found if project.id in costs and _due(project, costs[project.id], today)]
    managers = managers_of([project.id for project in due]) if due else {}
    return sum(_tell(project.id, costs[project.id], managers.get(project.id, []), now=now) for project in due)


def _due(project: Project, cost: Spending, today: date) -> int:
    view = _view(project, cost, today)
    return to_tell(view.outlook.percent, alarm=project.alarm_percent, told=project.told_percent)


def _tell(project_id: int, cost: Spending, managers: list[int], *, now: datetime) -> bool:
    """Tell of one project, unless another run of this job has done so, or the budget was raised, a moment ago."""
    project = held_project(project_id)
    if project.budget is None:
        return False
    percent = _due(project, cost, now.date())
    if not percent:
        return False
    before, project.told_percent = project.told_percent, percent
    view = _view(project, cost, now.date())
    notify_many(
        managers, "budget.spent" if percent == ALL else "budget.alarm", now=now,
        link=f"/manage/projects/{project.code}", project=project.code, percent=view.outlook.percent,
        spent=money_param(view.money(view.outlook.spent)), budget=money_param(view.money(view.outlook.budget)),
    )  # fmt: skip
    audit.record(
        SYSTEM, "project.budget.alarm", f"project:{project.code}", now=now,
        before={"told_percent": before},
        after={"told_percent": percent, "spent": view.outlook.spent, "budget": view.outlook.budget},
    )  # fmt: skip
    return True


def _view(project: Project, cost: Spending, today: date) -> BudgetView:
    assert project.budget is not None, "it has a budget"
    currency = project.budget_currency
    spent, left_out = _converted(cost.cost, currency, today)
    recent, _ = _converted(cost.recent, currency, today)
    found = outlook(
        budget=project.budget, spent=spent, recent=recent, pieces=cost.pieces, target=project.target,
        deadline=project.deadline, today=today,
    )  # fmt: skip
    amounts = [Money.of_micros(micros, code) for code, micros in sorted(cost.cost.items())]
    return BudgetView(found, currency, cost.pieces, amounts, left_out)


def _converted(micros: dict[str, int], currency: str, today: date) -> tuple[int, list[Money]]:
    """Add amounts up in one currency, and give those for which there is no rate."""
    total, left_out = 0, []
    for code, amount in sorted(micros.items()):
        money = Money.of_micros(amount, code)
        about = estimate(money, currency, today)
        if about is None:
            left_out.append(money)
        else:
            total += about.micros
    return total, left_out
