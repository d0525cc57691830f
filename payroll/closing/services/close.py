"""Closing days: the open day moves on, the rates are locked, and then the run is computed chunk by chunk.

The day moves in a short transaction that no acceptance can overlap. Everything after it only reads what can no longer
change, so it may stop anywhere and be finished by whoever comes next.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import insert, select

from i18n.locale import N_
from payroll.closing import rules
from payroll.closing.models import Chunk, Run, RunFxRate
from payroll.closing.services.chunks import compute_chunk
from payroll.closing.services.floors import floors_of_day, lock_floors, locks_floors
from payroll.earnings.queries import chunk_bounds, currency_pairs
from payroll.fx.services import conversions
from payroll.ledger.services import party
from workforce.core import audit, clock
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import in_parallel, session, transaction
from workforce.core.db import run as execute
from workforce.core.errors import DaybookError
from workforce.core.sweep import Sweep
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import due_at, group_by_code, groups
from workforce.paydays.services import move_open_day, take_open_day

_SUM: Final = """
    INSERT INTO run_total (group_id, pay_day, currency, workers, gross, deductions, net)
    SELECT group_id, pay_day, currency, count(*), sum(gross), sum(deductions), sum(net)
      FROM payslip WHERE group_id = :group AND pay_day = :day
     GROUP BY group_id, pay_day, currency
"""


class DayInFuture(DaybookError):
    code = "day_in_future"
    template = N_("%(day)s is in the future for %(group)s, where it is %(today)s. Close it when its day has come.")


class DayClosed(DaybookError):
    code = "day_closed"
    template = N_(
        "%(day)s is closed for %(group)s already; its open day is %(open_day)s. Work for it goes into the open day."
    )


class DayNotOpen(DaybookError):
    code = "day_not_next"
    template = N_(
        "%(day)s is not the open day of %(group)s, which is %(open_day)s. Close the days between with"
        " `daybook close --group %(group)s --through %(day)s`."
    )


@dataclass(frozen=True)
class Policy:
    """How a close goes about it.

    Attributes:
        workers_a_chunk: workers in one transaction.
        progress: is told the number of chunks done and of all.

    """

    workers_a_chunk: int = rules.WORKERS_A_CHUNK
    progress: Callable[[int, int], None] = lambda _done, _all: None


_DEFAULT = Policy()


def close_day(actor: Actor, code: str, day: date, *, now: datetime, policy: Policy = _DEFAULT) -> list[date]:
    """Close a group's open day and compute its run, after finishing one that was interrupted.

    Takes its own transactions: call it outside one.

    Args:
        actor: who closes.
        code: of the pay group.
        day: must be the open day, and not after today in the group's zone.
        now: the instant.
        policy: how.

    Returns:
        the days of the runs that were computed: none if the day had no work.

    Raises:
        NotFound: there is no such group.
        DayInFuture, DayClosed, DayNotOpen: the day cannot be closed now.
        RateMissing, RateWaiting: an exchange rate is missing or waits for a person; the day stays open.

    """
    finished = _finish_interrupted(code, policy)
    if day in finished:
        return finished
    return finished + _close(actor, code, day, now, policy)


def close_through(actor: Actor, code: str, through: date, *, now: datetime, policy: Policy = _DEFAULT) -> list[date]:
    """Close a group's days in order, from the open day to a day, that day included.

    Takes its own transactions: call it outside one. A day that cannot be closed stops it; those before stay closed.

    Args:
        actor: who closes.
        code: of the pay group.
        through: the last day; not after today in the group's zone.
        now: the instant.
        policy: how.

    Returns:
        the days of the runs that were computed.

    Raises:
        as `close_day`.

    """
    finished = _finish_interrupted(code, policy)
    with transaction():
        group = group_by_code(code)
        first = group.open_day
        _refuse_future(group, through, now)
        if through < first:
            if through in finished:
                return finished
            raise DayClosed(day=through, group=code, open_day=first)
    for offset in range((through - first).days + 1):
        finished += _close(actor, code, first + timedelta(days=offset), now, policy)
    return finished


def close_due(*, now: datetime, policy: Policy = _DEFAULT) -> int:
    """Close every day whose cut-off has passed, of the groups that close by themselves, missed days in order.

    What is due is read from the data, so it does not matter how long nobody ran this. A group that cannot be closed
    does not hold up the others. Within a group nothing is passed over, be it a worker or a chunk of them: a run is of
    all who worked on its day, and days are closed in order.

    Args:
        now: the instant.
        policy: how.

    Returns:
        the number of days closed.

    Raises:
        SomeFailed: single groups could not be closed, as of `close_day`.

    """
    with transaction():
        codes = [group.code for group in groups()]
    found = Sweep()
    for code in codes:
        with found.item(f"group {code}"):
            for _day in _close_due_days(code, now, policy):
                found.done += 1
    return found.end()


def _close_due_days(code: str, now: datetime, policy: Policy) -> Iterator[date]:
    """Close what is due of a group, day by day, and give each day that is closed."""
    _finish_interrupted(code, policy)
    while True:
        with transaction():
            group = group_by_code(code)
            day = group.open_day
            if group.close != "auto" or not rules.is_due(day, group.cutoff, group.timezone, now):
                return
        try:
            _close(SYSTEM, code, day, now, policy)
        except DayClosed:
            continue  # another leader was faster; there may be a next day
        yield day


def _close(actor: Actor, code: str, day: date, now: datetime, policy: Policy) -> list[date]:
    if not _move_on(actor, code, day, now, policy):
        return []
    _compute(code, day, policy)
    return [day]


def _move_on(actor: Actor, code: str, day: date, now: datetime, policy: Policy) -> bool:
    """Move the open day past a day; True if the day had work and so makes a run."""
    with transaction():
        group = group_by_code(code)
        open_day = take_open_day(group)
        _refuse_future(group, day, now)
        if day < open_day:
            raise DayClosed(day=day, group=code, open_day=open_day)
        if day > open_day:
            raise DayNotOpen(day=day, group=code, open_day=open_day)
        bounds = chunk_bounds(group.id, day, policy.workers_a_chunk)
        if bounds:
            session().add(
                Run(
                    group_id=group.id,
                    pay_day=day,
                    state="computing",
                    bounds=bounds,
                    closed_at=now,
                    due_at=due_at(group, day),
                )
            )
            session().flush()
            floors, pairs = floors_of_day(group.id, day)
            _lock_rates(group, day, pairs)
            lock_floors(group.id, day, floors.values())
        move_open_day(actor, group, day + timedelta(days=1), now)
        audit.record(actor, "day.close", f"run:{rules.run_name(code, day)}", after={"chunks": len(bounds)}, now=now)
        return bool(bounds)


def _lock_rates(group: PayGroup, day: date, pairs: set[tuple[str, str]]) -> None:
    """Lock the rates of all that a day converts: its work, and the floors that it is held against."""
    locked = conversions(currency_pairs(group.id, day) | pairs, day, group=group.code)
    for base, quote, conversion in locked:
        legs = [
            {"base": leg.base, "quote": leg.quote, "rate": f"{leg.rate:f}", "day": leg.day.isoformat()}
            for leg in conversion.legs
        ]
        session().execute(
            insert(RunFxRate).values(
                group_id=group.id, pay_day=day, base=base, quote=quote, numerator=Decimal(conversion.numerator),
                denominator=Decimal(conversion.denominator), source=conversion.source,
                party_id=party(conversion.source),
                legs=legs,
            )
        )  # fmt: skip


def _finish_interrupted(code: str, policy: Policy) -> list[date]:
    with transaction():
        group = group_by_code(code)
        query = select(Run.pay_day).where(Run.group_id == group.id, Run.state == "computing").order_by(Run.pay_day)
        days = list(session().scalars(query))
    for day in days:
        _compute(code, day, policy)
    return days


def _compute(code: str, day: date, policy: Policy) -> None:
    """Compute the chunks that are left, and then say that the run is computed."""
    name = rules.run_name(code, day)
    with transaction():
        group_id = group_by_code(code).id
        run = session().get_one(Run, (group_id, day))
        posted_at = run.closed_at  # and not the time of a second try, so that a finished run is as if it never stopped
        chunks = rules.ranges(run.bounds)
        query = select(Chunk.first_worker_id).where(Chunk.group_id == group_id, Chunk.pay_day == day)
        done = set(session().scalars(query))
        floors = locks_floors(group_id, day)
    left = [chunk for chunk in chunks if chunk[0] not in done]
    counter = iter(range(len(done) + 1, len(chunks) + 1))

    def one(chunk: tuple[int, int]) -> int:
        made = compute_chunk(group_id, day, name, *chunk, posted_at, floors=floors)
        policy.progress(next(counter), len(chunks))
        return made

    in_parallel(one, left)
    with transaction():
        run = session().get_one(Run, (group_id, day), with_for_update=True, populate_existing=True)
        if run.state == "computing":  # another closer may have said so first
            run.state = rules.moved(name, run.state, "compute")
            run.computed_at = clock.now()
            execute(_SUM, group=group_id, day=day)


def _refuse_future(group: PayGroup, day: date, now: datetime) -> None:
    today = clock.local_date(now, group.timezone)
    if day > today:
        raise DayInFuture(day=day, group=group.code, today=today)
