"""What tests stand on: a real PostgreSQL, migrated once a worker, and every test rolled back.

A test that asks for `app` works in one transaction that is undone. One that needs real commits, threads or processes
asks for `fresh_database` instead and gets a database to itself.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import event, make_url

from workforce.core import clock, migrate
from workforce.core.db import db, transaction
from workforce.core.postgres import EmbeddedServer
from workforce.core.settings import Settings
from workforce.identity.queries import user_by_email
from workforce.identity.services import open_session
from wsgi import create_app

settings.register_profile(
    "daybook", deadline=None, max_examples=50, derandomize=True, suppress_health_check=list(HealthCheck)
)
settings.load_profile("daybook")

SERVER_FOLDER = "TEST_SERVER_FOLDER"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our own options."""
    parser.addoption("--pictures", action="store_true", help="make the pictures of the README anew")


def pytest_configure(config: pytest.Config) -> None:
    """Make a folder for the server that all workers share.

    It is not under pytest's own one, which every session that starts shuts to other accounts, and the server runs as
    another account when tests are run as root.
    """
    if not hasattr(config, "workerinput"):
        os.environ[SERVER_FOLDER] = tempfile.mkdtemp(prefix="daybook-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove that folder once every worker has let go of it."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SERVER_FOLDER), ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _environment() -> None:
    """Let nothing of the machine's environment into the tests but where their database is."""
    ours = ("DAYBOOK_", "DATABASE_DIRECT_", "DATABASE_POOLED")
    for name in [one for one in os.environ if one.startswith(ours) and one != "DAYBOOK_DATA"]:
        del os.environ[name]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the address of a PostgreSQL server that all workers share: DATABASE_URL's, or an embedded one."""
    if os.environ.get("DATABASE_URL"):
        yield "postgresql+psycopg://" + os.environ["DATABASE_URL"].partition("://")[2]
        return
    embedded = EmbeddedServer(Path(os.environ[SERVER_FOLDER]), durable=False)
    yield embedded.acquire()
    embedded.release()


@pytest.fixture(scope="session")
def make_database(server: str) -> Iterator[Callable[..., str]]:
    """Give a function that makes a database of a name, perhaps a copy of another one, and gives its address."""
    made: list[str] = []
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)

    def make(name: str, template: str = "template0") -> str:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        made.append(name)
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    yield make
    with psycopg.connect(plain, autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def make_app(url: str, instance: Path, **values: Any) -> Flask:
    """Make an application of its own on a database."""
    given = {"environment": "test", "secret_key": "x" * 32, **values}
    app = create_app(Settings(instance=instance, database_url=url, **given))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, CHUNK_WORKERS=1)
    return app


def close_app(app: Flask) -> None:
    """Let go of an application's connections."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def template(make_database: Callable[..., str], worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the name of a migrated and empty database that others are copied from."""
    name = f"daybook_template_{worker_id}"
    app = make_app(make_database(name), tmp_path_factory.mktemp("template"))
    with app.app_context():
        migrate.upgrade()
    close_app(app)
    return name


@pytest.fixture(scope="session")
def _shared_app(
    make_database: Callable[..., str], template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    app = make_app(make_database(f"daybook_{worker_id}", template), tmp_path_factory.mktemp("instance"))
    yield app
    close_app(app)


@pytest.fixture
def app(_shared_app: Flask) -> Iterator[Flask]:
    """Give an application all of whose transactions are undone after the test; its clock stands at NOW."""
    clock.freeze(NOW)
    with _shared_app.app_context():
        engine = db.engine
        engines = cast("dict[str | None, object]", db.engines)
    connection = engine.connect()
    outer = connection.begin()
    engines[None] = connection
    yield _shared_app
    engines[None] = engine
    outer.rollback()
    connection.close()
    clock.freeze(None)


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """Stand inside the application, for tests of services. Tests of pages use `client` without it."""
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser of sorts, signed out."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], FlaskClient]:
    """Give a function that signs in an account of `tests.factories.make_user` and gives its browser.

    It begins a session as signing in does, without the pages: tests/workforce/identity walks through those.
    """

    return partial(signed_in, app)


def signed_in(app: Flask, email: str) -> FlaskClient:
    """Return the browser of an account that is signed in; see `sign_in`."""
    browser = app.test_client()
    with app.app_context(), transaction():
        user = user_by_email(email)
        token, _ = open_session(user, remembered=False, user_agent="", address="127.0.0.1", now=clock.now())
        uniquifier = user.fs_uniquifier
    with browser.session_transaction() as cookie:
        cookie.update(sid=token, _user_id=uniquifier, _fresh=True, fs_paa=time.time())
    return browser


@pytest.fixture
def fresh_database(make_database: Callable[..., str], template: str, worker_id: str) -> str:
    """Give the address of a migrated and empty database that commits are kept in, for races, crashes and commands."""
    return make_database(f"daybook_fresh_{worker_id}", template)


@pytest.fixture
def fresh_app(fresh_database: str, tmp_path: Path) -> Iterator[Flask]:
    """Give an application on a database of its own, with real commits; its clock stands at NOW."""
    app = make_app(fresh_database, tmp_path / "instance")
    clock.freeze(NOW)
    yield app
    clock.freeze(None)
    close_app(app)


@pytest.fixture
def queries(app: Flask) -> Callable[[Callable[[], object]], int]:
    """Give a function that counts the statements that a call sends to the database."""

    def count(call: Callable[[], object]) -> int:
        seen: list[str] = []
        with app.app_context():
            connection = db.engines[None]

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                seen.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        try:
            call()
        finally:
            event.remove(connection, "before_cursor_execute", note)
        return len(seen)

    return count


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of real exports, where it is there; a test that needs it is passed over elsewhere."""
    folder = Path(os.environ.get("DAYBOOK_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the real exports are not on this machine")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of Chromium, where it is installed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is not on this machine")
    return found
