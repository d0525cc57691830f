"""Applying, confirming and choosing a password: the same answer for everybody, and a link that works once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import NOW, make_project, make_user
from tests.factories.onboarding import PASSWORD, link_code, make_applied, make_confirmed, sent, user_of
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.errors import Invalid
from workforce.core.mail import Mail
from workforce.identity.models import User
from workforce.onboarding.models import Application, ApplicationMatch
from workforce.onboarding.queries.applications import languages_of
from workforce.onboarding.services import apply as services
from workforce.onboarding.services.apply import LinkUsed, Origin
from workforce.onboarding.services.campaigns import create_campaign
from workforce.onboarding.services.terms import publish_terms


def mails(email: str) -> list[Mail]:
    return list(session().scalars(select(Mail).where(Mail.recipient == email).order_by(Mail.id)))


def test_a_stranger_gets_an_account_without_a_password_and_a_link(context: Flask) -> None:
    with transaction():
        create_campaign(SYSTEM, "reddit-ke", channel="reddit", now=NOW)
        made = make_applied("Ada@Example.com", campaign="REDDIT-KE", name="  Ada   Otieno ", device="d" * 32)
        user = user_of(made)
        assert user.email == "ada@example.com"
        assert user.password is None
        assert user.confirmed_at is None
        assert [role.name for role in user.roles] == ["applicant"]
        assert (made.name, made.heard, made.state) == ("Ada Otieno", "reddit", "applied")
        assert made.address_hash
        assert "192.0.2.1" not in made.address_hash
        assert languages_of(user.id) == {"en": "C1", "sw": "native"}
        assert len(mails("ada@example.com")) == 1


def test_a_link_confirms_once_and_signs_nobody_in_twice(context: Flask) -> None:
    with transaction():
        made = make_applied()
        code = link_code(made.email)
        user = services.confirm(code, PASSWORD, now=NOW)
        assert user.confirmed_at == NOW
        assert user.password is not None
        assert made.state == "confirmed"
        with pytest.raises(LinkUsed):
            services.confirm(code, "another long password 9", now=NOW)
        with pytest.raises(LinkUsed):
            services.applicant_of("", now=NOW)


def test_an_old_link_and_a_weak_password_are_refused(context: Flask) -> None:
    with transaction():
        made = make_applied(name="Wilhelmina Featherstone")
        code = link_code(made.email)
        with pytest.raises(LinkUsed):
            services.confirm(code, PASSWORD, now=NOW + timedelta(days=7, seconds=1))
        for weak in ("short", "password1234", "Wilhelmina Featherstone"):
            with pytest.raises(Invalid):
                services.confirm(code, weak, now=NOW)
        assert made.state == "applied"
        services.confirm(code, PASSWORD, now=NOW + timedelta(days=7))


def test_a_known_address_changes_nothing_and_its_owner_is_told(context: Flask) -> None:
    with transaction():
        staff = make_user("manager", "boss@example.com")
        assert services.apply(sent("Boss@example.com"), Origin(), now=NOW) is None
        assert [role.name for role in staff.roles] == ["manager"]
        assert session().scalar(select(func.count()).select_from(Application)) == 0
        (mail,) = mails("boss@example.com")
        assert "account already" in mail.text
        assert link_code("boss@example.com") == ""


def test_applying_again_replaces_what_nobody_confirmed_and_sends_one_mail_in_ten_minutes(context: Flask) -> None:
    with transaction():
        first = make_applied("a@example.com", name="Typo")
        again = make_applied("a@example.com", name="Right", now=NOW + timedelta(minutes=1))
        assert again.id == first.id
        assert first.name == "Right"
        assert len(mails("a@example.com")) == 1
        old = link_code("a@example.com")
        make_applied("a@example.com", now=NOW + timedelta(minutes=11))
        assert len(mails("a@example.com")) == 2
        assert link_code("a@example.com") != old
        with pytest.raises(LinkUsed):
            services.applicant_of(old, now=NOW)


def test_what_is_confirmed_cannot_be_overwritten_by_a_stranger(context: Flask) -> None:
    with transaction():
        made = make_confirmed("a@example.com", name="Ada")
        assert services.apply(sent("a@example.com", name="Mallory"), Origin(), now=NOW + timedelta(hours=1)) is None
        assert made.name == "Ada"
        assert "account already" in mails("a@example.com")[-1].text


def test_a_project_is_kept_only_while_it_is_open(context: Flask) -> None:
    with transaction():
        project = make_project("FALCON")
        project.state = "open"
        assert make_applied(project="falcon").project_id == project.id
        project.state = "paused"
        assert make_applied(project="FALCON").project_id is None
        assert make_applied(project="NOPE", campaign="NOPE").project_id is None


def test_new_terms_are_a_new_version_and_say_something(context: Flask) -> None:
    with transaction():
        made = publish_terms(SYSTEM, {"en": "New terms.", "vi": "Điều khoản mới."}, now=NOW)
        assert made.number == 2
        for bad in ({"vi": "x"}, {"en": " "}, {"en": "x", "xx": "y"}):
            with pytest.raises(Invalid):
                publish_terms(SYSTEM, bad, now=NOW)


def test_duplicates_are_noted_on_both_sides_and_nobody_is_refused(context: Flask) -> None:
    with transaction():
        one = make_applied("ada.otieno@gmail.com", name="Ada Otieno", device="d" * 32)
        two = make_applied("adaotieno+work@googlemail.com", name="ADA  Ótieno", device="d" * 32)
        other = make_applied("x@example.com", name="Ada Otieno", country="VN")
        found = session().execute(
            select(ApplicationMatch.application_id, ApplicationMatch.other_id, ApplicationMatch.same)
        )
        assert {tuple(row) for row in found} == {
            (a, b, same) for a, b in ((one.id, two.id), (two.id, one.id)) for same in ("email", "device", "name")
        }
        assert {one.state, two.state, other.state} == {"applied"}
        assert session().scalar(select(func.count()).select_from(User)) == 3
