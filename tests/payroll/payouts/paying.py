"""A group, a worker and a day of work, from the close to what a rail says: the steps of the tests of this folder."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from payroll.closing.models import Run, RunException
from payroll.closing.services import close_day
from payroll.ledger.queries import balances_of, problems
from payroll.payouts.models import Order
from payroll.payouts.rails import SandboxRail
from payroll.payouts.services import Counts, poll, release_run, send
from payroll.runs.services import approve, resolve
from tests.factories import DAY, NOW, make_group, make_work, make_worker
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import session, transaction
from workforce.core.settings import SandboxPolicy
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code
from workforce.tasks import services as tasks
from workforce.tasks.models import Submission
from workforce.workers.queries import worker_by_external_id

NEXT, THIRD = DAY + timedelta(days=1), DAY + timedelta(days=2)
LATER = NOW + timedelta(hours=1)
People = tuple[Actor, Actor]


def rail(*, declined: str = "0", timeout: str = "0", delay: int = 0) -> SandboxRail:
    return SandboxRail(SandboxPolicy(Decimal(declined), Decimal(timeout), delay))


def send_now(on: SandboxRail | None = None) -> Counts:
    return send(on or rail(), now=lambda: NOW)


def ask_later(on: SandboxRail | None = None) -> Counts:
    return poll(on or rail(), now=lambda: LATER)


def begin(
    worker: str = "W1", *, group: str = "KE", currency: str = "KES", minimum: str = "0", paid_in: str = ""
) -> None:
    """Make a group and a worker of it."""
    with transaction():
        make_worker(make_group(group, currency=currency, minimum=minimum), worker, currency=paid_in)


def work(amount: str, *, day: date = DAY, currency: str = "KES", worker: str = "W1") -> str:
    with transaction():
        at, project = datetime.combine(day, time(9), UTC), project_by_code("FALCON")
        return make_work(project, worker_by_external_id(worker), rate=amount, currency=currency, at=at)


def approved(people: People, day: date = DAY, *, group: str = "KE") -> str:
    """Close a day and approve its run."""
    name = f"{group}-{day}"
    close_day(SYSTEM, group, day, now=NOW)
    with transaction():
        approve(people[0], name, now=NOW)
    return name


def pay_day(people: People, day: date = DAY, *, group: str = "KE") -> str:
    """Close a day, approve its run and release it."""
    name = approved(people, day, group=group)
    release_run(people[1], name, rail="sandbox", now=NOW)
    return name


def let_go(people: People, run: str) -> None:
    """Resolve the error that holds a worker of a run."""
    with transaction():
        found = session().scalars(select(RunException).where(RunException.resolved_at.is_(None))).one()
        resolve(people[0], run, found.id, reason="later pay makes up for it", now=NOW)


def orders() -> list[tuple[date, str, str]]:
    """Give each order's day, its amount in major units with the currency, and its state."""
    with transaction():
        found = session().scalars(select(Order).order_by(Order.id)).all()
        assert problems() == []
    return [(one.pay_day, f"{Decimal(one.amount) / 1_000_000} {one.currency}", one.state) for one in found]


def balance(currency: str = "KES", worker: str = "W1") -> Decimal:
    """Give what is payable to a worker and in no order, in major units."""
    with transaction():
        number = worker_by_external_id(worker).id
        return -Decimal(balances_of("payable", [number]).get((number, currency), 0)) / 1_000_000


def take_back(source: str, day: date) -> None:
    """Take accepted work back on a later day."""
    with transaction():
        known = session().scalars(select(Submission).where(Submission.source == source)).one()
        at = datetime.combine(day, time(10), UTC)
        group, days = group_by_code("KE"), tasks.OpenDays()
        tasks.reverse(SYSTEM, known, group, days, decided_at=at, reason="not hers", now=NOW)


def state_of(name: str) -> str:
    with transaction():
        return session().scalars(select(Run.state).where(Run.pay_day == date.fromisoformat(name[3:]))).one()
