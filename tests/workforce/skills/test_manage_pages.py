"""A manager's pages of tests: written without JavaScript, asked little of the database, deaf to nonsense."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import make_user
from tests.factories.skills import (
    NOW,
    asked,
    make_attempt,
    make_certification,
    make_draft,
    make_result,
    make_test,
    make_version,
    many,
    one,
    order,
    short,
    written,
)
from workforce.core.db import session, transaction
from workforce.identity.models import User
from workforce.skills.demo.picture import street
from workforce.skills.models import AnswerKey, Certification, Question, QuestionImage, SkillTest, TestVersion
from workforce.skills.services import images

NUMBERS = {"minutes": "30", "pass_percent": "70", "attempts": "2", "cooldown_days": "7", "tolerance_percent": "20",
           "appeal_days": "14"}  # fmt: skip
ALL_KINDS = (one, many, order, short, written)


@pytest.fixture
def manager(app: Flask, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give the browser of a manager."""
    with app.app_context(), transaction():
        email = make_user("manager").email
    return sign_in(email)


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_test_is_written_from_nothing_and_published(manager: FlaskClient, app: Flask) -> None:
    answer = manager.post(
        "/manage/tests/new",
        data={"code": "labels", "title": "Labels", "level": "L1", "valid_months": "", "locale": "vi"},
    )
    assert answer.status_code == 302
    draft = answer.location
    page = words(manager.get(draft).text)
    assert "There is no question yet" in page
    questions = f"{draft}/questions"
    options = {
        "options-0-text": "Cat",
        "options-1-text": "Dog",
        "options-1-right": "y",
        "options-2-text": "",
        "options-3-text": "Stone",
    }
    assert (
        manager.post(f"{questions}?kind=one", data={"prompt": "Which barks?", "points": "2", **options}).status_code
        == 302
    )
    both = {**options, "options-0-right": "y"}
    assert (
        manager.post(
            f"{questions}?kind=many", data={"prompt": "Animals?", "points": "2", "pool": "p", **both}
        ).status_code
        == 302
    )
    assert (
        manager.post(
            f"{questions}?kind=order",
            data={"prompt": "Order?", "points": "1", "options-0-text": "z", "options-1-text": "a"},
        ).status_code
        == 302
    )
    assert (
        manager.post(
            f"{questions}?kind=short", data={"prompt": "Colour?", "points": "1", "accepted": "blue\r\n azure \r\n"}
        ).status_code
        == 302
    )
    rubric = {"rubric-0-text": "Clear", "rubric-0-points": "3", "rubric-1-text": "True", "rubric-1-points": "2"}
    assert (
        manager.post(f"{questions}?kind=written", data={"prompt": "Write.", **rubric, "most_words": "80"}).status_code
        == 302
    )
    settings = {**NUMBERS, "title": "Nhãn", "draws-0-pool": "p", "draws-0-drawn": "3"}
    assert manager.post(f"{draft}/settings", data=settings).status_code == 302
    refused = manager.post(f"{draft}/publish")
    assert refused.status_code == 409
    assert "3 questions are drawn from the pool “p”, which has only 1" in words(refused.text)
    assert manager.post(f"{draft}/settings", data={**settings, "draws-0-drawn": ""}).status_code == 302
    assert "Before it can be published" not in manager.get(draft).text
    assert manager.get(f"{draft}/preview").status_code == 200
    assert manager.post(f"{draft}/publish").status_code == 302
    assert "This version never changes" in words(manager.get(draft).text)
    with app.app_context(), transaction():
        found = {row.kind: row for row in session().scalars(select(Question))}
        keys = {one.question_id: one.key for one in session().scalars(select(AnswerKey))}
        assert keys[found["one"].id] == {"right": ["b"]}
        assert keys[found["many"].id] == {"right": ["a", "b"]}
        # Letters go by the alphabet, so that what is sent to a browser does not tell the order.
        assert found["order"].options == [{"id": "a", "text": "a"}, {"id": "b", "text": "z"}]
        assert keys[found["order"].id] == {"right": ["b", "a"]}
        assert keys[found["short"].id] == {"accepted": ["blue", "azure"]}
        assert (found["written"].points, found["written"].most_words, keys[found["written"].id]) == (5, 80, {})
        assert session().scalars(select(TestVersion)).one().state == "published"


def test_what_is_missing_is_said_in_sentences(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        version = make_draft(None, [one(prompt=" "), many(right=""), short("Colour?", " "), written(rubric={})]).id
    page = words(manager.get(f"/manage/tests/versions/{version}").text)
    for sentence in (
        "Question 1 asks nothing", "Question 2 has no key", "Question 3 accepts no answer", "Question 4 has no rubric",
    ):  # fmt: skip
        assert sentence in page
    assert manager.post(f"/manage/tests/versions/{version}/publish").status_code == 409


def test_questions_are_edited_moved_and_removed(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        version = make_draft(None, [one("First?"), order("Second?", "cab")])
        first, second = (question.id for question in asked(version))
        key = version.id
    form = manager.get(f"/manage/tests/questions/{second}").text
    assert re.findall(r'name="options-\d-text"[^>]*value="([^"]+)"', form) == ["Step c", "Step a", "Step b"]
    data = {
        "prompt": "First, better?",
        "points": "3",
        "options-0-text": "x",
        "options-1-text": "y",
        "options-1-right": "y",
    }
    assert manager.post(f"/manage/tests/questions/{first}", data=data).status_code == 302
    manager.post(f"/manage/tests/questions/{second}/move", data={"to": "up"})
    page = manager.get(f"/manage/tests/versions/{key}").text
    assert page.index("Second?") < page.index("First, better?")
    manager.post(f"/manage/tests/questions/{second}/remove")
    page = manager.get(f"/manage/tests/versions/{key}").text
    assert "Second?" not in page
    manager.post(f"/manage/tests/versions/{key}/discard")
    assert manager.get(f"/manage/tests/versions/{key}").status_code == 404


def test_a_new_version_and_another_language_begin_from_an_old_one(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        version = make_version(make_test("copied"), [make() for make in ALL_KINDS])
        old = version.id
    answer = manager.post("/manage/tests/copied/versions", data={"locale": "pt_br", "source": str(old)})
    assert answer.status_code == 302
    twice = manager.post("/manage/tests/copied/versions", data={"locale": "pt-BR", "source": ""})
    assert twice.status_code == 409
    assert "There is a draft in this language already" in words(twice.text)
    assert manager.post("/manage/tests/copied/versions", data={"locale": "not a tag!"}).status_code == 400
    assert manager.post("/manage/tests/copied/versions", data={"locale": "en", "source": str(old)}).status_code == 302
    with app.app_context(), transaction():
        copies = session().scalars(select(TestVersion).order_by(TestVersion.id)).all()
        assert [(one.locale, one.number, one.state) for one in copies] == [
            ("en", 1, "published"), ("pt-BR", 1, "draft"), ("en", 2, "draft"),
        ]  # fmt: skip
        assert [question.draft_key for question in asked(copies[1])] == [one.draft_key for one in asked(copies[0])]
    manager.post(f"/manage/tests/versions/{copies[2].id}/publish")
    with app.app_context(), transaction():
        states = dict(session().execute(select(TestVersion.id, TestVersion.state)).all())
    assert (states[old], states[copies[2].id]) == ("replaced", "published")


def test_a_published_version_refuses_every_change(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        version = make_version()
        question, key = asked(version)[0].id, version.id
    assert manager.get(f"/manage/tests/versions/{key}/settings").status_code == 409
    assert manager.get(f"/manage/tests/versions/{key}/questions").status_code == 409
    assert manager.get(f"/manage/tests/questions/{question}").status_code == 302
    for address in (
        f"/manage/tests/questions/{question}/move", f"/manage/tests/questions/{question}/remove",
        f"/manage/tests/versions/{key}/publish", f"/manage/tests/versions/{key}/discard",
    ):  # fmt: skip
        assert manager.post(address).status_code == 409, address
    assert manager.post(f"/manage/tests/versions/{key}/settings", data={**NUMBERS, "title": "x"}).status_code == 409
    data = {"prompt": "?", "points": "1"}
    assert manager.post(f"/manage/tests/questions/{question}", data=data).status_code == 409
    assert manager.post(f"/manage/tests/versions/{key}/questions?kind=one", data=data).status_code == 409


def test_a_key_is_corrected_on_its_page_and_the_second_manager_is_told(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        version = make_version(asked=[one()], pass_percent=100)
        question = asked(version)[0].id
        make_result(version, make_user("worker").id, {question: {"chosen": ["c"]}})
    address = f"/manage/tests/questions/{question}/key"
    page = words(manager.get(address).text)
    assert "1 attempt that has its result is scored anew" in page
    assert "Work that its holder has claimed already keeps its price" in page
    assert manager.post(address, data={"base": "1", "right": ["c"], "reason": ""}).status_code == 400
    assert manager.post(address, data={"base": "1", "right": ["zz"], "reason": "x"}).status_code == 409
    assert manager.post(address, data={"base": "1", "right": ["c"], "reason": "b is no mammal"}).status_code == 302
    page = words(manager.get(address).text)
    assert "1 attempts were scored anew, 1 of them have other points: 1 passed by it, 0 passed no longer" in page
    assert "b is no mammal" in page
    second = manager.post(address, data={"base": "1", "right": ["a"], "reason": "mine &amp; only"})
    assert second.status_code == 409
    assert "it is number 2 now" in words(second.text)
    assert "mine &amp;amp; only" in second.text
    assert 'name="base" value="2"' in second.text


@pytest.mark.parametrize(("kind", "data", "key"), [
    (many, {"right": ["b", "d"]}, {"right": ["b", "d"]}),
    (order, {"places-0-option": "a", "places-0-place": "1", "places-1-option": "b", "places-1-place": "2",
             "places-2-option": "c", "places-2-place": "3"}, {"right": ["a", "b", "c"]}),
    (short, {"accepted": "blue\ngrey", "numeric": "y"}, {"accepted": ["blue", "grey"], "numeric": True}),
    (written, {"void": "y"}, {"void": True}),
])  # fmt: skip
def test_keys_of_every_kind(
    manager: FlaskClient, app: Flask, kind: Callable[[], object], data: dict[str, str], key: object
) -> None:
    with app.app_context(), transaction():
        question = asked(make_version(asked=[kind()]))[0].id  # type: ignore[list-item]
    address = f"/manage/tests/questions/{question}/key"
    assert manager.get(address).status_code == 200
    assert manager.post(address, data={"base": "1", "reason": "it was wrong", **data}).status_code == 302
    with app.app_context(), transaction():
        assert session().scalars(select(AnswerKey.key).where(AnswerKey.number == 2)).one() == key


def test_pictures_are_what_their_bytes_say_and_seen_by_those_who_see_the_question(
    manager: FlaskClient, app: Flask, sign_in: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MOST_BYTES", 20_000)
    with app.app_context(), transaction():
        version = make_draft(None, [one()])
        key, question = version.id, asked(version)[0].id
        stranger, taker = make_user("worker").email, make_user("worker").email
        reviewer, grader = make_user("reviewer").email, make_user("reviewer").email
    address = f"/manage/tests/questions/{question}"
    data = {"prompt": "Which?", "points": "1", "options-0-text": "x", "options-0-right": "y", "options-1-text": "z"}

    def send(content: bytes, name: str, text: str = "A street") -> int:
        return manager.post(
            address, data={**data, "image": (io.BytesIO(content), name), "image_text": text}
        ).status_code

    assert send(b"<svg onload=alert(1)>", "harmless.png") == 400
    assert send(b"\x89PNG\r\n\x1a\n" + b"\0" * 4 + b"IHDR" + b"x" * 20_000, "large.png") == 400
    with app.app_context(), transaction():
        assert session().scalar(select(func.count()).select_from(QuestionImage)) == 0
    assert send(street(), "street.gif") == 302
    with app.app_context(), transaction():
        image = session().scalars(select(QuestionImage)).one().id
    shown = manager.get(f"/tests/images/{image}")
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/png", street())
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    manager.post(f"/manage/tests/versions/{key}/publish")
    with app.app_context(), transaction():
        published = session().get_one(TestVersion, key)
        users = _ids([taker, grader])
        make_attempt(published, users[taker])
        make_certification(session().get_one(SkillTest, published.test_id), users[grader], kind="grader")
    for email, status in ((stranger, 404), (taker, 200), (reviewer, 404), (grader, 200)):
        assert sign_in(email).get(f"/tests/images/{image}").status_code == status, email
    with app.app_context(), transaction():
        session().query(Certification).one().expires_on = NOW.date() - timedelta(days=1)
    assert sign_in(grader).get(f"/tests/images/{image}").status_code == 404, "the grader's certification has lapsed"


def _ids(emails: list[str]) -> dict[str, int]:
    return dict(session().execute(select(User.email, User.id).where(User.email.in_(emails))).all())


def test_a_picture_goes_when_no_question_shows_it(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        question = asked(make_draft(None, [one()]))[0].id
    data = {"prompt": "Which?", "points": "1", "image_text": "A street"}
    manager.post(f"/manage/tests/questions/{question}", data={**data, "image": (io.BytesIO(street()), "a.png")})
    manager.post(f"/manage/tests/questions/{question}", data={**data, "remove_image": "y"})
    with app.app_context(), transaction():
        assert session().scalar(select(func.count()).select_from(QuestionImage)) == 0


def test_holders_are_listed_granted_and_revoked(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        make_test("held")
        worker, reviewer = make_user("worker").email, make_user("reviewer").email
    address = "/manage/tests/held/holders"
    assert manager.post(address, data={"email": worker, "kind": "worker", "reason": "Seen at work."}).status_code == 302
    for data, status in (
        ({"email": worker, "kind": "grader", "reason": "x"}, 409),
        ({"email": reviewer, "kind": "grader", "reason": ""}, 400),
        ({"email": "nobody@example.com", "kind": "worker", "reason": "x"}, 404),
        ({"email": reviewer, "kind": "boss", "reason": "x"}, 400),
    ):  # fmt: skip
        answer = manager.post(address, data=data)
        assert answer.status_code == status
        assert data["email"] in answer.text
    assert manager.post(address, data={"email": reviewer, "kind": "grader", "reason": "Trial set."}).status_code == 302
    page = manager.get(address).text
    assert worker in page
    assert reviewer in page
    assert worker not in manager.get(f"{address}?kind=grader").text
    assert worker not in re.sub(r'value="[^"]*"', "", manager.get(f"{address}?email=zzz").text)
    with app.app_context(), transaction():
        key = session().scalars(select(Certification.id).where(Certification.kind == "worker")).one()
    one_page = f"/manage/certifications/{key}"
    assert "keeps its price" in manager.get(one_page).text
    assert manager.post(one_page, data={"reason": " "}).status_code == 400
    assert manager.post(one_page, data={"reason": "Shared her account."}).status_code == 302
    assert manager.post(one_page, data={"reason": "Again."}).status_code == 409
    assert worker not in manager.get(address).text
    assert worker in manager.get(f"{address}?state=revoked").text


def test_a_person_sees_her_own_certifications_alone(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), transaction():
        mine, hers = make_user("worker"), make_user("applicant")
        make_certification(make_test(title="Haiku"), mine.id, expires_on=(NOW + timedelta(days=10)).date())
        make_certification(make_test(title="Sonnets"), hers.id)
        emails = mine.email, hers.email
    page = words(sign_in(emails[0]).get("/me/certifications").text)
    assert all(one in page for one in ("Haiku", "Ends soon", "Renew it"))
    assert "Sonnets" not in page
    assert "Sonnets" in sign_in(emails[1]).get("/me/certifications").text


def test_statistics_name_broken_questions(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        version = make_version(asked=[one("Broken?", "b"), *(one(f"Good {place}?") for place in range(4))])
        broken, *good = (question.id for question in asked(version))
        for strength in range(12):
            answers = {
                question: {"chosen": ["b" if strength > 3 * place else "a"]} for place, question in enumerate(good)
            }
            wrong = {broken: {"chosen": ["b" if strength < 6 else "c"]}}
            make_result(version, make_user("worker").id, {**answers, **wrong})
        key = version.id
    page = words(manager.get(f"/manage/tests/versions/{key}/statistics").text)
    assert "1 question seems broken" in page
    assert "Question 1 : The weak answer it better than the strong" in page
    assert "Those who chose a wrong option did better elsewhere" in page
    assert "-0." in page
    assert "50%" in page


def test_pages_ask_the_same_number_of_queries_whatever_there_is(
    manager: FlaskClient, app: Flask, queries: Callable[[Callable[[], object]], int]
) -> None:
    def make(code: str, people: int) -> tuple[int, int]:
        with app.app_context(), transaction():
            test = make_test(code)
            version = make_version(test, [one(f"Question {number}?") for number in range(people)])
            draft = make_draft(test, [one(f"Question {number}?", pool="p") for number in range(people)], locale="vi")
            for _ in range(people):
                make_result(version, make_user("worker").id, {asked(version)[0].id: {"chosen": ["b"]}})
            return version.id, draft.id

    few, many_ = make("few", 1), make("many", 12)
    for address in ("/manage/tests/{code}", "/manage/tests/{code}/holders?state=all",
                    "/manage/tests/versions/{version}",
                    "/manage/tests/versions/{version}/statistics", "/manage/tests/versions/{draft}",
                    "/manage/tests/versions/{draft}/settings", "/manage/tests/versions/{version}/preview"):  # fmt: skip
        counts = [
            queries(partial(manager.get, address.format(code=code, version=keys[0], draft=keys[1])))
            for code, keys in (("few", few), ("many", many_))
        ]
        assert counts[0] == counts[1] <= 9, (address, counts)
    before = queries(lambda: manager.get("/manage/tests"))
    for number in range(5):
        make(f"more-{number}", 1)
    assert queries(lambda: manager.get("/manage/tests")) == before <= 7


def test_lists_have_pages(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        for number in range(53):
            make_test(f"t-{number:02}")
    assert manager.get("/manage/tests").text.count('scope="row"') == 50
    assert manager.get("/manage/tests?start=50").text.count('scope="row"') == 3
    for nonsense in ("-5", "x", str(10**30)):
        assert manager.get(f"/manage/tests?start={nonsense}").status_code == 200
        assert (
            manager.get(f"/manage/tests/t-00/holders?start={nonsense}&state=%00&email=%00%25&kind=x").status_code == 200
        )


def test_nonsense_is_refused_and_what_was_typed_stays(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        version = make_draft(make_test("mine"), [one(), written()])
        key = version.id
        first, essay = (question.id for question in asked(version))
    huge = "ü" * 200_000
    new = {"code": "x", "title": "T", "locale": "en", "valid_months": "12", "level": ""}
    for change in ({"code": "Ü b"}, {"code": "new"}, {"code": "mine"}, {"title": ""}, {"title": huge},
                   {"locale": "zz-zz-zz"},
                   {"locale": "\0"}, {"valid_months": "0"}, {"valid_months": "9" * 6000},
                   {"valid_months": "1.5"}):  # fmt: skip
        answer = manager.post("/manage/tests/new", data={**new, **change})
        assert answer.status_code in {400, 409}, change
        assert 'value="T"' in answer.text or "title" in change
    with app.app_context(), transaction():
        assert session().scalar(select(func.count()).select_from(SkillTest)) == 1
    settings = f"/manage/tests/versions/{key}/settings"
    for change in ({"minutes": "0"}, {"pass_percent": "101"}, {"intro": huge}, {"attempts": "x"}, {"title": "\0"},
                   {"draws-0-pool": "p", "draws-0-drawn": "-1"}):  # fmt: skip
        answer = manager.post(settings, data={**NUMBERS, "title": "T", **change})
        assert answer.status_code == 400, change
        assert "Nothing was saved" in answer.text
    question = {"prompt": "Which?", "points": "1", "options-0-text": "kept words"}
    for change in ({"prompt": huge}, {"points": "0"}, {"points": "10000"}, {"pool": "x" * 41},
                   {"options-0-text": huge}):  # fmt: skip
        answer = manager.post(f"/manage/tests/questions/{first}", data={**question, **change})
        assert answer.status_code == 400, change
        assert "kept words" in answer.text or "options-0-text" in change
    lonely = manager.post(f"/manage/tests/questions/{essay}", data={"prompt": "W", "rubric-0-text": "words alone"})
    assert lonely.status_code == 400
    assert "Every line of the rubric needs words and points" in lonely.text
    many_rows = {f"options-{number}-text": f"o{number}" for number in range(300)}
    assert manager.post(f"/manage/tests/questions/{first}", data={**question, **many_rows}).status_code == 302
    nul = {"prompt": "a\0b", "points": "1", "options-0-text": "\0", "options-1-text": "x\0y"}
    assert manager.post(f"/manage/tests/questions/{first}", data=nul).status_code == 302
    assert manager.get(f"/manage/tests/versions/{key}/questions?kind=riddle").status_code == 404
    for address in (f"/manage/tests/questions/{2**62}", f"/manage/tests/questions/{10**40}", "/manage/tests/versions/0",
                    f"/tests/images/{2**62}", "/manage/certifications/999999", "/manage/tests/%00"):  # fmt: skip
        assert manager.get(address).status_code == 404, address


def test_a_withdrawn_test_is_shown_and_changes_no_more(manager: FlaskClient, app: Flask) -> None:
    with app.app_context(), transaction():
        make_version(make_test("gone"))
    assert manager.post("/manage/tests/gone/retire", data={"reason": ""}).status_code == 400
    assert manager.post("/manage/tests/gone/retire", data={"reason": "Another one took its place."}).status_code == 302
    assert "Nobody can begin this test any more" in manager.get("/manage/tests/gone").text
    assert "withdrawn" in manager.get("/manage/tests").text
    assert manager.post("/manage/tests/gone/versions", data={"locale": "vi"}).status_code == 409
    assert manager.post("/manage/tests/gone/retire", data={"reason": "Again."}).status_code == 409
