"""`daybook bench`: how long the heavy work takes, beside the least that writing the same rows could take.

A feature adds its bench to the list by `add_bench`. Each bench works in a database of its own on the configured server,
made by the real migrations and dropped at the end; nothing else on the server is read or written.
"""

import dataclasses
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import click
import psycopg
from flask import Flask, current_app
from sqlalchemy import make_url

from i18n.locale import N_
from workforce.core import db as database
from workforce.core import migrate
from workforce.core.commands import Result, command, progress
from workforce.core.db import connect, db, direct_url
from workforce.core.errors import DaybookError
from workforce.core.settings import Settings

bench = click.Group("bench")
Say = Callable[[str], None]


class BenchWrong(DaybookError):
    code = "bench_wrong"
    template = N_("The bench %(name)s came out wrong, so its times mean nothing: %(problem)s.")


@dataclass(frozen=True)
class Measured:
    """What a bench found.

    Attributes:
        rows: that the work wrote, or read where it writes none.
        seconds: that it took.
        lower_bound_seconds: that the bare reading and writing of the same rows took, in the same run.
        peak_rss_mb: the most memory that this process has had by the end of the work.
        notes: what else people may want to know, one sentence each.

    """

    rows: int
    seconds: float
    lower_bound_seconds: float
    peak_rss_mb: float
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Bench:
    """Work that is worth timing.

    Attributes:
        name: stable, such as close.
        unit: what the size counts, in the plural.
        measure: makes the data, does the work and times it, in the application and database that stand; it is given
            the size, and something to call with what it is about.
        whole: does it need the whole application, with its pages and features, and not the database alone?

    """

    name: str
    unit: str
    measure: Callable[[int, Say], Measured]
    whole: bool = False


_benches: Final[dict[str, Bench]] = {}


def add_bench(one: Bench) -> None:
    """Put a bench on the list, once however often an application is made."""
    _benches[one.name] = one


@command(bench, "bench")
@click.argument("name")
@click.option(
    "--size", type=click.IntRange(min=1), default=30_000, show_default=True, help="How many workers, or applicants."
)
def run_bench(name: str, size: int) -> Result:
    """Time the work NAME (such as close) at a size, beside its lower bound, in a database of its own."""
    if name not in _benches:
        known = ", ".join(sorted(_benches))
        raise click.BadParameter(f"there is no bench {name!r}; known are: {known}", param_hint="NAME")
    chosen = _benches[name]
    make = click.get_current_context().obj if chosen.whole else None
    with progress("") as bar, own_database(make) as app, app.app_context():
        task = bar.add_task(name, total=None)
        found = chosen.measure(size, lambda words: bar.update(task, description=words))
    document = {
        "name": name, "size": size, "seconds": round(found.seconds, 3),
        "rows_per_second": round(found.rows / found.seconds), "peak_rss_mb": round(found.peak_rss_mb, 1),
        "lower_bound_seconds": round(found.lower_bound_seconds, 3),
        "ratio": round(found.seconds / found.lower_bound_seconds, 2),
    }  # fmt: skip
    sentence = (
        f"{name}, {size:,} {chosen.unit}: {found.seconds:.2f} s for {found.rows:,} rows,"
        f" {document['rows_per_second']:,} a second, {document['ratio']} times the lower bound"
        f" of {found.lower_bound_seconds:.2f} s; at most {found.peak_rss_mb:.0f} MB here."
    )
    return Result(document, [sentence, *found.notes])


@contextmanager
def own_database(make: Callable[[Settings], Flask] | None = None) -> Iterator[Flask]:
    """Give an application on a migrated database of its own, dropped at the end, on Ctrl-C and SIGTERM too.

    Args:
        make: makes the whole application; by default there is one with a database alone.

    """
    home, name = direct_url(), f"daybook_bench_{os.getpid()}"
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    url = make_url(home).set(database=name).render_as_string(hide_password=False)
    settings = dataclasses.replace(current_app.config["DAYBOOK"], database_url=url, direct_url=None, pooled=False)
    app = (make or _bare)(settings)
    app.config["CHUNK_WORKERS"] = current_app.config["CHUNK_WORKERS"]
    before = signal.signal(signal.SIGTERM, _end)
    try:
        _administer(home, drop, f'CREATE DATABASE "{name}" TEMPLATE template0')
        with app.app_context():
            migrate.upgrade()
        yield app
    finally:
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # who has no patience shall not leave it behind
        with app.app_context():
            db.engine.dispose()
        _administer(home, drop)
        signal.signal(signal.SIGINT, interrupt)
        signal.signal(signal.SIGTERM, before)


def _bare(settings: Settings) -> Flask:
    app = Flask("bench")
    app.config["DAYBOOK"] = settings
    database.init_app(app, settings.database_url or "")
    migrate.init_app(app)
    return app


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


def _administer(url: str, *statements: str) -> None:
    with connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def settle(connection: psycopg.Connection) -> bool:
    """Let the server write out what is pending, so that one part of a bench does not pay for another's writes.

    Returns:
        False if the account may not ask for that, so that the times may hold some of each other's writes.

    """
    try:
        connection.execute("CHECKPOINT")
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def peak_rss_mb() -> float:
    """Give the most memory that this process has had, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes, but bytes on macOS
    return peak / 1024 / 1024 if sys.platform == "darwin" else peak / 1024


@contextmanager
def server_memory(*, every: float = 0.2) -> Iterator[Callable[[], float | None]]:
    """Watch what the server's processes for this database take of their own, shared buffers aside.

    Args:
        every: seconds between two looks.

    Returns:
        a function that gives the most that they took together, in megabytes; None where they cannot be seen.

    """
    done, most = threading.Event(), [0]

    def watch(connection: psycopg.Connection) -> None:
        while not done.wait(every):
            found = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
            most[0] = max(most[0], sum(_private_kb(pid) for (pid,) in found))

    with connect(direct_url()) as connection:
        watcher = threading.Thread(target=watch, args=[connection])
        if (connection.info.host or "").startswith("/"):  # a server on this machine
            watcher.start()
        try:
            yield lambda: most[0] / 1024 if most[0] else None
        finally:
            done.set()
            if watcher.ident is not None:
                watcher.join()


def _private_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0  # it has ended, or this is no Linux
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
