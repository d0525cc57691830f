"""A test on a page that counts down: what is ticked and typed is kept, and the end is the server's."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route
from werkzeug.serving import make_server

from tests.browser.conftest import problems, watched
from tests.factories import make_user
from tests.factories.skills import make_test, make_version, many, one, order, short
from workforce.core import clock
from workforce.core.db import session, transaction
from workforce.identity.queries import user_by_email
from workforce.identity.services import open_session
from workforce.skills.models import Answer, Attempt

pytestmark = pytest.mark.browser
# On the server, whose clock stands until a test moves it.
START = clock.now().replace(microsecond=0)


@pytest.fixture
def taking(fresh_app: Flask, browser: Browser) -> Iterator[tuple[BrowserContext, str]]:
    """Serve a test of ten minutes that somebody has begun; give their browser and the attempt's address."""
    app = fresh_app
    clock.freeze(START)
    with app.app_context(), transaction():
        make_version(make_test("code"), [one(), many(), order(), short()], minutes=10)
        person = user_by_email(make_user("applicant").email)
        token, _ = open_session(person, remembered=False, user_agent="", address="127.0.0.1", now=START)
        known = {"sid": token, "_user_id": person.fs_uniquifier, "_fresh": True, "fs_paa": START.timestamp()}
    client = app.test_client()
    with client.session_transaction() as held:
        held.update(known)
    attempt = client.post("/me/tests/code", data={"language": "en"}).location
    cookie = client.get_cookie("session")
    assert cookie is not None
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site = f"http://127.0.0.1:{server.server_port}"
    context = browser.new_context(locale="en")
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    yield context, site + attempt
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def opened(context: BrowserContext, address: str) -> Page:
    """Open a question on a page whose clock stands still, and is a day wrong."""
    page = watched(context)
    page.clock.install(time=START + timedelta(days=1))
    page.clock.pause_at(START + timedelta(days=1, seconds=1))
    page.goto(address)
    return page


def saves(answer: Response) -> bool:
    return answer.request.method == "POST" and "/questions/" in answer.url


def kept(app: Flask) -> list[dict[str, object]]:
    with app.app_context(), transaction():
        return [one.answer for one in session().query(Answer).order_by(Answer.question_id)]


def test_what_is_ticked_is_kept_at_once_and_the_page_hands_in_at_the_end(
    fresh_app: Flask, taking: tuple[BrowserContext, str]
) -> None:
    context, attempt = taking
    clock.freeze(START + timedelta(minutes=9, seconds=50))
    page = opened(context, f"{attempt}/questions/1")
    assert page.locator("[data-clock]").inner_text() in {"0:09", "0:10"}
    with page.expect_response(saves) as saved:
        page.locator("input[name=chosen][value=b]").check()
        page.clock.run_for(100)
    assert saved.value.ok
    assert kept(fresh_app) == [{"chosen": ["b"]}]
    # Neither of the two knows that the end has come before it has.
    clock.freeze(START + timedelta(minutes=10))
    with page.expect_navigation():
        page.clock.run_for(11_000)
    page.wait_for_url(re.compile(r"/me/tests/attempts/\d+$"))
    assert "Not passed this time" in page.locator("main").inner_text()
    assert problems(page) == []
    with fresh_app.app_context(), transaction():
        found = session().query(Attempt).one()
        assert (found.state, found.submitted_at) == ("failed", START + timedelta(minutes=10))


def test_every_kind_of_answer_is_saved_on_the_way(fresh_app: Flask, taking: tuple[BrowserContext, str]) -> None:
    context, attempt = taking
    page = opened(context, f"{attempt}/questions/2")
    for value in "ac":
        with page.expect_response(saves):
            page.locator(f"input[name=chosen][value={value}]").check()
            page.clock.run_for(100)
    page.goto(f"{attempt}/questions/3")
    lines = page.locator("select")
    for number in range(2):
        lines.nth(number).select_option(str(number + 1))
        page.clock.run_for(6_000)
    assert len(kept(fresh_app)) == 1  # half an order is no answer yet
    with page.expect_response(saves):
        lines.nth(2).select_option("3")
        page.clock.run_for(100)
    page.goto(f"{attempt}/questions/4")
    with page.expect_response(saves):
        page.locator("#text").press_sequentially("blue")
        page.clock.run_for(1_100)
    given = kept(fresh_app)
    assert given[0] == {"chosen": ["a", "c"]}
    assert len(given[1]["chosen"]) == 3  # type: ignore[arg-type]
    assert given[2] == {"text": "blue"}
    assert problems(page) == []


def test_a_tab_that_is_slow_does_not_undo_what_another_one_wrote_later(
    fresh_app: Flask, taking: tuple[BrowserContext, str]
) -> None:
    context, attempt = taking
    slow, quick = (opened(context, f"{attempt}/questions/4") for _ in range(2))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    slow.route("**/questions/4", hold)
    with slow.expect_request("**/questions/4"):
        slow.locator("#text").fill("bl")
        slow.clock.run_for(1_100)
    clock.freeze(START + timedelta(seconds=20))
    quick.clock.run_for(20_000)
    quick.locator("#text").fill("blue")
    quick.locator("main .actions button.primary").click()
    quick.wait_for_url("**/review")
    with slow.expect_response(saves) as late:
        held[0].continue_()
    assert late.value.ok
    assert kept(fresh_app) == [{"text": "blue"}]


def test_a_page_that_slept_asks_how_much_time_there_is(fresh_app: Flask, taking: tuple[BrowserContext, str]) -> None:
    context, attempt = taking
    page = opened(context, f"{attempt}/questions/1")
    assert page.locator("[data-clock]").inner_text() in {"9:59", "10:00"}
    clock.freeze(START + timedelta(minutes=4))
    with page.expect_response("**/clock"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(300)
    page.wait_for_function("/^(5:59|6:00)$/.test(document.querySelector('[data-clock]').textContent)")
    assert problems(page) == []
