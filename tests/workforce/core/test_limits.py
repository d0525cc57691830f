"""Tries are counted once for all web processes, by account and by network address."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import close_app, make_app, signed_in
from tests.factories import make_user
from workforce.core import limits
from workforce.core.db import rows, transaction


@pytest.fixture
def two(fresh_database: str, tmp_path: Path) -> Iterator[list[Flask]]:
    """Give two applications on one database, as two web processes are."""
    made = [make_app(fresh_database, tmp_path / name) for name in ("one", "two")]
    for app in made:
        app.config["COUNT_TRIES"] = True
    yield made
    for app in made:
        close_app(app)


def sign_in(app: Flask, email: str, **more: str) -> int:
    return (
        app.test_client().post("/sign-in", data={"email": email, "password": "no"}, environ_overrides=more).status_code
    )


def test_two_processes_count_together_and_in_every_spelling(two: list[Flask]) -> None:
    with two[0].app_context(), transaction():
        make_user("worker", "josé@bücher.example")
    spellings = [
        "josé@bücher.example", "JOSÉ@bücher.example", "jose\u0301@bücher.example", "josé@xn--bcher-kva.example",
        " josé@BÜCHER.example ",
    ]  # fmt: skip
    addresses = [f"192.0.2.{number}" for number in range(11)]
    statuses = [
        sign_in(two[number % 2], spellings[number % len(spellings)], REMOTE_ADDR=addresses[number])
        for number in range(11)
    ]
    assert statuses == [200] * 10 + [429]
    assert sign_in(two[0], "else@example.com") == 200


def test_tries_at_once_are_each_counted(two: list[Flask]) -> None:
    statuses: list[int] = []
    start = threading.Barrier(12)

    def one(number: int) -> None:
        start.wait(10)
        statuses.append(sign_in(two[number % 2], "ann@example.com"))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(statuses) == [200] * 10 + [429] * 2


def test_money_is_not_moved_by_the_hundred_by_one_person_on_several_processes(two: list[Flask]) -> None:
    with two[0].app_context(), transaction():
        make_user("finance", "fin@example.com")
    browsers = [signed_in(app, "fin@example.com") for app in two]
    statuses = [browsers[n % 2].post("/finance/runs/NO-2020-01-01/approve").status_code for n in range(61)]
    assert statuses == [404] * 60 + [429]


def test_what_is_counted_names_nobody(two: list[Flask]) -> None:
    sign_in(two[0], "ann@example.com", REMOTE_ADDR="203.0.113.77")
    with two[0].app_context(), transaction():
        kept = rows("SELECT key FROM limit_hit")
    assert len(kept) == 2
    assert not [row for row in kept if "ann" in row.key or "203.0" in row.key]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"), ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
    ],
)  # fmt: skip
def test_a_network_of_one_customer_is_one_address(app: Flask, address: str, counted: str) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        assert limits.by_address() == counted
