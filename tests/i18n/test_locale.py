from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from i18n.locale import LOCALES, N_, current_language, current_locale, select_locale, translate


@pytest.mark.parametrize(
    ("user", "browser", "session", "chosen"),
    [
        (None, [], None, "en"),
        ("vi", [], None, "vi"),
        ("vi", ["en"], None, "vi"),
        ("en", ["vi"], None, "en"),
        ("en", ["en"], "vi", "vi"),
        (None, ["fr", "vi-VN", "en"], None, "vi"),
        (None, ["en-GB", "vi"], None, "en"),
        ("vi_VN", [], "xx", "vi"),
        ("", ["de", "*"], "", "en"),
    ],
)
def test_the_readers_choice_then_the_browsers(user: str, browser: list[str], session: str, chosen: str) -> None:
    assert select_locale(user, browser, session) == chosen


def test_each_language_has_its_own_name_and_direction() -> None:
    assert {code: language.name for code, language in LOCALES.items()} == {"en": "English", "vi": "Tiếng Việt"}
    assert all(language.direction in {"ltr", "rtl"} for language in LOCALES.values())


def test_a_marked_string_is_unchanged_and_translated_without_an_application() -> None:
    text = N_("Under review")
    assert text == "Under review"
    assert translate(text) == text
    assert translate(text, "vi") == "Đang được duyệt"
    assert translate("") == ""
    assert translate("never marked", "vi") == "never marked"


def test_parameters_are_written_as_the_reader_writes_them() -> None:
    money = SimpleNamespace(amount=Decimal("1234.5"), currency="USD")
    template = "%(money)s on %(day)s at %(at)s for %(count)s, %(name)s"
    at = datetime(2026, 11, 22, 11, tzinfo=UTC)
    text = translate(template, "vi", money=money, day=date(2026, 11, 22), at=at, count=Decimal("1.5"), name="ORCHID")
    assert text.replace("\u00a0", " ") == (
        "1.234,50 US$ on 22 thg 11, 2026 at 11:00 22 thg 11, 2026 UTC for 1,5, ORCHID"
    )


def test_a_missing_parameter_is_an_error() -> None:
    with pytest.raises(KeyError):
        translate("%(name)s of %(day)s", name="ORCHID")


def test_a_request_speaks_the_language_of_its_reader(app: Flask) -> None:
    with app.test_request_context("/?user=vi"):
        assert current_locale() == "vi"
        assert current_language().name == "Tiếng Việt"
        assert render_template_string("{{ _('Sign in') }} {{ 5|duration }}") == "Đăng nhập 5\u00a0giây"
    with app.test_request_context("/", headers={"Accept-Language": "vi-VN,en;q=0.5"}):
        assert translate("Paid") == "Đã trả"


def test_a_request_uses_the_readers_zone(page: Flask) -> None:
    assert page.name == "page"
    at = datetime(2026, 11, 22, 11, tzinfo=UTC)
    assert render_template_string("{{ at|instant }}", at=at).startswith("18:00 22 thg 11, 2026")


def test_a_command_speaks_english_and_a_job_the_language_it_says(app: Flask) -> None:
    with app.app_context():
        assert current_locale() == "en"
        with force_locale("vi"):
            assert translate("Paid") == "Đã trả"
