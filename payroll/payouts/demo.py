"""Demo: finance at work, day after day: exceptions resolved, runs approved and released, payouts sent and asked for.

Older days are all settled. The two newest are left as finance finds them in the morning, one group further than the
other: to be looked at, approved, released, sent, on its way, without an answer, declined. A few days earlier a payout
failed, and two people sent it again.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from payroll.closing.queries import summaries
from payroll.closing.rules import run_name
from payroll.payouts.models import Order
from payroll.payouts.rails import Rail, SandboxRail, Transfer
from payroll.payouts.rules import Answer, idempotency_key
from payroll.payouts.services import approve_request, poll, propose_order, release_run, send
from payroll.runs.services import approve, resolve
from workforce.core.auth import Actor
from workforce.core.commands import table
from workforce.core.db import session, transaction
from workforce.core.demo import LOGINS, Demo, Progress, Step, Told, is_done, once
from workforce.core.settings import SandboxPolicy
from workforce.identity.queries import user_by_email
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import groups
from workforce.paydays.rules import at_wall_time
from workforce.workers.demo import FACE

_USUAL: Final = SandboxPolicy(declined=Decimal("0.02"), timeout=Decimal("0.01"))
_DECLINES: Final = SandboxPolicy(declined=Decimal(1))
_DECLINES_LATE: Final = SandboxPolicy(declined=Decimal(1), delay=26 * 3600)  # after the next day's release
_SILENT: Final = SandboxPolicy(timeout=Decimal(1))
_APPROVED, _RELEASED, _SENT, _ASKED = time(9), time(11), time(11, 5), time(14)  # on the day after, in the group's zone
_SENT_AGAIN: Final = 3  # days ago
_CORRECTED: Final = "The worker corrected the number of the wallet."
_REASONS: Final = {
    "error": "Checked with the project's manager: the work was copied. Later pay makes up for it.",
    "warning": "Looked at with the project's manager; it is as it should be.",
}


class _DemoRail:
    """The sandbox, with a fate for some orders by their key and the usual one for the others."""

    name = SandboxRail.name

    def __init__(self, usual: SandboxPolicy, fates: Mapping[str, SandboxPolicy]) -> None:
        self._usual = SandboxRail(usual)
        self._fated = {key: SandboxRail(policy) for key, policy in fates.items()}

    def send(self, transfer: Transfer, now: datetime) -> Answer:
        return self._fated.get(transfer.idempotency_key, self._usual).send(transfer, now)

    def find(self, key: str, now: datetime) -> Answer | None:
        return self._fated.get(key, self._usual).find(key, now)


class _Finance:
    """The two people of finance, and the hours at which they do things."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        with transaction():
            first, second = (user_by_email(email).actor for role, email in LOGINS if role == "finance")
            self.groups = {group.code: group for group in groups()}
        self.pair: tuple[Actor, Actor] = (first, second)
        face = self.groups[FACE[:2]]
        self._fates = {
            idempotency_key(self._name(face, age), FACE): fate for age, fate in ((6, _DECLINES), (3, _DECLINES_LATE))
        }

    def approve(self, code: str, age: int, *, resolving: bool) -> None:
        """Look at a day's errors, or leave them, and approve its run."""
        with transaction():
            group = self.groups[code]
            run = next(iter(summaries(group_id=group.id, days=[self._demo.day(group.timezone, age)])), None)
            if run is None or run.state != "computed":
                return
            now = self.at(code, age, _APPROVED)
            for found in run.exceptions:
                # An error holds its worker alone; a run with a warning that nobody looked at cannot be approved.
                if found.resolved_at is None and (resolving or found.severity == "warning" or not found.worker):
                    resolve(self.pair[0], run.name, found.id, reason=_REASONS[found.severity], now=now)
            approve(self.pair[0], run.name, now=now)

    def release(self, code: str, age: int) -> list[str]:
        """Release a day's run, if it is approved, and give the keys of its orders."""
        group = self.groups[code]
        day, name = self._demo.day(group.timezone, age), self._name(group, age)
        with transaction():
            runs = summaries(group_id=group.id, days=[day])
        if runs and runs[0].state == "approved":
            release_run(self.pair[1], name, rail=_DemoRail.name, now=self.at(code, age, _RELEASED))
        with transaction():
            query = select(Order.idempotency_key).where(Order.group_id == group.id, Order.pay_day == day)
            return list(session().scalars(query.order_by(Order.id)))

    def send(self, code: str, age: int, policy: SandboxPolicy = _USUAL, **fates: SandboxPolicy) -> None:
        """Send what is released; `fates` are by idempotency key."""
        at = self.at(code, age, _SENT)
        send(self._rail(policy, fates), now=lambda: at)

    def send_again(self, code: str, age: int, key: str) -> None:
        """Have both people send a payout again that failed, and pay it."""
        at = self.at(code, age, _ASKED)
        with transaction():
            order = session().scalars(select(Order).where(Order.idempotency_key == key)).one()
            if order.state != "failed":
                return
            request = propose_order(self.pair[0], order.id, reason=_CORRECTED, now=at).id
        with transaction():
            approve_request(self.pair[1], request, rail=_DemoRail.name, now=at)
        send(self._rail(SandboxPolicy(), {}), now=lambda: at)

    def ask(self, code: str, age: int) -> None:
        """Ask what became of everything that is under way."""
        at = self.at(code, age, _ASKED)
        poll(self._rail(_USUAL, {}), now=lambda: at)

    def at(self, code: str, age: int, wall: time) -> datetime:
        """Give the instant of a time on the day after, not after now."""
        zone = self.groups[code].timezone
        return min(at_wall_time(self._demo.day(zone, age - 1), wall, zone), self._demo.now)

    def _rail(self, usual: SandboxPolicy, fates: Mapping[str, SandboxPolicy]) -> Rail:
        return _DemoRail(usual, {**self._fates, **fates})

    def _name(self, group: PayGroup, age: int) -> str:
        return run_name(group.code, self._demo.day(group.timezone, age))


def _make(demo: Demo, progress: Progress) -> None:
    finance = _Finance(demo)
    for number, age in enumerate(demo.ages, 1):
        name = f"payouts {age} days ago"
        if not is_done(name):
            if age > 2:
                _settle(finance, age)
            elif age == 2:
                _leave_half_done(finance, demo, age)
            else:
                finance.approve("PH", age, resolving=False)
            with once(demo, name):
                pass
        progress(number, len(demo.ages))


def _settle(finance: _Finance, age: int) -> None:
    for code in finance.groups:
        finance.approve(code, age, resolving=True)
        keys = finance.release(code, age)
        declined = keys[-1:] if (code, age) == ("KE", _SENT_AGAIN) else []
        finance.send(code, age, **dict.fromkeys(declined, _DECLINES))
        for key in declined:
            finance.send_again(code, age, key)
    finance.ask(max(finance.groups, key=lambda code: finance.at(code, age, _ASKED)), age)


def _leave_half_done(finance: _Finance, demo: Demo, age: int) -> None:
    """Leave each group somewhere else: paid, unanswered and declined, on its way, released, approved, computed."""
    for code in ("VN", "IN", "KE", "US", "PH"):
        finance.approve(code, age, resolving=code == "VN")
    finance.release("VN", age)
    finance.send("VN", age)
    finance.ask("VN", age)
    keys = finance.release("IN", age)
    finance.send("IN", age, **dict.fromkeys(keys[:1], _SILENT), **dict.fromkeys(keys[1:2], _DECLINES))
    finance.release("KE", age)
    arrives = demo.now + timedelta(minutes=90) - finance.at("KE", age, _SENT)
    finance.send("KE", age, SandboxPolicy(declined=Decimal("0.02"), delay=int(arrives.total_seconds())))
    finance.release("US", age)


def _tell() -> Told:
    query = select(Order.state, func.count()).group_by(Order.state).order_by(Order.state)
    found = {state: int(number) for state, number in session().execute(query)}
    rows = [[state, f"{number:,}"] for state, number in found.items()]
    return Told({"payouts": found}, [table("Payouts", ["state", "#orders"], rows)])


STEP: Final = Step("payouts", _make, whole=False, tell=_tell)
