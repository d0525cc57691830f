"""The pages in Chromium: each user's walk, on a phone and on a desk, by day and by night, in both languages."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.conftest import close_app, make_app
from workforce.core.demo import LOGINS, PASSWORD
from wsgi import cli

pytestmark = pytest.mark.browser

PAGES: Final = {
    "worker": ["/me/earnings"],
    "manager": ["/manage/projects", "/manage/imports"],
    "finance": ["/finance/runs", "/finance/payouts"],
    "admin": ["/admin/jobs", "/admin/audit"],
}
# Where each first page leads: the first link of this kind is followed.
DEEPER: Final = {
    "/me/earnings": ["a[href^='/me/payslips/']", "a[href^='/me/earnings/2']"],
    "/manage/projects": ["a[href^='/manage/projects/']"],
    "/finance/runs": ["main a[href^='/finance/runs/']"],
}


@pytest.fixture(scope="module")
def site(make_database: Callable[..., str], template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a small demo crowd."""
    app = make_app(make_database("daybook_browser", template), tmp_path_factory.mktemp("browser"), environment="demo")
    app.config["WTF_CSRF_ENABLED"] = True
    made = CliRunner().invoke(cli, ["demo", "--workers", "30", "--days", "5"], obj=lambda: app)
    assert made.exit_code == 0, made.output
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    close_app(app)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Start Chromium."""
    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-quic"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield started
        started.close()


def _enter(
    browser: Browser, site: str, role: str, *, width: int = 1280, locale: str = "en", dark: bool = False, nth: int = 0
) -> Page:
    page = browser.new_page(
        viewport={"width": width, "height": 900}, locale=locale, color_scheme="dark" if dark else "light",
        java_script_enabled=True,
    )  # fmt: skip
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.wrong = wrong  # type: ignore[attr-defined]
    page.goto(f"{site}/sign-in")
    email = [address for name, address in LOGINS if name == role][nth]
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def _assert_sound(page: Page, width: int, locale: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} is wider than {width} px"
    assert page.locator("h1").count() == 1, page.url
    assert page.locator("html").get_attribute("lang") == locale
    assert page.locator("main").count() == 1
    unnamed = page.evaluate(
        "[...document.querySelectorAll('a,button,input:not([type=hidden]),select,textarea')].filter(e =>"
        " !(e.textContent.trim() || e.value || e.ariaLabel || e.labels?.length || e.title"
        " || e.querySelector?.('img[alt]'))).length"
    )
    assert unnamed == 0, f"{page.url} has controls without a name"
    assert page.wrong == [], page.url  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "dark"), [(360, True), (1280, False)])
@pytest.mark.parametrize("locale", ["en", "vi"])
@pytest.mark.parametrize("role", list(PAGES))
def test_every_page_is_sound(browser: Browser, site: str, role: str, locale: str, width: int, dark: bool) -> None:
    page = _enter(browser, site, role, width=width, locale=locale, dark=dark)
    page.locator(f"button[name=locale][value={locale}]").click()
    for address in PAGES[role]:
        page.goto(site + address)
        _assert_sound(page, width, locale)
        for link in DEEPER.get(address, []):
            page.goto(site + address)
            page.locator(link).first.click()
            _assert_sound(page, width, locale)
    page.close()


def test_a_workers_first_page_is_light(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body()) if answer.ok else 0))
    page.goto(f"{site}/sign-in")
    page.fill("input[name=email]", LOGINS[0][1])
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/me/earnings")
    assert sum(sizes) < 60_000
    context.close()


def test_pages_work_without_javascript(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/sign-in")
    page.fill("input[name=email]", LOGINS[0][1])
    page.fill("input[name=password]", PASSWORD)
    page.locator("form[action^='/sign-in'] button").click()
    page.locator("a[href^='/me/payslips/']").first.click()
    assert "/me/payslips/" in page.url
    context.close()


def test_two_people_of_finance_pay_a_run(browser: Browser, site: str) -> None:
    first, second = (_enter(browser, site, "finance", nth=nth) for nth in (0, 1))
    first.goto(f"{site}/finance/runs?state=computed")
    first.locator("main a[href^='/finance/runs/']").first.click()
    address = first.url
    while first.locator("textarea[name=reason], input[name=reason]").count():
        first.locator("textarea[name=reason], input[name=reason]").first.fill("Looked at; later pay makes up for it.")
        first.locator(
            "form:has([name=reason]) button[type=submit], form:has([name=reason]) button:not([type])"
        ).first.click()
    _confirm(first, "/approve")
    second.goto(address)
    _confirm(second, "/release")
    assert second.locator("form[action$='/release']").count() == 0
    assert second.wrong == []  # type: ignore[attr-defined]


def _confirm(page: Page, action: str) -> None:
    form = page.locator(f"form[action$='{action}']")
    details = page.locator(f"details:has(form[action$='{action}']) > summary")
    if details.count():
        details.first.click()
    form.locator("button").first.click()
    page.wait_for_load_state()


def test_pictures_for_the_readme(browser: Browser, site: str, request: pytest.FixtureRequest) -> None:
    """Make the pictures anew where they are asked for: `pytest -m browser --pictures`."""
    if not request.config.getoption("--pictures"):
        pytest.skip("pictures are made with --pictures")
    folder = Path(__file__).parents[2] / ".pictures"
    folder.mkdir(exist_ok=True)
    for role, width, height in (("worker", 390, 1100), ("finance", 1100, 900), ("manager", 1100, 900)):
        page = _enter(browser, site, role, width=width)
        page.locator("button[name=locale][value=en]").click()
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=folder / f"{role}.png")
        page.close()
