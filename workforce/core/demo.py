"""`daybook demo`: a believable crowd, made by steps that the features bring and that run low to high.

Everything follows from the seed and from the instant at which the demo was begun; both are kept in the audit log. So a
demo that was stopped half-way is finished by the next `daybook demo`, with the very same figures: what a step has done
is marked in the transaction that did it, and what takes many transactions asks the data what is left, as the services
themselves do. Nothing has to be deleted, and nobody has to know how far it came.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

import click
from flask import current_app
from rich.table import Table
from sqlalchemy import Connection, MetaData, event, select

from i18n.locale import N_
from workforce.core import audit, clock, migrate
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command, progress, table
from workforce.core.db import METADATA, db, direct_url, session, transaction
from workforce.core.errors import DaybookError
from workforce.core.scheduler import Leadership
from workforce.core.settings import Settings

# One password for accounts that exist in demos alone. Whoever shows the demo reads it on the sign-in page.
PASSWORD: Final = "daybook-demo-1"  # noqa: S105 -- known on purpose
# And one secret for the codes of those whose work asks for a second factor; the page that asks for one shows it.
TOTP_KEY: Final = "DAYBOOKDEMO234567234567234567234"
LOGINS: Final = (
    ("worker", "worker@demo.daybook.example"),
    ("manager", "manager@demo.daybook.example"),
    ("manager", "manager2@demo.daybook.example"),
    ("finance", "finance@demo.daybook.example"),
    ("finance", "finance2@demo.daybook.example"),
    ("admin", "admin@demo.daybook.example"),
    ("reviewer", "reviewer@demo.daybook.example"),
    ("reviewer", "reviewer2@demo.daybook.example"),
    ("recruiter", "recruiter@demo.daybook.example"),
    ("applicant", "applicant@demo.daybook.example"),
)
# A database with none of these is empty.
_CONTENTS: Final = ("user_account", "pay_group", "project", "worker")
_SUBJECT: Final = "demo"


class NoDemoHere(DaybookError):
    code = "no_demo_here"
    status = 403
    template = N_(
        "This is a production installation. A demo makes accounts with a known password, so it wants DAYBOOK_ENV=demo"
        " (or test), and a database of its own."
    )


class NotEmpty(DaybookError):
    code = "not_empty"
    template = N_(
        "The database holds something already. A demo wants an empty one: set DATABASE_URL or DAYBOOK_INSTANCE to"
        " another, or remove the instance folder. With --if-empty this is no error."
    )


class Running(DaybookError):
    code = "running"
    template = N_(
        "Daybook's jobs, or another `daybook demo`, are at work in this database. Stop them first: they would close"
        " the demo's days before its work is done."
    )


class CannotLead(DaybookError):
    code = "cannot_lead"
    template = N_("This process cannot keep Daybook's jobs out of the database: %(why)s.")


@dataclass(frozen=True)
class Demo:
    """What a demo is made from.

    Attributes:
        workers: how many.
        days: of work, today included.
        seed: decides everything that is left to chance.
        now: the instant at which it was begun, where its history ends.
        applicants: how many people have applied besides.

    """

    workers: int
    days: int
    seed: int
    now: datetime
    applicants: int = 300

    def random(self, *about: object) -> Random:
        """Give chance of its own to something, so that steps and workers do not shift each other's luck."""
        return Random(":".join(str(one) for one in (self.seed, *about)))

    def day(self, timezone: str, age: int) -> date:
        """Give the date that was so many days before today in a zone."""
        return clock.local_date(self.now, timezone) - timedelta(days=age)

    @property
    def start(self) -> datetime:
        """When everything was set up, some days before the first day of work."""
        return self.now - timedelta(days=self.days + 3)

    @property
    def ages(self) -> range:
        """How many days ago each closed day was, the oldest first; today is left out."""
        return range(self.days - 1, 0, -1)


@dataclass(frozen=True)
class Told:
    """What a step says when all is done.

    Attributes:
        document: its part of the JSON document.
        lines: its part for people.

    """

    document: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[str | Table] = ()


Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Step:
    """A part of the demo.

    Attributes:
        name: of what it makes.
        make: makes it; is told where to report how many are done, and of how many.
        whole: is it one transaction? Else it takes its own ones and goes on where it was stopped.
        tell: says what there is in the end, in a transaction.

    """

    name: str
    make: Callable[[Demo, Progress], None]
    whole: bool = True
    tell: Callable[[], Told] = Told


_steps: Final[dict[str, Step]] = {}
demonstration = click.Group("demonstration")


def add_step(step: Step) -> None:
    """Put a step behind those that are there, once however often an application is made."""
    _steps[step.name] = step


@command(demonstration, "demo")
@click.option("--workers", type=click.IntRange(12, 5_000), default=500, show_default=True, help="People in the crowd.")
@click.option("--days", type=click.IntRange(4, 90), default=14, show_default=True, help="Days of work, today included.")
@click.option("--applicants", type=click.IntRange(10, 100_000), default=300, show_default=True, help="People applying.")
@click.option("--seed", type=int, default=7, show_default=True, help="Another seed makes another crowd.")
@click.option("--if-empty", is_flag=True, help="Do nothing where there is something already.")
def demo(workers: int, days: int, applicants: int, seed: int, if_empty: bool) -> Result:
    """Make a believable crowd with work, pay and one login a role, or finish one that was stopped half-way."""
    refuse_production(current_app.config["DAYBOOK"])
    migrate.upgrade()
    with alone():
        begun = begin(workers=workers, days=days, seed=seed, now=clock.now(), applicants=applicants)
        if begun is None:
            if not if_empty:
                raise NotEmpty
            said = "There is something in the database already; nothing was done."
            return Result({"made": False, **_logins().document}, [said])
        with progress("") as bar:
            finish(begun, lambda name: _reporter(bar, name))
    return _result(begun)


def refuse_production(settings: Settings) -> None:
    """Refuse unless this installation is for demos or tests.

    Raises:
        NoDemoHere: it is not.

    """
    if settings.environment not in {"demo", "test"}:
        raise NoDemoHere


@contextmanager
def alone() -> Iterator[None]:
    """Keep jobs and other demos out, by being what they all must be: the leader.

    Raises:
        Running: somebody else leads.
        CannotLead: nobody can from here, such as through a pooler.

    """
    leadership = Leadership(direct_url())
    if not leadership.hold():
        raise CannotLead(why=leadership.refused) if leadership.refused else Running
    try:
        yield
    finally:
        leadership.drop()


def begin(*, workers: int, days: int, seed: int, now: datetime, applicants: int = 300) -> Demo | None:
    """Begin a demo, or take up the one that was stopped half-way, whatever is asked for now.

    Args:
        workers: how many.
        days: of work, today included.
        seed: decides everything that is left to chance.
        now: where its history ends.
        applicants: how many people have applied besides.

    Returns:
        the demo to be finished, or None where there is one, or anything else, in the database.

    """
    with transaction():
        started = session().scalar(_marks("demo.start"))
        if started is not None:
            values = started.after
            instant = datetime.fromisoformat(values["now"])
            found = Demo(values["workers"], values["days"], values["seed"], instant, values["applicants"])
            return None if session().scalar(_marks("demo.finish")) else found
        if _holds_something():
            return None
        values = {
            "workers": workers, "days": days, "seed": seed, "now": now.isoformat(), "applicants": applicants,
        }  # fmt: skip
        audit.record(SYSTEM, "demo.start", _SUBJECT, after=values, now=now)
        return Demo(workers, days, seed, now, applicants)


def finish(demo: Demo, reporter: Callable[[str], Progress]) -> None:
    """Do what is left of a demo. Takes its own transactions.

    Args:
        demo: that was begun.
        reporter: gives where a step reports to, by its name.

    """
    event.listen(db.engine, "begin", _hurry)
    for step in _steps.values():
        report = reporter(step.name)
        if step.whole:
            with once(demo, step.name) as due:
                if due:
                    step.make(demo, report)
        elif not is_done(step.name):
            step.make(demo, report)
            with once(demo, step.name):
                pass
        report(1, 1)
    with transaction():
        audit.record(SYSTEM, "demo.finish", _SUBJECT, now=demo.now)


def _hurry(connection: Connection) -> None:
    """Let a commit return before it is on the disk; a demo that loses its last ones makes them again."""
    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


@contextmanager
def once(demo: Demo, name: str) -> Iterator[bool]:
    """Do something in one transaction that is marked as done; gives False where that is so already."""
    with transaction():
        due = session().scalar(_marks("demo.step", name)) is None
        yield due
        if due:
            audit.record(SYSTEM, "demo.step", f"{_SUBJECT}:{name}", now=demo.now)


def is_done(name: str) -> bool:
    """Was something marked as done?"""
    with transaction():
        return session().scalar(_marks("demo.step", name)) is not None


def logins() -> list[tuple[str, str, str]]:
    """Give role, address and password of every account of a demo."""
    return [(role, email, PASSWORD) for role, email in LOGINS]


def _marks(action: str, name: str = "") -> Any:
    subject = f"{_SUBJECT}:{name}" if name else _SUBJECT
    query = select(audit.AuditEvent).where(audit.AuditEvent.subject == subject, audit.AuditEvent.action == action)
    return query.order_by(audit.AuditEvent.id).limit(1)


def _holds_something(metadata: MetaData = METADATA) -> bool:
    return any(session().execute(select(1).select_from(metadata.tables[name]).limit(1)).first() for name in _CONTENTS)


def _reporter(bar: Any, name: str) -> Progress:
    task = bar.add_task(name, total=None)
    return lambda done, every: bar.update(task, completed=done, total=every)


def _result(demo: Demo) -> Result:
    document: dict[str, Any] = {
        "made": True, "workers": demo.workers, "days": demo.days, "seed": demo.seed, "now": demo.now.isoformat(),
        "applicants": demo.applicants,
    }  # fmt: skip
    lines: list[str | Table] = []
    with transaction():
        for told in [*(step.tell() for step in _steps.values()), _logins()]:
            document.update(told.document)
            lines.extend(told.lines)
    return Result(document, lines)


def _logins() -> Told:
    found = logins()
    accounts = [{"role": role, "email": email, "password": password} for role, email, password in found]
    lines: list[str | Table] = [table("Sign in with", ["role", "e-mail", "password"], found)]
    address = current_app.config["DAYBOOK"].url
    return Told({"logins": accounts, "address": address}, [*lines, f"`daybook up` serves it at {address}"])
