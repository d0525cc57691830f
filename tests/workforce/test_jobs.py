"""Every job: one poisoned item among good ones keeps no other waiting, is named, and is done when it is well again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from importlib import import_module
from io import BytesIO
from typing import Final

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from payroll.closing.services import close_day
from payroll.payouts.models import Order
from payroll.payouts.rails import SandboxRail, Transfer
from payroll.payouts.rules import Answer
from payroll.payouts.services import prepare_released, send, start_release
from payroll.runs.services import approve
from tests.factories import DAY, NOW, finance, make_group, make_project, make_user, make_work, make_worker
from tests.factories import skills as exams
from tests.factories.onboarding import PNG, actor_of, certify, do_steps, make_confirmed
from tests.factories.projects import make_manager
from tests.factories.rates import bonus, day, make_line, make_offer, make_participant, personal
from workforce.core import clock, mail, scheduler, sweep
from workforce.core.auth import SYSTEM
from workforce.core.db import run as execute
from workforce.core.db import session, transaction
from workforce.core.mail_carriers import Letter
from workforce.core.money import Money
from workforce.core.scheduler import run_job
from workforce.core.settings import SandboxPolicy
from workforce.identity.models import UserSession
from workforce.identity.services import open_session
from workforce.imports.queries import unfinished
from workforce.imports.services import Pay, WorkImport, import_work
from workforce.notifications.models import Announcement
from workforce.notifications.services import notify
from workforce.onboarding.services.identity import Shown, show_identity
from workforce.onboarding.services.providers import Document, Verdict, add_provider, remove_provider
from workforce.projects.services import Details, change_state, edit_project

GOOD: Final = 2  # items of each case beside the poisoned one, one of them before it and one behind it


@dataclass
class Poison:
    """Makes single rows fail where they are written, and single questions to the outside."""

    patch: pytest.MonkeyPatch
    # What the doubles of the outside choke on.
    outside: set[str] = field(default_factory=set)

    def row(self, table: str, condition: str) -> None:
        """Let every write of the rows that meet a condition on NEW fail, whoever writes them."""
        execute(
            f"CREATE TRIGGER zz_poison BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW WHEN ({condition})"
            " EXECUTE FUNCTION pg_temp.poison()"
        )

    def deletion(self, table: str) -> None:
        """Let no row of a table be deleted."""
        execute(f"CREATE TRIGGER zz_poison BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION pg_temp.poison()")

    def taste(self, what: str) -> None:
        """Fail where what is asked for is poisoned."""
        if what in self.outside:
            raise ValueError("malformed")

    def cure(self) -> None:
        """Let everything be well again."""
        self.outside.clear()
        execute(
            "DO $$ DECLARE one record; BEGIN"
            " FOR one IN SELECT tgrelid::regclass AS name FROM pg_trigger WHERE tgname = 'zz_poison'"
            " LOOP EXECUTE 'DROP TRIGGER zz_poison ON ' || one.name; END LOOP; END $$"
        )


@pytest.fixture
def poison(context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poison]:
    """Give a poison that ends with the test."""
    with transaction():
        execute(
            "CREATE FUNCTION pg_temp.poison() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$"
        )
    yield Poison(monkeypatch)
    remove_provider("quick")


def close_days(poison: Poison) -> str:
    with transaction():
        open_day, project = NOW.date() - timedelta(days=1), make_project()
        for code in ("AA", "BB", "CC"):
            group = make_group(code, close="auto", open_day=open_day)
            make_work(project, make_worker(group), currency="KES", at=datetime.combine(open_day, time(9), NOW.tzinfo))
            if code == "BB":
                poison.row("payroll_run", f"NEW.group_id = {group.id}")
    return "group BB"


def released(*, prepared: bool) -> list[int]:
    """Release a run of three workers, whose ids are given."""
    with transaction():
        group, project = make_group(), make_project()
        workers = [make_worker(group) for _ in range(1 + GOOD)]
        for worker in workers:
            make_work(project, worker, currency="KES")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        approve(finance(1), f"KE-{DAY}", now=NOW)
        start_release(finance(2), f"KE-{DAY}", now=NOW)
    if prepared:
        prepare_released(rail="sandbox", now=NOW)
    return [worker.id for worker in workers]


def foresee(poison: Poison) -> str:
    with transaction():
        project = make_project()
        for code in ("AA", "BB", "CC"):
            group = make_group(code)
            make_work(project, make_worker(group), currency="KES")
            if code == "BB":
                poison.row("payout_forecast", f"NEW.group_id = {group.id}")
    for code in ("AA", "BB", "CC"):
        close_day(SYSTEM, code, DAY, now=NOW)
    return f"run BB-{DAY}"


def tell(poison: Poison) -> str:
    with transaction():
        group, bad = make_group(), 0
        for code in ("P-1", "P-2", "P-3"):
            project = make_project(code)
            _, user = make_participant(project, group)
            change_state(SYSTEM, project, "pause", reason="a holiday", now=NOW)
            if code == "P-2":
                poison.row("message", f"NEW.user_id = {user.id}")
                bad = session().scalars(select(func.max(Announcement.id))).one()
    return f"announcement {bad}, who comes after 0"


def prune(poison: Poison) -> str:
    old = NOW - timedelta(days=200)
    with transaction():
        user = make_user("worker")
        mail.send(user.email, "Hello", "Hello", now=old)
        execute("UPDATE mail SET sent_at = :at, next_at = NULL", at=old)
        open_session(user, remembered=False, user_agent="", address="", now=old)
        notify(user.id, "project.opened", project="P-1", now=old)
        execute("UPDATE mail SET sent_at = :at, next_at = NULL WHERE sent_at IS NULL", at=NOW)
        execute("UPDATE message SET read_at = :at", at=old)
        poison.deletion("user_session")
        return f"user_session {session().scalars(select(UserSession.id)).one()}"


def order_of(worker_id: int) -> Order:
    return session().scalars(select(Order).where(Order.worker_id == worker_id)).one()


class Rail(SandboxRail):
    """A sandbox that takes an hour, and chokes on the orders that are poisoned."""

    def __init__(self, poison: Poison) -> None:
        super().__init__(SandboxPolicy(delay=3_600))
        self._poison = poison

    def send(self, transfer: Transfer, now: datetime) -> Answer:
        self._poison.taste(transfer.idempotency_key)
        return super().send(transfer, now)

    def find(self, idempotency_key: str, now: datetime) -> Answer | None:
        self._poison.taste(idempotency_key)
        return super().find(idempotency_key, now)


def make_orders(poison: Poison) -> str:
    """One worker's payslip cannot be released: those of the same chunk are."""
    bad = released(prepared=False)[1]
    with transaction():
        poison.row("payslip_release", f"NEW.worker_id = {bad}")
    return f"run KE-{DAY}, worker {bad}"


def begin_orders(poison: Poison) -> str:
    """One order's try cannot be written down: those of the same batch are sent."""
    bad = released(prepared=True)[1]
    with transaction():
        order = order_of(bad)
        poison.row("payout_attempt", f"NEW.order_id = {order.id}")
    return f"order {order.id}"


def in_flight(poison: Poison) -> Order:
    """Send three orders of which the rail tells in an hour, and give the one in the middle."""
    bad = released(prepared=True)[1]
    poison.patch.setattr(import_module("payroll.payouts.jobs"), "rail_for", lambda _: Rail(poison))
    send(Rail(poison), now=lambda: NOW)
    clock.freeze(NOW + timedelta(hours=2))
    with transaction():
        return order_of(bad)


def ask_rail(poison: Poison) -> str:
    order = in_flight(poison)
    poison.outside.add(order.idempotency_key)
    return f"order {order.id}"


def write_ends(poison: Poison) -> str:
    """One order's end cannot be posted: those of the same batch are."""
    order = in_flight(poison)
    with transaction():
        poison.row("ledger_entry", f"NEW.source = 'settlement:{order.idempotency_key}'")
    return f"order {order.id}"


def watch_budgets(poison: Poison) -> str:
    with transaction():
        worker, found = make_worker(make_group()), []
        for code in ("P-1", "P-2", "P-3"):
            project = make_project(code)
            edit_project(SYSTEM, project, Details("a", "b", budget=Money.of_micros(1_000_000, "USD")), now=NOW)
            make_manager(project)
            make_work(project, worker, rate="2")
            found.append(project.id)
        poison.row("project", f"NEW.id = {found[1]}")
    return f"project {found[1]}"


def settle(poison: Poison) -> str:
    with transaction():
        make_group()
        test = exams.make_test()
        found = [make_confirmed() for _ in range(1 + GOOD)]
        for one in found:
            do_steps(one)
            certify(one, test)
        poison.row("application", f"NEW.id = {found[1].id}")
    return f"application {found[1].id}"


@dataclass
class Provider:
    """Approves all that is not poisoned."""

    poison: Poison
    name: str = "quick"

    def verdict(self, document: Document) -> Verdict | None:
        self.poison.taste(document.number)
        return Verdict(approved=True)


def shown(poison: Poison) -> int:
    """Show three documents, 1 to 3, to a provider, and give the number of the second check."""
    add_provider(Provider(poison))
    with transaction():
        people = [make_confirmed() for _ in range(1 + GOOD)]
        return [
            show_identity(actor_of(one), Shown("KE", "passport", f"N{number}", PNG), now=NOW).id
            for number, one in enumerate(people, 1)
        ][1]


def ask_provider(poison: Poison) -> str:
    poison.outside.add("N2")
    return f"identity check {shown(poison)}"


def keep_verdict(poison: Poison) -> str:
    bad = shown(poison)
    with transaction():
        poison.row("identity_check", f"NEW.id = {bad}")
    return f"identity check {bad}"


def close_attempts(poison: Poison) -> str:
    with transaction():
        version = exams.make_version()
        found = [
            exams.make_attempt(version, make_user("worker").id, at=NOW - timedelta(days=1)).id for _ in range(1 + GOOD)
        ]
        poison.row("test_attempt", f"NEW.id = {found[1]}")
    return f"attempt {found[1]}"


def warn(poison: Poison) -> str:
    with transaction():
        test, last = exams.make_test(), NOW.date() + timedelta(days=9)
        found = [
            exams.make_certification(test, make_user("worker").id, expires_on=last).id for _ in range(1 + GOOD)
        ]  # fmt: skip
        poison.row("certification", f"NEW.id = {found[1]}")
    return f"certification {found[1]}"


def offers(poison: Poison, *, of_bonus: bool) -> str:
    with transaction():
        project, group = make_project(), make_group()
        make_line(project, "0.50")
        manager, second, found = make_manager(project).actor, make_manager(project).actor, []
        for _ in range(1 + GOOD):
            worker, user = make_participant(project, group)
            terms = bonus(pieces=1) if of_bonus else personal(valid_to=day(1))
            answerer = user.actor if of_bonus else None
            found.append(make_offer(project, worker, terms, manager=manager, second=second, answerer=answerer).id)
            make_work(project, worker, at=NOW)
        poison.row("rate_offer", f"NEW.id = {found[1]}")
    return f"offer {found[1]}"


def award(poison: Poison) -> str:
    return offers(poison, of_bonus=True)


def lapse(poison: Poison) -> str:
    name = offers(poison, of_bonus=False)
    clock.freeze(NOW + timedelta(days=3))
    return name


@dataclass
class Carrier:
    """Takes all that is not poisoned."""

    poison: Poison

    def carry(self, letter: Letter) -> None:
        self.poison.taste(letter.subject)

    def close(self) -> None:
        pass


def mail_is_sent(poison: Poison) -> str:
    poison.patch.setattr(import_module("workforce.notifications.jobs"), "carrier_for", lambda _: Carrier(poison))
    poison.outside.add("S2")
    with transaction():
        for number in range(1, 2 + GOOD):
            mail.send(f"{number}@example.com", f"S{number}", "Text", now=NOW)
        key = session().scalar(select(mail.Mail.id).where(mail.Mail.subject == "S2"))
    return f"mail {key}"


def unfinished_imports(poison: Poison) -> str:
    """Three files are interrupted when they are good and nothing of them is taken in yet."""
    with transaction():
        group = make_group()
        projects = [make_project(code) for code in ("I-1", "I-2", "I-3")]
        poison.row("submission", "true")
    file = b"source,worker,status,submitted_at,reward,currency\nS1,W1,submitted,2026-11-18T09:00:00Z,0.05,USD\n"
    for project in projects:
        with pytest.raises(DBAPIError, match="poisoned"):
            import_work(
                SYSTEM, BytesIO(file), WorkImport("csv", project, Pay.REWARD, group, all_or_nothing=True), now=NOW
            )
    poison.cure()
    with transaction():
        poison.row("submission", f"NEW.project_id = {projects[1].id}")
        return f"import {unfinished()[1].id}"


# Each makes three items, poisons the one in the middle, and gives the name by which the job speaks of it.
CASES: Final[tuple[tuple[str, Callable[[Poison], str]], ...]] = (
    ("close-due-days", close_days),
    ("foresee-payouts", foresee),
    ("send-payouts", make_orders),
    ("send-payouts", begin_orders),
    ("poll-rails", ask_rail),
    ("poll-rails", write_ends),
    ("watch-budgets", watch_budgets),
    ("settle-applications", settle),
    ("ask-identity-providers", ask_provider),
    ("ask-identity-providers", keep_verdict),
    ("close-attempts", close_attempts),
    ("warn-certifications", warn),
    ("award-bonuses", award),
    ("lapse-offers", lapse),
    ("send-mail", mail_is_sent),
    ("finish-imports", unfinished_imports),
    ("tell-crowds", tell),
    ("prune", prune),
)


def test_every_job_has_a_case(app: Flask) -> None:
    assert {name for name, _ in CASES} == {job.name for job in scheduler.jobs()}


@pytest.mark.parametrize("page", [1, sweep.PAGE])
@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}-{case.__name__}" for name, case in CASES])
def test_one_poisoned_item_keeps_no_other_waiting(
    poison: Poison, monkeypatch: pytest.MonkeyPatch, name: str, case: Callable[[Poison], str], page: int
) -> None:
    monkeypatch.setattr(sweep, "PAGE", page)
    bad = case(poison)
    entry = run_job(name)
    assert (entry.outcome, entry.rows) == ("failed", GOOD)
    assert entry.error.startswith(f"{GOOD} done, 1 failed: {bad}: ")
    with transaction():
        poison.cure()
    clock.freeze(clock.now() + timedelta(hours=2))
    entry = run_job(name)
    assert (entry.outcome, entry.rows, entry.error) == ("done", 1, ""), "what failed is met again"
    assert run_job(name).rows == 0
