"""The one place that commits: all of it or nothing, one at a time, and what is left for after it comes after it."""

import threading
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from tests.factories import make_group, make_project
from workforce.core.db import after_commit, db, in_parallel, is_away, session, transaction
from workforce.core.errors import Collision, NotFound
from workforce.projects.models import Customer, Project


def count() -> int:
    with transaction():
        return count_now()


def count_now() -> int:
    return session().scalar(select(func.count()).select_from(Customer)) or 0


def inside(*steps: Callable[[], object]) -> None:
    """Take some steps in one transaction."""
    with transaction():
        for step in steps:
            step()


def add(name: str = "Nobody Ltd") -> None:
    session().add(Customer(name=name))
    session().flush()


def fail(problem: BaseException) -> Callable[[], None]:
    def step() -> None:
        raise problem

    return step


class Stop(BaseException):
    """Something that `except Exception` does not catch, as Ctrl-C is."""


@pytest.mark.parametrize("problem", [ValueError("no"), NotFound(thing="x", name="y"), Stop()])
def test_leaving_by_an_exception_leaves_nothing(fresh_app: Flask, problem: BaseException) -> None:
    with fresh_app.app_context():
        with pytest.raises(type(problem)) as raised:
            inside(add, fail(problem))
        assert raised.value is problem
        assert count() == 0
        with transaction():
            session().add(Customer(name="Somebody Ltd"))
        assert count() == 1


def test_objects_of_a_failed_transaction_do_not_come_with_the_next_one(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        with pytest.raises(ValueError, match="late"):
            inside(lambda: session().add(Customer(name="Nobody Ltd")), fail(ValueError("late")))
        with transaction():
            session().add(Customer(name="Somebody Ltd"))
        assert count() == 1


def test_a_failed_statement_undoes_what_stood_before_it(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        with pytest.raises(DataError):
            inside(add, lambda: session().execute(text("SELECT 1 / 0")))
        assert count() == 0


def test_a_transaction_inside_a_transaction_is_refused_and_the_outer_one_is_undone(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        with pytest.raises(RuntimeError, match="open already"):
            inside(add, inside)
        assert count() == 0


def test_what_is_left_for_after_the_commit_sees_the_commit_and_comes_in_order(fresh_app: Flask) -> None:
    seen: list[object] = []
    with fresh_app.app_context():
        with transaction():
            session().add(Customer(name="Somebody Ltd"))
            after_commit(lambda: seen.append(count()))
            after_commit(lambda: seen.append("second"))
            assert not seen
        with transaction():
            pass
    assert seen == [1, "second"]


def test_what_is_left_for_after_the_commit_never_comes_without_one(fresh_app: Flask) -> None:
    seen: list[str] = []
    with fresh_app.app_context():
        with pytest.raises(ValueError, match="no"):
            inside(lambda: after_commit(lambda: seen.append("told")), fail(ValueError("no")))
        with transaction():
            pass
    assert not seen


def test_a_commit_that_fails_is_no_commit(fresh_app: Flask) -> None:
    seen: list[str] = []
    with fresh_app.app_context():
        with transaction():
            session().execute(
                text("CREATE CONSTRAINT TRIGGER late AFTER INSERT ON customer DEFERRABLE INITIALLY DEFERRED"
                     " FOR EACH ROW EXECUTE FUNCTION refuse_change()")
            )  # fmt: skip
        with pytest.raises(IntegrityError):
            inside(add, lambda: after_commit(lambda: seen.append("told")))
        assert (count(), seen) == (0, [])


def test_objects_are_readable_after_the_commit_and_read_afresh_in_the_next_one(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        with transaction():
            group = make_group()
        assert group.code == "KE"
        with transaction():
            session().execute(text("UPDATE pay_group SET terms = 9"))
        with transaction():
            assert session().get_one(type(group), group.id).terms == 9


def both(app: Flask, one: Callable[[], object], other: Callable[[], object]) -> list[BaseException | None]:
    """Run two calls at once, each in a transaction of its own, and give what each of them raised."""
    raised: list[BaseException | None] = [None, None]

    def run(place: int, call: Callable[[], object]) -> None:
        try:
            with app.app_context(), transaction():
                call()
        except Exception as problem:  # noqa: BLE001 -- whatever it is, the test looks at it
            raised[place] = problem

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate([one, other])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def test_whoever_writes_the_same_second_is_told_so(fresh_app: Flask) -> None:
    barrier = threading.Barrier(2)

    def call() -> None:
        assert session().scalar(select(Project.id).where(Project.code == "FALCON")) is None
        barrier.wait(10)
        make_project()

    with fresh_app.app_context(), transaction():
        make_project("OWL")  # the customer is there, so that both write the same project first
    raised = both(fresh_app, call, call)
    assert sorted(type(one).__name__ for one in raised) == ["Collision", "NoneType"]
    (collision,) = [one for one in raised if isinstance(one, Collision)]
    assert isinstance(collision.__cause__, IntegrityError)
    with fresh_app.app_context(), transaction():
        assert session().scalar(select(func.count()).where(Project.code == "FALCON")) == 1


def test_of_two_who_wait_for_each_other_one_is_told_so(fresh_app: Flask) -> None:
    barrier = threading.Barrier(2)

    def call(first: int, second: int) -> None:
        session().execute(text("SET LOCAL deadlock_timeout = '50ms'"))
        session().execute(text("SELECT pg_advisory_xact_lock(99, :key)"), {"key": first})
        barrier.wait(10)
        session().execute(text("SELECT pg_advisory_xact_lock(99, :key)"), {"key": second})

    raised = both(fresh_app, lambda: call(1, 2), lambda: call(2, 1))
    assert sorted(type(one).__name__ for one in raised) == ["Collision", "NoneType"]


def test_a_lost_connection_is_an_error_and_the_next_transaction_has_a_new_one(fresh_app: Flask) -> None:
    def lose() -> None:
        (pid,) = session().execute(text("SELECT pg_backend_pid()")).one()
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    with fresh_app.app_context():
        with pytest.raises(OperationalError):
            inside(add, lose, count_now)
        assert count() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_error_of_a_chunk_is_raised_and_other_chunks_are_kept(fresh_app: Flask, workers: int) -> None:
    fresh_app.config["CHUNK_WORKERS"] = workers

    def chunk(number: int) -> int:
        with transaction():
            session().add(Customer(name=f"Customer {number}"))
            if number == 2:
                raise ValueError("two")
        return number

    with fresh_app.app_context():
        assert in_parallel(chunk, [1, 3]) == 4
        with pytest.raises(ValueError, match="two"):
            in_parallel(chunk, [2, 4])
        assert count() in {2, 3}


@pytest.mark.parametrize(
    ("state", "away"),
    [(None, True), ("08006", True), ("57P01", True), ("57P03", True), ("57014", False), ("40P01", False)],
)  # fmt: skip
def test_a_database_that_is_gone_is_told_from_one_bad_item(state: str | None, away: bool) -> None:
    problem = psycopg.OperationalError("gone")
    problem.sqlstate = state
    assert is_away(OperationalError("SELECT 1", {}, problem)) is away
    assert not is_away(ValueError("gone"))
