"""The page of exchange rates: what counts, what waits, and two people who correct a rate."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from payroll.fx.queries import open_changes, rates_for
from tests.factories import DAY, make_fx, make_user
from workforce.core.db import transaction

PAGE = "/finance/exchange-rates"
SignIn = Callable[[str], FlaskClient]
RATE = {"source": "sbp", "base": "USD", "quote": "PKR", "day": DAY.isoformat()}


def plain(html: str) -> str:
    words = unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ").replace("\u2068", "").replace("\u2069", "")
    return re.sub(r"\s+", " ", words)


@pytest.fixture
def people(app: Flask, sign_in: SignIn) -> tuple[FlaskClient, FlaskClient]:
    """Return two people of finance; there is a rate of two days."""
    with app.app_context(), transaction():
        make_fx("USD", "PKR", "281.7", day=DAY - timedelta(days=1), source="sbp")
        make_fx("USD", "PKR", "290", source="sbp")
        for name in ("first", "second"):
            make_user("finance", f"{name}@example.com")
        make_user("admin", "admin@example.com")
    return sign_in("first@example.com"), sign_in("second@example.com")


def waiting(app: Flask) -> list[int]:
    with app.app_context(), transaction():
        return [one.id for one in open_changes()]


def counted(app: Flask) -> list[str]:
    with app.app_context(), transaction():
        return sorted(f"{one.rate:f}" for one in rates_for(DAY).published)


def test_a_rate_is_corrected_on_the_page_by_two_people(app: Flask, people: tuple[FlaskClient, FlaskClient]) -> None:
    first, second = people
    assert "1 USD = 290 PKR" in plain(first.get(PAGE).text)
    answer = first.post(f"{PAGE}/corrections", data={**RATE, "rate": "282.5", "reason": "A typo"})
    assert answer.status_code == 303
    (number,) = waiting(app)
    assert "another person has to confirm it" in plain(first.get(PAGE).text)
    assert "Confirm rate" not in plain(first.get(PAGE).text)
    refused = first.post(f"{PAGE}/changes/{number}/confirm")
    assert (refused.status_code, "another person in finance has to confirm it" in plain(refused.text)) == (403, True)
    seen = plain(second.get(PAGE).text)
    assert "A typo" in seen
    assert "by first@example.com" in seen
    assert second.post(f"{PAGE}/changes/{number}/confirm").status_code == 303
    assert counted(app) == ["281.7", "282.5"]
    assert "1 USD = 282.5 PKR 290" in plain(second.get(PAGE).text)


def test_a_correction_is_withdrawn_or_refused_with_a_reason(
    app: Flask, people: tuple[FlaskClient, FlaskClient]
) -> None:
    first, second = people
    first.post(f"{PAGE}/corrections", data={**RATE, "rate": "282.5", "reason": "A typo"})
    (number,) = waiting(app)
    assert second.post(f"{PAGE}/changes/{number}/refuse", data={"reason": " "}).status_code == 400
    assert second.post(f"{PAGE}/changes/{number}/refuse", data={"reason": "It is right"}).status_code == 303
    first.post(f"{PAGE}/corrections", data={**RATE, "rate": "282.5", "reason": "A typo"})
    assert first.post(f"{PAGE}/changes/{waiting(app)[0]}/refuse").status_code == 303
    assert waiting(app) == []
    assert counted(app) == ["281.7", "290"]


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"rate": "two"}, 400, "Write a plain number such as 129.67."),
        ({"rate": "290"}, 409, "The rate is 290 already."),
        ({"rate": "0"}, 400, "must be a number above 0"),
        ({"reason": " "}, 400, "Say what was wrong"),
        ({"day": "2026-11-01"}, 404, ""),
        ({"day": "yesterday"}, 400, ""),
        ({"base": "ABC"}, 400, ""),
    ],
)
def test_what_is_refused_says_why_and_keeps_what_was_typed(
    people: tuple[FlaskClient, FlaskClient], given: dict[str, str], status: int, said: str
) -> None:
    typed = {**RATE, "rate": "282.5", "reason": "A typo by the bank", **given}
    answer = people[0].post(f"{PAGE}/corrections", data=typed)
    assert answer.status_code == status
    assert said in plain(answer.text)
    if said:
        assert typed["reason"] in answer.text


def test_a_rate_that_waits_is_confirmed_on_the_page(app: Flask, people: tuple[FlaskClient, FlaskClient]) -> None:
    with app.app_context(), transaction():
        make_fx("USD", "PKR", "0.00355", day=DAY + timedelta(days=1), source="sbp")
    seen = plain(people[0].get(PAGE).text)
    assert "more than 20 percent away" in seen
    assert "1 USD = 290 PKR on Nov 18, 2026" in seen
    assert people[0].post(f"{PAGE}/changes/{waiting(app)[0]}/confirm").status_code == 303
    assert "1 USD = 0.00355 PKR" in plain(people[0].get(f"{PAGE}?source=sbp&currency=pkr").text)
    assert "No rate fits" in plain(people[0].get(f"{PAGE}?currency=EUR").text)


@pytest.mark.usefixtures("people")
def test_an_admin_sees_rates_and_changes_none(sign_in: SignIn) -> None:
    admin = sign_in("admin@example.com")
    assert "Correct rate" not in plain(admin.get(PAGE).text)
    assert admin.post(f"{PAGE}/corrections", data={**RATE, "rate": "282.5", "reason": "A typo"}).status_code == 403
