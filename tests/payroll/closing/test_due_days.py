"""The job that closes days: each group at its own cut-off, missed days in order, and nobody waits for another group."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from payroll.closing.models import Run
from payroll.closing.services import chunks, close_due
from payroll.closing.services import close as closing
from tests.factories import DAY, make_fx, make_group, make_project, make_work, make_worker
from workforce.core import clock
from workforce.core.audit import AuditEvent
from workforce.core.db import session, transaction
from workforce.core.scheduler import run_job
from workforce.core.sweep import SomeFailed
from workforce.paydays.queries import group_by_code

SECOND = timedelta(seconds=1)
# Zone, cut-off, open day, and the instant at which that day is due to be closed.
CUTOFFS = [
    ("Africa/Nairobi", "00:00", "2026-11-18", "2026-11-18T21:00Z"),
    ("Africa/Nairobi", "18:30", "2026-11-18", "2026-11-18T15:30Z"),
    ("Asia/Kathmandu", "00:00", "2026-11-18", "2026-11-18T18:15Z"),
    ("Pacific/Kiritimati", "00:00", "2026-11-18", "2026-11-18T10:00Z"),
    ("Pacific/Pago_Pago", "00:00", "2026-11-18", "2026-11-19T11:00Z"),
    # Clocks go forward at 02:00 on 8 March: that day is an hour shorter, and 02:30 does not come.
    ("America/New_York", "00:00", "2026-03-07", "2026-03-08T05:00Z"),
    ("America/New_York", "00:00", "2026-03-08", "2026-03-09T04:00Z"),
    ("America/New_York", "02:30", "2026-03-08", "2026-03-08T07:30Z"),
    # They go back at 02:00 on 1 November: that day is an hour longer, and 01:30 comes twice.
    ("America/New_York", "00:00", "2026-10-31", "2026-11-01T04:00Z"),
    ("America/New_York", "00:00", "2026-11-01", "2026-11-02T05:00Z"),
    ("America/New_York", "01:30", "2026-11-01", "2026-11-01T06:30Z"),
    # In Cairo they go forward at midnight, which does not come on 24 April, and back at midnight, which comes late.
    ("Africa/Cairo", "00:00", "2026-04-22", "2026-04-22T22:00Z"),
    ("Africa/Cairo", "00:00", "2026-04-23", "2026-04-23T22:00Z"),
    ("Africa/Cairo", "00:00", "2026-04-24", "2026-04-24T21:00Z"),
    ("Africa/Cairo", "00:00", "2026-10-28", "2026-10-28T21:00Z"),
    ("Africa/Cairo", "00:00", "2026-10-29", "2026-10-29T22:00Z"),
    ("Africa/Cairo", "00:00", "2026-10-30", "2026-10-30T22:00Z"),
]


def open_day(code: str) -> date:
    with transaction():
        return group_by_code(code).open_day


def made_runs() -> list[tuple[int, date, str]]:
    with transaction():
        query = select(Run).order_by(Run.group_id, Run.pay_day)
        return [(run.group_id, run.pay_day, run.state) for run in session().scalars(query)]


@pytest.mark.parametrize(("zone", "cutoff", "day", "due"), CUTOFFS)
def test_a_day_is_closed_at_its_own_cutoff_and_not_a_second_before(
    context: Flask, zone: str, cutoff: str, day: str, due: str
) -> None:
    instant, first = datetime.fromisoformat(due), date.fromisoformat(day)
    with transaction():
        make_group("G", timezone=zone, currency="USD", open_day=first, close="auto", cutoff=time.fromisoformat(cutoff))
    assert close_due(now=instant - SECOND) == 0
    assert open_day("G") == first
    assert close_due(now=instant) == 1
    assert open_day("G") == first + timedelta(days=1)
    assert close_due(now=instant) == 0, "once"


def test_missed_days_are_caught_up_in_order_and_those_without_work_make_no_run(context: Flask) -> None:
    with transaction():
        group, project = make_group(currency="KES", open_day=date(2026, 11, 15), close="auto"), make_project()
        worker = make_worker(group)
        for day in (15, 17, 18):
            make_work(project, worker, currency="KES", at=datetime(2026, 11, day, 9, tzinfo=UTC))
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert close_due(now=now) == 5
    assert made_runs() == [(group.id, date(2026, 11, day), "computed") for day in (15, 17, 18)]
    with transaction():
        query = select(AuditEvent.subject).where(AuditEvent.action == "day.close").order_by(AuditEvent.id)
        closed = list(session().scalars(query))
    assert closed == [f"run:KE-2026-11-{day}" for day in range(15, 20)]
    assert open_day("KE") == date(2026, 11, 20)


def test_a_group_without_a_rate_waits_alone_and_the_log_says_what_it_waits_for(context: Flask) -> None:
    with transaction():
        project = make_project()
        for code, currency in (("AA", "KES"), ("BB", "USD"), ("CC", "USD")):
            group = make_group(code, currency=currency, close="auto")
            make_work(project, make_worker(group), currency="USD")
    clock.freeze(datetime(2026, 11, 19, 0, tzinfo=UTC))
    entry = run_job("close-due-days")
    assert entry.outcome == "failed"
    assert "2 done, 1 failed: group AA" in entry.error
    assert "AA cannot be closed for 2026-11-18" in entry.error
    assert "USD/KES" in entry.error
    assert "daybook fx import" in entry.error
    assert [open_day(code) for code in ("AA", "BB", "CC")] == [DAY, DAY + timedelta(1), DAY + timedelta(1)]
    with transaction():
        make_fx("USD", "KES", "129.25")
    entry = run_job("close-due-days")
    assert (entry.outcome, entry.rows, entry.error) == ("done", 1, "")
    assert open_day("AA") == DAY + timedelta(1)


def test_days_before_the_one_that_waits_stay_closed_and_are_counted(context: Flask) -> None:
    with transaction():
        group, project = make_group(currency="KES", close="auto"), make_project()
        worker = make_worker(group)
        make_work(project, worker, currency="KES")
        make_work(project, worker, currency="USD", at=datetime(2026, 11, 19, 9, tzinfo=UTC))
    with pytest.raises(SomeFailed) as refused:
        close_due(now=datetime(2026, 11, 20, 12, tzinfo=UTC))
    assert (refused.value.done, [type(one).__name__ for one in refused.value.exceptions]) == (1, ["RateMissing"])
    assert open_day("KE") == date(2026, 11, 19)


def test_a_group_that_is_miscounted_holds_up_no_other(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        project = make_project()
        groups = [make_group(code, currency="USD", close="auto") for code in ("AA", "BB")]
        for group in groups:
            make_work(project, make_worker(group), currency="USD")
    whole = chunks.compute_chunk

    def compute(group_id: int, *rest: object, floors: bool) -> int:
        if group_id == groups[0].id:
            raise chunks.Miscounted("1 pieces, 0 in lines, 0 in payslips")
        return whole(group_id, *rest, floors=floors)  # type: ignore[arg-type]

    now = datetime(2026, 11, 19, 0, tzinfo=UTC)
    monkeypatch.setattr(closing, "compute_chunk", compute)
    with pytest.raises(SomeFailed, match="group AA: Miscounted: 1 pieces, 0 in lines, 0 in payslips") as refused:
        close_due(now=now)
    assert refused.value.done == 1
    assert made_runs() == [(groups[0].id, DAY, "computing"), (groups[1].id, DAY, "computed")]
    monkeypatch.setattr(closing, "compute_chunk", whole)
    assert close_due(now=now) == 0
    assert made_runs() == [(groups[0].id, DAY, "computed"), (groups[1].id, DAY, "computed")]


def test_a_manual_group_is_never_closed_by_the_job(context: Flask) -> None:
    with transaction():
        group, project = make_group(currency="USD", close="manual"), make_project()
        make_work(project, make_worker(group), currency="USD")
    for now in (datetime(2026, 11, 20, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)):
        assert close_due(now=now) == 0
    assert open_day("KE") == DAY


def test_the_job_may_run_twice(context: Flask) -> None:
    with transaction():
        group, project = make_group(currency="USD", close="auto"), make_project()
        make_work(project, make_worker(group), currency="USD")
    first, second = run_job("close-due-days"), run_job("close-due-days")
    assert [(one.outcome, one.rows) for one in (first, second)] == [("done", 2), ("done", 0)]
    assert made_runs() == [(group.id, DAY, "computed")]
