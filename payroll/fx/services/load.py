"""Loading rates as their sources gave them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import insert, select

from i18n.locale import N_
from payroll.fx.models import FxChange, FxRate
from payroll.fx.queries import Key, changes_of, last_before, revisions
from payroll.fx.rules import is_far
from workforce.core import audit, clock, locks
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.core.money import check_currency, is_currency
from workforce.rates.models import Rate
from workforce.workers.models import Worker

# A rate of more digits than this is a mistake; the weakest currency costs about 10^-6 of the strongest.
_MAX_DIGITS: Final = 30
_LONGEST_SOURCE: Final = 40


class RateDiffers(DaybookError):
    code = "fx_differs"
    template = N_(
        "%(source)s gave %(known)s for %(base)s/%(quote)s on %(day)s before, not %(given)s. If that was wrong, correct"
        " it with `daybook fx correct` or under Exchange rates."
    )


def add_rate(actor: Actor, *, day: date, base: str, quote: str, rate: Decimal, source: str, now: datetime) -> bool:
    """Load a rate as its source gave it.

    One that is far from the last one waits until a person has confirmed it, and prices nothing until then.

    Args:
        actor: who does it.
        day: that the source published it for; not after today, wherever on earth it is latest.
        base: ISO 4217.
        quote: ISO 4217.
        rate: units of the quote for one of the base.
        source: who published it, such as ecb, ignoring case.
        now: the instant.

    Returns:
        True if it is new, False if the very same is or was there, or was refused by a person.

    Raises:
        Invalid: naming the field.
        RateDiffers: the source gave another rate for that day.

    """
    key = checked_key(source, base, quote, day)
    check_rate(rate)
    if day > clock.latest_date(now):
        raise Invalid(field="date", problem=f"{day} is in the future")
    locks.exclusive(locks.FX, 0)
    counts = revisions(key)
    loaded = [one for one in changes_of(key) if one.kind == "far"]
    if rate in {one.rate for one in counts} | {one.rate for one in loaded}:
        return False
    known = counts[0].rate if counts else next((one.rate for one in loaded if one.state == "proposed"), None)
    if known is not None:
        raise RateDiffers(
            source=key.source, base=base, quote=quote, day=day, known=f"{known:f}", given=f"{rate:f}"
        )  # fmt: skip
    last = last_before(key)
    if last is not None and is_far(rate, last.factor(base)):
        _keep_waiting(actor, key, rate, as_decimal(last.rate, inverted=last.base != base), last.day, now)
        return True
    insert_rate(key, rate, revision=1, change=None, now=now)
    after = {"rate": f"{rate:f}", "day": str(day), "source": key.source}
    audit.record(actor, "fx.add", f"fx:{base}/{quote}", after=after, now=now)
    return True


def insert_rate(key: Key, rate: Decimal, *, revision: int, change: int | None, now: datetime) -> None:
    """Add a rate, or its next revision, which counts from now on."""
    session().execute(
        insert(FxRate).values(
            source=key.source, base=key.base, quote=key.quote, day=key.day, revision=revision, rate=rate,
            created_at=now, change_id=change,
        )
    )  # fmt: skip


def as_decimal(rate: Decimal, *, inverted: bool) -> Decimal:
    """Return a rate, or its inverse to twelve digits, which is only shown and never converts anything."""
    if not inverted:
        return rate
    inverse = 1 / rate
    return +inverse.quantize(Decimal(1).scaleb(inverse.adjusted() - 11)).normalize()


def checked_key(source: str, base: str, quote: str, day: date) -> Key:
    """Return what a rate is for, with its source in the one spelling, or refuse it.

    Raises:
        Invalid: naming the field.

    """
    for field, code in (("base", base), ("quote", quote)):
        # What was priced or is owed in a currency is converted also after ISO has withdrawn it.
        if not _in_use(code):
            check_currency(code, field)
    if base == quote:
        raise Invalid(field="quote", problem="is the same as the base")
    name = source.strip().lower()
    if not name or len(name) > _LONGEST_SOURCE or "," in name:
        raise Invalid(field="source", problem=f"must have 1 to {_LONGEST_SOURCE} characters and no comma")
    return Key(name, base, quote, day)


def _in_use(code: str) -> bool:
    if is_currency(code):
        return True
    priced = select(Rate.id).where(Rate.currency == code).limit(1)
    paid = select(Worker.id).where(Worker.currency == code).limit(1)
    return session().scalar(priced) is not None or session().scalar(paid) is not None


def check_rate(rate: Decimal) -> None:
    """Refuse what is no rate.

    Raises:
        Invalid: it is not above 0, or has too many digits.

    """
    if (
        not rate.is_finite()
        or rate <= 0
        or len(rate.as_tuple().digits) > _MAX_DIGITS
        or abs(rate.adjusted()) > _MAX_DIGITS
    ):
        raise Invalid(field="rate", problem=f"{rate} must be a number above 0 of at most {_MAX_DIGITS} digits")


def _keep_waiting(actor: Actor, key: Key, rate: Decimal, before: Decimal, before_day: date, now: datetime) -> None:
    change = FxChange(
        kind="far", source=key.source, base=key.base, quote=key.quote, day=key.day, rate=rate, before=before,
        before_day=before_day, proposed_by=actor.id, proposed_at=now,
    )  # fmt: skip
    session().add(change)
    session().flush()
    after = {"rate": f"{rate:f}", "day": str(key.day), "source": key.source, "change": change.id}
    last = {"last": f"{before:f}", "day": str(before_day)}
    audit.record(actor, "fx.wait", f"fx:{key.base}/{key.quote}", before=last, after=after, now=now)
