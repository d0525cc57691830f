"""One way from release to orders, whoever takes it: what is owed is made up for before anything is sent."""

from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest
from flask import Flask

from payroll.payouts.services import prepare_released, release_run, send, start_release
from tests.factories import DAY, NOW, make_group
from tests.payroll.payouts.paying import (
    NEXT,
    THIRD,
    People,
    approved,
    balance,
    begin,
    let_go,
    orders,
    pay_day,
    rail,
    send_now,
    take_back,
    work,
)
from tests.races.racing import approved as approved_crowd
from workforce.core.db import db, run, transaction
from workforce.identity.queries import emails_of

Release = Callable[[str], None]


@pytest.fixture(params=["page", "command", "job"])
def release(request: pytest.FixtureRequest, app: Flask, people: People) -> Release:
    """Return each way to release a run."""
    _, second = people

    def on_the_page(name: str) -> None:
        with transaction():
            email = next(iter(emails_of({second.id}).values()))
        browser = request.getfixturevalue("sign_in")(email)
        assert browser.post(f"/finance/runs/{name}/release").status_code == 303

    def on_the_command_line(name: str) -> None:
        release_run(second, name, rail="sandbox", now=NOW)

    def moved_only(name: str) -> None:
        with transaction():
            start_release(second, name, now=NOW)

    return {"page": on_the_page, "command": on_the_command_line, "job": moved_only}[request.param]


def owing(people: People) -> None:
    """Let a worker be paid 12.50, of which all is taken back on the next day; that run is released and holds them."""
    begin()
    source = work("12.50")
    pay_day(people)
    send_now()
    take_back(source, NEXT)
    work("1.00", day=NEXT)
    pay_day(people, NEXT)


def test_what_is_owed_is_made_up_for_whoever_releases(release: Release, people: People) -> None:
    owing(people)
    work("20.00", day=THIRD)
    name = approved(people, THIRD)
    let_go(people, f"KE-{NEXT}")
    release(name)
    send_now()
    assert orders()[1:] == [(THIRD, "8.5 KES", "paid")]
    assert balance() == 0


def test_runs_that_are_released_at_once_are_taken_in_the_order_of_their_days(release: Release, people: People) -> None:
    begin()
    days = (DAY, NEXT, THIRD)
    for day in days:
        work("10.00", day=day)
    names = [approved(people, day) for day in days]
    with transaction():
        for name in names[:0:-1]:
            start_release(people[1], name, now=NOW)
    release(names[0])
    send_now()
    assert orders() == [(day, "10 KES", "paid") for day in days]


def test_a_debt_in_a_later_run_is_made_up_for_by_an_earlier_one_that_is_not_prepared_yet(
    release: Release, people: People
) -> None:
    begin()
    source = work("12.50")
    pay_day(people)
    send_now()
    work("10.00", day=NEXT)
    take_back(source, THIRD)
    names = [approved(people, NEXT), approved(people, THIRD)]
    let_go(people, names[1])
    with transaction():
        start_release(people[1], names[1], now=NOW)
    release(names[0])
    send_now()
    assert [amount for _, amount, _ in orders()] == ["12.5 KES"], "nothing leaves while 2.50 are owed"
    assert balance() == Decimal("-2.5")


def moved_with_a_debt(people: People, *, currency: str) -> list[str]:
    """Let a worker who owes 12.50 KES move to another group, and earn there on the same day; both runs are approved."""
    begin()
    source = work("12.50")
    pay_day(people)
    send_now()
    take_back(source, NEXT)
    debt = approved(people, NEXT)
    with transaction():
        make_group("AA", currency=currency, open_day=NEXT)
        run("UPDATE worker SET group_id = (SELECT id FROM pay_group WHERE code = 'AA'), currency = :to", to=currency)
    work("20.00", day=NEXT, currency=currency)
    let_go(people, debt)
    return [approved(people, NEXT, group="AA"), debt]


def test_a_debt_in_the_former_group_is_made_up_for_on_the_same_day(release: Release, people: People) -> None:
    names = moved_with_a_debt(people, currency="KES")
    with transaction():
        start_release(people[1], names[1], now=NOW)
    release(names[0])
    send_now()
    assert orders()[1:] == [(NEXT, "7.5 KES", "paid")]
    assert balance() == 0


def test_a_debt_in_one_currency_leaves_another_currency_alone(release: Release, people: People) -> None:
    names = moved_with_a_debt(people, currency="UGX")
    for name in names:
        release(name)
    send_now()
    assert orders()[1:] == [(NEXT, "20 UGX", "paid")]
    assert (balance(), balance("UGX")) == (Decimal("-12.5"), Decimal(0))


def test_sending_makes_the_orders_that_are_still_to_be_made(people: People) -> None:
    begin()
    work("10.00")
    name = approved(people)
    with transaction():
        start_release(people[1], name, now=NOW)
    assert orders() == []
    assert send(rail(), now=lambda: NOW).sent == 1
    assert prepare_released(rail="sandbox", now=NOW) == 0


def test_whoever_releases_on_the_page_wakes_the_job_that_sends(fresh_app: Flask) -> None:
    people = approved_crowd(fresh_app, 1)
    with fresh_app.app_context():
        url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as link:
            link.execute("LISTEN daybook_wake")
            with transaction():
                start_release(people[1], f"KE-{DAY}", now=NOW)
            assert [one.payload for one in link.notifies(timeout=20, stop_after=1)] == ["send-payouts"]
