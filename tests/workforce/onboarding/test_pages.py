"""The pages: a stranger's way in both languages, nothing lost, attacks refused, a fixed number of queries."""

import io
import re
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import NOW, make_group, make_user
from tests.factories.onboarding import (
    PASSWORD,
    PNG,
    actor_of,
    certify,
    do_steps,
    link_code,
    make_applied,
    make_confirmed,
    make_test,
    user_of,
)
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM
from workforce.core.crypto import hash_password
from workforce.core.db import rows, session, transaction
from workforce.identity.models import User
from workforce.onboarding.models import Application
from workforce.onboarding.services import decide, identity
from workforce.onboarding.services.campaigns import create_campaign
from workforce.onboarding.services.tax import Signed, sign_tax_form

FIELDS = {
    "name": "Nguyễn Thị Hạnh", "email": "hanh@example.com", "country": "VN", "languages-0-name": "Tiếng Việt",
    "languages-0-level": "native", "languages-1-name": "English", "languages-1-level": "B2", "skills": "writing",
    "heard": "facebook", "terms_number": "1", "consent": "y",
}  # fmt: skip
Enter = Callable[[str], FlaskClient]


def applications(app: Flask) -> list[Application]:
    with app.app_context(), transaction():
        return list(session().scalars(select(Application).order_by(Application.id)))


@pytest.fixture
def enter(app: Flask, sign_in: Enter) -> Callable[[Application], FlaskClient]:
    """Give a function that signs an applicant in."""

    def go(made: Application) -> FlaskClient:
        with app.app_context(), transaction():
            session().get_one(User, made.user_id).password = hash_password("correct horse battery")
        return sign_in(made.email)

    return go


def test_a_stranger_applies_in_vietnamese_and_comes_to_her_own_page(app: Flask, client: FlaskClient) -> None:
    page = client.get("/vi/apply?c=FB-VN")
    assert '<html lang="vi"' in page.text
    assert "Việt Nam" in page.text
    assert 'hreflang="en"' in page.headers["Link"]
    assert len(page.data) < 45_000
    assert client.post("/vi/apply?c=FB-VN", data=FIELDS).location == "/apply/sent"
    assert '<html lang="vi"' in client.get("/apply/sent").text
    (made,) = applications(app)
    assert (made.locale, made.country, made.timezone, made.heard) == ("vi", "VN", "Asia/Ho_Chi_Minh", "facebook")
    assert made.languages == [{"code": "vi", "level": "native"}, {"code": "en", "level": "B2"}]
    assert made.device_hash
    with app.app_context(), transaction():
        code = link_code("hanh@example.com")
    assert client.get(f"/apply/confirm/{code}").status_code == 200
    weak = client.post(f"/apply/confirm/{code}", data={"password": "short"})
    assert weak.status_code == 400
    assert client.post(f"/apply/confirm/{code}", data={"password": PASSWORD}).location == "/me/application"
    mine = client.get("/me/application")
    assert mine.status_code == 200
    assert "Nguyễn Thị Hạnh" in mine.text
    assert client.get("/").location == "/me/application"
    assert client.get("/apply").location == "/me/application"
    for browser in (client, app.test_client()):
        assert browser.post(f"/apply/confirm/{code}", data={"password": "another one, longer"}).status_code == 404


def test_a_campaign_in_the_address_fixes_how_she_heard(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        create_campaign(SYSTEM, "REDDIT-KE", channel="reddit", now=NOW)
    assert 'name="heard"' not in client.get("/apply?c=reddit-ke").text
    assert 'name="heard"' in client.get("/apply?c=nope").text
    client.post("/apply?c=reddit-ke", data={**FIELDS, "heard": "linkedin"})
    assert applications(app)[0].heard == "reddit"


@pytest.mark.parametrize("change", [{"email": "nonsense"}, {"country": "XX"}, {"consent": ""},
                                    {"languages-0-level": ""}, {"languages-0-name": "Klingonisch"}, {"heard": "x"},
                                    {"terms_number": "0"}, {"name": ""}, {"name": "   "}, {"name": "\u200b\ufeff"},
                                    {"name": "\u202e\u202c"}, {"email": "  "}])  # fmt: skip
def test_an_error_keeps_what_was_typed(app: Flask, client: FlaskClient, change: dict[str, str]) -> None:
    answer = client.post("/apply", data={**FIELDS, "phone": "+84 90", "skills_text": "<b>haiku</b>", **change})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert 'value="+84 90"' in answer.text
    assert "&lt;b&gt;haiku" in answer.text
    assert 'value="English"' in answer.text
    assert re.search(r'value="writing" id="skill-writing" checked', answer.text)
    assert applications(app) == []


def test_a_name_keeps_its_letters_and_cannot_turn_what_stands_behind_it(app: Flask, client: FlaskClient) -> None:
    for number, name in enumerate(("\u202eevil\u202c", "\u200b 👩🏽\u200d🚀 Zoë \ufeff", "محمد بن سلمان")):
        client.post("/apply", data={**FIELDS, "email": f"n{number}@example.com", "name": name})
    assert [one.name for one in applications(app)] == ["evil", "👩🏽\u200d🚀 Zoë", "محمد بن سلمان"]


def test_changing_the_language_and_more_rows_keep_what_was_typed(app: Flask, client: FlaskClient) -> None:
    page = client.post("/vi/apply", data={"name": "Ada", "email": "half", "switch": "vi", "languages-0-name": "x"}).text
    assert '<html lang="vi"' in page
    assert 'value="Ada"' in page
    assert 'value="half"' in page
    assert 'role="alert"' not in page
    more = client.post("/en/apply", data={"name": "Ada", "more": "1"}).text
    assert 'name="languages-7-name"' in more
    assert 'value="Ada"' in more
    assert applications(app) == []


def test_the_answer_is_the_same_for_known_and_unknown_addresses_and_for_programs(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context(), transaction():
        make_user("manager", "boss@example.com")
    answers = [
        client.post("/apply", data={**FIELDS, **change})
        for change in ({}, {"email": "boss@example.com"}, {"email": "bot@example.com", "website": "http://x"})
    ]
    assert len({(one.status_code, one.location, one.data) for one in answers}) == 1
    assert [one.email for one in applications(app)] == ["hanh@example.com"]


def test_html_in_a_name_is_text_everywhere(
    app: Flask, enter: Callable[[Application], FlaskClient], sign_in: Enter
) -> None:
    evil = "<script>alert(1)</script>"
    with app.app_context(), transaction():
        made = make_confirmed(name=evil)
        recruiter = make_user("recruiter").email
    browser = sign_in(recruiter)
    pages = [
        enter(made).get("/me/application"), browser.get("/manage/applications?state="),
        browser.get(f"/manage/applications/{made.id}"),
    ]  # fmt: skip
    for page in pages:
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "&lt;script&gt;" in page.text


def test_an_applicant_goes_through_her_steps(
    app: Flask, enter: Callable[[Application], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction():
        make_group()
        made, test = make_confirmed(name="Ada Otieno"), make_test()
        certify(made, test)
    browser = enter(made)
    page = browser.get("/me/application").text
    assert page.count('class="button primary" href=') == 1
    assert 'href="/me/application/identity"' in page
    document = {"country": "KE", "kind": "passport", "number": "A 123"}
    bad = browser.post("/me/application/identity", data={**document, "picture": (io.BytesIO(b"<svg>"), "a.png")})
    assert bad.status_code == 400
    assert 'value="A 123"' in bad.text
    monkeypatch.setattr(identity, "MOST_BYTES", 100)
    huge = browser.post("/me/application/identity", data={**document, "picture": (io.BytesIO(PNG * 2), "a.png")})
    assert huge.status_code == 400
    monkeypatch.undo()
    good = browser.post("/me/application/identity", data={**document, "picture": (io.BytesIO(PNG), "a.png")})
    assert good.location == "/me/application"
    form = {"country": "KE", "tax_id": "A1", "name": "Ada Otieno", "signature": "Ada Otieno", "correct": "y"}
    assert browser.post("/me/application/tax", data={**form, "signature": "X"}).status_code == 400
    assert browser.post("/me/application/tax", data=form).location == "/me/application"
    page = browser.get("/me/application").text
    assert "You have done your part" in page
    assert "about two working days" in page


def test_a_recruiter_reviews_and_decides(
    app: Flask, enter: Callable[[Application], FlaskClient], sign_in: Enter
) -> None:
    with app.app_context(), transaction():
        make_group()
        made, second = make_confirmed(), make_confirmed(country="BT")
        recruiter = make_user("recruiter").email
    enter(made).post("/me/application/identity", data={
        "country": "KE", "kind": "passport", "number": "A 123", "picture": (io.BytesIO(PNG), "a.png")})  # fmt: skip
    browser = sign_in(recruiter)
    assert "Document to look at" in browser.get("/manage/applications").text
    page = browser.get(f"/manage/applications/{made.id}").text
    assert "A 123" in page
    (address,) = re.findall(rf"/manage/applications/{made.id}/identity/\d+(?=\")", page)
    picture = browser.get(f"{address}/picture")
    assert (picture.mimetype, picture.data) == ("image/png", PNG)
    assert browser.post(address, data={"decision": "refuse"}).status_code == 400
    assert browser.post(address, data={"decision": "approve"}).status_code == 302
    wrong = f"/manage/applications/{second.id}/identity/{address.rpartition('/')[2]}"
    assert browser.get(f"{wrong}/picture").status_code == 404
    assert browser.post(wrong, data={"decision": "refuse", "reason": "x"}).status_code == 404
    here = f"/manage/applications/{second.id}"
    assert browser.post(here, data={"decision": "decline"}).status_code == 400
    kept = browser.post(here, data={"decision": "accept", "reason": "Typed."})
    assert kept.status_code == 400
    assert "Typed.</textarea>" in kept.text
    assert "Not done yet: Pass a test of your choice, Show who you are, and Sign your tax form" in kept.text
    bare = browser.post(here, data={"decision": "accept", "group": "KE"})
    assert bare.status_code == 400
    assert "Say why they are accepted all the same" in bare.text
    known = {"decision": "accept", "group": "KE", "reason": "She taught our graders."}
    assert browser.post(here, data=known).status_code == 302
    assert browser.post(here, data=known).status_code == 409
    assert (
        browser.post(f"/manage/applications/{made.id}", data={"decision": "decline", "reason": "No."}).status_code
        == 302
    )
    mine = enter(made).get("/me/application").text
    assert "No." in mine
    assert "/me/application/appeal" in mine


def test_an_appeal_that_is_too_short_keeps_its_text(app: Flask, enter: Callable[[Application], FlaskClient]) -> None:
    with app.app_context(), transaction():
        made = make_confirmed()
        decide.decline(SYSTEM, made.id, reason="No.", now=NOW)
    browser = enter(made)
    short = browser.post("/me/application/appeal", data={"text": "Unfair"})
    assert short.status_code == 400
    assert "Unfair</textarea>" in short.text
    assert browser.post("/me/application/appeal", data={"text": "I am who I am, look again."}).status_code == 302
    assert "I am who I am, look again." in browser.get("/me/application").text


def test_an_applicant_sees_nobody_elses_application(app: Flask, enter: Callable[[Application], FlaskClient]) -> None:
    with app.app_context(), transaction():
        made, other = make_confirmed(), make_confirmed(name="Somebody Secret")
    browser = enter(made)
    assert browser.get(f"/manage/applications/{other.id}").status_code == 403
    assert "Somebody Secret" not in browser.get(f"/me/application?id={other.id}").text


def test_reading_a_tax_form_without_permission_leaves_no_trace_of_its_text(app: Flask, sign_in: Enter) -> None:
    with app.app_context(), transaction():
        made = make_confirmed(name="Ada Otieno")
        form = sign_tax_form(actor_of(made), Signed("KE", "SECRET77", "Ada Otieno", "Ada Otieno"), now=NOW)
        people = {role: make_user(role).email for role in ("recruiter", "manager", "admin", "worker", "finance")}
    for role, email in people.items():
        browser = sign_in(email)
        answer = browser.get(f"/finance/tax-forms/{form.id}")
        assert ("SECRET77" in answer.text) == (role == "finance")
        assert answer.status_code == (200 if role == "finance" else 403)
        assert "SECRET77" not in browser.get("/finance/tax-forms").text
    with app.app_context(), transaction():
        events = session().scalars(select(AuditEvent).where(AuditEvent.action == "tax.read")).all()
        assert [one.actor for one in events] == [people["finance"]]
        assert rows("SELECT count(*) FROM audit_event WHERE after::text LIKE '%SECRET77%'") == [(0,)]


def test_lists_take_a_fixed_number_of_queries(
    app: Flask, sign_in: Enter, queries: Callable[[Callable[[], object]], int]
) -> None:
    with app.app_context(), transaction():
        make_group()
        recruiter = make_user("recruiter").email
        first = make_confirmed(device="d" * 32)
    browser = sign_in(recruiter)
    addresses = [
        "/manage/applications?state=", "/manage/applications?flagged=y", f"/manage/applications/{first.id}",
        "/manage/campaigns", "/manage/funnel",
    ]  # fmt: skip
    before = [queries(partial(browser.get, url)) for url in addresses]
    with app.app_context(), transaction():
        for number in range(60):
            made = make_confirmed(device="d" * 32)
            create_campaign(SYSTEM, f"C-{number}", channel="other", now=NOW)
            if number % 9 == 0:
                do_steps(made)
    after = [queries(partial(browser.get, url)) for url in addresses]
    assert max(after) <= 25
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 0, 0, 0] or before == after
    assert browser.get("/manage/applications?state=").text.count('role="row"') == 51
    assert 'rel="next"' in browser.get("/manage/applications?state=").text


def test_the_list_is_searched_by_the_beginning_of_name_or_address(app: Flask, sign_in: Enter) -> None:
    with app.app_context(), transaction():
        make_applied("zoe@example.com", name="Đặng Hương")
        make_applied("a_b@example.com", name="Ada")
        recruiter = make_user("recruiter").email
    browser = sign_in(recruiter)
    for search, found in (("dang", 1), ("ZOE@", 1), ("a_", 1), ("%", 0), ("ada\0", 1), ("huong", 0)):
        page = browser.get("/manage/applications", query_string={"state": "", "search": search}).text
        assert page.count('<th scope="row"') == found, search


def test_the_funnel_counts_and_its_csv_has_no_formulas(app: Flask, sign_in: Enter) -> None:
    with app.app_context(), transaction():
        make_group()
        test = make_test()
        create_campaign(SYSTEM, "FB-KE", channel="facebook", now=NOW)
        made = make_confirmed(campaign="FB-KE")
        certify(made, test)
        do_steps(made)
        make_applied(campaign="FB-KE")
        make_applied(country="VN")
        recruiter = make_user("recruiter").email
    browser = sign_in(recruiter)
    page = browser.get("/manage/funnel").text
    assert "50%" in page
    answer = browser.get("/manage/funnel.csv")
    assert answer.mimetype == "text/csv"
    assert answer.text.splitlines() == [
        "by,channel,name,applied,confirmed,tested,certified,accepted,joined",
        "source,facebook,FB-KE,2,1,0,1,1,0", "source,reddit,,1,0,0,0,0,0",
        "country,,KE,2,1,0,1,1,0", "country,,VN,1,0,0,0,0,0",
    ]  # fmt: skip
    for wrong in ("since=x", "since=2026-12-01&until=2026-01-01", "until=9999-12-31"):
        assert browser.get(f"/manage/funnel?{wrong}").status_code == 404


def test_a_campaign_that_is_there_already_keeps_what_was_typed(app: Flask, sign_in: Enter) -> None:
    with app.app_context(), transaction():
        recruiter = make_user("recruiter").email
    browser = sign_in(recruiter)
    form = {"code": "jobs-vn", "channel": "job_board", "note": "VietnamWorks"}
    assert browser.post("/manage/campaigns", data=form).status_code == 302
    again = browser.post("/manage/campaigns", data=form)
    assert again.status_code == 409
    assert 'value="VietnamWorks"' in again.text
    assert "/apply?c=JOBS-VN" in again.text
    assert browser.post("/manage/campaigns", data={**form, "code": "=1+1"}).status_code == 400


def test_an_accepted_worker_sees_her_own_link(app: Flask, enter: Callable[[Application], FlaskClient]) -> None:
    with app.app_context(), transaction():
        make_group()
        made = make_confirmed()
        decide.accept(SYSTEM, made.id, reason="Known.", now=NOW)
        assert [role.name for role in user_of(made).roles] == ["worker"]
    page = enter(made).get("/me/application").text
    assert re.search(r"/apply\?c=R-[A-Z2-9]{8}", page)


def test_templates_of_both_languages_show_no_python(client: FlaskClient) -> None:
    for path in ("/en/apply", "/vi/apply", "/apply/terms", "/apply/terms?version=1"):
        page = client.get(path)
        assert page.status_code == 200
        assert "%(" not in page.text
    assert client.get("/apply/terms?version=99").status_code == 404
