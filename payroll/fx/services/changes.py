"""What people decide on rates: a correction takes two of them, a rate that is far from the last one takes one.

Nothing that counted is lost: a correction is the next revision of the rate, and runs keep the rates that they locked.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from i18n.locale import N_
from payroll.fx.models import FxChange
from payroll.fx.queries import Key, changes_of, revisions
from payroll.fx.rules import CHANGE_TRANSITIONS
from payroll.fx.services.load import check_rate, checked_key, insert_rate
from workforce.core import audit, locks
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Forbidden, Invalid, NotFound

LONGEST_REASON: Final = 1_000


class SecondPerson(DaybookError):
    code = "second_person"
    status = 403
    template = N_("You proposed this correction, so another person in finance has to confirm it.")


class LoadedByYou(DaybookError):
    code = "loaded_by_you"
    status = 403
    template = N_("You loaded this rate, so another person in finance has to confirm it.")


class ChangeDecided(DaybookError):
    code = "decided"
    template = N_("This rate is %(state)s already.")


class AskedAlready(DaybookError):
    code = "asked_already"
    template = N_("Somebody proposed a correction of this rate already: %(rate)s. It waits for a second person.")


class SameRate(DaybookError):
    code = "same_rate"
    template = N_("The rate is %(rate)s already.")


def correct(
    actor: Actor, *, day: date, base: str, quote: str, rate: Decimal, source: str, reason: str, now: datetime
) -> FxChange:
    """Propose another value for a rate. The old one counts until a second person confirms the correction.

    Args:
        actor: a person with payroll:fx:propose.
        day: of the rate.
        base: ISO 4217.
        quote: ISO 4217.
        rate: what it should be: units of the quote for one of the base.
        source: who published it, ignoring case.
        reason: what was wrong; kept with the correction.
        now: the instant.

    Raises:
        Forbidden: this actor may not.
        Invalid: naming the field.
        NotFound: the source gave no such rate; it can be loaded.
        AskedAlready, SameRate: there is nothing to propose.

    """
    _allowed(actor, "payroll:fx:propose")
    words = _reason(reason)
    key = checked_key(source, base, quote, day)
    check_rate(rate)
    locks.exclusive(locks.FX, 0)
    counts, changes = revisions(key), changes_of(key)
    asked = next((one for one in changes if one.kind == "correction" and one.state == "proposed"), None)
    if asked is not None:
        raise AskedAlready(rate=f"{asked.rate:f}")
    # A rate that a person refused never counted, and can be corrected all the same.
    before = counts[0].rate if counts else next((one.rate for one in changes if one.kind == "far"), None)
    if before is None:
        raise NotFound(thing="exchange rate", name=str(key))
    if before == rate:
        raise SameRate(rate=f"{rate:f}")
    change = FxChange(
        kind="correction", source=key.source, base=base, quote=quote, day=day, rate=rate, before=before, before_day=day,
        reason=words, proposed_by=actor.id, proposed_at=now,
    )  # fmt: skip
    session().add(change)
    session().flush()
    _record(actor, "fx.correct", change, reason=words, now=now)
    return change


def confirm(actor: Actor, change_id: int, *, now: datetime) -> FxChange:
    """Confirm a correction as the second person, or a rate that is far from the last one; it counts from now on.

    Args:
        actor: a person with payroll:fx:confirm, another one than who proposed or loaded it.
        change_id: of the change.
        now: the instant.

    Raises:
        Forbidden, SecondPerson, LoadedByYou: this actor may not.
        NotFound: there is no such change.
        ChangeDecided: somebody was faster.

    """
    _allowed(actor, "payroll:fx:confirm")
    change = _held(change_id)
    _refuse_own(actor, change)
    _decide(actor, change, "confirm", now)
    key = Key(change.source, change.base, change.quote, change.day)
    counts = revisions(key)
    insert_rate(key, change.rate, revision=len(counts) + 1, change=change.id, now=now)
    _record(actor, "fx.confirm", change, reason=change.reason, now=now)
    for one in changes_of(key):
        if change.kind == "correction" and one.state == "proposed":
            # The rate that was loaded wrongly and waited: it will never count.
            _decide(actor, one, "withdraw" if one.proposed_by == actor.id else "refuse", now)
            _record(actor, "fx.refuse", one, reason=change.reason, now=now)
    session().flush()
    return change


def refuse(actor: Actor, change_id: int, *, reason: str, now: datetime) -> FxChange:
    """Refuse a change as the second person, or withdraw one's own. What counts stays as it is.

    Args:
        actor: a person with payroll:fx:confirm, or who proposed or loaded it.
        change_id: of the change.
        reason: why; whoever withdraws their own needs none.
        now: the instant.

    Raises:
        Forbidden: this actor may not.
        NotFound: there is no such change.
        ChangeDecided: somebody was faster.
        Invalid: it is refused without a reason.

    """
    if actor.id is None:
        raise Forbidden(permission="payroll:fx:confirm")
    change = _held(change_id)
    own, words = actor.id == change.proposed_by, reason.strip()
    if not own:
        _allowed(actor, "payroll:fx:confirm")
        words = change.decision = _reason(reason)
    action = "withdraw" if own else "refuse"
    _decide(actor, change, action, now)
    session().flush()
    _record(actor, f"fx.{action}", change, reason=words, now=now)
    return change


def _allowed(actor: Actor, permission: str) -> None:
    if actor.id is None:
        raise Forbidden(permission=permission)
    actor.must(permission)


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid(field="reason", problem="say why; it is kept with the rate")
    if len(text) > LONGEST_REASON:
        raise Invalid(field="reason", problem=f"must have at most {LONGEST_REASON} characters")
    return text.strip()


def _held(change_id: int) -> FxChange:
    """Return a change that nobody else decides on and no close reads in the meantime."""
    locks.exclusive(locks.FX, 0)
    found = session().get(FxChange, change_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(thing="change", name=change_id)
    return found


def _refuse_own(actor: Actor, change: FxChange) -> None:
    if change.proposed_by == actor.id:
        raise LoadedByYou if change.kind == "far" else SecondPerson


def _decide(actor: Actor, change: FxChange, action: str, now: datetime) -> None:
    if (change.state, action) not in CHANGE_TRANSITIONS:
        raise ChangeDecided(state=change.state)
    change.state = CHANGE_TRANSITIONS[change.state, action]
    if action != "withdraw":
        change.decided_by, change.decided_at = actor.id, now


def _record(actor: Actor, action: str, change: FxChange, *, reason: str, now: datetime) -> None:
    after = {
        "rate": f"{change.rate:f}", "day": str(change.day), "source": change.source, "change": change.id,
        "state": change.state,
    }  # fmt: skip
    before = {"rate": f"{change.before:f}"}
    audit.record(actor, action, f"fx:{change.base}/{change.quote}", before=before, after=after, reason=reason, now=now)
