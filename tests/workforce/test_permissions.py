"""Who may do what: every route of the application stands in this table, and the table is true.

A route that is in no row fails the first test: add it beside its neighbours, with the roles that may open it. A route
whose address names something (a run, a project) is asked for one that does not exist: 404 is the answer of a page that
let one in and found nothing.
"""

from collections.abc import Callable, Iterator
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.routing import AnyConverter, Rule

from tests.factories import make_user
from workforce.core.db import METADATA, session, transaction
from workforce.core.http import OTHERS
from workforce.core.permissions import PUBLIC, ROLES

NOBODY: Final = "nobody"
EVERYBODY: Final = {*ROLES, NOBODY}
SIGNED_IN: Final = {*ROLES}
NO_ONE: Final[set[str]] = set()
WORKERS: Final = {"worker"}
MANAGERS: Final = {"manager", "admin"}
FINANCE: Final = {"finance"}
FINANCE_READERS: Final = {"finance", "admin"}
ADMINS: Final = {"admin"}

# endpoint -> who may open it
TABLE: Final[dict[str, set[str]]] = {
    "core.static": EVERYBODY,
    "core.healthz": EVERYBODY,
    "core.readyz": EVERYBODY,
    "core.metrics": EVERYBODY,
    "core.set_locale": EVERYBODY,
    "security.login": EVERYBODY,
    "security.logout": SIGNED_IN,
    # Flask-Security brings these; nothing of ours uses them.
    "security.static": NO_ONE,
    "security.verify": NO_ONE,
    "home.start": SIGNED_IN,
    "admin.jobs": ADMINS,
    "admin.audit_log": ADMINS,
    "imports.form": MANAGERS,
    "imports.take": MANAGERS,
    "tasks.project": MANAGERS,
    "tasks.project_list": MANAGERS,
    "me.day_earnings": WORKERS,
    "me.earnings": WORKERS,
    "me.payslip": WORKERS,
    "me.waiting": WORKERS,
    "exports.download": FINANCE,
    "payouts.overview": FINANCE_READERS,
    "payouts.release": FINANCE,
    "payouts.slip": FINANCE_READERS,
    "payouts.slips": FINANCE_READERS,
    "runs.approve": FINANCE,
    "runs.listing": FINANCE_READERS,
    "runs.resolve": FINANCE,
    "runs.show": FINANCE_READERS,
}
# What an address is filled with; nothing in the database has these names.
NAMES: Final = {"code": "NO-SUCH", "filename": "daybook.css", "run": "NO-2020-01-01", "name": "NO-2020-01-01"}
ALLOWED: Final = {200, 302, 400, 404}


def _rules(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))


def _calls(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Give endpoint, method and an address for everything that can be asked of the application."""
    for rule in _rules(app):
        values = {name: _value(rule, name) for name in rule._converters} | dict(rule.defaults or {})
        with app.test_request_context():
            address = app.url_for(rule.endpoint, **values)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, address


def _value(rule: Rule, name: str) -> str | int:
    kind = rule._converters[name]
    converter = type(kind).__name__
    if isinstance(kind, AnyConverter):
        return str(min(kind.items))
    if converter == "IntegerConverter":
        return 2**40
    return "2020-01-01" if "Date" in converter or name in {"day", "date"} else NAMES.get(name, "NO-SUCH")


@pytest.fixture(params=[NOBODY, *ROLES])
def role(request: pytest.FixtureRequest) -> str:
    """Give each role, and nobody."""
    return str(request.param)


@pytest.fixture
def browser(app: Flask, sign_in: Callable[[str], FlaskClient], role: str) -> FlaskClient:
    """Give the browser of a person of the role, signed in if she can be."""
    if role == NOBODY:
        return app.test_client()
    with app.app_context(), transaction():
        email = make_user(role).email
    return sign_in(email)


def _counts(app: Flask) -> dict[str, int]:
    with app.app_context(), transaction():
        return {
            table: session().execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one() for table in METADATA.tables
        }


def test_every_route_stands_in_the_table_and_every_row_is_a_route(app: Flask) -> None:
    assert {rule.endpoint for rule in _rules(app)} == TABLE.keys()


def test_every_route_of_ours_names_a_permission_that_some_role_has(app: Flask) -> None:
    known = frozenset[str]().union(*ROLES.values()) | {PUBLIC}
    unmarked = {endpoint for endpoint, roles in TABLE.items() if not roles}
    for rule in _rules(app):
        permission = OTHERS.get(rule.endpoint) or getattr(app.view_functions[rule.endpoint], "permission", None)
        assert (permission is None) == (rule.endpoint in unmarked), rule.endpoint
        assert permission is None or permission in known, rule.endpoint


def test_every_permission_of_a_role_is_named_as_the_others_are() -> None:
    for role, permissions in ROLES.items():
        for permission in permissions:
            assert permission.count(":") == 2, (role, permission)
            assert permission == permission.lower().strip(), (role, permission)


def test_pages_answer_to_whom_they_should_and_to_nobody_else(app: Flask, browser: FlaskClient, role: str) -> None:
    wrong = []
    for endpoint, method, address in _calls(app):
        if method != "GET":
            continue
        answer = browser.get(address, buffered=True)
        if role in TABLE[endpoint]:
            right = answer.status_code in ALLOWED and not _to_sign_in(answer.location)
        elif role == NOBODY and TABLE[endpoint]:
            right = answer.status_code == 302 and _to_sign_in(answer.location)
        else:
            right = answer.status_code == 403
        if not right:
            wrong.append((endpoint, address, answer.status_code, answer.location))
    assert not wrong


def test_what_is_refused_changes_nothing(app: Flask, browser: FlaskClient, role: str) -> None:
    before, wrong = _counts(app), []
    for endpoint, method, address in _calls(app):
        if method == "GET" or role in TABLE[endpoint]:
            continue
        answer = browser.open(address, method=method, data={"reason": "x"})
        refused = answer.status_code == 403 or (role == NOBODY and _to_sign_in(answer.location))
        if not refused:
            wrong.append((endpoint, method, address, answer.status_code, answer.location))
    assert not wrong
    assert _counts(app) == before


def _to_sign_in(location: str | None) -> bool:
    return (location or "").startswith("/sign-in")
