"""The first page: each person begins where her work is."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_user
from workforce.core.db import transaction

SignIn = Callable[[str], FlaskClient]


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("worker", "/me/earnings"),
        ("manager", "/manage/projects"),
        ("finance", "/finance/runs"),
        ("admin", "/admin/jobs"),
    ],
)
def test_a_person_begins_where_her_work_is(app: Flask, sign_in: SignIn, role: str, address: str) -> None:
    with app.app_context(), transaction():
        email = make_user(role).email
    assert sign_in(email).get("/").location == address


def test_whoever_is_signed_out_is_asked_to_sign_in(client: FlaskClient) -> None:
    assert client.get("/").location == "/sign-in?next=/"


def test_a_person_without_a_role_gets_a_page_that_says_what_to_do(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        user = make_user("manager")
        user.roles = []
        email = user.email
    answer = sign_in(email).get("/")
    assert answer.status_code == 200
    assert "Ask your administrator" in answer.text
    assert "<h1>Welcome</h1>" in answer.text
