"""The order of locks: whoever asks in it waits, and whoever asks out of it never does."""

import threading
from collections.abc import Callable
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_group, make_project, make_work, make_worker
from tests.races.racing import at_once, eventually, held
from workforce.core import locks
from workforce.core.db import session, transaction
from workforce.core.errors import Collision
from workforce.tasks.models import Submission
from workforce.tasks.services import lock_submissions

Take = Callable[[], object]
OTHERS = "SELECT pg_advisory_xact_lock(6, 0), pg_advisory_xact_lock_shared(6, 1)"
HELD = "SELECT pg_advisory_xact_lock(:lock, 1)"


def inside(*calls: Take) -> Take:
    """Give what makes calls in one transaction."""

    def call() -> None:
        with transaction():
            for one in calls:
                one()

    return call


def test_locks_are_free_to_whoever_asks_in_turn_and_to_whoever_asks_again(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        inside(*[lambda lock=lock: locks.shared(lock, 2, 1) for lock in locks.ORDER if lock > 0])()
        inside(lambda: locks.exclusive(locks.FX, 0), lambda: locks.exclusive(locks.FX, 0))()
        inside(lambda: locks.exclusive(locks.FX, 0), lambda: locks.shared(locks.FX, 0))()


@pytest.mark.parametrize(("first", "second"), list(pairwise(one for one in locks.ORDER if one > 0)))
def test_whoever_asks_out_of_turn_gets_what_is_free_and_waits_for_nothing(
    fresh_app: Flask, first: int, second: int
) -> None:
    backwards = inside(lambda: locks.exclusive(second, 1), lambda: locks.exclusive(first, 1))
    with fresh_app.app_context():
        backwards()
        with held(fresh_app, HELD, lock=first), pytest.raises(locks.OutOfTurn):
            backwards()


@pytest.mark.parametrize("more", [lambda: locks.exclusive(locks.RATES, 1), lambda: locks.shared(locks.RATES, 0)])
def test_more_of_a_lock_and_a_smaller_key_are_out_of_turn(fresh_app: Flask, more: Take) -> None:
    with (
        fresh_app.app_context(),
        held(fresh_app, OTHERS),
    ):
        with pytest.raises(locks.OutOfTurn) as refusal:
            inside(lambda: locks.shared(locks.RATES, 1), more)()
        assert isinstance(refusal.value, Collision)


def test_what_a_transaction_held_is_forgotten_with_it(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        inside(lambda: locks.exclusive(locks.FX, 0))()
        waiting = threading.Thread(target=lambda: at_once(fresh_app, inside(lambda: locks.exclusive(locks.IMPORT, 1))))
        with held(fresh_app, HELD, lock=locks.IMPORT):
            waiting.start()
            eventually(lambda: session().scalar(select(1)) == 1)
            assert waiting.is_alive(), "it waits, since it is its turn"
        waiting.join()


def test_rows_are_part_of_the_order(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        with transaction():
            make_work(make_project(), make_worker(group := make_group()))
            key, group_id = session().scalars(select(Submission.id)).one(), group.id
        backwards = inside(lambda: locks.shared(locks.PAY_GROUP, group_id), lambda: lock_submissions([key]))
        backwards()
        with held(fresh_app, "SELECT id FROM submission FOR UPDATE"), pytest.raises(locks.OutOfTurn):
            backwards()
