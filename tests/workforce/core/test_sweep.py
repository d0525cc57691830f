"""A sweep goes over all items: none starves, one that fails keeps no other waiting, and what failed is told."""

from collections.abc import Callable, Sequence

import psycopg
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from workforce.core import scheduler, sweep
from workforce.core.db import session, transaction
from workforce.core.scheduler import Job, add_job, run_job
from workforce.core.sweep import SomeFailed, Sweep, sweep_many
from workforce.projects.models import Customer


def numbers(last: int) -> Callable[[int, int], Sequence[int]]:
    """Give pages of 1, 2, … that stay as they are, whatever is done to them."""
    return lambda after, limit: range(after + 1, min(after + limit, last) + 1)


def add(key: int) -> int:
    session().add(Customer(name=f"C{key}"))
    session().flush()
    if key % 3 == 0:
        raise ValueError(f"three divides {key}")
    return 1


def add_all(keys: Sequence[int]) -> int:
    return sum(add(key) for key in keys)


def names() -> list[str]:
    with transaction():
        return list(session().scalars(select(Customer.name).order_by(Customer.id)))


@pytest.mark.parametrize("page", [1, 2, 500])
@pytest.mark.parametrize("many", [False, True])
def test_what_fails_is_undone_and_told_and_all_else_is_done(
    context: Flask, monkeypatch: pytest.MonkeyPatch, page: int, *, many: bool
) -> None:
    monkeypatch.setattr(sweep, "PAGE", page)
    with pytest.raises(SomeFailed) as failed:
        sweep_many("customer", numbers(7), add_all) if many else sweep.sweep("customer", numbers(7), add)
    assert names() == ["C1", "C2", "C4", "C5", "C7"]
    assert failed.value.done == 5
    assert list(failed.value.failed) == ["customer 3", "customer 6"]
    assert failed.value.message == (
        "5 done, 2 failed: customer 3: ValueError: three divides 3; customer 6: ValueError: three divides 6"
    )
    assert [one.__notes__ for one in failed.value.exceptions] == [["customer 3"], ["customer 6"]]
    assert all(one.__traceback__ for one in failed.value.exceptions)


def test_where_nothing_fails_the_number_is_given(context: Flask) -> None:
    assert sweep.sweep("customer", numbers(2), add) == 2
    assert sweep_many("customer", numbers(0), add_all) == 0
    assert names() == ["C1", "C2"]


@given(st.sets(st.integers(1, 60)), st.integers(1, 70))
def test_a_set_is_halved_down_to_what_fails_by_itself(context: Flask, bad: set[int], page: int) -> None:
    found, calls, done = Sweep(), list[int](), list[int]()

    def call(keys: Sequence[int]) -> int:
        calls.append(len(keys))
        if bad & set(keys):
            raise ValueError("a bad one is among them")
        done.extend(keys)
        return len(keys)

    for first in range(1, 61, page):
        found.done += sum(found.chunk("number", range(first, min(first + page, 61)), call))
    assert done == [key for key in range(1, 61) if key not in bad]
    assert list(found.failed) == [f"number {key}" for key in sorted(bad)]
    assert found.done == 60 - len(bad)
    assert len(calls) <= -(-60 // page) + 14 * len(bad), "few calls for few bad ones"


def gone() -> OperationalError:
    problem = psycopg.OperationalError("terminating connection")
    problem.sqlstate = "57P01"
    return OperationalError("SELECT 1", {}, problem)


@pytest.mark.parametrize("many", [False, True])
def test_without_a_database_nothing_else_is_tried(context: Flask, *, many: bool) -> None:
    tried = []

    def call(key: int) -> int:
        tried.append(key)
        if key == 2:
            raise gone()
        return 1

    with pytest.raises(SomeFailed, match="OperationalError") as failed:
        sweep_many("customer", numbers(9), lambda keys: sum(map(call, keys))) if many else sweep.sweep(
            "customer", numbers(9), call
        )
    assert tried == [1, 2]
    assert failed.value.done == (0 if many else 1)


def test_a_sweep_within_a_sweep_tells_its_items_once_and_stops_both_without_a_database(context: Flask) -> None:
    outer = Sweep()
    with outer.item("the first part"):
        sweep.sweep("customer", numbers(4), add)
    with outer.item("the second part"):
        raise LookupError
    assert list(outer.failed) == ["customer 3", "the second part"]

    def stop(_: int) -> int:
        raise gone()

    with pytest.raises(SomeFailed), outer.item("the third part"):
        sweep.sweep("customer", numbers(4), stop)
    with pytest.raises(KeyboardInterrupt), outer.item("the fourth part"):
        raise KeyboardInterrupt


def test_a_page_that_cannot_be_read_ends_the_sweep_and_what_was_done_stays(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PAGE", 2)

    def page(after: int, limit: int) -> Sequence[int]:
        return [1 // 0] if after else numbers(2)(after, limit)

    with pytest.raises(SomeFailed, match="2 done, 1 failed: customers after 2: ZeroDivisionError"):
        sweep.sweep("customer", page, add)
    assert names() == ["C1", "C2"]


def test_of_very_many_that_fail_the_first_are_named(context: Flask) -> None:
    def fail(key: int) -> int:
        raise ValueError(f"no\n{key}\0" + "x" * 1_000)

    with pytest.raises(SomeFailed) as failed:
        sweep.sweep("customer", numbers(30), fail)
    text = failed.value.message
    assert text.startswith("0 done, 30 failed: customer 1: ValueError: no 1xxx")
    assert text.endswith("; and 10 more")
    assert "\0" not in text
    assert len(text) < 20 * 600


def test_a_run_that_fails_keeps_how_much_was_done_and_names_what_was_not(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_jobs", {})
    add_job(Job("add", 60, lambda: sweep.sweep("customer", numbers(5), add), "Adds."))
    entry = run_job("add")
    assert (entry.outcome, entry.rows) == ("failed", 4)
    assert entry.error == "4 done, 1 failed: customer 3: ValueError: three divides 3"
    with transaction():
        assert session().scalar(select(func.count()).select_from(Customer)) == 4
