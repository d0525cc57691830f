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
# Writes tests.
WRITERS: Final = {"manager"}
FINANCE: Final = {"finance"}
FINANCE_READERS: Final = {"finance", "admin"}
ADMINS: Final = {"admin"}
TAKERS: Final = {"applicant", "worker"}
GRADERS: Final = {"reviewer"}

# endpoint -> who may open it
TABLE: Final[dict[str, set[str]]] = {
    "core.static": EVERYBODY,
    "core.healthz": EVERYBODY,
    "core.readyz": EVERYBODY,
    "core.metrics": EVERYBODY,
    "core.set_locale": EVERYBODY,
    "security.login": EVERYBODY,
    "security.logout": SIGNED_IN,
    "security.forgot_password": EVERYBODY,
    "security.reset_password": EVERYBODY,
    "security.send_confirmation": EVERYBODY,
    "security.confirm_email": EVERYBODY,
    "security.tf_select": EVERYBODY,
    "security.two_factor_token_validation": EVERYBODY,
    "security.mf_recovery": EVERYBODY,
    "security.wan_signin": EVERYBODY,
    "security.wan_signin_response": EVERYBODY,
    "security.change_password": SIGNED_IN,
    "security.verify": SIGNED_IN,
    "security.two_factor_setup": SIGNED_IN,
    "security.two_factor_setup_validate": SIGNED_IN,
    "security.mf_recovery_codes": SIGNED_IN,
    "security.wan_register": SIGNED_IN,
    "security.wan_register_response": SIGNED_IN,
    "security.wan_delete": SIGNED_IN,
    "security.wan_verify": SIGNED_IN,
    "security.wan_verify_response": SIGNED_IN,
    # Flask-Security brings these; nothing of ours uses them.
    "security.static": NO_ONE,
    "security.two_factor_rescue": NO_ONE,
    "account.overview": SIGNED_IN,
    "account.sessions": SIGNED_IN,
    "account.end_session": SIGNED_IN,
    "account.end_others": SIGNED_IN,
    "home.start": SIGNED_IN,
    "admin.jobs": ADMINS,
    "admin.audit_log": ADMINS,
    "mail.overview": ADMINS,
    "mail.retry": ADMINS,
    "messages.choose": SIGNED_IN,
    "messages.listing": SIGNED_IN,
    "messages.preferences": SIGNED_IN,
    "messages.read": SIGNED_IN,
    "messages.read_all": SIGNED_IN,
    "people.grant": ADMINS,
    "people.listing": ADMINS,
    "people.reopen": ADMINS,
    "people.revoke": ADMINS,
    "people.show": ADMINS,
    "people.shut": ADMINS,
    "appeals.decide": MANAGERS,
    "appeals.listing": MANAGERS,
    "appeals.show": MANAGERS,
    "onboarding.apply": EVERYBODY,
    "onboarding.submit": EVERYBODY,
    "onboarding.sent": EVERYBODY,
    "onboarding.terms": EVERYBODY,
    "onboarding.confirm": EVERYBODY,
    "onboarding.choose_password": EVERYBODY,
    "onboarding.mine": TAKERS,
    "onboarding.withdraw": TAKERS,
    "onboarding.resume": TAKERS,
    "onboarding.appeal": TAKERS,
    "onboarding.identity": TAKERS,
    "onboarding.show_document": TAKERS,
    "onboarding.tax": TAKERS,
    "onboarding.sign_tax": TAKERS,
    "applications.listing": {"recruiter"},
    "applications.show": {"recruiter"},
    "applications.decide_on": {"recruiter"},
    "applications.review": {"recruiter"},
    "applications.picture": {"recruiter"},
    "campaigns.listing": {"recruiter", "admin"},
    "campaigns.create": {"recruiter", "admin"},
    "funnel.report": {"recruiter", "manager", "admin"},
    "funnel.export": {"recruiter", "manager", "admin"},
    "tax.listing": FINANCE,
    "tax.read": FINANCE,
    "floors.listing": FINANCE_READERS,
    "trainings.listing": {"manager"},
    "trainings.write": {"manager"},
    "trainings.publish": {"manager"},
    "my_profile.ask": WORKERS,
    "my_profile.show": WORKERS,
    "my_profile.withdraw": WORKERS,
    "workers.answer": FINANCE_READERS,
    "workers.change": FINANCE_READERS,
    "workers.link": ADMINS,
    "workers.listing": FINANCE_READERS,
    "workers.show": FINANCE_READERS,
    "my_training.listing": WORKERS,
    "my_training.show": WORKERS,
    "my_training.start": WORKERS,
    "my_training.finish": WORKERS,
    "imports.form": MANAGERS,
    "imports.take": MANAGERS,
    "openings.acknowledge": WORKERS,
    "openings.decline": WORKERS,
    "openings.join": WORKERS,
    "openings.listing": {"applicant", "worker"},
    "openings.show": {"applicant", "worker"},
    "projects.add_member": MANAGERS,
    "projects.change_state": MANAGERS,
    "projects.create": MANAGERS,
    "projects.create_form": MANAGERS,
    "projects.guideline": MANAGERS,
    "projects.guidelines": MANAGERS,
    "projects.life": MANAGERS,
    "projects.members": MANAGERS,
    "projects.people": MANAGERS,
    "projects.publish": MANAGERS,
    "projects.remove_member": MANAGERS,
    "projects.remove_worker": MANAGERS,
    "projects.require": MANAGERS,
    "projects.requirements": MANAGERS,
    "projects.revival_form": MANAGERS,
    "projects.revive": MANAGERS,
    "projects.save_settings": MANAGERS,
    "projects.settings": MANAGERS,
    "tasks.project": MANAGERS,
    "tasks.project_list": MANAGERS,
    "taking.answer": TAKERS,
    "taking.appeal": TAKERS,
    "taking.attempt": TAKERS,
    "taking.go": TAKERS,
    "taking.listing": TAKERS,
    "taking.past": TAKERS,
    "taking.question": TAKERS,
    "taking.review": TAKERS,
    "taking.time_left": TAKERS,
    "taking.start": TAKERS,
    "taking.submit": TAKERS,
    "tests.certification": MANAGERS,
    "tests.certify": MANAGERS,
    "tests.holders": MANAGERS,
    "tests.listing": MANAGERS,
    "tests.show": MANAGERS,
    "tests.statistics": MANAGERS,
    "tests.take_away": MANAGERS,
    "tests.add_version": WRITERS,
    "tests.change": WRITERS,
    "tests.change_settings": WRITERS,
    "tests.correct": WRITERS,
    "tests.create": WRITERS,
    "tests.create_question": WRITERS,
    "tests.discard_version": WRITERS,
    "tests.key": WRITERS,
    "tests.move": WRITERS,
    "tests.new": WRITERS,
    "tests.new_question": WRITERS,
    "tests.preview": WRITERS,
    "tests.publish_version": WRITERS,
    "tests.question": WRITERS,
    "tests.remove": WRITERS,
    "tests.save_question": WRITERS,
    "tests.settings": WRITERS,
    "tests.version": WRITERS,
    "tests.version_settings": WRITERS,
    "tests.withdraw": WRITERS,
    "tests.mine": TAKERS,
    "tests.image": SIGNED_IN,
    "grading.agreement": MANAGERS,
    "grading.answer": GRADERS,
    "grading.appealed": MANAGERS,
    "grading.give": GRADERS,
    "grading.queue": GRADERS,
    "grading.regrade": MANAGERS,
    "me.day_earnings": WORKERS,
    "me.earnings": WORKERS,
    "me.payslip": WORKERS,
    "me.waiting": WORKERS,
    "exports.download": FINANCE,
    "fx.confirm": FINANCE,
    "fx.correct": FINANCE,
    "fx.listing": FINANCE_READERS,
    "fx.refuse": FINANCE,
    "payouts.approve_request": FINANCE,
    "payouts.balances": FINANCE_READERS,
    "payouts.overview": FINANCE_READERS,
    "payouts.propose_balance": FINANCE,
    "payouts.propose_order": FINANCE,
    "payouts.refuse_request": FINANCE,
    "payouts.release": FINANCE,
    "payouts.slip": FINANCE_READERS,
    "payouts.slips": FINANCE_READERS,
    "my_rates.answer": WORKERS,
    "my_rates.listing": WORKERS,
    "my_rates.offers": WORKERS,
    "my_rates.read": WORKERS,
    "offers.approvals": {"manager", "finance"},
    "offers.decide": {"manager", "finance"},
    "offers.listing": {"manager"},
    "offers.propose": {"manager"},
    "offers.withdraw": {"manager"},
    "rates.add": {"manager"},
    "rates.card": {"manager", "finance", "admin"},
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
