"""The pages in Chromium: each role's first pages and where they lead, on a phone and a desk, in both languages."""

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Visit, assert_sound, customers_on, problems
from workforce.core.demo import LOGINS, PASSWORD

pytestmark = pytest.mark.browser

# Of everybody; a worker's stand for them all. The switch of languages leads everybody to the first of them.
_OWN: Final = ("/account", "/account/sessions", "/me/messages", "/me/messages/preferences")
_PROJECT: Final = tuple(
    f"/manage/projects/FALCON{tab}"
    for tab in (
        "", "/state", "/settings", "/guidelines", "/requirements", "/members", "/people", "/rates", "/offers",
        "/training", "/training/new", "/revival",
    )
)  # fmt: skip
PAGES: Final[dict[str, tuple[str, ...]]] = {
    "applicant": ("/me/application", "/me/projects", "/me/tests", "/me/certifications"),
    "worker": (
        "/me/earnings", "/me/application", "/me/projects", "/me/tests", "/me/tests/attempts", "/me/certifications",
        "/me/rates", "/me/offers", "/me/training", *_OWN,
    ),
    "reviewer": ("/manage/grading",),
    "recruiter": (
        "/manage/applications", "/manage/applications?state=", "/manage/campaigns", "/manage/funnel",
    ),
    "manager": (
        "/manage/projects", "/manage/projects/new", *_PROJECT, "/manage/imports", "/manage/tests", "/manage/tests/new",
        "/manage/tests/writing", "/manage/tests/writing/settings", "/manage/tests/writing/holders",
        "/manage/tests/writing/agreement", "/manage/offers", "/manage/appeals", "/manage/funnel",
    ),
    "finance": (
        "/finance/runs", "/finance/payouts", "/finance/floors", "/finance/tax-forms", "/manage/offers",
        "/manage/projects/FALCON/rates",
    ),
    "admin": (
        "/admin/jobs", "/admin/audit", "/admin/people", "/admin/mail", "/manage/projects", "/manage/campaigns",
        "/manage/projects/FALCON/settings",
    ),
}  # fmt: skip
# Where a first page leads: the first link of each kind is followed.
DEEPER: Final = {
    "/me/earnings": ["a[href^='/me/payslips/']", "a[href^='/me/earnings/2']"],
    "/me/projects": ["main a[href^='/me/projects/']"],
    "/me/tests": ["main a[href^='/me/tests/']:not([href$='/attempts'])"],
    "/me/training": ["main a[href^='/me/training/']"],
    "/manage/applications?state=": ["main a[href^='/manage/applications/']"],
    "/manage/appeals": ["main a[href^='/manage/appeals/']"],
    "/manage/projects/FALCON/guidelines": ["main a[href*='/guidelines/']"],
    "/manage/tests/writing": ["main a[href^='/manage/tests/versions/']"],
    "/finance/runs": ["main a[href^='/finance/runs/']"],
    "/finance/tax-forms": ["main a[href^='/finance/tax-forms/']"],
    "/admin/people": ["main a[href^='/admin/people/']"],
}
# Who may learn who the customers are.
KNOWING: Final = ("manager", "admin")


@pytest.mark.parametrize("locale", ["en", "vi"])
@pytest.mark.parametrize("role", list(PAGES))
def test_every_page_is_sound(visit: Visit, site: str, role: str, locale: str) -> None:
    page, secret = visit(role), role not in KNOWING
    told: set[str] = set()
    page.goto(f"{site}/account")
    page.locator(f"button[name=locale][value={locale}]").click()
    assert_sound(page, locale, secret=secret)
    for address in PAGES[role]:
        answer = page.goto(site + address)
        assert answer is not None
        assert answer.status == 200, address
        assert_sound(page, locale, secret=secret)
        told |= customers_on(page)
        for number, link in enumerate(DEEPER.get(address, [])):
            if number:
                page.goto(site + address)
            page.locator(link).first.click()
            assert_sound(page, locale, secret=secret)
    assert bool(told) is not secret  # so that what looks for customers is known to find them


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
    page.locator("form[action^='/sign-in'] button").first.click()
    page.locator("a[href^='/me/payslips/']").first.click()
    assert "/me/payslips/" in page.url
    context.close()


def test_two_people_of_finance_pay_a_run(visit: Visit, site: str) -> None:
    first, second = (visit("finance", nth) for nth in (0, 1))
    first.goto(f"{site}/finance/runs?state=computed")
    first.locator("main a[href^='/finance/runs/']").first.click()
    address = first.url
    resolving = first.locator("details:has(form[action*='/exceptions/'])")
    while resolving.count():
        exception = resolving.first
        if exception.get_attribute("open") is None:
            exception.locator("summary").click()
        exception.locator("[name=reason]").fill("Looked at; later pay makes up for it.")
        exception.locator("form button").first.click()
    _confirm(first, "/approve")
    second.goto(address)
    _confirm(second, "/release")
    assert second.locator("form[action$='/release']").count() == 0
    assert problems(second) == []


def _confirm(page: Page, action: str) -> None:
    form = page.locator(f"form[action$='{action}']")
    details = page.locator(f"details:has(form[action$='{action}']) > summary")
    if details.count():
        details.first.click()
    form.locator("button").first.click()
    page.wait_for_load_state()


def test_pictures_for_the_readme(visit: Visit, site: str, request: pytest.FixtureRequest) -> None:
    """Make the pictures anew where they are asked for: `pytest -m browser --pictures`."""
    if not request.config.getoption("--pictures"):
        pytest.skip("pictures are made with --pictures")
    folder = Path(__file__).parents[2] / ".pictures"
    folder.mkdir(exist_ok=True)
    for role, width, height in (("worker", 390, 1100), ("finance", 1100, 900), ("manager", 1100, 900)):
        page = visit(role)
        page.goto(f"{site}/")
        page.locator("button[name=locale][value=en]").click()
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=folder / f"{role}.png")
