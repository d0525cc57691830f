"""Two at once: one account, one document, one decision."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories import NOW, make_group
from tests.factories.onboarding import RECRUITER, make_confirmed, sent
from workforce.core.db import rows, transaction
from workforce.core.errors import DaybookError
from workforce.onboarding.services import apply as services
from workforce.onboarding.services import decide
from workforce.onboarding.services.apply import Origin


def at_once(app: Flask, calls: list[Callable[[], object]]) -> list[str]:
    start, said = threading.Barrier(len(calls)), []

    def one(call: Callable[[], object]) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    call()
                said.append("done")
            except DaybookError as problem:
                said.append(problem.code)

    threads = [threading.Thread(target=one, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


@pytest.mark.parametrize("_round", range(3))
def test_a_form_sent_twice_at_once_makes_one_account_and_one_mail(fresh_app: Flask, _round: int) -> None:
    form = sent("a@example.com")
    said = at_once(fresh_app, [lambda: services.apply(form, Origin(), now=NOW)] * 4)
    assert said == ["done"] * 4
    with fresh_app.app_context(), transaction():
        assert rows("SELECT (SELECT count(*) FROM user_account), (SELECT count(*) FROM application),"
                    " (SELECT count(*) FROM mail)") == [(1, 1, 1)]  # fmt: skip


def test_of_two_decisions_at_once_one_stands(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        make_group()
        key = make_confirmed().id
    said = at_once(fresh_app, [
        lambda: decide.accept(RECRUITER, key, reason="Known.", now=NOW),
        lambda: decide.accept(RECRUITER, key, reason="Known.", now=NOW),
        lambda: decide.decline(RECRUITER, key, reason="No.", now=NOW),
    ])  # fmt: skip
    assert said == ["application_state", "application_state", "done"]
    with fresh_app.app_context(), transaction():
        assert rows(
            "SELECT count(*) FROM audit_event WHERE action IN ('application.accept', 'application.decline')"
        ) == [(1,)]
