"""The database: one engine, one session a request, a command or a chunk, and the one place that commits."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeVar

import psycopg
import structlog
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import BigInteger, DateTime, Identity, MetaData, String, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, mapped_column, scoped_session

from workforce.core.errors import Collision

log = structlog.get_logger()

# Predictable names, so that a migration can speak of a constraint and an error can be read.
METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """What every table descends from."""

    metadata = METADATA


Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Micros = Annotated[int, mapped_column(BigInteger)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Currency = Annotated[str, mapped_column(String(3))]

# Objects stay readable after the commit, but the session forgets them, so that the next transaction reads afresh.
# A session that is given a connection with a transaction of its own (tests) stays inside it.
db = SQLAlchemy(
    metadata=METADATA,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "join_transaction_mode": "create_savepoint"},
)


def session() -> scoped_session[Session]:
    """Give the session of this request, command or chunk."""
    return db.session


T = TypeVar("T")
_AFTER: Final = "after_commit"
_OPEN: Final = "transaction_open"
# Conditions that only another transaction at the same moment brings about: unique_violation (services look before they
# write), serialization_failure, deadlock_detected.
_COLLISIONS: Final = frozenset({"23505", "40001", "40P01"})


@contextmanager
def transaction() -> Iterator[scoped_session[Session]]:
    """Do what stands inside wholly or not at all, then what was left for after it.

    This is the only place that commits. A request, a command, a job and each chunk of a long one run in one; services
    flush and never commit.

    Raises:
        RuntimeError: one is open already; a second one inside would commit the first one's half.
        Collision: somebody else wrote the same at the same moment.
        whatever is raised inside, after everything was rolled back.

    """
    current = db.session
    if current.info.get(_OPEN):
        raise RuntimeError("a transaction is open already")
    current.info[_OPEN] = True
    try:
        yield current
        current.commit()
        current.close()
    except BaseException as problem:
        current.info.pop(_AFTER, None)
        current.rollback()
        if isinstance(problem, DBAPIError) and getattr(problem.orig, "sqlstate", "") in _COLLISIONS:
            log.warning("collision", exc_info=True)
            raise Collision from problem
        raise
    finally:
        current.info.pop(_OPEN)
    for call in current.info.pop(_AFTER, ()):
        call()


def is_away(problem: Exception) -> bool:
    """Return whether the database itself is gone: nothing else can be tried then, as it can after one bad item.

    Args:
        problem: SQLSTATE of classes 08 and 57P, or none where no answer came (PostgreSQL, appendix A); of a group, any.

    """
    if isinstance(problem, ExceptionGroup):
        return any(is_away(one) for one in problem.exceptions)
    if not isinstance(problem, OperationalError):
        return False
    state = getattr(problem.orig, "sqlstate", None)
    return state is None or state.startswith(("08", "57P"))


def after_commit(call: Callable[[], None]) -> None:
    """Leave something for after the commit: mail, calls to the outside. It never happens if the commit does not."""
    db.session.info.setdefault(_AFTER, []).append(call)


def rows(statement: str, **params: Any) -> list[Any]:
    """Run a statement of plain SQL and give its rows; for the set-based work that an ORM has no words for."""
    return list(db.session.execute(text(statement), params))


def run(statement: str, **params: Any) -> int:
    """Run a statement of plain SQL and give the number of rows that it touched."""
    result: Any = db.session.execute(text(statement), params)
    return int(result.rowcount)


def insert_all(table: str, values: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows with one statement and one parameter, in their order: a statement a row costs far more.

    Args:
        table: its name, from the program.
        values: each row by column, all with the same columns: text, numbers, instants, days, and what JSONB takes.

    """
    if not values:
        return
    columns = ", ".join(values[0])
    run(
        f"INSERT INTO {table} ({columns})"  # noqa: S608 -- names from the program
        f" SELECT {columns} FROM json_populate_recordset(NULL::{table}, CAST(:rows AS json))",
        rows=json.dumps(list(values), default=_plain),
    )


def _plain(value: object) -> str:
    if isinstance(value, date):  # an instant is one, too
        return value.isoformat()
    raise TypeError(f"no JSON for {value!r}")


def stream(statement: str, **params: Any) -> Iterator[Any]:
    """Run a statement of plain SQL and give its rows one by one through a cursor of the server, in flat memory.

    Within the transaction that is open, to its end or until it is closed.
    """
    # A cursor is planned for its first tenth unless it is told that all of it will be read.
    db.session.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
    with db.session.execute(text(statement), params, execution_options={"yield_per": 2_000}) as result:
        yield from result


def in_parallel(call: Callable[[T], int], items: Sequence[T]) -> int:
    """Do chunks of long work side by side, each with a session of its own.

    Args:
        call: does one chunk in a transaction of its own and gives the number of rows that it made.
        items: the chunks.

    Returns:
        the sum of what the calls gave.

    Raises:
        the first error of a chunk; chunks that have not begun by then are not begun.

    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- Flask's own way

    def one(item: T) -> int:
        with app.app_context():
            return call(item)

    if app.config["CHUNK_WORKERS"] == 1 or len(items) < 2:
        return sum(call(item) for item in items)
    with ThreadPoolExecutor(app.config["CHUNK_WORKERS"]) as pool:
        futures = [pool.submit(one, item) for item in items]
        try:
            return sum(future.result() for future in futures)
        finally:
            for future in futures:
                future.cancel()


# Either end finds out within seconds when the other one's machine has vanished without a word (libpq, 34.1.2).
_PATIENCE: Final = {
    "connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}  # fmt: skip


def parameters(url: str, *, pooled: bool = False) -> dict[str, Any]:
    """Return what `psycopg.connect` takes to reach a server. Every connection, of the pool or not, is made with these.

    Args:
        url: an address of SQLAlchemy or of libpq, of one host or several; what it says itself stands:
            `postgresql://user@/name?host=a:5432&host=b:5432&target_session_attrs=read-write`.
        pooled: does a pooler give each transaction whatever connection is free? Nothing is left on a connection then,
            such as a prepared statement.

    """
    address = make_url(url).set(drivername="postgresql+psycopg")
    _, found = address.get_dialect()().create_connect_args(address)
    return {**_PATIENCE, **found, **({"prepare_threshold": None} if pooled else {})}


def direct_url() -> str:
    """Return the address of the server itself, for what needs a connection of its own: leader, migrations, benches."""
    return str(current_app.config["DATABASE_DIRECT_URL"])


def connect(url: str) -> psycopg.Connection:
    """Connect outside of the pool, each statement committed by itself: for what no transaction may hold.

    Args:
        url: see `parameters`; mostly that of `direct_url`.

    Raises:
        psycopg.OperationalError: no server answers there.

    """
    return psycopg.connect(**parameters(url), autocommit=True)


def init_app(app: Flask, url: str, *, direct: str | None = None, pooled: bool = False) -> None:
    """Bind the application to its server.

    Args:
        app: the application.
        url: of the server, or of the pooler before it.
        direct: of the server itself, where `url` leads to a pooler.
        pooled: see `parameters`.

    """
    app.config.update(SQLALCHEMY_DATABASE_URI=url, DATABASE_DIRECT_URL=direct or url, DATABASE_POOLED=pooled)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "connect_args": parameters(url, pooled=pooled), "pool_pre_ping": True, "pool_size": 8, "max_overflow": 8,
        # What people typed does not stand in an error: it may be anything, and errors are logged.
        "hide_parameters": True,
    }  # fmt: skip
    app.config.setdefault("CHUNK_WORKERS", 2)
    db.init_app(app)
    if not pooled:
        with app.app_context():
            event.listen(db.engine, "connect", _tune)


def _tune(connection: Any, _record: object) -> None:
    """Turn just-in-time compilation off, as the embedded server has it.

    Up to PostgreSQL 17 the close's plans look so dear (they forbid nested loops) that each is compiled anew. Behind a
    pooler nothing can be set for a connection: there the database itself is told so (README, Several machines).
    """
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.autocommit = False
