"""Who decides can see: whoever may decide something opens the pages that show what the decision rests on.

Every POST route of staff stands in the table with the pages that its reader needs first: a new one fails the first test
until it is there. All of it is tried with real objects, by each role that may do it.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from payroll.closing.services import close_day
from payroll.fx.services import correct
from payroll.payouts.services import prepare_released, propose_order, start_release
from payroll.runs.services import approve
from tests.conftest import signed_in
from tests.factories import DAY, NOW, finance, make_fx, make_group, make_project, make_user, make_work
from tests.factories.onboarding import PNG, actor_of, make_confirmed
from tests.factories.projects import make_guideline, make_member
from tests.factories.rates import make_line, make_offer, make_participant, personal
from tests.factories.skills import asked, make_certification, make_draft, make_result, make_test, make_version, written
from tests.factories.skills import one as choice
from tests.payroll.payouts.paying import rail, send_now
from tests.workforce.test_permissions import TABLE
from workforce.appeals import services as appeals
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, session, transaction
from workforce.core.money import Money
from workforce.core.permissions import ROLES
from workforce.identity.models import User
from workforce.onboarding.services import decide
from workforce.onboarding.services.identity import Shown, decide_identity, show_identity
from workforce.onboarding.services.tax import Signed, sign_tax_form
from workforce.paydays.queries import group_by_code
from workforce.projects.models import Project
from workforce.projects.services import change_state
from workforce.skills.demo.picture import street
from workforce.skills.models import Answer, SkillTest, TestVersion
from workforce.skills.services.appeals import appeal_attempt
from workforce.skills.services.attempts import begin, hand_in, save
from workforce.skills.services.grading import grade
from workforce.skills.services.tests import Picture
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays, reverse
from workforce.training.services import publish
from workforce.workers.services import ask_for_changes

STAFF: Final = ("/manage/", "/finance/", "/admin/")
NEXT: Final = DAY + timedelta(days=1)
TAX_ID, DOCUMENT = "TAX-55-SECRET", "DOC-77-SECRET"
NAMES: Final = ("Wanjiru Applicant", "wanjiru@example.com", TAX_ID, DOCUMENT)


@dataclass(frozen=True)
class See:
    """A page that whoever decides must be able to open.

    Attributes:
        endpoint: of the page.
        of: the object whose page it is, as `make_world` names it.
        words: that stand on it.

    """

    endpoint: str
    of: str = ""
    words: tuple[str, ...] = ()


def see(endpoint: str, of: str = "", *words: str) -> See:
    return See(endpoint, of, words)


PICTURE = see("tests.image", "picture")
APPLICATION = see(
    "applications.show", "application", "Pass a test of your choice", "Show who you are", "same tax number", "Kenya",
    "Swahili", "Not done yet",
)  # fmt: skip
RUN_PAGES = (
    see("runs.show", "negative run", "taken back than earned", "What will leave"), see("payouts.slips", "negative run"),
    see("payouts.slip", "negative payslip"), see("exports.download", "negative export"),
)  # fmt: skip
ASKED = see("payouts.balances", "", "The wallet was wrong.")
RATE = see("fx.listing", "", "A typo", "130")
# endpoint of the decision -> what whoever decides sees
DECISIONS: Final[dict[str, tuple[See, ...]]] = {
    "appeals.decide": (
        see(
            "appeals.show", "appeal of application", "The documents do not agree.", "second-recruiter@example.com",
            "Show who you are", "Being looked at", "Sign your tax form", "Haiku", "0 / 9", "same tax number",
            "Blurred.", "Kenya", "Swahili", "I am who I am, look again.",
        ),
        see(
            "appeals.show", "appeal of attempt", "Which is a mammal?", "Option a", "Option b", "Write a haiku.",
            "A pond, a frog", "Too little.", "Grader 2", "It is what was asked for.",
        ),
        PICTURE,
    ),
    "grading.regrade": (
        see("grading.appealed", "attempt", "Which is a mammal?", "A pond, a frog", "Too little.", "Grader 2"), PICTURE,
    ),
    "grading.give": (see("grading.answer", "answer", "Write a haiku.", "Another pond"), PICTURE),
    "applications.decide_on": (APPLICATION,),
    "applications.review": (APPLICATION, see("applications.picture", "document")),
    "campaigns.create": (see("campaigns.listing"),),
    "workers.answer": (see("workers.show", "worker", "I moved to Kampala."),),
    "workers.change": (see("workers.show", "worker"),),
    "workers.link": (see("workers.show", "worker"),),
    "offers.decide": (see("offers.approvals", "", "Good work"), see("rates.card", "project", "0.50")),
    "offers.propose": (see("offers.listing", "project"), see("rates.card", "project")),
    "offers.withdraw": (see("offers.listing", "project", "Good work"),),
    "rates.add": (see("rates.card", "project", "0.50"),),
    "trainings.publish": (see("trainings.write", "training", "How to label"),),
    "imports.take": (see("imports.form"),),
    "projects.add_member": (see("projects.members", "project"),),
    "projects.change_state": (see("projects.life", "project"),),
    "projects.create": (see("projects.create_form"),),
    "projects.publish": (see("projects.guidelines", "project", "Read the whole question."),),
    "projects.remove_member": (see("projects.members", "project", "second-manager@example.com"),),
    "projects.remove_worker": (see("projects.people", "project"),),
    "projects.require": (see("projects.requirements", "project"),),
    "projects.revive": (see("projects.revival_form", "closed project"),),
    "projects.save_settings": (see("projects.settings", "project"),),
    "tests.certify": (see("tests.holders", "test", "holder@example.com"),),
    "tests.take_away": (see("tests.certification", "certification", "holder@example.com", "1 / 1"),),
    "tests.correct": (see("tests.key", "question", "Which is a mammal?"), PICTURE, see("tests.statistics", "version")),
    "tests.publish_version": (see("tests.version", "draft"), see("tests.preview", "draft", "Which is a mammal?")),
    "tests.discard_version": (see("tests.version", "draft", "Which is a mammal?"),),
    "tests.add_version": (see("tests.show", "test"),),
    "tests.change": (see("tests.settings", "test"),),
    "tests.change_settings": (see("tests.version_settings", "draft"),),
    "tests.create": (see("tests.new"),),
    "tests.create_question": (see("tests.new_question", "draft"),),
    "tests.move": (see("tests.version", "draft"),),
    "tests.remove": (see("tests.question", "draft question"),),
    "tests.save_question": (see("tests.question", "draft question"),),
    "tests.withdraw": (see("tests.show", "test"),),
    "runs.approve": RUN_PAGES,
    "runs.resolve": RUN_PAGES,
    "payouts.release": RUN_PAGES,
    "payouts.approve_request": (ASKED, see("payouts.slip", "failed payslip")),
    "payouts.refuse_request": (ASKED, see("payouts.slip", "failed payslip")),
    "payouts.propose_order": (see("payouts.overview"), ASKED, see("payouts.slip", "failed payslip")),
    "payouts.propose_balance": (ASKED,),
    "fx.confirm": (RATE,),
    "fx.correct": (RATE,),
    "fx.refuse": (RATE,),
    "people.grant": (see("people.show", "person"),),
    "people.revoke": (see("people.show", "person"),),
    "people.shut": (see("people.show", "person"),),
    "people.reopen": (see("people.show", "person"),),
    "mail.retry": (see("mail.overview"),),
}  # fmt: skip
DECIDERS: Final = sorted({role for endpoint in DECISIONS for role in TABLE[endpoint]})
World = dict[str, dict[str, Any]]


def test_whatever_staff_can_send_stands_in_the_table(app: Flask) -> None:
    sent = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set()) and rule.rule.startswith(STAFF)
    }
    assert DECISIONS.keys() == sent
    assert all(sights for sights in DECISIONS.values())
    assert {one.endpoint for sights in DECISIONS.values() for one in sights} <= TABLE.keys()


@pytest.mark.parametrize("role", DECIDERS)
def test_who_may_decide_sees_what_it_rests_on(app: Flask, role: str) -> None:
    world, email = make_world(app, role)
    browser, hidden = signed_in(app, email), []
    for endpoint, sights in DECISIONS.items():
        for one in sights if role in TABLE[endpoint] else ():
            status, text = opened(app, browser, one, world)
            missing = [word for word in one.words if word not in text]
            if status != 200 or missing:
                hidden.append((endpoint, one.endpoint, one.of, status, missing))
    assert not hidden


@pytest.mark.parametrize("role", sorted(TABLE["appeals.decide"]))
def test_every_kind_of_appeal_shows_what_it_rests_on_and_no_more(app: Flask, role: str) -> None:
    world, email = make_world(app, role)
    browser = signed_in(app, email)
    kinds = {name.removeprefix("appeal of ") for name in world if name.startswith("appeal of ")}
    assert kinds == appeals._handlers.keys()
    for kind in kinds:
        _, text = opened(app, browser, see("appeals.show", f"appeal of {kind}"), world)
        assert not [one for one in (*NAMES, "first-reviewer@", "second-reviewer@") if one in text]
        assert "/picture" not in text


def opened(app: Flask, browser: FlaskClient, one: See, world: World) -> tuple[int, str]:
    """Open a page, and give its status and what it says."""
    with app.test_request_context():
        address = app.url_for(one.endpoint, **world.get(one.of, {}))
    answer = browser.get(address, buffered=True)
    return answer.status_code, unescape(answer.text) if "image" not in (answer.mimetype or "") else ""


def make_world(app: Flask, role: str) -> tuple[World, str]:
    """Make something to decide of every kind, and a person of a role who took part in none of it.

    Returns:
        what stands in the addresses of the pages by the object that they are about, and the person's address.

    """
    with app.app_context():
        with transaction():
            decider = make_user(role, "decider@example.com")
            others = {name: make_user(name, f"second-{name}@example.com") for name in ROLES if name != "worker"}
            project = make_project()
            make_member(project, others["manager"])
            if role == "manager":
                make_member(project, decider)
            closed = make_project("HERON")
            for user in {others["manager"], *([decider] if role == "manager" else [])}:
                make_member(closed, user)
            change_state(SYSTEM, closed, "close", reason="The customer left.", now=NOW)
            world = _skills(decider, others) | _applications(others) | {"closed project": {"code": closed.code}}
            world |= _work(project, others["manager"].actor, others["finance"].actor)
        _pay(others["finance"].actor)
    return world, decider.email


def _skills(decider: User, others: dict[str, User]) -> World:
    test = make_test("haiku", title="Haiku")
    picture = replace(choice(), picture=Picture(street(), text="A street"))
    version = make_version(test, [picture, written()], title="Haiku", pass_percent=50)
    question = asked(version)[0]
    make_certification(test, decider.id, kind="grader")
    held = make_test("mammals")
    holder = make_user("worker", "holder@example.com")
    easy = make_version(held, [choice()])
    make_result(easy, holder.id, {asked(easy)[0].id: {"chosen": ["b"]}})
    draft = make_draft(None, [choice()])
    waiting = _taken(test, version, holder.actor, "Another pond, another frog.")
    return {
        "test": {"code": "mammals"}, "version": {"version_id": version.id}, "question": {"question_id": question.id},
        "picture": {"image_id": question.image_id}, "answer": {"key": waiting.id},
        "certification": {"certification_id": rows("SELECT id FROM certification WHERE attempt_id > 0")[0][0]},
        "draft": {"version_id": draft.id}, "draft question": {"question_id": asked(draft)[0].id},
        "person": {"user": others["reviewer"].id},
    }  # fmt: skip


def _taken(test: SkillTest, version: TestVersion, actor: Actor, text: str) -> Answer:
    """Hand in a wrong choice and a text; give the latter."""
    attempt = begin(actor, test.code, locale="en", now=NOW)
    first, second = asked(version)
    save(actor, attempt.id, first.id, chosen=["a"], now=NOW)
    answer = save(actor, attempt.id, second.id, text=text, now=NOW)
    hand_in(actor, attempt.id, now=NOW)
    return answer


def _applications(others: dict[str, User]) -> World:
    name, email, tax_id, document = NAMES
    refused, waiting = make_confirmed(email, name=name), make_confirmed()
    me, recruiter = actor_of(refused), others["recruiter"].actor
    for made, actor in ((refused, me), (waiting, actor_of(waiting))):
        sign_tax_form(actor, Signed("KE", tax_id, made.name, made.name), now=NOW)
    check = show_identity(me, Shown("KE", "passport", document, PNG), now=NOW)
    decide_identity(recruiter, check.id, approved=False, reason="Blurred.", now=NOW)
    show_identity(me, Shown("KE", "passport", document, PNG), now=NOW)
    check = show_identity(actor_of(waiting), Shown("KE", "passport", "DOC-1", PNG), now=NOW)
    test = session().scalars(select(SkillTest).where(SkillTest.code == "haiku")).one()
    version = session().scalars(select(TestVersion).where(TestVersion.test_id == test.id)).one()
    answer = _taken(test, version, me, "A pond, a frog, a sound, and nothing more.")
    for place in (1, 2):
        grader = make_user("reviewer", f"grader{place}@example.com")
        make_certification(test, grader.id, kind="grader")
        points = {"clear": 0, "kind": 0}
        grade(grader.actor, answer.id, place=place, points=points, comment="Too little.", now=NOW)
    of_attempt = appeal_attempt(me, answer.attempt_id, "It is what was asked for.", now=NOW)
    decide.decline(recruiter, refused.id, reason="The documents do not agree.", now=NOW)
    of_application = decide.appeal(me, "I am who I am, look again.", now=NOW)
    return {
        "application": {"application_id": waiting.id},
        "document": {"application_id": waiting.id, "check_id": check.id},
        "attempt": {"key": answer.attempt_id},
        "appeal of attempt": {"appeal": of_attempt.id}, "appeal of application": {"appeal": of_application.id},
    }  # fmt: skip


def _work(project: Project, manager: Actor, finance: Actor) -> World:
    group = make_group()
    worker, user = make_participant(project, group)
    make_guideline(project)
    make_line(project, "0.50")
    make_offer(project, worker, personal("0.80"), manager=manager)
    publish(
        manager, project, title="How to label", body="Read it.", minutes=5, price=Money(Decimal(1), "USD"),
        number=None, now=NOW,
    )  # fmt: skip
    ask_for_changes(user.actor, {"country": "UG"}, reason="I moved to Kampala.", now=NOW)
    make_work(project, worker, rate="5", currency="KES")
    make_fx()
    correct(
        finance, day=DAY, base="USD", quote="KES", rate=Decimal(130), source="test", reason="A typo", now=NOW
    )  # fmt: skip
    key = worker.external_id
    return {
        "project": {"code": project.code}, "training": {"code": project.code, "number": 1}, "worker": {"worker": key},
        "negative run": {"run": f"KE-{NEXT}"}, "negative payslip": {"run": f"KE-{NEXT}", "worker": key},
        "negative export": {"run": f"KE-{NEXT}", "what": "lines"},
        "failed payslip": {"run": f"KE-{DAY}", "worker": key},
    }  # fmt: skip


def _pay(second: Actor) -> None:
    """Let a payout fail that is to be sent again, and more be taken back than earned on the day after."""
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        approve(finance(1), f"KE-{DAY}", now=NOW)
        start_release(finance(2), f"KE-{DAY}", now=NOW)
    prepare_released(rail="sandbox", now=NOW)
    send_now(rail(declined="1"))
    with transaction():
        ((order,),) = rows("SELECT id FROM payout_order")
        propose_order(second, order, reason="The wallet was wrong.", now=NOW)
        taken = session().scalars(select(Submission)).one()
        at = NOW - timedelta(days=1)
        reverse(SYSTEM, taken, group_by_code("KE"), OpenDays(), decided_at=at, reason="copied", now=NOW)
    close_day(SYSTEM, "KE", NEXT, now=NOW)
