"""What is done with pay groups: create one, tell which day work belongs to, move the open day."""

from collections.abc import Collection
from datetime import date, datetime, time

from sqlalchemy import select

from i18n.locale import N_
from workforce.core import audit, clock, locks
from workforce.core.auth import Actor
from workforce.core.clock import is_timezone
from workforce.core.codes import CODE, NO_CODE
from workforce.core.db import session
from workforce.core.errors import InUse, Invalid
from workforce.core.money import Money, check_currency
from workforce.paydays import rules
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import is_calendar


def create_group(
    actor: Actor,
    code: str,
    *,
    timezone: str,
    minimum: Money,
    open_day: date | None,
    terms: int,
    close: str | None,
    cutoff: time,
    calendar: str,
    now: datetime,
) -> PayGroup:
    """Create a pay group.

    Args:
        actor: who does it.
        code: capitals, digits, hyphens; part of the name of every run.
        timezone: IANA name.
        minimum: least payout; its currency is the group's.
        open_day: first day that will be closed; today in the zone if None.
        terms: business days from a day to its payment.
        close: auto or manual; None gives auto, and manual for an open day in the past, so that history can be imported.
        cutoff: wall-clock time after which the job closes the day; 00:00 is the midnight that ends it.
        calendar: ISO 3166 code of the country whose holidays count, or empty.
        now: the instant.

    Raises:
        Invalid: naming the field.
        InUse: the code is taken.

    """
    today = _today(timezone, now)
    first = open_day or today
    mode = close or ("manual" if first < today else "auto")
    _check(code, minimum, terms, calendar)
    if session().scalar(select(PayGroup.id).where(PayGroup.code == code)) is not None:
        raise InUse(name=code)
    group = PayGroup(
        code=code, timezone=timezone, currency=minimum.currency, cutoff=cutoff, terms=terms, minimum=minimum.micros,
        close=mode, calendar=calendar, open_day=first,
    )  # fmt: skip
    session().add(group)
    session().flush()
    values = {"timezone": timezone, "currency": group.currency, "terms": terms, "minimum": group.minimum,
              "open_day": str(first), "close": mode}  # fmt: skip
    audit.record(actor, "group.create", f"group:{code}", after=values, now=now)
    return group


def pay_day_for_acceptance(group: PayGroup, accepted_at: datetime) -> date:
    """Give the pay day of work that is accepted in this transaction, and keep the day open until it ends.

    A close waits for the transaction; an acceptance that comes while a close waits is given the day after. Call this
    before the first write of the acceptance, and keep the transaction short.

    Args:
        group: the worker's pay group.
        accepted_at: the instant of acceptance.

    """
    return rules.pay_day(hold_open_day(group), clock.local_date(accepted_at, group.timezone))


def hold_open_day(group: PayGroup) -> date:
    """Give a group's open day and keep it from moving until this transaction ends."""
    return hold_open_days([group.id])[group.id]


def hold_open_days(group_ids: Collection[int]) -> dict[int, date]:
    """Give the open days of groups, by id, and keep them from moving until this transaction ends."""
    locks.shared(locks.PAY_GROUP, *group_ids)
    # Read after the locks are held: a close may have moved one in between.
    query = select(PayGroup.id, PayGroup.open_day).where(PayGroup.id.in_(group_ids))
    return dict(session().execute(query).all())


def take_open_day(group: PayGroup) -> date:
    """Give a group's open day to its closer, once no acceptance is under way, and keep others out.

    The transaction must be READ COMMITTED: a snapshot older than the lock would not see work that committed while the
    closer waited.
    """
    locks.exclusive(locks.PAY_GROUP, group.id)
    session().refresh(group)
    return group.open_day


def move_open_day(actor: Actor, group: PayGroup, to: date, now: datetime) -> None:
    """Move a group's open day forward, in the transaction that holds it by `take_open_day`."""
    if to <= group.open_day:
        raise OpenDayMovesForward(group=group.code, day=to)
    audit.record(
        actor, "group.open_day", f"group:{group.code}",
        before={"open_day": str(group.open_day)}, after={"open_day": str(to)}, now=now,
    )  # fmt: skip
    group.open_day = to
    session().flush()


class OpenDayMovesForward(Invalid):
    code = "open_day_moves_forward"
    template = N_("The open day of %(group)s only moves forward; %(day)s is not after it.")


def _today(timezone: str, now: datetime) -> date:
    if not is_timezone(timezone):
        raise Invalid(field="timezone", problem=f"{timezone!r} is no zone of the IANA database, such as Asia/Manila")
    return clock.local_date(now, timezone)


def _check(code: str, minimum: Money, terms: int, calendar: str) -> None:
    if not CODE.fullmatch(code):
        raise Invalid(field="code", problem=f"{code!r} {NO_CODE}")
    check_currency(minimum.currency)
    if minimum.micros < 0:
        raise Invalid(field="minimum", problem="must not be negative")
    if not 0 <= terms <= 60:
        raise Invalid(field="terms", problem="must be 0 to 60 business days")
    if calendar and not is_calendar(calendar):
        raise Invalid(
            field="calendar", problem=f"no holidays are known for {calendar!r}; give an ISO 3166 code such as KE"
        )
