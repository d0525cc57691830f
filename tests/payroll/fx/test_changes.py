"""Rates are corrected by two people and confirmed by one; what is closed keeps what it locked."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from flask import Flask

from payroll.closing.services import close_day
from payroll.fx.models import FxChange
from payroll.fx.queries import Key, open_changes, rates_for, revisions
from payroll.fx.services import (
    AskedAlready,
    ChangeDecided,
    LoadedByYou,
    RateDiffers,
    RateWaiting,
    SameRate,
    SecondPerson,
    add_rate,
    confirm,
    conversions,
    correct,
    refuse,
)
from payroll.ledger.queries import problems
from tests.factories import DAY, NOW, finance, fx_sources, make_fx, make_group, make_project, make_work, make_worker
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, session, transaction
from workforce.core.errors import Forbidden, Invalid, NotFound

PAIR: Final = {("USD", "PKR")}
BEFORE: Final = DAY - timedelta(days=1)
FIRST, SECOND = finance(1), finance(2)


def load(rate: str, day: date = DAY, *, actor: Actor = SYSTEM, base: str = "USD", quote: str = "PKR") -> bool:
    with transaction():
        return add_rate(actor, day=day, base=base, quote=quote, rate=Decimal(rate), source="sbp", now=NOW)


def propose(rate: str, *, actor: Actor = FIRST, day: date = DAY, reason: str = "Base and quote were swapped") -> int:
    with transaction():
        return correct(
            actor, day=day, base="USD", quote="PKR", rate=Decimal(rate), source="SBP", reason=reason, now=NOW
        ).id


def done(verb: Callable[..., FxChange], actor: Actor, number: int, **values: Any) -> str:
    with transaction():
        return verb(actor, number, **values, now=NOW).state


def counted() -> list[Decimal]:
    """Return the rates that would price the day."""
    with transaction():
        return sorted(one.rate for one in rates_for(DAY).published)


def waiting() -> list[int]:
    with transaction():
        return [one.id for one in open_changes()]


def priced() -> Decimal:
    with transaction():
        ((_, _, made),) = conversions(PAIR, DAY, group="PK")
        return made.legs[0].rate


def test_a_correction_counts_when_a_second_person_confirms_it_and_the_old_value_is_kept(context: Flask) -> None:
    load("200")
    number = propose("201")
    assert priced() == 200
    with pytest.raises(SecondPerson):
        done(confirm, FIRST, number)
    assert done(confirm, SECOND, number) == "confirmed"
    assert priced() == 201
    with transaction():
        known = revisions(Key("sbp", "USD", "PKR", DAY))
        assert [(one.revision, f"{one.rate:f}", one.change_id) for one in known] == [
            (2, "201", number), (1, "200", None),
        ]  # fmt: skip
        change = session().get_one(FxChange, number)
        assert (change.proposed_by, change.decided_by) == (FIRST.id, SECOND.id)
        events = session().query(AuditEvent).filter(AuditEvent.action.in_(["fx.correct", "fx.confirm"])).all()
    assert [(one.actor_id, one.before["rate"], one.after["rate"]) for one in events] == [
        (FIRST.id, "200", "201"), (SECOND.id, "200", "201"),
    ]  # fmt: skip
    with pytest.raises(ChangeDecided):
        done(confirm, SECOND, number)


def test_the_old_file_is_already_there_after_a_correction_and_another_value_is_refused(context: Flask) -> None:
    load("200")
    done(confirm, SECOND, propose("201"))
    assert not load("200")
    assert not load("201.0")
    with pytest.raises(RateDiffers, match="fx correct"):
        load("202")
    assert counted() == [Decimal(201)]
    # It can be corrected again, also back.
    done(confirm, FIRST, propose("200", actor=SECOND))
    assert counted() == [Decimal(200)]


def test_a_correction_is_refused_with_a_reason_or_withdrawn_and_changes_nothing(context: Flask) -> None:
    load("200")
    number = propose("201")
    with pytest.raises(AskedAlready):
        propose("202", actor=SECOND)
    with pytest.raises(Invalid):
        done(refuse, SECOND, number, reason=" ")
    assert done(refuse, SECOND, number, reason="The bank says 200") == "refused"
    number = propose("202")
    assert done(refuse, FIRST, number, reason="") == "withdrawn"
    with pytest.raises(ChangeDecided):
        done(confirm, SECOND, number)
    assert counted() == [Decimal(200)]
    assert waiting() == []


def test_what_cannot_be_corrected_says_why(context: Flask) -> None:
    load("200")
    with pytest.raises(NotFound):
        propose("201", day=BEFORE)
    with pytest.raises(SameRate):
        propose("200.00")
    with pytest.raises(Invalid):
        propose("0")
    with pytest.raises(Invalid):
        propose("201", reason="")
    worker = Actor(5, "w@example.com", frozenset({"me:earnings:read"}))
    for who in (SYSTEM, worker):
        with pytest.raises(Forbidden):
            propose("201", actor=who)
    number = propose("201")
    for verb, more in ((confirm, {}), (refuse, {"reason": "No"})):
        for who in (SYSTEM, worker):
            with pytest.raises(Forbidden):
                done(verb, who, number, **more)


@pytest.mark.parametrize("wrong", ["0.00355", "338.05", "225.35"])
def test_a_rate_far_from_the_last_leaves_the_day_open_until_a_person_confirms_it(context: Flask, wrong: str) -> None:
    load("281.7", BEFORE)
    assert load(wrong)
    assert counted() == [Decimal("281.7")]
    (number,) = waiting()
    with pytest.raises(RateWaiting) as refusal, transaction():
        conversions(PAIR, DAY, group="PK")
    assert {f"USD/PKR {wrong} of {DAY} by sbp", f"fx confirm {number} "} <= {
        part for part in (f"USD/PKR {wrong} of {DAY} by sbp", f"fx confirm {number} ") if part in str(refusal.value)
    }
    assert not load(wrong)
    with pytest.raises(RateDiffers):
        load("281.8")
    assert done(confirm, FIRST, number) == "confirmed"  # a file loaded it, so one person is enough
    assert priced() == Decimal(wrong)


@pytest.mark.parametrize("near", ["281.7", "338.04", "225.36"])
def test_a_rate_within_a_fifth_of_the_last_counts_at_once(context: Flask, near: str) -> None:
    load("281.7", BEFORE)
    load(near)
    assert waiting() == []
    assert priced() == Decimal(near)


def test_the_last_rate_may_be_given_the_other_way_round_and_years_ago(context: Flask) -> None:
    load("0.00355", DAY - timedelta(days=800), base="PKR", quote="USD")
    load("281.7", BEFORE)
    assert waiting() == []
    load("0.00355")
    assert len(waiting()) == 1


def test_the_first_rate_of_a_source_is_compared_with_nothing(context: Flask) -> None:
    load("281.7", BEFORE)
    with transaction():
        make_fx("USD", "PKR", "0.00355", source="other")
    assert waiting() == []


def test_who_loaded_a_far_rate_is_not_the_one_who_confirms_it(context: Flask) -> None:
    load("281.7", BEFORE)
    load("400", actor=FIRST)
    (number,) = waiting()
    with pytest.raises(LoadedByYou):
        done(confirm, FIRST, number)
    assert done(confirm, SECOND, number) == "confirmed"


def test_a_refused_rate_never_counts_and_the_right_one_can_be_loaded(context: Flask) -> None:
    load("281.7", BEFORE)
    load("0.00355")
    (number,) = waiting()
    assert done(refuse, FIRST, number, reason="Inverted") == "refused"
    assert priced() == Decimal("281.7")
    assert not load("0.00355")
    assert load("282")
    assert priced() == 282
    assert waiting() == []


def test_a_far_rate_is_corrected_without_ever_counting(context: Flask) -> None:
    load("281.7", BEFORE)
    load("0.00355")
    number = propose("281.9")
    with pytest.raises(RateWaiting):
        priced()
    done(confirm, SECOND, number)
    assert priced() == Decimal("281.9")
    assert waiting() == []
    assert not load("0.00355")


def test_a_waiting_rate_holds_up_only_what_would_take_it(context: Flask) -> None:
    load("281.7", BEFORE)
    load("0.00355")
    with transaction():
        make_fx("USD", "KES", "129.25")
        make_fx("USD", "PKR", "281.9", source="market")
        assert conversions({("USD", "KES")}, DAY, group="KE")
        with fx_sources("market", "sbp"):
            ((_, _, made),) = conversions(PAIR, DAY, group="PK")
        assert made.source == "market"
        with fx_sources("sbp"), pytest.raises(RateWaiting):
            conversions(PAIR, DAY, group="PK")


def locked(code: str, day: date) -> Decimal:
    with transaction():
        ((numerator, denominator),) = rows(
            "SELECT numerator, denominator FROM run_fx_rate JOIN pay_group ON pay_group.id = group_id"
            " WHERE code = :code AND pay_day = :day", code=code, day=day,
        )  # fmt: skip
        return Decimal(numerator) / Decimal(denominator)


def test_a_correction_changes_what_the_next_close_locks_and_nothing_that_is_closed(context: Flask) -> None:
    with transaction():
        project = make_project()
        for code in ("ONE", "TWO"):
            worker = make_worker(make_group(code, currency="PKR"), f"W-{code}", currency="PKR")
            make_work(project, worker, rate="10", at=datetime(2026, 11, 18, 9, tzinfo=UTC))
    load("200")
    close_day(SYSTEM, "ONE", DAY, now=NOW)
    done(confirm, SECOND, propose("201"))
    close_day(SYSTEM, "TWO", DAY, now=NOW)
    assert [locked("ONE", DAY), locked("TWO", DAY)] == [Decimal(200), Decimal(201)]
    with transaction():
        paid = rows("SELECT external_id, net FROM payslip JOIN worker ON worker.id = worker_id ORDER BY 1")
        assert [tuple(one) for one in paid] == [("W-ONE", 2_000_000_000), ("W-TWO", 2_010_000_000)]
        assert not problems()


def test_a_day_whose_rate_waits_is_not_closed_though_an_older_rate_is_there(context: Flask) -> None:
    with transaction():
        worker = make_worker(make_group("PK", currency="PKR"), "W8", currency="PKR")
        make_work(make_project(), worker, rate="10", at=datetime(2026, 11, 18, 9, tzinfo=UTC))
    load("281.7", BEFORE)
    load("0.00355")
    with pytest.raises(RateWaiting):
        close_day(SYSTEM, "PK", DAY, now=NOW)
    done(refuse, FIRST, waiting()[0], reason="Inverted")
    close_day(SYSTEM, "PK", DAY, now=NOW)
    assert locked("PK", DAY) == Decimal("281.7")
