"""`daybook bench lists`: every list page of people, projects and rates, asked for in a demo of many applicants."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import psycopg
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import event

from workforce.core import clock
from workforce.core import demo as demonstration
from workforce.core.bench import Bench, BenchWrong, Measured, Say, peak_rss_mb, settle
from workforce.core.db import connect, db, direct_url, rows, transaction
from workforce.identity.queries import user_by_email
from workforce.identity.services import open_session

_WORKERS: Final = 200
_DAYS: Final = 6
_TIMES: Final = 7  # each page, after one to warm up
# Who reads a list, and its address. What stands in braces is looked up in the demo.
LISTS: Final = tuple(
    (role, path)
    for role, paths in {
        "recruiter": (
            "/manage/applications", "/manage/applications?state=", "/manage/applications?state=&start={deep}",
            "/manage/applications?state=confirmed", "/manage/applications?state=accepted&country=VN",
            "/manage/applications?state=&flagged=y", "/manage/applications?state=&channel=reddit",
            "/manage/applications?state=&campaign=JOBS-VN", "/manage/applications?state=&search=ng",
            "/manage/applications?state=&search=applicant9", "/manage/applications?state=&search=nobody",
            "/manage/campaigns", "/manage/funnel",
        ),
        "reviewer": ("/manage/grading",),
        "manager": (
            "/manage/tests", "/manage/tests/{test}", "/manage/tests/{test}/holders",
            "/manage/tests/{test}/holders?state=all&email=applicant9",
            "/manage/tests/{test}/holders?state=all&start={some}",
            "/manage/tests/versions/{version}/statistics", "/manage/tests/{test}/agreement", "/manage/appeals",
            "/manage/appeals?state=decided", "/manage/projects", "/manage/projects?search=a",
            "/manage/projects/{project}/people", "/manage/projects/{project}/people?state=left&search=a",
            "/manage/projects/{project}/members", "/manage/projects/{project}/guidelines",
            "/manage/projects/{project}/rates", "/manage/projects/{project}/offers",
            "/manage/projects/{project}/training", "/manage/offers",
        ),
        "admin": (
            "/admin/people", "/admin/people?prefix=applicant9", "/admin/people?role=applicant",
            "/admin/people?role=worker&page=20", "/admin/people?page=180", "/admin/mail", "/admin/audit",
            "/admin/audit?action=application.accept", "/admin/audit?actor=nobody@people.example", "/manage/projects",
            "/manage/campaigns",
        ),
        "worker": (
            "/me/messages", "/me/projects", "/me/tests", "/me/tests/attempts", "/me/rates", "/me/offers",
            "/me/training",
        ),
        "finance": (
            "/finance/floors", "/finance/tax-forms", "/finance/tax-forms?search=nguyen",
            "/finance/tax-forms?start={some}", "/manage/offers",
        ),
    }.items()
    for path in paths
)  # fmt: skip
_PLACES: Final = """
SELECT (SELECT skill_test.code FROM skill_test LEFT JOIN certification ON certification.test_id = skill_test.id
         GROUP BY skill_test.id ORDER BY count(certification.id) DESC, skill_test.id LIMIT 1),
       (SELECT test_version.id FROM test_version LEFT JOIN test_attempt ON test_attempt.version_id = test_version.id
         GROUP BY test_version.id ORDER BY count(test_attempt.id) DESC, test_version.id LIMIT 1),
       (SELECT project.code FROM project
          JOIN project_member ON project_member.project_id = project.id AND project_member.user_id = :manager
          LEFT JOIN participation ON participation.project_id = project.id
         WHERE project_member.part = 'manager'
         GROUP BY project.id ORDER BY count(participation.worker_id) DESC, project.id LIMIT 1)
"""


@dataclass(frozen=True)
class Timed:
    """A page, measured.

    Attributes:
        path: of it.
        seconds: from the request to the whole answer, in the median.
        processor: seconds that the server's process was at work for it, in the median, without the database's.
        bound: seconds that its statements take alone, in the median.
        queries: how many statements it sends.
        rows: that they gave.

    """

    path: str
    seconds: float
    processor: float
    bound: float
    queries: int
    rows: int


def measure_lists(size: int, say: Say) -> Measured:
    """Make a demo of a number of applicants, and ask for each list.

    Args:
        size: applicants.
        say: is told what is going on.

    Returns:
        the slowest page's time, its statements' and the rows that they gave; the notes tell of every page.

    Raises:
        BenchWrong: a page was not to be had.

    """
    make_demo(size, say)
    with connect(direct_url()) as connection:
        connection.execute("VACUUM (ANALYZE)")  # as autovacuum does in the course of a day
        settle(connection)
        found = sorted(measured(connection, say), key=lambda page: page.seconds, reverse=True)
    slowest = found[0]
    return Measured(slowest.rows, slowest.seconds, slowest.bound, peak_rss_mb(), [_sentence(page) for page in found])


def make_demo(size: int, say: Say) -> None:
    """Make a demo of a number of applicants.

    Raises:
        BenchWrong: there is something already.

    """
    begun = demonstration.begin(workers=_WORKERS, days=_DAYS, seed=7, now=clock.now(), applicants=size)
    if begun is None:
        raise BenchWrong(name="lists", problem="the database is not empty")

    def reporter(name: str) -> demonstration.Progress:
        say(f"making {name}")
        return lambda _done, _every: None

    demonstration.finish(begun, reporter)


def measured(connection: psycopg.Connection, say: Say) -> Iterator[Timed]:
    """Ask for each list several times, and for its statements alone on a connection."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- Flask's own way
    places = _places()
    browsers: dict[str, FlaskClient] = {}
    for role, template in LISTS:
        if role not in browsers:
            browsers[role] = _browser(app, role)
        path = template.format_map(places)
        say(path)
        yield _timed(connection, browsers[role], path)


def _places() -> dict[str, object]:
    with transaction():
        manager = user_by_email(_address("manager")).id
        ((test, version, project),) = rows(_PLACES, manager=manager)
        ((applications,),) = rows("SELECT count(*) FROM application")
    deep = applications * 9 // 10 // 50 * 50
    return {"test": test, "version": version, "project": project, "deep": deep, "some": deep // 500 * 50}


def _address(role: str) -> str:
    return next(email for name, email in demonstration.LOGINS if name == role)


def _browser(app: Flask, role: str) -> FlaskClient:
    """Give a browser in which an account of the demo is signed in."""
    browser = app.test_client()
    with transaction():
        user = user_by_email(_address(role))
        token, _ = open_session(user, remembered=False, user_agent="", address="127.0.0.1", now=clock.now())
        uniquifier = user.fs_uniquifier
    with browser.session_transaction() as cookie:
        cookie.update(sid=token, _user_id=uniquifier, _fresh=True, fs_paa=time.time())
    return browser


def _timed(connection: psycopg.Connection, browser: FlaskClient, path: str) -> Timed:
    def ask() -> None:
        answer = Context().run(browser.get, path)  # outside of the application's context, as a server does it
        if answer.status_code != 200:
            raise BenchWrong(name="lists", problem=f"{path} answers {answer.status_code}")

    ask()
    with _noted() as statements:
        ask()
    seconds, processor = _clocked(ask)
    given: list[int] = []

    def run() -> None:
        given[:] = _bare(connection, statements)

    run()
    bound, _ = _clocked(run)
    return Timed(path, seconds, processor, bound, len(statements), sum(given))


def _clocked(call: Callable[[], None]) -> tuple[float, float]:
    """Give the medians of the seconds that a call takes, and of those in which this process is at work."""
    walls, works = [], []
    for _ in range(_TIMES):
        wall, work = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - wall)
        works.append(time.process_time() - work)
    return median(walls), median(works)


@contextmanager
def _noted() -> Iterator[list[tuple[str, Any]]]:
    """Give a list of the statements that are sent to the database, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _bare(connection: psycopg.Connection, statements: Sequence[tuple[str, Any]]) -> list[int]:
    """Run statements and read what they give, in a transaction that is undone."""
    given = []
    with connection.transaction(force_rollback=True):
        for statement, parameters in statements:
            cursor = connection.execute(statement.encode(), parameters)
            given.append(len(cursor.fetchall()) if cursor.description else 0)
    return given


def _sentence(page: Timed) -> str:
    return (
        f"{page.seconds * 1000:5.0f} ms, {page.processor * 1000:4.0f} at work here, {page.bound * 1000:4.0f} the bare"
        f" statements, {page.queries:2} queries: {page.path}"
    )


BENCH: Final = Bench("lists", "applicants", measure_lists, whole=True)
