"""People are told in their own language, in the app and by mail, as they chose."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from i18n.locale import N_
from tests.factories import NOW, make_group, make_user, make_worker
from workforce.core.db import rows, session, transaction
from workforce.core.db import run as execute
from workforce.core.errors import NotFound
from workforce.core.money import Money
from workforce.identity.models import User
from workforce.notifications.rules import Kind, MissingParamError, UnknownKindError, day_param, money_param
from workforce.notifications.services import (
    add_kind,
    kinds,
    mark_all_read,
    mark_read,
    notify,
    notify_many,
    open_message,
    silence,
)

PAID = Kind("pay.test", N_("Paid"), "%(amount)s on %(day)s", "/me/earnings")
LAPSES = Kind("certification.test", N_("Messages"), "%(what)s lapses", "/me/messages")
VALUES: dict[str, Any] = {"amount": money_param(Money(Decimal("12.5"), "USD")), "day": day_param(NOW.date())}


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    monkeypatch.setattr("workforce.notifications.services.registry._kinds", {one.name: one for one in kinds()})
    add_kind(PAID)
    add_kind(LAPSES)


def mails() -> list[tuple[str, str, str]]:
    found = rows("SELECT recipient, locale, subject FROM mail ORDER BY id")
    return [(row.recipient, row.locale, row.subject) for row in found]


def speaking(locale: str | None, email: str = "") -> User:
    user = make_user("worker", email)
    user.locale = locale
    return user


def test_a_message_is_kept_and_mailed_in_the_persons_own_language(context: Flask) -> None:
    with transaction():
        group = make_group(timezone="Asia/Ho_Chi_Minh", currency="VND")
        make_worker(group, email="c@example.com", locale="vi")
        people = [speaking("vi", "a@example.com"), speaking(None, "b@example.com"), speaking(None, "c@example.com"),
                  speaking("en", "d@example.com"), speaking("fr", "e@example.com")]  # fmt: skip
        for user in people:
            notify(user.id, "pay.test", now=NOW, **VALUES)
        assert [(to, locale) for to, locale, _ in mails()] == [
            ("a@example.com", "vi"), ("b@example.com", "en"), ("c@example.com", "vi"), ("d@example.com", "en"),
            ("e@example.com", "en"),
        ]  # fmt: skip
        texts = [text for (text,) in rows("SELECT text FROM mail ORDER BY id")]
        assert "12,50" in texts[0]
        assert "$12.50 on Nov 20, 2026" in texts[1]
        assert all("http://127.0.0.1:8000/me/earnings" in text for text in texts)
        assert not any("preferences" in text for text in texts)  # pay mails cannot be turned off
        (kept,) = rows("SELECT kind, params, link, read_at FROM message WHERE user_id = :id", id=people[0].id)
        assert tuple(kept) == ("pay.test", VALUES, "/me/earnings", None)


def test_what_is_wrong_with_a_message_is_told_before_anything_is_written(context: Flask) -> None:
    with transaction():
        user = speaking("en")
        with pytest.raises(UnknownKindError):
            notify(user.id, "no.such", now=NOW)
        with pytest.raises(MissingParamError):
            notify(user.id, "pay.test", now=NOW, amount="1")
        with pytest.raises(MissingParamError):
            notify_many([], "pay.test", now=NOW)
        with pytest.raises(ValueError, match="no path"):
            notify(user.id, "pay.test", now=NOW, link="https://elsewhere.example", **VALUES)
        assert rows("SELECT 1 FROM message") == []
        assert mails() == []


def test_what_was_turned_off_comes_not_by_mail_but_stands_in_the_app(context: Flask) -> None:
    with transaction():
        user = speaking("en")
        silence(user.actor, ["skills", "pay", "nonsense"])
        notify(user.id, "certification.test", now=NOW, what="x")
        assert mails() == []
        notify(user.id, "pay.test", now=NOW, **VALUES)
        assert [subject for _, _, subject in mails()] == ["Paid"]
        assert len(rows("SELECT 1 FROM message")) == 2
        silence(user.actor, [])
        notify(user.id, "certification.test", now=NOW, what="x")
        assert len(mails()) == 2
        (text,) = rows("SELECT text FROM mail ORDER BY id DESC LIMIT 1")
        assert "/me/messages/preferences" in text[0]


def test_whose_account_is_shut_is_written_to_about_pay_and_the_account_alone(context: Flask) -> None:
    with transaction():
        user = speaking("en")
        user.active = False
        notify(user.id, "certification.test", now=NOW, what="x")
        assert mails() == []
        notify(user.id, "pay.test", now=NOW, **VALUES)
        assert len(mails()) == 1


def test_many_are_told_with_a_fixed_number_of_statements(
    context: Flask, queries: Callable[[Callable[[], object]], int]
) -> None:
    with transaction():
        people = [speaking(("vi", "en", None)[number % 3]).id for number in range(6)]
        session().flush()
        few = queries(lambda: notify_many(people[:2], "pay.test", now=NOW, **VALUES))
        many = queries(lambda: notify_many([*people, *people], "pay.test", now=NOW, **VALUES))
        assert few == many <= 6
        assert len(rows("SELECT 1 FROM message")) == 8
        assert len(mails()) == 8
        assert len(rows("SELECT 1 FROM mail WHERE locale = 'vi'")) == 3


def test_nobody_reads_or_marks_what_is_somebody_elses(context: Flask) -> None:
    with transaction():
        mine, other = speaking("en"), speaking("en")
        notify_many([mine.id, other.id], "certification.test", now=NOW, what="x")
        ((theirs,),) = rows("SELECT id FROM message WHERE user_id = :id", id=other.id)
        for act in (open_message, mark_read):
            with pytest.raises(NotFound):
                act(mine.actor, theirs, now=NOW)
        mark_all_read(mine.actor, now=NOW)
        assert [row.user_id for row in rows("SELECT user_id FROM message WHERE read_at IS NULL")] == [other.id]
        assert open_message(other.actor, theirs, now=NOW) == "/me/messages"
        open_message(other.actor, theirs, now=NOW + timedelta(hours=1))
        assert [row.read_at for row in rows("SELECT read_at FROM message WHERE user_id = :id", id=other.id)] == [NOW]


@pytest.fixture
def worker(app: Flask) -> User:
    """Give a worker with an account."""
    with app.app_context(), transaction():
        return make_user("worker")


@pytest.fixture
def browser(worker: User, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give her browser."""
    return sign_in(worker.email)


def told(app: Flask, worker: User, count: int) -> None:
    with app.app_context(), transaction():
        for number in range(count):
            notify(worker.id, "certification.test", now=NOW, link="/me/messages/preferences", what=f"No. {number}.")


def test_the_page_shows_unread_ones_first_and_marks_them(app: Flask, worker: User, browser: FlaskClient) -> None:
    assert "No messages" in browser.get("/me/messages").text
    told(app, worker, 3)
    page = browser.get("/me/messages").text
    assert page.index("No. 2. lapses") < page.index("No. 1. lapses") < page.index("No. 0. lapses")
    with app.app_context(), transaction():
        keys = [row.id for row in rows("SELECT id FROM message ORDER BY id")]
    answer = browser.post(f"/me/messages/{keys[2]}", data={"go": "1"})
    assert (answer.status_code, answer.location) == (303, "/me/messages/preferences")
    assert browser.post(f"/me/messages/{keys[1]}").location == "/me/messages"
    page = browser.get("/me/messages").text
    assert page.index("No. 0. lapses") < page.index("No. 2. lapses") < page.index("No. 1. lapses")
    assert browser.post("/me/messages/read").status_code == 303
    page = browser.get("/me/messages").text
    assert "Mark all as read" not in page
    assert browser.post(f"/me/messages/{2**40}").status_code == 404


def test_every_page_shows_how_many_are_unread_with_one_question(
    app: Flask, worker: User, browser: FlaskClient, queries: Callable[[Callable[[], object]], int]
) -> None:
    assert "unread" not in browser.get("/me/messages/preferences").text
    few = queries(lambda: browser.get("/me/messages/preferences"))
    told(app, worker, 12)
    page = browser.get("/me/messages/preferences").text
    assert "<bdi>12</bdi>" in page
    assert queries(lambda: browser.get("/me/messages/preferences")) == few <= 6


def test_the_list_is_paged_with_a_fixed_number_of_questions(
    app: Flask, worker: User, browser: FlaskClient, queries: Callable[[Callable[[], object]], int]
) -> None:
    told(app, worker, 1)
    few = queries(lambda: browser.get("/me/messages"))
    told(app, worker, 59)
    assert queries(lambda: browser.get("/me/messages")) == few <= 7
    assert "1–50 of 60" in browser.get("/me/messages").text
    assert "51–60 of 60" in browser.get("/me/messages?page=2").text
    for strange in ("0", "-1", "x", "9" * 30):
        assert browser.get(f"/me/messages?page={strange}").status_code == 200


def test_a_message_is_written_in_the_language_of_the_page(app: Flask, worker: User, browser: FlaskClient) -> None:
    with app.app_context(), transaction():
        notify(worker.id, "pay.test", now=NOW, **VALUES)
    assert "$12.50 on Nov 20, 2026" in browser.get("/me/messages").text
    browser.post("/locale", data={"locale": "vi"})
    assert "12,50\u00a0US$" in browser.get("/me/messages").text


def test_what_a_message_speaks_of_is_escaped(app: Flask, worker: User, browser: FlaskClient) -> None:
    with app.app_context(), transaction():
        notify(worker.id, "certification.test", now=NOW, what="<script>alert(1)</script>")
    page = browser.get("/me/messages").text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_what_comes_by_mail_is_chosen_on_a_page(app: Flask, worker: User, browser: FlaskClient) -> None:
    page = browser.get("/me/messages/preferences").text
    assert page.count(" checked") == page.count('type="checkbox"') > 3
    assert browser.post("/me/messages/preferences", data={"mailed": ["skills", "security"]}).status_code == 303
    page = browser.get("/me/messages/preferences").text
    assert page.count(" checked") == 1
    with app.app_context(), transaction():
        ((silenced,),) = rows("SELECT silenced FROM message_preference")
        assert "skills" not in silenced
        assert "security" not in silenced
        assert execute("DELETE FROM message_preference") == 1
