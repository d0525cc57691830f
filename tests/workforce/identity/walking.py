"""How a person signs in with the pages, step by step."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import PASSWORD, code_now


def give_password(browser: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
    """Send the first page of sign-in."""
    return browser.post("/sign-in", data={"email": email, "password": password, **more})


def give_code(browser: FlaskClient, later: int = 0, code: str = "") -> TestResponse:
    """Send the second one."""
    return browser.post("/sign-in/code", data={"code": code or code_now(later)})


def grow_stale(browser: FlaskClient, minutes: int = 16) -> None:
    """Let time go by since the browser last showed who sits before it."""
    with browser.session_transaction() as cookie:
        cookie["fs_paa"] -= minutes * 60


def key_on(page: str) -> str:
    """Give the key that a page of setting up shows as text."""
    found = re.search(r"<code>([A-Z2-7-]+)</code>", page)
    assert found, page
    return found[1].replace("-", "")
