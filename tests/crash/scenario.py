"""A small crowd in three currencies, its files, and its pay from the first file to the last transfer.

Whoever takes the steps again from the beginning, after they ended anywhere, must come to the same books.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any, Final

from flask import Flask
from sqlalchemy import select

from payroll.closing.models import Run, RunException
from payroll.closing.queries import find_run
from payroll.closing.services import Policy, close_through
from payroll.closing.services.close import DayClosed
from payroll.payouts.models import Order
from payroll.payouts.rails import Rail
from payroll.payouts.services import poll, release_run, send, start_release
from payroll.runs.services import approve, resolve
from tests.factories import make_fx, make_group, make_project, make_user, make_worker
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, session, transaction
from workforce.core.errors import NotFound
from workforce.core.money import Money
from workforce.core.settings import SandboxPolicy
from workforce.identity.models import User
from workforce.imports.services import Pay, WorkImport, import_work
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code
from workforce.rates.services import Quote
from workforce.rates.services.floors import add_floor
from workforce.tasks.services import NewWork, OpenDays, record_work
from workforce.workers.models import Worker

FIRST: Final = date(2026, 11, 16)
DAYS: Final = [FIRST + timedelta(days=number) for number in range(3)]
NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORKERS: Final = 40
SMALL: Final = Policy(workers_a_chunk=10)
TROUBLE: Final = SandboxPolicy(declined=Decimal("0.2"), timeout=Decimal("0.3"), delay=60)
GROUPS: Final = {"KE": ("Africa/Nairobi", "KES", "0"), "VN": ("Asia/Ho_Chi_Minh", "VND", "20000")}
# Of ten workers, four are paid in shillings, four in đồng (no smaller unit), and two in dollars.
CURRENCIES: Final = {"KE": ["KES", "KES", "USD"], "VN": ["VND", "VND", "USD"]}
PIECES: Final = {"OWL": "USD", "FALCON": "EUR"}


def prepare(app: Flask) -> None:
    """Make the groups, the projects, the rates, half of the workers, and two people of finance."""
    with app.app_context(), transaction():
        for code, (zone, currency, minimum) in GROUPS.items():
            group = make_group(code, timezone=zone, currency=currency, minimum=minimum, open_day=FIRST)
            for number in range(WORKERS // 2):
                if number % 3 or number % 2:  # the others come with the file
                    make_worker(group, f"{code}{number}", currency=CURRENCIES[code][number % 3], country=code)
        for code in PIECES:
            make_project(code, customer=f"Buyer number {len(code)}")
        make_fx("USD", "KES", "129.2537", day=FIRST)
        make_fx("USD", "VND", "26341.5", day=FIRST)
        make_fx("EUR", "USD", "1.15731", day=FIRST)
        work_by_rates()
        for name in ("first", "second"):
            make_user("finance", f"{name}@example.com")


def work_by_rates() -> None:
    """Let those who are known do a piece by the rate card every day, so slowly that most are topped up to a floor."""
    for country, money in (("KE", Money(Decimal(150), "KES")), ("VN", Money(Decimal("1.05"), "USD"))):
        add_floor(SYSTEM, country=country, money=money, valid_from=FIRST, now=NOW)
    price, work = Quote("piece", 123_457, "USD", 1), []
    for number, worker in enumerate(session().scalars(select(Worker).order_by(Worker.id))):
        for day in DAYS:
            at = datetime.combine(day, time(5), UTC)
            work.append(
                NewWork(source=f"RATES-{worker.external_id}-{day}", worker_id=worker.id,
                        group=session().get_one(PayGroup, worker.group_id), state="accepted", quote=price,
                        seconds=300 + 61 * number, claimed_at=None, submitted_at=at, decided_at=at)
            )  # fmt: skip
    record_work(project_by_code("OWL").id, work, OpenDays())


def file_of(project: str, code: str, *, later: bool) -> bytes:
    """Give the export of a project's work by a group: first all accepted, later with some rejected, some repriced."""
    lines = ["source,worker,status,submitted_at,decided_at,reward,currency"]
    for number in range(WORKERS // 2):
        for place, day in enumerate(DAYS):
            if (number + place) % 3 == 0 and project == "FALCON":
                continue
            at = datetime.combine(day, time(6, number), UTC)
            state, decided, cents = "accepted", at, 7 + 13 * number % 17
            if number % 10 == 1 and place == 0:
                cents = 900  # much, of which all is taken back on the second day
            if later and number % 10 == 1 and place == 0:
                state, decided = "rejected", datetime.combine(DAYS[1], time(7), UTC)
            if later and number % 10 == 4 and place == 1:
                cents += 5
            source = f"{project}-{code}{number}-{place}"
            reward = f"{cents // 100}.{cents % 100:02}37,{PIECES[project]}"
            lines.append(f"{source},{code}{number},{state},{at.isoformat()},{decided.isoformat()},{reward}")
    return "\n".join(lines).encode()


def take_in(*, later: bool) -> None:
    for project in PIECES:
        for code in GROUPS:
            with transaction():
                # Small parts, so that there is something between; half of the files are taken wholly or not at all.
                what = WorkImport(
                    "csv", project_by_code(project), Pay.REWARD, group_by_code(code), all_or_nothing=code != "VN",
                    rows_a_transaction=20,
                )  # fmt: skip
            now = NOW if later else datetime.combine(DAYS[-1], time(8), UTC)
            report = import_work(SYSTEM, BytesIO(file_of(project, code, later=later)), what, now=now)
            assert not report.refused, report.refused[0].message()


def nothing_closed() -> bool:
    with transaction():
        return all(group_by_code(code).open_day == FIRST for code in GROUPS)


def close(through: date) -> None:
    for code in GROUPS:
        with suppress(DayClosed):  # before we were ended
            close_through(SYSTEM, code, through, now=NOW, policy=SMALL)


def pay(name: str, people: list[Actor], rail: Rail) -> None:
    """Take a run from computed to released, from wherever it stands."""
    with transaction():
        try:
            run, _ = find_run(name)
        except NotFound:
            return
        if run.state == "computed":
            approve(people[0], name, now=NOW)
        state = run.state
    if state == "approved" and name.startswith("KE"):  # as the page does it; whoever sends next makes the orders
        with transaction():
            start_release(people[1], name, now=NOW)
    elif state == "approved":
        release_run(people[1], name, rail=rail.name, now=NOW)


def _at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def settle(rail: Rail) -> None:
    """Send, and ask until every order has come to its end."""
    for minutes in range(2, 40, 2):  # the rail is slow, and what is sent again waits again
        sent = send(rail, now=partial(_at, 0)).sent
        polled = poll(rail, now=partial(_at, minutes))
        with transaction():
            query = select(Order.id).where(Order.state.in_(["created", "sent", "unknown"])).limit(1)
            if not sent and not polled.sent and session().scalar(query) is None:
                return
    raise AssertionError("an order does not come to its end")


def look_at_exceptions(before: date, actor: Actor) -> None:
    """Resolve what earlier days have left, so that later pay makes up for it."""
    with transaction():
        query = select(RunException).where(RunException.pay_day < before, RunException.resolved_at.is_(None))
        codes = {code: number for number, code in rows("SELECT id, code FROM pay_group")}
        names = {number: code for code, number in codes.items()}
        for one in session().scalars(query.order_by(RunException.id)).all():
            resolve(actor, f"{names[one.group_id]}-{one.pay_day}", one.id, reason="later pay makes up for it", now=NOW)


def pipeline(app: Flask, rail: Rail) -> None:
    """Take every step, from the files to the last transfer."""
    with app.app_context():
        with transaction():
            people = [user.actor for user in session().scalars(select(User).order_by(User.email))]
        if nothing_closed():  # nobody imports an export once a later one of the same work is in
            take_in(later=False)
        close(DAYS[0])
        take_in(later=True)
        close(DAYS[-1])
        for day in DAYS:
            look_at_exceptions(day, people[0])
            for code in GROUPS:
                pay(f"{code}-{day}", people, rail)
            settle(rail)


BOOKS: Final = {
    "payslips": """
        SELECT code, pay_day, external_id, payslip.currency, pieces, gross, deductions, net, entry_id IS NULL
          FROM payslip JOIN pay_group ON pay_group.id = payslip.group_id JOIN worker ON worker.id = worker_id""",
    "lines": """
        SELECT pay_day, external_id, project.code, line.currency, kind, pieces, quantity, amount
          FROM payslip_line line JOIN worker ON worker.id = worker_id JOIN project ON project.id = project_id""",
    "work": """
        SELECT source, pay_day, work.kind, quantity, work.rate, amount, submission.state
          FROM accepted_work work JOIN submission ON submission.id = submission_id""",
    "workers": "SELECT external_id, code, worker.currency FROM worker JOIN pay_group ON pay_group.id = group_id",
    "postings": """
        SELECT source, kind, day, account, COALESCE(worker.external_id, project.code, party.name),
               posting.currency, amount, CASE WHEN kind NOT IN ('settlement', 'failure') THEN posted_at END
          FROM ledger_entry JOIN posting ON entry_id = ledger_entry.id
          LEFT JOIN worker ON account IN ('accrued', 'payable') AND worker.id = party_id
          LEFT JOIN project ON account = 'cost' AND project.id = party_id
          LEFT JOIN party ON account IN ('exchange', 'clearing', 'funds') AND party.id = party_id""",
    "entries": "SELECT source, kind, day FROM ledger_entry",
    "releases": "SELECT pay_day, external_id FROM payslip_release JOIN worker ON worker.id = worker_id",
    "orders": """
        SELECT pay_day, external_id, payout_order.currency, amount, rail, state, idempotency_key, reference, failure
          FROM payout_order JOIN worker ON worker.id = worker_id""",
    "transfers": "SELECT idempotency_key, currency, amount FROM sandbox_transfer",
    "runs": """
        SELECT code, pay_day, state, array_length(bounds, 1), due_at
          FROM payroll_run JOIN pay_group ON pay_group.id = group_id""",
    "totals": """
        SELECT code, pay_day, total.currency, workers, gross, deductions, net
          FROM run_total total JOIN pay_group ON pay_group.id = group_id""",
    "rates": """
        SELECT code, pay_day, base, quote, numerator, denominator
          FROM run_fx_rate JOIN pay_group ON pay_group.id = group_id""",
    "exceptions": """
        SELECT pay_day, code, external_id, resolved_at IS NULL
          FROM run_exception JOIN worker ON worker.id = worker_id""",
    "groups": "SELECT code, open_day FROM pay_group",
    "unfinished": "SELECT id FROM import_file WHERE state = 'applying'",
    # A submission is named by its source: numbers that a killed process had taken are not given out again.
    "audit": """
        SELECT action, COALESCE('submission:' || submission.source, subject), audit_event.reason
          FROM audit_event LEFT JOIN submission ON subject = 'submission:' || submission.id""",
}  # fmt: skip


def books(app: Flask) -> dict[str, list[Any]]:
    """Give everything that must not depend on who was ended where, without numbers that were given out."""
    with app.app_context(), transaction():
        return {name: sorted(map(tuple, rows(query)), key=repr) for name, query in BOOKS.items()}


def states(app: Flask) -> dict[str, int]:
    """Count the runs by state."""
    with app.app_context(), transaction():
        found = list(session().scalars(select(Run.state)))
    return {state: found.count(state) for state in set(found)}
