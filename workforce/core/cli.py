"""`daybook up`, `daybook db` and `daybook jobs`."""

import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy import text

from workforce.core import migrate, ports, scheduler
from workforce.core.commands import Result, command, table
from workforce.core.db import session, transaction
from workforce.core.processes import Child, supervise
from workforce.core.settings import Settings

server = click.Group("server")
database = click.Group("db", help="The database.")
jobs = click.Group("jobs", help="What is done again and again.")


@command(server, "up")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def up(port: int, host: str) -> Result:
    """Bring the database up to date, then serve the web and run the jobs until stopped."""
    with ports.claimed(host, port):
        migrate.upgrade()
        status = _serve(host, port)
    return Result({"status": status}, problems=["A part of it kept failing; its words stand above."] if status else ())


def _serve(host: str, port: int) -> int:
    settings: Settings = current_app.config["DAYBOOK"]
    address = ports.address_of(host, port)
    # The children read their environment.
    os.environ["DAYBOOK_URL"] = os.environ.get("DAYBOOK_URL") or address
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_counters(settings, port))
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", "2", "--blocking-threads", "4", "--backpressure", "16", "--log-level", "warning",
        "--respawn-failed-workers", "--respawn-interval", "0.5",
        "--factory", "wsgi:create_app",
    ]  # fmt: skip
    embedded = current_app.config.get("EMBEDDED_SERVER")
    click.echo(f"Daybook is at {address} (Ctrl-C stops it)", err=True)
    children = [Child("web", web), Child("jobs", [sys.argv[0], "jobs", "start"])]
    return supervise(children, embedded.ensure_running if embedded else lambda: None)


def _counters(settings: Settings, port: int) -> Path:
    """Give an empty folder in which all web processes of this port count, so that each tells what they all did.

    What a process that died has counted stays in it to the end: a counter never goes back.
    """
    folder = settings.instance / "metrics" / str(port)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


@command(database, "upgrade")
def upgrade() -> Result:
    """Run the migrations that have not been run."""
    migrate.upgrade()
    return Result({"upgraded": True}, ["The database is up to date."])


@command(database, "check")
def check() -> Result:
    """Check that the database answers and that models and migrations agree; list what a person should look at."""
    with transaction():
        version = session().execute(text("SHOW server_version")).scalar_one()
        listed = migrate.looked_at()
    differences = [str(one) for one in migrate.differences()]
    document = {"ok": not differences, "server": version, "differences": differences, **listed}
    lines = [f"PostgreSQL {version}; models and tables agree."] if not differences else ()
    return Result(document, lines, differences, [one for its in listed.values() for one in its])


@command(jobs, "list")
def list_jobs() -> Result:
    """List the jobs."""
    found = [{"name": job.name, "every_seconds": job.seconds, "purpose": job.purpose} for job in scheduler.jobs()]
    rows = [[str(one["name"]), f"{one['every_seconds']} s", str(one["purpose"])] for one in found]
    return Result({"jobs": found}, [table("Jobs", ["job", "#every", "purpose"], rows)])


@command(jobs, "run")
@click.argument("name")
def run(name: str) -> Result:
    """Run the job NAME now."""
    entry = scheduler.run_job(name)
    document = {"name": name, "outcome": entry.outcome, "rows": entry.rows, "error": entry.error}
    return Result(document, [f"{name}: {entry.outcome}, {entry.rows}"], [entry.error] if entry.error else ())


@command(jobs, "start")
def start() -> Result:
    """Run the jobs until stopped, while no other process does."""
    stop = threading.Event()

    def end(*_: Any) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- Flask's own way
    scheduler.start(app, stop)
    return Result({"stopped": True})
