"""One run for those who decide on it: what it comes to, what differs from the one before, what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import BigInteger, cast, func, select

from payroll.closing.models import Chunk, FloorTopUp, Run, RunException
from payroll.closing.queries import Finding, Total, find_run
from payroll.closing.rules import run_name
from payroll.runs.queries.lines import LockedRate, locked_rates
from payroll.runs.queries.listing import totals_of
from workforce.core.audit import AuditEvent
from workforce.core.db import session
from workforce.identity.models import User
from workforce.paydays.models import PayGroup
from workforce.workers.models import Worker

ISSUES_SHOWN: Final = 100


@dataclass(frozen=True)
class Change:
    """A figure of a run beside the same figure of the group's run before it.

    Attributes:
        before: None where there is no run before, or no such currency or rate in it.
        after: None where only the run before had it.

    """

    before: Decimal | None
    after: Decimal | None

    @property
    def share(self) -> Decimal | None:
        """The change as a share of what was before (1 is all of it), where that can be said."""
        if not self.before or self.after is None:
            return None
        return (self.after - self.before) / abs(self.before)


@dataclass(frozen=True)
class Issue:
    """An exception with who resolved it."""

    finding: Finding
    resolver: str


@dataclass(frozen=True)
class RunPage:
    """A run as its page shows it.

    Attributes:
        previous: name of the group's run before, or empty.
        pieces: of accepted work, with the run before.
        workers: with the run before.
        nets: micros in each pay currency, with the run before.
        rates: locked rates, each with the factor as it is written down and that of the run before.
        issues: exceptions, the open ones first, ISSUES_SHOWN at most.
        open: how many exceptions are open, and …
        blocking: … how many of them must be resolved before the approval.
        history: who did what with it, in order.
        top_ups: top-ups to hourly floors: pay currency, workers, and micros.

    """

    name: str
    run: Run
    group: PayGroup
    totals: Sequence[Total]
    previous: str
    pieces: Change
    workers: Change
    nets: Sequence[tuple[str, Change]]
    rates: Sequence[tuple[LockedRate, Change]]
    issues: Sequence[Issue]
    open: int
    blocking: int
    history: Sequence[AuditEvent]
    top_ups: Sequence[tuple[str, int, int]]


def run_page(name: str) -> RunPage:
    """Give a run with all that its page shows, in nine queries.

    Raises:
        NotFound: there is none.

    """
    run, group = find_run(name)
    before = _day_before(run)
    days = [run.pay_day] if before is None else [run.pay_day, before]
    totals = totals_of({(run.group_id, day) for day in days})
    mine, theirs = totals.get((run.group_id, run.pay_day), []), totals.get((run.group_id, before or run.pay_day), [])
    rates = locked_rates(run.group_id, days)
    pieces = _pieces(run.group_id, days)
    total, blocking = _open(run)
    return RunPage(
        name, run, group, mine,
        previous=run_name(group.code, before) if before else "",
        pieces=Change(pieces.get(before) if before else None, pieces.get(run.pay_day, Decimal(0))),
        workers=Change(_workers(theirs) if before else None, _workers(mine)),
        nets=_nets(mine, theirs if before else []),
        rates=_with_former(rates[run.pay_day], rates[before] if before else {}),
        issues=_issues(run),
        open=total,
        blocking=blocking,
        history=_history(name),
        top_ups=_top_ups(run),
    )  # fmt: skip


def _day_before(run: Run) -> date | None:
    query = select(func.max(Run.pay_day)).where(
        Run.group_id == run.group_id, Run.pay_day < run.pay_day, Run.state != "computing"
    )
    return session().scalar(query)


def _pieces(group_id: int, days: Sequence[date]) -> dict[date, Decimal]:
    query = select(Chunk.pay_day, func.sum(Chunk.pieces)).where(Chunk.group_id == group_id, Chunk.pay_day.in_(days))
    return {day: Decimal(count) for day, count in session().execute(query.group_by(Chunk.pay_day))}


def _workers(totals: Sequence[Total]) -> Decimal:
    return Decimal(sum(total.workers for total in totals))


def _nets(mine: Sequence[Total], theirs: Sequence[Total]) -> list[tuple[str, Change]]:
    after = {total.currency: Decimal(total.net) for total in mine}
    before = {total.currency: Decimal(total.net) for total in theirs}
    return [(currency, Change(before.get(currency), after.get(currency))) for currency in sorted({*after, *before})]


def _with_former(
    mine: Mapping[tuple[str, str], LockedRate], theirs: Mapping[tuple[str, str], LockedRate]
) -> list[tuple[LockedRate, Change]]:
    return [(rate, Change(theirs[pair].shown if pair in theirs else None, rate.shown)) for pair, rate in mine.items()]


def _open(run: Run) -> tuple[int, int]:
    """Count what is open, and what of it stands in the way of the approval: see `payroll.runs.services.approve`."""
    blocks = (RunException.severity == "warning") | RunException.worker_id.is_(None)
    query = select(func.count(), func.count().filter(blocks)).where(
        RunException.group_id == run.group_id, RunException.pay_day == run.pay_day, RunException.resolved_at.is_(None)
    )
    total, blocking = session().execute(query).one()
    return total, blocking


def _issues(run: Run) -> list[Issue]:
    query = (
        select(RunException, Worker.external_id, User.email)
        .outerjoin(Worker, Worker.id == RunException.worker_id)
        .outerjoin(User, User.id == RunException.resolved_by)
        .where(RunException.group_id == run.group_id, RunException.pay_day == run.pay_day)
        .order_by(RunException.resolved_at.is_not(None), RunException.severity, RunException.id)
        .limit(ISSUES_SHOWN)
    )
    return [
        Issue(
            Finding(one.id, one.severity, one.code, worker or "", one.params, one.resolved_at, one.reason), email or ""
        )
        for one, worker, email in session().execute(query)
    ]


def _top_ups(run: Run) -> list[tuple[str, int, int]]:
    query = (
        select(FloorTopUp.currency, func.count(), cast(func.sum(FloorTopUp.amount), BigInteger))
        .where(FloorTopUp.group_id == run.group_id, FloorTopUp.pay_day == run.pay_day)
        .group_by(FloorTopUp.currency)
        .order_by(FloorTopUp.currency)
    )
    return [(currency, workers, amount) for currency, workers, amount in session().execute(query)]


def _history(name: str) -> Sequence[AuditEvent]:
    # Who resolved an exception stands beside it.
    query = select(AuditEvent).where(AuditEvent.subject == f"run:{name}", AuditEvent.action != "exception.resolve")
    return session().scalars(query.order_by(AuditEvent.id).limit(50)).all()
