"""What tests begin with, made through the services that the product uses.

Everything here is called inside `with app.app_context(), transaction():`.
"""

import time as real_time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Final

from passlib.totp import TOTP

from payroll.fx.queries import set_order
from payroll.fx.services import add_rate as add_fx_rate
from workforce.core.auth import SYSTEM, Actor
from workforce.core.crypto import hash_password
from workforce.core.db import session
from workforce.core.money import Money
from workforce.core.permissions import ROLES
from workforce.identity.models import User
from workforce.identity.services import add_user, set_up_authenticator
from workforce.paydays.models import PayGroup
from workforce.paydays.services import create_group
from workforce.projects.models import Project
from workforce.projects.services import create_project
from workforce.rates.services import Quote
from workforce.tasks.services import NewWork, OpenDays, record_work
from workforce.workers.models import Worker
from workforce.workers.queries import worker_by_external_id
from workforce.workers.services import Profile, add_worker

PASSWORD: Final = "correct horse battery"
TOTP_KEY: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DAY: Final = date(2026, 11, 18)  # a Wednesday, closed by nobody yet
NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
_numbers = count(1)


def make_group(
    code: str = "KE", *, timezone: str = "Africa/Nairobi", currency: str = "KES", open_day: date = DAY,
    minimum: str = "0", terms: int = 1, close: str | None = None, cutoff: time = time(0),
) -> PayGroup:  # fmt: skip
    """Make a pay group whose open day is DAY."""
    return create_group(
        SYSTEM, code, timezone=timezone, minimum=Money(Decimal(minimum), currency), open_day=open_day, terms=terms,
        close=close, cutoff=cutoff, calendar="", now=NOW,
    )  # fmt: skip


def make_worker(
    group: PayGroup, external_id: str = "", *, currency: str = "", country: str = "", email: str = "", locale: str = ""
) -> Worker:
    """Make a worker of a group."""
    key = external_id or f"W{next(_numbers)}"
    add_worker(
        SYSTEM,
        Profile(key, name=f"Name of {key}", email=email, country=country, currency=currency, locale=locale),
        group,
        now=NOW,
    )
    return worker_by_external_id(key)


def make_project(code: str = "FALCON", *, customer: str = "Secret Customer Ltd") -> Project:
    """Make a project that is open."""
    return create_project(SYSTEM, code, customer=customer, now=NOW, opened=True)


def make_user(role: str, email: str = "") -> User:
    """Make an account with one role, whose password is PASSWORD, with a second factor where the role asks for one."""
    address = email or f"{role}{next(_numbers)}@example.com"
    user = add_user(SYSTEM, address, role=role, password_hash=_hashed(), now=NOW)
    if user.needs_second_factor:
        set_up_authenticator(user, TOTP_KEY)
    return user


@cache
def _hashed() -> str:
    return hash_password(PASSWORD)


def code_now(later: int = 0) -> str:
    """Give the code that the authenticator of `make_user`'s accounts shows now, or so many half minutes later."""
    return str(TOTP(key=TOTP_KEY, format="base32").generate(real_time.time() + 30 * later).token)


def finance(number: int) -> Actor:
    """Give a person of finance without an account: quick, where nobody signs in."""
    return Actor(id=900_000 + number, email=f"finance{number}@example.com", permissions=ROLES["finance"])


def make_work(
    project: Project, worker: Worker, *, rate: str = "0.05", currency: str = "USD", kind: str = "piece",
    seconds: int = 60, state: str = "accepted", at: datetime | None = None, source: str = "",
) -> str:  # fmt: skip
    """Record one submission, accepted on DAY at noon in UTC by default, and give its source."""
    key = source or f"A{next(_numbers)}"
    instant = at or datetime.combine(DAY, time(12), UTC)
    price = Quote(kind, Money(Decimal(rate), currency).micros, currency)
    work = NewWork(
        source=key, worker_id=worker.id, group=session().get_one(PayGroup, worker.group_id), state=state, quote=price,
        seconds=seconds, claimed_at=None, submitted_at=instant, decided_at=None if state == "submitted" else instant,
    )  # fmt: skip
    record_work(project.id, [work], OpenDays())
    session().flush()
    return key


def make_fx(
    base: str = "USD", quote: str = "KES", rate: str = "129.25", *, day: date = DAY, source: str = "test"
) -> None:
    """Load an exchange rate."""
    add_fx_rate(SYSTEM, day=day, base=base, quote=quote, rate=Decimal(rate), source=source, now=NOW)


@contextmanager
def fx_sources(*sources: str) -> Iterator[None]:
    """Use only these sources of exchange rates for a while, the best first, as DAYBOOK_FX_SOURCE does."""
    set_order(sources)
    try:
        yield
    finally:
        set_order(())
