"""Demo: every day but today is closed, in order, at its cut-off."""

from datetime import timedelta

from sqlalchemy import func, select

from payroll.closing.models import Payslip, Run, RunTotal
from payroll.closing.services import close_through
from workforce.core import clock
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM
from workforce.core.commands import table
from workforce.core.db import session, transaction
from workforce.core.demo import Demo, Progress, Step, Told
from workforce.core.money import plain
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import groups
from workforce.paydays.rules import cutoff_instant


def _make(demo: Demo, progress: Progress) -> None:
    with transaction():
        found = groups()
    for place, group in enumerate(found):
        for number, age in enumerate(demo.ages, 1):
            _close(demo, group, age)
            progress(place * len(demo.ages) + number, len(found) * len(demo.ages))


def _close(demo: Demo, group: PayGroup, age: int) -> None:
    day = demo.day(group.timezone, age)
    with transaction():
        open_day = session().scalars(select(PayGroup.open_day).where(PayGroup.id == group.id)).one()
        run = session().get(Run, (group.id, day))
        due = day >= open_day or (run is not None and run.state == "computing")
    if due:
        at = cutoff_instant(day, group.cutoff, group.timezone) + timedelta(minutes=1)
        with clock.standing_at(min(at, demo.now)):
            close_through(SYSTEM, group.code, day, now=clock.now())


def _tell() -> Told:
    query = (
        select(RunTotal.currency, func.sum(RunTotal.workers), func.sum(RunTotal.gross), func.sum(RunTotal.net))
        .group_by(RunTotal.currency)
        .order_by(RunTotal.currency)
    )
    totals = [
        {"currency": currency, "payslips": int(slips), "gross": plain(int(gross)), "net": plain(int(net))}
        for currency, slips, gross, net in session().execute(query)
    ]
    closed = session().scalars(select(func.count()).where(AuditEvent.action == "day.close")).one()
    payslips = session().scalars(select(func.count()).select_from(Payslip)).one()
    lines = [[str(value) for value in one.values()] for one in totals]
    title = f"Pay: {closed} days closed, {payslips:,} payslips"
    return Told(
        {"days_closed": closed, "payslips": payslips, "totals": totals},
        [table(title, ["currency", "#payslips", "#gross", "#net"], lines)],
    )


STEP = Step("days closed", _make, whole=False, tell=_tell)
