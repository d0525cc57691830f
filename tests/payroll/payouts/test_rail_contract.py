"""What every rail promises, whichever it is. A new rail joins by a world of its own in WORLDS."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Final, Protocol

import pytest
from flask import Flask
from sqlalchemy import select

from payroll.payouts.models import SandboxTransfer
from payroll.payouts.rails import Rail, RailTimeout, SandboxRail, Transfer
from payroll.payouts.rails.sandbox import _share
from payroll.payouts.rules import TRANSITIONS, Answer
from tests.factories import NOW
from workforce.core.db import session, transaction
from workforce.core.settings import SandboxPolicy

LATER = NOW + timedelta(hours=1)


class World(Protocol):
    """A rail with what lies behind it: how it can be made to misbehave, and what it really did."""

    def well(self) -> Rail:
        """Give a rail that pays at once."""

    def declining(self) -> Rail:
        """Give a rail that declines everything."""

    def slow(self, seconds: int) -> Rail:
        """Give a rail that takes an order at once and pays it after some seconds."""

    def losing(self, *, before: bool) -> tuple[Rail, str]:
        """Give a rail that loses the first call of a key on its way in (`before`) or on its way back, and that key."""

    def sent(self, key: str) -> list[tuple[str, int]]:
        """Give the currency and the amount, in micros, of every movement of money under a key, declined ones too."""


class SandboxWorld:
    """The sandbox and its books."""

    def well(self) -> Rail:
        return SandboxRail(SandboxPolicy())

    def declining(self) -> Rail:
        return SandboxRail(SandboxPolicy(declined=Decimal(1)))

    def slow(self, seconds: int) -> Rail:
        return SandboxRail(SandboxPolicy(delay=seconds))

    def losing(self, *, before: bool) -> tuple[Rail, str]:
        keys = (f"key-{number}" for number in count())
        rail = SandboxRail(SandboxPolicy(timeout=Decimal(1)))
        return rail, next(key for key in keys if (_share("lost", key) < Decimal("0.5")) == before)

    def sent(self, key: str) -> list[tuple[str, int]]:
        query = select(SandboxTransfer).where(
            SandboxTransfer.idempotency_key == key, SandboxTransfer.settles_at.is_not(None)
        )
        with transaction():
            return [(one.currency, one.amount) for one in session().scalars(query)]


WORLDS: Final[dict[str, Callable[[], World]]] = {"sandbox": SandboxWorld}


@pytest.fixture(params=sorted(WORLDS))
def world(request: pytest.FixtureRequest, context: Flask) -> World:
    """Give the world of each rail in turn."""
    return WORLDS[request.param]()


def transfer(key: str = "key", amount: int = 12_340_000, currency: str = "KES") -> Transfer:
    return Transfer(key, currency, amount)


def test_a_transfer_is_paid_and_found_again(world: World) -> None:
    rail = world.well()
    answer = rail.send(transfer(), NOW)
    assert answer.action == "pay"
    assert answer.reference
    assert rail.find("key", LATER) == answer


@pytest.mark.parametrize(
    ("currency", "amount"), [("KES", 10_000), ("USD", 999_999_990_000), ("VND", 26_341_000_000), ("KWD", 1_001_000)]
)
def test_the_amount_goes_out_as_it_was_given(world: World, currency: str, amount: int) -> None:
    world.well().send(transfer(amount=amount, currency=currency), NOW)
    assert world.sent("key") == [(currency, amount)]


def test_the_same_key_sends_once_and_answers_the_same(world: World) -> None:
    rail = world.well()
    answers = [rail.send(transfer(), NOW + timedelta(seconds=seconds)) for seconds in (0, 1, 3600)]
    assert answers == answers[:1] * 3
    assert len(world.sent("key")) == 1


def test_other_keys_are_other_transfers(world: World) -> None:
    rail = world.well()
    references = {rail.send(transfer(key), NOW).reference for key in ("one", "two")}
    assert len(references) == 2
    assert len(world.sent("one")) == len(world.sent("two")) == 1


def test_a_key_that_was_never_sent_is_not_found(world: World) -> None:
    rail = world.well()
    assert rail.find("never", NOW) is None
    assert world.sent("never") == [], "asking sends nothing"


def test_a_declined_transfer_says_why_and_stays_declined(world: World) -> None:
    rail = world.declining()
    answer = rail.send(transfer(), NOW)
    assert (answer.action, bool(answer.failure)) == ("fail", True)
    assert rail.find("key", LATER) == answer
    assert rail.send(transfer(), LATER) == answer, "a declined key is not tried anew"
    assert len(world.sent("key")) <= 1


def test_a_slow_transfer_waits_and_is_paid_when_its_time_has_come(world: World) -> None:
    rail = world.slow(60)
    answer = rail.send(transfer(), NOW)
    assert answer.action == "wait"
    assert rail.find("key", NOW + timedelta(seconds=59)) == answer
    paid = rail.find("key", NOW + timedelta(seconds=60))
    assert paid == Answer("pay", answer.reference)
    assert len(world.sent("key")) == 1


def test_a_call_that_is_lost_on_its_way_in_has_no_effect_and_may_be_repeated(world: World) -> None:
    rail, key = world.losing(before=True)
    with pytest.raises(RailTimeout):
        rail.send(transfer(key), NOW)
    assert rail.find(key, LATER) is None
    assert world.sent(key) == []
    assert rail.send(transfer(key), LATER).action == "pay"
    assert len(world.sent(key)) == 1


def test_an_answer_that_is_lost_on_its_way_back_is_found_by_the_key(world: World) -> None:
    rail, key = world.losing(before=False)
    with pytest.raises(RailTimeout):
        rail.send(transfer(key), NOW)
    found = rail.find(key, LATER)
    assert found is not None
    assert found.action == "pay"
    assert rail.send(transfer(key), LATER) == found
    assert len(world.sent(key)) == 1


def test_every_answer_leads_somewhere(world: World) -> None:
    """An order is unknown while it is tried; whatever a rail says of it then must be a move that it can make."""
    rails = {"well": world.well(), "declined": world.declining(), "slow": world.slow(60)}
    answers = {rail.send(transfer(key), NOW).action for key, rail in rails.items()}
    assert answers == {"pay", "fail", "wait"}
    assert all(("unknown", action) in TRANSITIONS for action in answers)
