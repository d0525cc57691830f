"""Certifications: granted, renewed, revoked, lapsed; each holder is told once."""

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.factories import make_user
from tests.factories.skills import NOW, asked, make_certification, make_result, make_test, make_version
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.errors import Invalid, NotFound
from workforce.notifications.models import Message
from workforce.skills import queries
from workforce.skills.models import Certification
from workforce.skills.queries.certifications import listed, listed_count
from workforce.skills.rules.validity import expiry, holds, outlasts, state_of
from workforce.skills.services import grant, revoke
from workforce.skills.services.certifications import NotForThem, NotStanding, OwnCertification
from workforce.skills.services.problems import ReasonMissing
from workforce.skills.services.warnings import warn_of_lapses

TODAY = NOW.date()
DAYS = st.dates(date(2020, 1, 1), date(2090, 1, 1))


def told(user_id: int) -> list[str]:
    return list(session().scalars(select(Message.kind).where(Message.user_id == user_id).order_by(Message.id)))


@given(DAYS, st.integers(1, 120), st.integers(1, 120))
def test_months_are_added_as_a_calendar_does(day: date, months: int, more: int) -> None:
    last = expiry(day, months)
    assert last is not None
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == months
    assert last.day == day.day or (last.day < day.day and (last + timedelta(days=1)).day == 1)
    assert [outlasts(expiry(day, months + more), last), outlasts(None, last), outlasts(last, None)] == [
        True,
        True,
        False,
    ]
    assert [holds(last, last), holds(last, last + timedelta(days=1)), holds(None, date.max)] == [True, False, True]
    assert expiry(day, None) is None
    assert state_of(ended="", expires_on=last, on=last) == "lapsing"
    assert state_of(ended="", expires_on=last, on=last + timedelta(days=1)) == "lapsed"
    assert state_of(ended="rekeyed", expires_on=last, on=day) == "revoked"


def test_passing_certifies_and_passing_again_renews(context: Flask) -> None:
    with transaction():
        version = make_version(make_test(months=12, level="L2"))
        (question,) = asked(version)
        user = make_user("worker").id
        right = {question.id: {"chosen": ["b"]}}
        make_result(version, user, right, at=NOW - timedelta(days=300))
        first = queries.standing(user, on=TODAY)[version.test_id]
        assert (first.level, first.expires_on) == ("L2", date(2027, 1, 24))
        make_result(version, user, right, at=NOW)
        second = queries.standing(user, on=TODAY)[version.test_id]
        assert second.expires_on == date(2027, 11, 20)
        assert session().get_one(Certification, first.id).ended == "renewed"
        make_result(version, user, {question.id: {"chosen": ["a"]}}, at=NOW)  # failing a renewal takes nothing away
        assert queries.standing(user, on=TODAY)[version.test_id].id == second.id
        assert told(user) == ["test.passed", "test.passed", "test.failed"]
        assert queries.standing(user, on=date(2027, 11, 21)) == {}


def test_by_hand_with_a_reason_and_never_for_oneself(context: Flask) -> None:
    with transaction():
        test = make_test(months=None)
        manager, worker, reviewer = make_user("manager"), make_user("worker"), make_user("reviewer")
        made = grant(manager.actor, worker.id, test, "worker", reason=" Seen. ", now=NOW)
        assert (made.reason, made.expires_on, made.granted_by) == ("Seen.", None, manager.id)
        grant(manager.actor, reviewer.id, test, "grader", reason="Trial set.", now=NOW)
        assert queries.holders(test.id, "grader", TODAY) == [reviewer.id]
        for whom, kind, error in (
            (worker.id, "grader", NotForThem), (manager.id, "worker", OwnCertification), (10**9, "worker", NotFound),
            (worker.id, "boss", Invalid),
        ):  # fmt: skip
            with pytest.raises(error):
                grant(manager.actor, whom, test, kind, reason="x", now=NOW)
        with pytest.raises(ReasonMissing):
            grant(manager.actor, worker.id, test, "worker", reason=" ", now=NOW)
        with pytest.raises(ReasonMissing):
            revoke(manager.actor, made, "", now=NOW)
        with pytest.raises(OwnCertification):
            revoke(worker.actor, made, "I want", now=NOW)
        revoke(manager.actor, made, "Shared.", now=NOW)
        with pytest.raises(NotStanding):
            revoke(manager.actor, made, "Shared.", now=NOW)
        assert queries.standing(worker.id, on=TODAY) == {}
        assert told(worker.id) == ["certification.granted", "certification.revoked"]


def test_holders_are_warned_once_and_told_once_when_it_is_over(context: Flask) -> None:
    with transaction():
        test = make_test()
        days = {30: "lapses", 31: "", 0: "lapses", -1: "lapsed", 400: ""}
        users = {day: make_user("worker").id for day in days}
        for day, user in users.items():
            make_certification(test, user, expires_on=TODAY + timedelta(days=day))
        gone = make_user("worker").id
        revoke(SYSTEM, make_certification(test, gone, expires_on=TODAY), "Shared.", now=NOW)
    assert warn_of_lapses(now=NOW) == 3
    assert warn_of_lapses(now=NOW) == 0
    with transaction():
        assert {day: "".join(one.partition(".")[2] for one in told(user)) for day, user in users.items()} == days
        assert told(gone) == ["certification.revoked"]
    later = NOW + timedelta(days=1)
    assert warn_of_lapses(now=later) == 2  # the one of day 31 is warned, the one of day 0 is over
    with transaction():
        assert told(users[0]) == ["certification.lapses", "certification.lapsed"]


def test_the_list_has_each_state(context: Flask) -> None:
    with transaction():
        test = make_test()
        for day in (-5, 5, 90, None):
            make_certification(test, make_user("worker").id, expires_on=TODAY + timedelta(days=day) if day else None)
        revoke(SYSTEM, make_certification(test, make_user("worker", "zoe_1@example.com").id), "Shared.", now=NOW)
        counts = {"valid": 3, "lapsing": 1, "lapsed": 1, "revoked": 1, "all": 5}
        assert {state: listed_count(on=TODAY, test_id=test.id, state=state) for state in counts} == counts
        for state, count in counts.items():
            assert len(listed(on=TODAY, test_id=test.id, state=state)) == count
        assert [one.email for one in listed(on=TODAY, email="ZOE_")] == ["zoe_1@example.com"]
        assert listed(on=TODAY, email="zoe%") == []
