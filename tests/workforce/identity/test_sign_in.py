"""Sign-in."""

import re
from pathlib import Path

from flask import Flask

from tests.conftest import close_app, make_app
from tests.factories import PASSWORD, make_user
from workforce.core.db import transaction
from workforce.core.demo import LOGINS


def test_a_demo_account_cannot_sign_in_where_a_demo_database_is_served_for_real(
    fresh_database: str, tmp_path: Path
) -> None:
    answers = {}
    for environment in ("test", "production"):
        app = make_app(fresh_database, tmp_path, environment=environment)
        if environment == "test":
            with app.app_context(), transaction():
                make_user("worker", LOGINS[0][1])
        answer = app.test_client().post("/sign-in", data={"email": LOGINS[0][1], "password": PASSWORD})
        answers[environment] = answer.status_code
        close_app(app)
    assert answers == {"test": 302, "production": 200}


def _answer(app: Flask, email: str) -> str:
    return app.test_client().post("/sign-in", data={"email": email, "password": PASSWORD}).text


def test_a_shut_account_gets_the_answer_of_an_unknown_one(app: Flask) -> None:
    with app.app_context(), transaction():
        make_user("finance", "shut@example.com").active = False
    told = [
        re.sub(r'name="csrf_token" value="[^"]*"', "", _answer(app, email).replace(email, ""))
        for email in ("shut@example.com", "nobody@example.com")
    ]
    assert told[0] == told[1]
