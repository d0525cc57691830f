"""What browser tests stand on: a small demo that is served, Chromium, and one signed-in page a person."""

import re
import threading
from collections.abc import Callable, Iterator
from html import unescape
from typing import Final

import pytest
from click.testing import CliRunner
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from tests.conftest import close_app, make_app
from workforce.core import clock
from workforce.core.db import session, transaction
from workforce.core.demo import LOGINS, PASSWORD
from workforce.identity.models import User
from workforce.identity.queries import user_by_email
from workforce.onboarding.models import Application
from workforce.onboarding.services import decide
from workforce.projects.demo import PROJECTS
from wsgi import cli

CUSTOMERS: Final = frozenset(PROJECTS.values())
PHONE: Final = 360
DESK: Final = 1280
_FLAGS: Final = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-quic")
_UNNAMED: Final = (
    "[...document.querySelectorAll('a,button,input:not([type=hidden]),select,textarea')].filter(e =>"
    " !(e.textContent.trim() || e.value || e.ariaLabel || e.labels?.length || e.title"
    " || e.querySelector?.('img[alt]'))).map(e => e.outerHTML.slice(0, 200))"
)

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def served(
    make_database: Callable[..., str], template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Give the application of a small demo crowd."""
    url = make_database(f"daybook_browser_{worker_id}", template)
    app = make_app(url, tmp_path_factory.mktemp("browser"), environment="demo")
    app.config["WTF_CSRF_ENABLED"] = True
    made = CliRunner().invoke(
        cli, ["demo", "--workers", "30", "--days", "5", "--applicants", "40"], obj=lambda: app
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    with app.app_context(), transaction():
        _appeal()
    yield app
    close_app(app)


def _appeal() -> None:
    """Decline somebody who appeals, so that there is an appeal however small the crowd."""
    found = session().scalars(select(Application).where(Application.state == "confirmed")).first()
    assert found is not None
    recruiter = user_by_email(dict(LOGINS)["recruiter"]).actor
    decide.decline(recruiter, found.id, reason="The document was altered.", now=clock.now())
    decide.appeal(session().get_one(User, found.user_id).actor, "It is only creased.", now=clock.now())


@pytest.fixture(scope="session")
def site(served: Flask) -> Iterator[str]:
    """Serve it, and give its address."""
    server = make_server("127.0.0.1", 0, served, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """Give a function that gives the page of an account of the demo, signed in once and used again by other tests."""
    pages: dict[tuple[str, int], Page] = {}

    def come(role: str, nth: int = 0) -> Page:
        key = (role, nth)
        if key not in pages:
            pages[key] = watched(browser.new_context(viewport={"width": DESK, "height": 900}, locale="en"))
            sign_in(pages[key], site, [address for name, address in LOGINS if name == role][nth])
        problems(pages[key]).clear()
        return pages[key]

    yield come
    for page in pages.values():
        page.context.close()


def watched(context: BrowserContext) -> Page:
    """Open a page that notes what goes wrong in it."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.wrong = wrong  # type: ignore[attr-defined]
    return page


def problems(page: Page) -> list[str]:
    """Give what went wrong in a page."""
    found: list[str] = page.wrong  # type: ignore[attr-defined]
    return found


def sign_in(page: Page, site: str, email: str) -> None:
    """Sign an account of the demo in, with the code that the demo shows where a second factor is asked for."""
    page.goto(f"{site}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: not url.partition("?")[0].endswith("/sign-in"))
    if "/sign-in/code" in page.url:
        shown = re.search(r"\b\d{6}\b", page.locator("main .notice").inner_text())
        assert shown, "the demo shows no code"
        page.fill("input[name=code]", shown.group())
        page.press("input[name=code]", "Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def assert_sound(page: Page, locale: str, *, widths: tuple[int, ...] = (PHONE, DESK), secret: bool = True) -> None:
    """Assert what holds for every page.

    Args:
        page: that is shown.
        locale: that it must be in.
        widths: of the screens on which nothing may stick out; on a phone it is night.
        secret: is the reader one who may not learn who the customers are?

    """
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if width == PHONE else "light")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} is wider than {width} px"
    assert page.locator("h1").count() == 1, page.url
    assert page.locator("main").count() == 1, page.url
    assert page.locator("html").get_attribute("lang") == locale, page.url
    assert page.evaluate(_UNNAMED) == [], f"{page.url} has controls without a name"
    assert problems(page) == [], page.url
    if secret:
        assert customers_on(page) == set(), page.url


def customers_on(page: Page) -> set[str]:
    """Give the customers whose names stand anywhere in a page."""
    content = unescape(page.content())
    return {name for name in CUSTOMERS if name in content}
