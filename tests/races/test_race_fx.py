"""Two confirm one correction at once, and a rate is loaded or confirmed while a day closes."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from payroll.closing.services import close_day
from payroll.fx.services import add_rate, confirm, correct
from tests.factories import DAY, NOW, finance
from tests.races.racing import SMALL, at_once, crowd, names, one
from workforce.core.auth import SYSTEM
from workforce.core.db import transaction

FX_LOCK = "SELECT pg_advisory_xact_lock(9, 0)"
FACTORS = "SELECT array_agg(DISTINCT numerator / denominator) FROM run_fx_rate"
# Workers earned a cent of a dollar times their number, and each is paid in shillings.
WRONG = """
    SELECT count(*) FROM payslip JOIN worker ON worker.id = worker_id
     WHERE net <> substr(external_id, 2)::int * 10000 * CAST(:factor AS numeric)
"""


def confirms(number: int, person: int) -> Callable[[], object]:
    def call() -> object:
        with transaction():
            return confirm(finance(person), number, now=NOW)

    return call


@pytest.fixture
def correction(fresh_app: Flask) -> int:
    """Return the number of a correction that waits, of the rate that a crowd's day needs."""
    crowd(fresh_app)
    with fresh_app.app_context(), transaction():
        return correct(
            finance(1), day=DAY, base="USD", quote="KES", rate=Decimal(130), source="test", reason="So", now=NOW
        ).id


def test_of_two_who_confirm_at_once_one_does(fresh_app: Flask, correction: int) -> None:
    calls = [confirms(correction, 2), confirms(correction, 3)]
    assert names(at_once(fresh_app, *calls, behind=FX_LOCK)) == ["ChangeDecided", "done"]
    assert one(fresh_app, "SELECT count(*) FROM fx_rate") == 2


def test_a_close_and_a_confirmation_do_not_mix(fresh_app: Flask, correction: int) -> None:
    outcomes = at_once(
        fresh_app, lambda: close_day(SYSTEM, "KE", DAY, now=NOW, policy=SMALL), confirms(correction, 2), behind=FX_LOCK
    )
    assert names(outcomes) == ["done", "done"]
    (factor,) = one(fresh_app, FACTORS)
    assert factor in {Decimal("129.25"), Decimal(130)}
    assert one(fresh_app, WRONG, factor=factor) == 0  # in every chunk


def test_the_same_rate_and_another_one_loaded_at_once_leave_one(fresh_app: Flask) -> None:
    def load(rate: str) -> Callable[[], bool]:
        def call() -> bool:
            with transaction():
                return add_rate(SYSTEM, day=DAY, base="USD", quote="KES", rate=Decimal(rate), source="ecb", now=NOW)

        return call

    assert names(at_once(fresh_app, load("129"), load("130"), behind=FX_LOCK)) == ["RateDiffers", "done"]
    assert one(fresh_app, "SELECT count(*) FROM fx_rate") == 1


def test_a_far_rate_loaded_twice_at_once_waits_once(fresh_app: Flask) -> None:
    crowd(fresh_app)

    def load() -> bool:
        with transaction():
            day = DAY + timedelta(days=1)
            return add_rate(SYSTEM, day=day, base="USD", quote="KES", rate=Decimal("0.0077"), source="test", now=NOW)

    assert sorted(at_once(fresh_app, load, load, behind=FX_LOCK)) == [False, True]
    assert one(fresh_app, "SELECT count(*) FROM fx_change") == 1
