"""Reads on runs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select, tuple_

from i18n.locale import translate
from payroll.closing import rules
from payroll.closing.models import FloorTopUp, Payslip, Run, RunException, RunTotal
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.core.money import Money
from workforce.paydays.models import PayGroup
from workforce.workers.models import Worker


@dataclass(frozen=True)
class Total:
    """What a run comes to in one pay currency, in micros."""

    currency: str
    workers: int
    gross: int
    deductions: int
    net: int


@dataclass(frozen=True)
class Finding:
    """An exception of a run as people see it."""

    id: int
    severity: str
    code: str
    worker: str
    params: dict[str, Any]
    resolved_at: datetime | None
    reason: str

    def message(self) -> str:
        """Give its sentence in the reader's language."""
        params = dict(self.params)
        if "net" in params:
            params["net"] = Money.of_micros(params["net"], params["currency"])
        return translate(rules.EXCEPTIONS[self.code], **params, worker=self.worker)


@dataclass(frozen=True)
class RunSummary:
    """A run with what it comes to."""

    name: str
    group: str
    group_id: int
    day: date
    state: str
    workers: int
    due_at: datetime
    totals: Sequence[Total]
    exceptions: Sequence[Finding]


def find_run(name: str) -> tuple[Run, PayGroup]:
    """Give a run and its group by the run's name.

    Raises:
        NotFound: there is none.

    """
    parts = rules.parse_run_name(name)
    query = select(Run, PayGroup).join(PayGroup, PayGroup.id == Run.group_id)
    found = parts and session().execute(query.where(PayGroup.code == parts[0], Run.pay_day == parts[1])).one_or_none()
    if not found:
        raise NotFound(thing="run", name=name)
    return found[0], found[1]


def summaries(
    *, group_id: int | None = None, days: Sequence[date] | None = None, limit: int | None = None, offset: int = 0
) -> list[RunSummary]:
    """Give runs with their totals and exceptions, the youngest first, in three queries.

    Args:
        group_id: of one group only.
        days: of these days only.
        limit: how many at most.
        offset: how many to pass over.

    """
    query = select(Run, PayGroup.code).join(PayGroup, PayGroup.id == Run.group_id)
    if group_id is not None:
        query = query.where(Run.group_id == group_id)
    if days is not None:
        query = query.where(Run.pay_day.in_(days))
    found = session().execute(query.order_by(Run.pay_day.desc(), PayGroup.code).limit(limit).offset(offset)).all()
    keys = [(run.group_id, run.pay_day) for run, _ in found]
    totals, findings = _totals(keys), _findings(keys)
    return [_summary(run, code, totals.get((run.group_id, run.pay_day), []), findings) for run, code in found]


def summary(name: str) -> RunSummary:
    """Give one run with its totals and exceptions.

    Raises:
        NotFound: there is none.

    """
    run, group = find_run(name)
    key = [(run.group_id, run.pay_day)]
    return _summary(run, group.code, _totals(key).get(key[0], []), _findings(key))


def _summary(run: Run, code: str, totals: Sequence[Total], findings: Sequence[Row[RunException, str]]) -> RunSummary:
    exceptions = [
        Finding(one.id, one.severity, one.code, worker or "", one.params, one.resolved_at, one.reason)
        for one, worker in findings
        if (one.group_id, one.pay_day) == (run.group_id, run.pay_day)
    ]
    return RunSummary(
        rules.run_name(code, run.pay_day), code, run.group_id, run.pay_day, run.state,
        sum(total.workers for total in totals), run.due_at, totals, exceptions,
    )  # fmt: skip


def _totals(keys: Sequence[tuple[int, date]]) -> dict[tuple[int, date], list[Total]]:
    query = select(RunTotal).where(tuple_(RunTotal.group_id, RunTotal.pay_day).in_(keys)).order_by(RunTotal.currency)
    totals: dict[tuple[int, date], list[Total]] = {}
    for one in session().scalars(query):
        total = Total(one.currency, one.workers, one.gross, one.deductions, one.net)
        totals.setdefault((one.group_id, one.pay_day), []).append(total)
    return totals


def _findings(keys: Sequence[tuple[int, date]]) -> Sequence[Row[RunException, str]]:
    query = (
        select(RunException, Worker.external_id)
        .outerjoin(Worker, Worker.id == RunException.worker_id)
        .where(tuple_(RunException.group_id, RunException.pay_day).in_(keys))
        .order_by(RunException.severity, RunException.id)
    )
    return session().execute(query).all()


def payslip(group_id: int, day: date, worker_id: int) -> Payslip | None:
    """Give a payslip, if there is one."""
    return session().get(Payslip, (group_id, day, worker_id))


def top_up_costs(project_ids: Collection[int], recent: date) -> list[tuple[int, str, int, int]]:
    """Give what the hourly floors have cost projects beside their accepted work.

    Args:
        project_ids: of the projects.
        recent: the first of the days that are also counted by themselves.

    Returns:
        project, currency that its workers were paid in, micros, and those of the recent days.

    """
    of_late = func.sum(FloorTopUp.amount).filter(FloorTopUp.pay_day >= recent)
    query = (
        select(FloorTopUp.project_id, FloorTopUp.currency, func.sum(FloorTopUp.amount), func.coalesce(of_late, 0))
        .where(FloorTopUp.project_id.in_(project_ids))
        .group_by(FloorTopUp.project_id, FloorTopUp.currency)
        .order_by(FloorTopUp.project_id, FloorTopUp.currency)
    )
    return [(key, currency, int(all_), int(late)) for key, currency, all_, late in session().execute(query)]
