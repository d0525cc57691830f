"""Which passwords are good enough, on the page and on the command line."""

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW
from workforce.core.auth import SYSTEM
from workforce.core.db import transaction
from workforce.core.errors import Invalid
from workforce.identity import rules
from workforce.identity.rules import device_of, password_problem, session_length
from workforce.identity.services import create_user
from wsgi import cli

ABOUT = ["nguyen.thi.lan@example.com", "Nguyễn Thị Lan"]


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "daybook-demo-1", "mưa rơi trên mái tôn", "xk4-Tupelo-wren-91", "🦆 quack 🦆 quack 7"],
)
def test_good_passwords_are_taken(password: str) -> None:
    assert password_problem(rules.normalized(password), about=ABOUT) is None


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", rules.TOO_SHORT),
        ("x" * 257, rules.TOO_LONG),
        ("password1234", rules.COMMON),
        ("dragon123456", rules.COMMON),
        ("Qwertyuiop12!", rules.COMMON),
        ("nguyen.thi.lan!7", rules.PERSONAL),
        ("Nguyễn and her duck", rules.PERSONAL),
        ("aaaaaaaaaaaaaaaa", rules.WEAK),
        ("abcdefghijklmno", rules.WEAK),
        ("qwerty qwerty qwerty", rules.WEAK),
    ],
)
def test_poor_passwords_are_refused_with_the_reason(password: str, problem: str) -> None:
    assert password_problem(rules.normalized(password), about=ABOUT) == problem


@given(st.text(max_size=300))
def test_any_text_is_either_taken_or_refused(password: str) -> None:
    problem = password_problem(rules.normalized(password), about=ABOUT)
    assert problem is None or problem.endswith((".", "better."))


def test_a_password_that_is_written_in_two_ways_is_one(context: Flask) -> None:
    with transaction():
        create_user(SYSTEM, "lan@example.com", role="worker", password="mu\u031ba ro\u031bi trên mái", now=NOW)
    answer = context.test_client().post("/sign-in", data={"email": "lan@example.com", "password": "mưa rơi trên mái"})
    assert answer.location == "/"


def test_the_command_line_has_the_same_rules(fresh_app: Flask) -> None:
    command = ["users", "create", "ann@example.com", "--role", "worker", "--password-stdin"]
    done = CliRunner().invoke(cli, command, input="password1234\n", obj=lambda: fresh_app)
    assert done.exit_code == 1
    assert done.stderr.startswith("daybook: password: This is one of the commonest passwords")
    with pytest.raises(Invalid), fresh_app.app_context(), transaction():
        create_user(SYSTEM, "annabel@example.com", role="worker", password="annabel annabel 9", now=NOW)


def test_whoever_can_move_money_is_signed_out_after_a_working_day() -> None:
    strong = session_length(remembered=True, strong=True)
    assert strong == session_length(remembered=False, strong=True)
    assert max(strong).total_seconds() <= 12 * 3600
    assert max(session_length(remembered=True, strong=False)).days <= 14


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari, iPhone"),
        ("curl/8.1", "curl/8.1"),
        ("", ""),
    ],
)
def test_a_device_is_named_so_that_its_owner_knows_it(user_agent: str, name: str) -> None:
    assert device_of(user_agent) == name
