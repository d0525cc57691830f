"""The frame and the parts of pages: they render in each language, and keep what the design promises."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask, flash, render_template, render_template_string
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, RadioField, StringField

from workforce import core

STYLE = Path(core.__path__[0]) / "static" / "daybook.css"
TEMPLATES = Path(core.__path__[0]) / "templates"
STATES = (
    *("accrued", "payable", "carried", "held", "sent", "paid", "failed", "returned", "created", "unknown"),
    *("computing", "computed", "approved", "released", "settled", "cancelled", "submitted", "accepted", "rejected"),
)


class Form(FlaskForm):  # type: ignore[misc]
    email = StringField("Email")
    rail = RadioField("Pay to", choices=["bank", "mobile"])
    agree = BooleanField("I agree")


class SignIn(FlaskForm):  # type: ignore[misc]
    email = StringField("Email")
    password = PasswordField("Password")
    remember = BooleanField("Remember")


def part(source: str, **context: object) -> str:
    return render_template_string('{% import "core/macros.html" as ui %}' + source, **context)


def test_the_frame_names_language_reader_menu_and_ways_out(page: Flask) -> None:
    flash("Saved <now>", "success")
    items = [{"url": "/me/pay", "label": "Pay", "active": True}, {"url": "/me/work", "label": "Work", "active": False}]
    html = render_template("core/base.html", menu=items)
    assert page.name == "page"
    assert '<html lang="vi" dir="ltr">' in html
    assert html.index('href="#main"') < html.index("<main")
    assert '<a href="/me/pay" aria-current="page">' in html
    assert "worker@example.org" in html
    assert "Saved &lt;now&gt;" in html
    assert html.count('name="csrf_token"') == 2
    assert 'name="next" value="/me/pay?user=vi"' in html
    assert re.findall(r'value="(\w+)" lang="\1"', html) == ["en", "vi"]


@pytest.mark.parametrize("code", [400, 403, 404, 409, 413, 429, 500, 503])
def test_an_error_says_what_to_do_and_a_fault_of_ours_asks_for_nobody(page: Flask, code: int) -> None:
    html = render_template("core/error.html", code=code, reference="7f31")
    assert page.name == "page"
    assert "7f31" in html
    assert ("worker@example.org" in html) == (code < 500)
    assert len(re.findall(r"<p>[^<]{20,}</p>", html)) == 1


def test_sign_in_lists_the_demonstration_logins(page: Flask) -> None:
    form = SignIn()
    form.email.errors = ["No."]
    page.jinja_env.globals["url_for_security"] = lambda name: f"/{name}"
    html = render_template(
        "security/login_user.html",
        login_user_form=form,
        security={"recoverable": True},
        demo_logins=[("finance", "f@example.org", "pw-1")],
    )
    assert "f@example.org" in html
    assert "pw-1" in html
    assert 'aria-invalid="true"' in html
    assert 'autocomplete="current-password"' in html


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_word_and_a_shape(page: Flask, state: str) -> None:
    badge = part("{{ ui.state(name) }}", name=state)
    shape, word = re.fullmatch(r'\s*<span class="state state-(\w+)">(.+)</span>\s*', badge).groups()  # type: ignore[union-attr]
    assert page.name == "page"
    assert shape in {"wait", "ready", "move", "done", "hold", "bad"}
    assert word != state


def test_a_field_ties_its_hint_and_errors_to_the_input(page: Flask) -> None:
    form = Form()
    form.email.errors = ["Please <give> one."]
    html = part(
        "{{ ui.field(form.email, 'Never shown') }}{{ ui.field(form.rail) }}{{ ui.field(form.agree) }}", form=form
    )
    assert page.name == "page"
    assert 'aria-describedby="email-hint email-error"' in html
    assert 'id="email-error">Please &lt;give&gt; one.' in html
    assert "<legend>Pay to</legend>" in html
    assert html.count('type="radio"') == 2


def test_a_table_labels_its_cells_and_isolates_its_figures(page: Flask) -> None:
    columns = [
        {"label": "Piece", "kind": "head"},
        {"label": "Amount", "kind": "number", "sort": "ascending", "href": "?s"},
    ]
    html = part("{{ ui.table('Work', c, r, foot=('Total', ''), stack=true) }}", c=columns, r=[("A<1", "-$1.10")])
    assert page.name == "page"
    assert 'tabindex="0"' in html
    assert 'aria-sort="ascending"' in html
    assert "A&lt;1" in html
    assert 'data-label="Amount" class="number"><bdi class="money">-$1.10</bdi>' in html
    assert 'class="number"></td>' in html


def test_a_chart_says_in_a_table_what_it_shows(page: Flask) -> None:
    points = [("1", Decimal(3), "$3"), ("2", Decimal(-1), "-$1"), ("3", Decimal(0), "$0")]
    html = part("{{ ui.bar_chart('pay', 'Pay', points) }}", points=points)
    assert page.name == "page"
    heights = [float(tall) for tall in re.findall(r'<rect[^>]* height="([\d.]+)"', html)]
    assert heights == [112.5, 37.5, 0.0]
    assert html.count('<bdi class="money">') == 3
    assert 'aria-labelledby="pay-title pay-desc"' in html
    assert part("{{ ui.bar_chart('none', 'Pay', []) }}").strip() == ""


@pytest.mark.parametrize(
    ("state", "positions"),
    [
        ("submitted", "current todo todo todo todo"),
        ("carried", "done done current todo todo"),
        ("held", "done done stopped todo todo"),
        ("sent", "done done done current todo"),
        ("paid", "done done done done done"),
        ("failed", "done done done stopped todo"),
        ("rejected", "done stopped todo todo todo"),
    ],
)
def test_where_an_amount_stands(page: Flask, state: str, positions: str) -> None:
    html = part("{{ ui.pay_steps(state) }}", state=state)
    assert page.name == "page"
    assert re.findall(r'<li class="(\w+)"', html) == positions.split()
    assert html.count('aria-current="step"') == (state != "paid")


def test_a_confirmation_posts_with_a_token_after_a_question(page: Flask) -> None:
    html = part("{{ ui.confirm('/x', 'Approve', 'Sure?', fields={'run': 'A'}) }}")
    assert page.name == "page"
    assert html.index("<summary") < html.index('method="post"') < html.index("Sure?")
    assert 'name="csrf_token"' in html
    assert 'name="run" value="A"' in html


def test_templates_keep_to_the_content_security_policy() -> None:
    for path in TEMPLATES.rglob("*.html"):
        assert not re.search(
            r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:", path.read_text(encoding="utf-8")
        ), path.name


def test_the_stylesheet_is_small() -> None:
    assert len(STYLE.read_bytes()) < 14 * 1024


def colours(block: str) -> dict[str, tuple[int, int, int]]:
    found = re.findall(r"--([\w-]+): #([0-9a-f]{3,6})\b", block)
    wide = {name: text if len(text) == 6 else "".join(c * 2 for c in text) for name, text in found}
    return {name: (int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)) for name, text in wide.items()}


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    def light(colour: tuple[int, int, int]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_meet_wcag_aa(scheme: int) -> None:
    palette = colours(re.findall(r":root \{(.*?)\}", STYLE.read_text(encoding="utf-8"), re.DOTALL)[scheme])
    text = [(fore, back) for fore in ("ink", "muted", "accent", "bad") for back in ("page", "surface", "raised")]
    text += [("accent", "tint"), ("on-accent", "accent"), ("on-accent", "accent-hover"), ("accent-hover", "raised")]
    text += [(tone, f"{tone}-tint") for tone in ("good", "wait", "bad", "move")]
    text += [("ink", f"{tone}-tint") for tone in ("good", "wait", "bad", "move")]
    low = {pair: contrast(palette[pair[0]], palette[pair[1]]) for pair in text}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
    edges = {back: contrast(palette["edge"], palette[back]) for back in ("page", "surface")}
    assert {back: ratio for back, ratio in edges.items() if ratio < 3} == {}
