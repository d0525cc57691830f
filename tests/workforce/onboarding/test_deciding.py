"""From steps to a decision: who is accepted by Daybook, who waits for a recruiter, who decides what, appeals."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import NOW, make_group, make_user
from tests.factories.onboarding import (
    PNG,
    RECRUITER,
    actor_of,
    certify,
    do_steps,
    make_applied,
    make_confirmed,
    make_test,
    user_of,
)
from workforce.appeals.rules import AppealLate, AppealOpen
from workforce.appeals.services import decide_appeal
from workforce.core import sweep
from workforce.core.audit import AuditEvent
from workforce.core.auth import Actor
from workforce.core.db import rows, session, transaction
from workforce.core.db import run as execute
from workforce.core.errors import Forbidden, Invalid, NotFound
from workforce.core.mail import Mail
from workforce.core.permissions import ROLES
from workforce.notifications.models import Message
from workforce.onboarding.models import ApplicationMatch, IdentityCheck, TaxForm
from workforce.onboarding.queries.facts import facts_of, medians
from workforce.onboarding.rules.states import WrongMove
from workforce.onboarding.rules.steps import next_step, steps_of
from workforce.onboarding.services import decide
from workforce.onboarding.services.identity import (
    MOST_BYTES,
    CheckDecided,
    IdentityShown,
    NoPicture,
    NotOpen,
    Shown,
    decide_identity,
    read_picture,
    show_identity,
)
from workforce.onboarding.services.tax import Signed, read_tax_form, sign_tax_form
from workforce.workers.models import Worker

UNDONE = {"test": "todo", "identity": "todo", "tax": "todo"}


def staff(role: str) -> Actor:
    user = make_user(role)
    return user.actor


def states(application: object) -> dict[str, str]:
    return {one.code: one.state for one in steps_of(facts_of(application, now=NOW))}  # type: ignore[arg-type]


def kinds(user_id: int) -> list[str]:
    return list(session().scalars(select(Message.kind).where(Message.user_id == user_id).order_by(Message.id)))


def test_whoever_has_done_all_is_accepted_by_daybook_and_becomes_a_worker(context: Flask) -> None:
    with transaction():
        make_group()
        test, made = make_test(), make_confirmed()
        assert states(made) == {"email": "done", "test": "todo", "identity": "todo", "tax": "todo"}
        do_steps(made)
        assert states(made)["identity"] == "done"
        assert made.state == "confirmed"
        certify(made, test)
        decide.settle(made, now=NOW + timedelta(hours=1))
        assert made.state == "accepted"
        worker = session().get_one(Worker, made.worker_id)
        assert (worker.external_id, worker.currency, worker.country) == (f"A-{made.id:06d}", "KES", "KE")
        assert [role.name for role in user_of(made).roles] == ["worker"]
        assert kinds(made.user_id)[-1] == "application.accepted"
        query = select(AuditEvent.actor).where(AuditEvent.action == "application.accept")
        assert session().scalars(query).all() == ["system"]


def test_the_job_settles_whoever_passed_her_test_last(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        with transaction():
            make_group()
            test, made = make_test(), make_confirmed()
            do_steps(made)
            other = make_confirmed()
            do_steps(other)
            certify(made, test)
        assert decide.settle_waiting(lambda: NOW) == 1
        assert decide.settle_waiting(lambda: NOW) == 0
        with transaction():
            assert rows("SELECT state FROM application ORDER BY id") == [("accepted",), ("confirmed",)]


def test_whoever_is_complete_does_not_wait_behind_those_who_are_not(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PAGE", 1)
    with transaction():
        make_group()
        test, made = make_test(), [make_confirmed() for _ in range(4)]
        for one in made:
            do_steps(one)
            certify(one, test)
        # The cheap look takes the first three for complete, whose certifications have lapsed.
        execute("UPDATE certification SET expires_on = :day WHERE user_id <> :user", day=NOW.date() - timedelta(days=1),
                user=made[-1].user_id)  # fmt: skip
    assert decide.settle_waiting(lambda: NOW) == 1
    with transaction():
        assert rows("SELECT state FROM application ORDER BY id") == [("confirmed",)] * 3 + [("accepted",)]


def test_a_sign_of_a_second_application_and_a_country_without_group_wait_for_a_recruiter(context: Flask) -> None:
    with transaction():
        make_group()
        test = make_test()
        one, two = make_confirmed(), make_confirmed()
        far = make_confirmed(country="BT", timezone="Asia/Thimphu")
        for made, tax in ((one, "111"), (two, "1-1-1"), (far, "")):
            certify(made, test)
            do_steps(made, tax_id=tax)
        assert (one.state, two.state, far.state) == ("accepted", "ready", "ready")
        same = session().scalars(select(ApplicationMatch.same).where(ApplicationMatch.application_id == one.id))
        assert same.all() == ["tax_id"]
        with pytest.raises(decide.NeedsGroup):
            decide.accept(RECRUITER, far.id, now=NOW)
        decide.accept(RECRUITER, far.id, group="KE", reason="She lives in Nairobi now.", now=NOW)
        assert far.state == "accepted"
        assert far.decided_by == RECRUITER.id


def test_acceptance_with_steps_undone_wants_a_reason_and_the_audit_entry_names_them(context: Flask) -> None:
    with transaction():
        make_group()
        made = make_confirmed()
        sign_tax_form(actor_of(made), Signed("KE", "1", made.name, made.name), now=NOW)
        show_identity(actor_of(made), Shown("KE", "passport", "A1", PNG), now=NOW)
        with pytest.raises(decide.StepsUndone) as refusal:
            decide.accept(RECRUITER, made.id, reason="  ", now=NOW)
        assert "Not done yet: Pass a test of your choice and Show who you are." in refusal.value.message()
        assert made.state == "confirmed"
        decide.accept(RECRUITER, made.id, reason="She has worked for us before.", now=NOW)
        (event,) = session().scalars(select(AuditEvent).where(AuditEvent.action == "application.accept"))
        assert event.reason == "She has worked for us before."
        assert event.after == {"state": "accepted", "undone": {"test": "todo", "identity": "waiting"}}


def test_acceptance_with_all_done_needs_no_reason(context: Flask) -> None:
    with transaction():
        make_group()
        made = make_confirmed(country="BT", timezone="Asia/Thimphu")
        certify(made, make_test())
        do_steps(made)
        decide.accept(RECRUITER, made.id, group="KE", now=NOW)
        (event,) = session().scalars(select(AuditEvent).where(AuditEvent.action == "application.accept"))
        assert event.after == {"state": "accepted"}


def test_the_same_document_is_found_in_any_spelling(context: Flask) -> None:
    with transaction():
        make_group()
        one, two = make_confirmed(), make_confirmed()
        do_steps(one, number="ab 123-45")
        do_steps(two, number="AB12345")
        same = session().scalars(select(ApplicationMatch.same).where(ApplicationMatch.application_id == two.id))
        assert same.all() == ["document"]
        stored = session().scalars(select(IdentityCheck)).all()
        assert all("123" not in one.number for one in stored)


def test_a_decline_wants_a_reason_is_told_and_can_be_appealed_once_in_time(context: Flask) -> None:
    with transaction():
        make_group()
        made, recruiter, manager = make_confirmed(), staff("recruiter"), staff("manager")
        with pytest.raises(Invalid):
            decide.decline(recruiter, made.id, reason=" ", now=NOW)
        decide.decline(recruiter, made.id, reason="The photo is of somebody else.", now=NOW)
        assert kinds(made.user_id) == ["application.declined"]
        text = session().scalars(select(Mail.text).order_by(Mail.id.desc())).first() or ""
        assert "The photo is of somebody else." in text
        with pytest.raises(WrongMove):
            decide.accept(recruiter, made.id, now=NOW)
        with pytest.raises(AppealLate):
            decide.appeal(actor_of(made), "You are wrong about me.", now=NOW + timedelta(days=14, seconds=1))
        appeal = decide.appeal(actor_of(made), "You are wrong about me.", now=NOW + timedelta(days=14))
        assert made.state == "declined"
        with pytest.raises(AppealOpen):
            decide.appeal(actor_of(made), "You are wrong about me.", now=NOW)
        decide_appeal(manager, appeal.id, granted=True, answer="The photo is hers.", now=NOW + timedelta(days=15))
        assert made.state == "accepted"
        assert made.decided_by == manager.id
        assert made.worker_id is not None
        (event,) = session().scalars(select(AuditEvent).where(AuditEvent.action == "application.accept"))
        assert (event.reason, event.after["undone"]) == ("The photo is hers.", UNDONE)


def test_a_granted_appeal_without_a_pay_group_is_accepted_by_somebody_else(context: Flask) -> None:
    with transaction():
        make_group()
        made, first, second = make_confirmed(country="BT"), staff("recruiter"), staff("recruiter")
        decide.decline(first, made.id, reason="No.", now=NOW)
        appeal = decide.appeal(actor_of(made), "You are wrong about me.", now=NOW)
        decide_appeal(staff("manager"), appeal.id, granted=True, answer="She is right.", now=NOW)
        assert made.state == "granted"
        with pytest.raises(WrongMove):
            decide.decline(second, made.id, reason="Still no.", now=NOW)
        with pytest.raises(decide.OwnDecision):
            decide.accept(first, made.id, group="KE", now=NOW)
        decide.accept(second, made.id, group="KE", reason="She was right.", now=NOW)
        assert made.state == "accepted"


def test_nobody_decides_on_her_own_and_nobody_else_may(context: Flask) -> None:
    with transaction():
        make_group()
        made = make_confirmed()
        herself = Actor(made.user_id, made.email, ROLES["recruiter"])
        check = show_identity(actor_of(made), Shown("KE", "passport", "A1", PNG), now=NOW)
        for refused in (decide.OwnApplication,):
            with pytest.raises(refused):
                decide.accept(herself, made.id, now=NOW)
            with pytest.raises(refused):
                decide.decline(herself, made.id, reason="x", now=NOW)
            with pytest.raises(refused):
                decide_identity(herself, check.id, approved=True, reason="", now=NOW)
        for role in ("applicant", "worker", "reviewer", "manager", "finance", "admin"):
            actor = Actor(5, "x@example.com", ROLES[role])
            with pytest.raises(Forbidden):
                decide.accept(actor, made.id, now=NOW)
            with pytest.raises(Forbidden):
                decide_identity(actor, check.id, approved=True, reason="", now=NOW)
        with pytest.raises(NotFound):
            decide.accept(RECRUITER, 2**40, now=NOW)
        with pytest.raises(WrongMove):
            decide.accept(RECRUITER, make_applied().id, now=NOW)


def test_withdrawn_can_be_taken_up_again_and_nothing_is_added_meanwhile(context: Flask) -> None:
    with transaction():
        make_group()
        made = make_confirmed()
        decide.withdraw(actor_of(made), now=NOW)
        with pytest.raises(NotOpen):
            show_identity(actor_of(made), Shown("KE", "passport", "A1", PNG), now=NOW)
        with pytest.raises(NotOpen):
            sign_tax_form(actor_of(made), Signed("KE", "1", made.name, made.name), now=NOW)
        decide.resume(actor_of(made), now=NOW)
        assert made.state == "confirmed"
        with pytest.raises(WrongMove):
            decide.resume(actor_of(made), now=NOW)


def test_a_refused_document_says_why_and_can_be_shown_again(context: Flask) -> None:
    with transaction():
        made = make_confirmed()
        check = show_identity(actor_of(made), Shown("KE", "passport", "A1", PNG), now=NOW)
        with pytest.raises(IdentityShown):
            show_identity(actor_of(made), Shown("KE", "passport", "A2", PNG), now=NOW)
        with pytest.raises(Invalid):
            decide_identity(RECRUITER, check.id, approved=False, reason="", now=NOW)
        decide_identity(RECRUITER, check.id, approved=False, reason="Blurred.", now=NOW + timedelta(hours=3))
        with pytest.raises(CheckDecided):
            decide_identity(RECRUITER, check.id, approved=True, reason="", now=NOW)
        step = next_step([one for one in steps_of(facts_of(made, now=NOW)) if one.code == "identity"])
        assert step is not None
        assert (step.state, step.reason) == ("failed", "Blurred.")
        show_identity(actor_of(made), Shown("KE", "passport", "A2", by_call=True, note="Fridays"), now=NOW)
        assert states(made)["identity"] == "waiting"
        assert medians(now=NOW + timedelta(days=1))["identity"] == timedelta(hours=3)


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"GIF89a", b"MZ", PNG + b"\0" * MOST_BYTES])
def test_what_is_no_picture_or_too_large_is_refused(context: Flask, content: bytes) -> None:
    with transaction():
        made = make_confirmed()
        with pytest.raises(NoPicture):
            show_identity(actor_of(made), Shown("KE", "passport", "A1", content), now=NOW)


def test_a_picture_is_stored_encrypted_and_its_reading_is_written_down(context: Flask) -> None:
    with transaction():
        made, other = make_confirmed(), make_confirmed()
        check = show_identity(actor_of(made), Shown("KE", "passport", "A1", PNG), now=NOW)
        assert rows("SELECT count(*) FROM identity_picture WHERE content LIKE '%iVBOR%'") == [(0,)]
        with pytest.raises(Forbidden):
            read_picture(Actor(5, "x@example.com", ROLES["manager"]), made.id, check.id, now=NOW)
        with pytest.raises(NotFound):
            read_picture(RECRUITER, other.id, check.id, now=NOW)
        assert read_picture(RECRUITER, made.id, check.id, now=NOW) == ("image/png", PNG)
        query = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "identity.read")
        assert session().scalar(query) == 1


def test_a_tax_form_is_encrypted_and_read_by_finance_alone_and_each_reading_is_written_down(context: Flask) -> None:
    with transaction():
        made = make_confirmed(name="Ada Otieno")
        with pytest.raises(Invalid):
            sign_tax_form(actor_of(made), Signed("KE", "A123", "Ada Otieno", "Somebody Else"), now=NOW)
        form = sign_tax_form(actor_of(made), Signed("KE", "A123", "Ada Otieno", "ada  otieno"), now=NOW)
        assert "A123" not in form.content
        for role in ("applicant", "recruiter", "manager", "admin", "worker", "reviewer"):
            with pytest.raises(Forbidden) as refusal:
                read_tax_form(Actor(5, "x@example.com", ROLES[role]), form.id, now=NOW)
            assert "A123" not in str(refusal.value)
        reads = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "tax.read")
        assert session().scalar(reads) == 0
        _, signed = read_tax_form(Actor(6, "f@example.com", ROLES["finance"]), form.id, now=NOW)
        assert signed == Signed("KE", "A123", "Ada Otieno", "ada otieno")
        assert session().scalar(reads) == 1
        assert session().scalar(select(func.count()).select_from(TaxForm)) == 1


def test_a_worker_known_from_a_list_is_not_made_twice(context: Flask) -> None:
    with transaction():
        group = make_group()
        known = Worker(external_id="W1", email="a@example.com", currency="KES", group_id=group.id)
        session().add(known)
        session().flush()
        made = make_confirmed("a@example.com")
        decide.accept(RECRUITER, made.id, reason="Known.", now=NOW)
        assert made.worker_id == known.id
        assert session().scalar(select(func.count()).select_from(Worker)) == 1
