"""The list of runs, and what of it waits for a person."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, Row, Select, false, func, or_, select, tuple_

from payroll.closing.models import Run, RunException, RunTotal
from payroll.closing.queries import Total
from payroll.closing.rules import run_name
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.paydays.models import PayGroup

STATES: Final = ("computing", "computed", "approved", "released", "settled")
WAITING_SHOWN: Final = 10

_Key = tuple[int, date]


@dataclass(frozen=True)
class RunRow:
    """A run as the list shows it.

    Attributes:
        timezone: the group's.
        totals: one a pay currency.
        open: exceptions that nobody has resolved.

    """

    name: str
    group: str
    timezone: str
    day: date
    state: str
    due_at: datetime
    totals: Sequence[Total]
    open: int

    @property
    def workers(self) -> int:
        """How many payslips it has."""
        return sum(total.workers for total in self.totals)

    def is_late(self, now: datetime) -> bool:
        """Has the promised instant passed before everything was paid?"""
        return self.state != "settled" and self.due_at < now


def groups_with_runs() -> list[str]:
    """Give the codes of all pay groups that have a run."""
    query = select(PayGroup.code).where(select(Run).where(Run.group_id == PayGroup.id).exists()).order_by(PayGroup.code)
    return list(session().scalars(query))


def run_lists(
    actor: Actor, *, group: str, state: str, limit: int, offset: int
) -> tuple[list[RunRow], list[RunRow], int]:
    """Give runs, the youngest first, and those that wait for a person, the most urgent first; in four queries.

    Args:
        actor: for whom runs wait: to approve, or to release what another person approved.
        group: code of a group, or empty for all.
        state: one of STATES, or empty for all.
        limit: how many at most.
        offset: how many to pass over.

    Returns:
        the runs of the page, at most ten that wait for the actor, and how many runs there are.

    """
    query = _rows()
    if group:
        query = query.where(PayGroup.code == group)
    if state:
        query = query.where(Run.state == state)
    listed = session().execute(query.order_by(Run.pay_day.desc(), PayGroup.code).limit(limit).offset(offset)).all()
    urgent = _rows().where(_waits_for(actor)).order_by(Run.due_at, PayGroup.code).limit(WAITING_SHOWN)
    waiting = session().execute(urgent).all()
    keys = {(run.group_id, run.pay_day) for run, *_ in [*listed, *waiting]}
    totals, counts = totals_of(keys), _open_of(keys)
    every = listed[0][3] if listed else 0
    return [_row(one, totals, counts) for one in listed], [_row(one, totals, counts) for one in waiting], every


def totals_of(keys: set[_Key]) -> Mapping[_Key, list[Total]]:
    """Give what runs come to in each pay currency, by group and day."""
    found: defaultdict[_Key, list[Total]] = defaultdict(list)
    query = select(RunTotal).where(tuple_(RunTotal.group_id, RunTotal.pay_day).in_(keys)).order_by(RunTotal.currency)
    for one in session().scalars(query):
        total = Total(one.currency, one.workers, one.gross, one.deductions, one.net)
        found[one.group_id, one.pay_day].append(total)
    return found


def _rows() -> Select[Run, str, str, int]:
    query = select(Run, PayGroup.code, PayGroup.timezone, func.count().over())
    return query.join(PayGroup, PayGroup.id == Run.group_id)


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [false()]
    if actor.may("payroll:runs:approve"):
        ways.append(Run.state == "computed")
    if actor.may("payroll:runs:release"):
        ways.append((Run.state == "approved") & (Run.approved_by != actor.id))
    return or_(*ways)


def _open_of(keys: set[_Key]) -> dict[_Key, int]:
    query = (
        select(RunException.group_id, RunException.pay_day, func.count())
        .where(tuple_(RunException.group_id, RunException.pay_day).in_(keys), RunException.resolved_at.is_(None))
        .group_by(RunException.group_id, RunException.pay_day)
    )
    return {(group_id, day): count for group_id, day, count in session().execute(query)}


def _row(one: Row[Run, str, str, int], totals: Mapping[_Key, list[Total]], counts: Mapping[_Key, int]) -> RunRow:
    run, code, timezone, _ = one
    key = (run.group_id, run.pay_day)
    return RunRow(
        run_name(code, run.pay_day), code, timezone, run.pay_day, run.state, run.due_at, totals.get(key, []),
        counts.get(key, 0),
    )  # fmt: skip
