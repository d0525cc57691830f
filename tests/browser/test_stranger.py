"""A stranger's way in, in Vietnamese on a phone: from the form over a timed test to a project that she joins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page
from sqlalchemy import select

from tests.browser.conftest import PHONE, Visit, assert_sound, watched
from workforce.core.db import session, transaction
from workforce.core.mail import Mail
from workforce.identity.queries import user_by_email
from workforce.projects.models import Participation
from workforce.skills.models import Certification, Grading
from workforce.workers.queries import worker_by_email

pytestmark = pytest.mark.browser

NAME: Final = "Lý Thị Cẩm Tú"
EMAIL: Final = "cam.tu@people.example"
PASSWORD: Final = "bốn con rùa uống nước dừa"
# The demo's test of writing, in Vietnamese: the options that are right, the order, and what she writes.
RIGHT: Final = (
    "Mặt Trăng đi quanh Trái Đất như chú chó chạy quanh nhà.", "Câu ngắn", "Có ví dụ", "Từ ngữ quen thuộc",
)  # fmt: skip
ORDER: Final = (
    "Cảm ơn người viết", "Trả lời câu hỏi", "Nói việc gì sẽ diễn ra tiếp theo", "Chúc một ngày tốt lành",
)  # fmt: skip
SHORT: Final = "xử lý"
WRITTEN: Final = (
    (
        "Ngày xưa có ba chú phi công ngồi trong một quả tên lửa cao như tòa nhà. Họ bay ba ngày ba đêm tới Mặt Trăng."
        " Hai chú bước xuống, nhảy lò cò trên cát xám, cắm một lá cờ, nhặt ít đá bỏ vào túi rồi bay về nhà với mẹ."
    ),
    "Mưa gõ mái tôn cũ\nCon mèo nằm nghe giọt nước rơi\nBếp nhà ai lên khói",
)
MINUTES: Final = 40
PICTURE: Final = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc````\xf8\x0f\0\1\4\1\0"
    b"_\xe5\xc3K\0\0\0\0IEND\xaeB`\x82"
)


@dataclass(frozen=True)
class Stranger:
    """She, on her phone."""

    page: Page
    site: str
    app: Flask

    def see(self, path: str = "") -> None:
        """Look at the page that she came to, or at another one."""
        if path:
            self.page.goto(self.site + path)
        assert_sound(self.page, "vi", widths=(PHONE,))

    def press(self, button: str, *, at: str) -> None:
        """Press a button that leads to a path, and look at what comes."""
        self.page.locator(button).first.click()
        self.page.wait_for_url(re.compile(re.escape(self.site) + at))
        self.see()

    def mail(self, containing: str) -> Mail:
        """Read the youngest mail to her that has a text in it."""
        query = select(Mail).where(Mail.recipient == EMAIL, Mail.text.contains(containing)).order_by(Mail.id.desc())
        with self.app.app_context(), transaction():
            found = session().scalars(query).first()
            assert found is not None, f"no mail to {EMAIL} with {containing}"
            session().expunge(found)
            return found


@pytest.fixture
def her(browser: Browser, site: str, served: Flask) -> Iterator[Stranger]:
    """Give a phone that has never been here."""
    context = browser.new_context(
        viewport={"width": PHONE, "height": 740}, locale="vi-VN", is_mobile=True, has_touch=True
    )  # fmt: skip
    yield Stranger(watched(context), site, served)
    context.close()


def test_a_stranger_becomes_a_worker_who_joins_a_project(her: Stranger, visit: Visit) -> None:
    apply(her)
    confirm(her)
    take_the_test(her)
    for nth in (0, 1):
        grade(visit("reviewer", nth), her.site, nth)
    is_certified(her)
    shows_who_she_is(her)
    approve(visit("recruiter"), her.site)
    signs_the_tax_form_and_is_accepted(her)
    compares_and_joins(her)


def apply(her: Stranger) -> None:
    her.see("/vi/apply?c=FB-HANOI")
    page = her.page
    page.fill("[name=name]", NAME)
    page.fill("[name=email]", EMAIL)
    page.select_option("[name=country]", "VN")
    for number, (language, level) in enumerate((("Tiếng Việt", "native"), ("Tiếng Anh", "B2"))):
        page.fill(f"[name=languages-{number}-name]", language)
        page.select_option(f"[name=languages-{number}-level]", level)
    page.check("#skill-writing")
    page.check("[name=consent]")
    her.press("#apply button.primary", at="/apply/sent")


def confirm(her: Stranger) -> None:
    mail = her.mail("/apply/confirm/")
    assert mail.locale == "vi"
    link = re.search(r"/apply/confirm/\S+", mail.text)
    assert link
    her.see(link.group())
    her.page.fill("[name=password]", PASSWORD)
    her.press("main form.form button.primary", at="/me/application$")


def take_the_test(her: Stranger) -> None:
    page = her.page
    her.press("main a.primary", at="/me/tests$")
    her.press("main a[href^='/me/tests/writing']", at="/me/tests/writing")
    assert page.locator("main input[name=language]").get_attribute("value") == "vi"
    her.press("form:has(input[name=language]) button", at=r"/me/tests/attempts/\d+/questions/1$")
    texts = iter(WRITTEN)
    for place in count(1):
        left = int(page.locator("form[data-left]").get_attribute("data-left") or 0)
        assert 0 < left <= MINUTES * 60 * 1000
        _answer(page, texts)
        page.locator("main form .actions button.primary").first.click()
        page.wait_for_url(re.compile(rf"/questions/{place + 1}$|/review$"))
        her.see()
        if page.url.endswith("/review"):
            break
    assert next(texts, None) is None
    assert page.locator("main .state-hold").count() == 0, "something is not answered"
    page.locator("main details.confirm summary").click()
    her.press("main form[action$='/hand-in'] button", at=r"/me/tests/attempts/\d+$")


def _answer(page: Page, texts: Iterator[str]) -> None:
    """Answer the question that is shown, whatever its kind."""
    if page.locator("main textarea[name=text]").count():
        page.fill("main textarea[name=text]", next(texts))
    elif page.locator("main input[name=text]").count():
        page.fill("main input[name=text]", SHORT)
    elif page.locator("main select").count():
        for number, line in enumerate(ORDER, 1):
            page.get_by_label(line, exact=True).select_option(str(number))
    else:
        for label in page.locator("main .check label").all():
            if label.inner_text() in RIGHT:
                label.click()


def grade(page: Page, site: str, nth: int) -> None:
    """Grade all that waits, without learning whose it is; the two graders differ by a point at each answer."""
    page.goto(f"{site}/manage/grading")
    links = page.locator("main a[href^='/manage/grading/']")
    assert links.count() == len(WRITTEN)
    _is_blind(page)
    links.first.click()
    for _written in WRITTEN:
        _is_blind(page)
        fields: list[Locator] = page.locator("main input[type=number]").all()
        for number, one in enumerate(fields):
            most = int(one.get_attribute("max") or 0)
            one.fill(str(most - 1 if nth and not number else most))
        if nth:
            page.fill("[name=comment]", "Có một từ em bé chưa hiểu.")
        page.locator("main form:has(input[name=place]) button.primary").click()
        page.wait_for_load_state()
    assert page.url.endswith("/manage/grading")
    assert links.count() == 0


def _is_blind(page: Page) -> None:
    content = page.content()
    for sign in (NAME, *NAME.split()[-2:], EMAIL):
        assert not re.search(rf"\b{re.escape(sign)}\b", content), f"{page.url} says {sign}"
    locale = page.locator("html").get_attribute("lang") or ""
    assert_sound(page, locale)


def is_certified(her: Stranger) -> None:
    her.see("/me/certifications")
    assert her.page.locator("main section.card, main div.card").count() == 1
    with her.app.app_context(), transaction():
        user = user_by_email(EMAIL)
        held = session().scalars(select(Certification).where(Certification.user_id == user.id)).all()
        assert [one.kind for one in held] == ["worker"]
        graders = session().scalars(select(Grading.grader_id)).all()
        assert len(graders) == 2 * len(WRITTEN)
        assert len(set(graders)) == 2
    her.see("/me/messages")
    assert her.page.locator("main form[action^='/me/messages/'] button[name=go]").count()
    assert her.mail("/me/").locale == "vi"


def shows_who_she_is(her: Stranger) -> None:
    page = her.page
    her.see("/me/application")
    her.press("main a.primary", at="/me/application/identity$")
    page.select_option("[name=kind]", "id_card")
    page.fill("[name=number]", "001199000123")
    page.set_input_files("[name=picture]", {"name": "cccd.png", "mimeType": "image/png", "buffer": PICTURE})
    her.press("main form.form button.primary", at="/me/application$")


def approve(page: Page, site: str) -> None:
    """Approve her document, as a recruiter who had to give a code when she signed in."""
    page.goto(f"{site}/manage/applications?state=&search={EMAIL}")
    page.locator("main a[href^='/manage/applications/']").first.click()
    assert page.locator("h1").inner_text() == NAME
    page.locator("main button[name=decision][value=approve]").click()
    page.wait_for_load_state()
    assert page.locator("main button[value=approve]").count() == 0


def signs_the_tax_form_and_is_accepted(her: Stranger) -> None:
    page = her.page
    her.see("/me/application")
    her.press("main a.primary", at="/me/application/tax$")
    page.fill("[name=tax_id]", "8412345678")
    page.fill("[name=signature]", NAME)
    page.check("[name=correct]")
    her.press("main form.form button.primary", at="/me/application$")
    with her.app.app_context(), transaction():
        assert worker_by_email(EMAIL) is not None
    her.press("main a.primary", at="/me/projects$")


def compares_and_joins(her: Stranger) -> None:
    page = her.page
    pays: dict[str, list[int]] = {}
    for row in page.locator("main tbody tr").all():
        code = row.locator("a[href^='/me/projects/']").first.inner_text()
        pays[code] = [int(one.replace(".", "")) for one in re.findall(r"([\d.]+)\s*₫", row.inner_text())]
    # An hour in đồng, by the card; and the fifteen minutes that a task takes are a quarter of it.
    assert pays["OTTER"] == [82_000, 20_500]
    # A text is paid in dollars: about so many đồng, and an hour is as many of them as it has times of 14 minutes.
    task, hour = pays["TAPIR"]
    assert task > 20_000
    assert abs(hour - task * 60 / 14) < 10
    her.press("main a[href='/me/projects/FALCON']", at="/me/projects/FALCON$")
    assert re.search(r"[\d.]+\s*₫", page.locator("main dl").first.inner_text())
    her.press("main a[href='#guidelines']", at="/me/projects/FALCON#guidelines$")
    page.check("#guidelines [name=read]")
    her.press("#guidelines form[action$='/join'] button", at="/me/projects/FALCON$")
    assert page.locator("form[action$='/join']").count() == 0
    with her.app.app_context(), transaction():
        worker = worker_by_email(EMAIL)
        assert worker is not None
        joined = session().scalars(select(Participation).where(Participation.worker_id == worker.id)).all()
        assert [one.state for one in joined] == ["joined"]
    her.see("/me/projects")
    her.see("/me/rates")
    her.see("/me/training")
    her.see("/me/earnings")
