"""What is done with projects: who may do it, what is refused, what is written down, and who is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import NOW, make_group, make_project, make_user, make_work, make_worker
from tests.factories.projects import make_guideline, make_managed_project, make_manager, make_participants
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.errors import DaybookError, InUse, Invalid, NotFound
from workforce.core.money import Money
from workforce.identity.models import User
from workforce.notifications.jobs import tell_crowds
from workforce.notifications.models import Message
from workforce.projects.models import Customer, Participation, Project, ProjectMember
from workforce.projects.queries import (
    headcounts,
    managed_ids,
    must_manage,
    newest_guideline,
    openings,
    participants,
    project_of,
    unread_guidelines,
)
from workforce.projects.rules import ForbiddenMove
from workforce.projects.services import (
    Details,
    GuidelinesDiffer,
    GuidelinesOld,
    LastManager,
    Moved,
    Undescribed,
    WrongRole,
    acknowledge,
    add_member,
    change_state,
    create_project,
    edit_project,
    publish_guideline,
    remove_member,
    require_tests,
    revive,
    suggest_code,
)
from workforce.projects.services.joining import (
    NotAcknowledged,
    NotCertified,
    NotOpen,
    OtherCountry,
    TakenOff,
    decline,
    join,
    remove,
)
from workforce.skills.models import Certification, SkillTest
from workforce.tasks.models import Submission
from workforce.workers.models import Worker

FULL = Details(
    "Compare replies", "You read two and choose.", languages=("vi", "pt-BR"), countries=("KE", "VN"), target=27_000,
    deadline=date(2027, 1, 31), budget=Money.of_micros(25_000_000_000, "USD"), alarm_percent=70, expected_seconds=300,
)  # fmt: skip


def _worker(email: str = "w@example.com", country: str = "KE", code: str = "KE") -> tuple[User, Worker]:
    return make_user("worker", email), make_worker(make_group(code), email=email, country=country)


def _told(user: User) -> list[str]:
    return list(session().scalars(select(Message.kind).where(Message.user_id == user.id).order_by(Message.id)))


def _actions(code: str = "FALCON") -> list[str]:
    query = select(AuditEvent.action).where(AuditEvent.subject == f"project:{code}").order_by(AuditEvent.id)
    return list(session().scalars(query))


def test_who_creates_a_project_manages_it_and_it_is_a_draft(context: Flask) -> None:
    with transaction():
        maker, other = make_user("manager"), make_user("manager")
        made = create_project(maker.actor, "FALCON", customer=" Acme ", details=FULL, now=NOW)
        assert (made.state, made.title, made.budget, made.budget_currency) == (
            "draft", "Compare replies", 25_000_000_000, "USD",
        )  # fmt: skip
        assert session().get_one(Customer, made.customer_id).name == "Acme"
        assert managed_ids(maker.actor) == [made.id]
        assert managed_ids(other.actor) == []
        assert managed_ids(SYSTEM) is managed_ids(make_user("admin").actor) is None
        assert project_of(maker.actor, "FALCON") is made
        with pytest.raises(NotFound):
            must_manage(other.actor, made)


@pytest.mark.parametrize(
    ("code", "customer", "details", "error"),
    [
        ("falcon", "Acme", Details(), Invalid), ("", "Acme", Details(), Invalid), ("FALCON", " ", Details(), Invalid),
        ("ACME-1", "Acme Ltd", Details(), Invalid), ("TAKEN", "Acme", Details(), InUse),
        ("FALCON", "Acme", Details(languages=("qqq",)), Invalid),
        ("FALCON", "Acme", Details(countries=("ZZ",)), Invalid),
        ("FALCON", "Acme", Details(countries=("ke",)), Invalid), ("FALCON", "Acme", Details(target=0), Invalid),
        ("FALCON", "Acme", Details(alarm_percent=100), Invalid), ("FALCON", "Acme", Details(title="x" * 201), Invalid),
        ("FALCON", "Acme", Details(description="For ACME, of course"), Invalid),
        ("FALCON", "Acme", Details(budget=Money.of_micros(0, "USD")), Invalid),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_nothing_is_kept(
    context: Flask, code: str, customer: str, details: Details, error: type[DaybookError]
) -> None:
    with transaction():
        make_project("TAKEN", customer="Somebody")
        with pytest.raises(error):
            create_project(SYSTEM, code, customer=customer, details=details, now=NOW)
        assert session().scalars(select(Project.code)).all() == ["TAKEN"]
        assert session().scalars(select(Customer.name)).all() == ["Somebody"]


def test_settings_are_changed_and_what_they_were_is_written_down(context: Flask) -> None:
    with transaction():
        project, user = make_managed_project()
        assert edit_project(user.actor, project, FULL, now=NOW)
        project.told_percent = 70
        session().flush()
        assert not edit_project(user.actor, project, FULL, now=NOW)
        assert project.told_percent == 70
        assert edit_project(user.actor, project, replace(FULL, budget=Money.of_micros(1, "EUR")), now=NOW)
        assert project.told_percent == 0
        with pytest.raises(Undescribed):
            edit_project(user.actor, project, Details(), now=NOW)
        with pytest.raises(NotFound):
            edit_project(make_user("manager").actor, project, FULL, now=NOW)
        last = session().scalars(select(AuditEvent).where(AuditEvent.action == "project.edit")).all()[-1]
        assert (last.before, last.after) == (
            {"budget": 25_000_000_000, "budget_currency": "USD"}, {"budget": 1, "budget_currency": "EUR"},
        )  # fmt: skip


def test_a_project_lives_and_everybody_who_takes_part_is_told(context: Flask) -> None:
    with transaction():
        user, (account, worker) = make_user("manager"), _worker()
        project = create_project(user.actor, "FALCON", customer="Acme", now=NOW)
        with pytest.raises(Undescribed):
            change_state(user.actor, project, "open", reason="", now=NOW)
        edit_project(user.actor, project, FULL, now=NOW)
        change_state(user.actor, project, "open", reason="", now=NOW, seen="draft")
        make_participants(project, [worker])
        source = make_work(project, worker, state="submitted")
        with pytest.raises(Invalid):
            change_state(user.actor, project, "pause", reason=" ", now=NOW)
        change_state(user.actor, project, "pause", reason="a week", now=NOW, seen="open")
        with pytest.raises(Moved):
            change_state(user.actor, project, "close", reason="done", now=NOW, seen="open")
        with pytest.raises(ForbiddenMove):
            change_state(user.actor, project, "pause", reason="again", now=NOW)
        change_state(user.actor, project, "open", reason="", now=NOW)
        change_state(user.actor, project, "close", reason="done", now=NOW)
        with pytest.raises(ForbiddenMove):
            change_state(user.actor, project, "open", reason="", now=NOW)
        assert _actions()[-4:] == ["project.open", "project.pause", "project.open", "project.close"]
        # Closing never touches what was handed in.
        assert session().scalars(select(Submission.state).where(Submission.source == source)).one() == "submitted"
    assert tell_crowds() == 3
    with transaction():
        assert _told(account) == ["project.paused", "project.opened", "project.closed"]


def test_guidelines_grow_by_versions_and_each_is_acknowledged(context: Flask) -> None:
    with transaction():
        project, user = make_managed_project()
        account, worker = _worker()
        make_participants(project, [worker])
        publish_guideline(user.actor, project, "Read it.\r\n", based_on=0, now=NOW)
        assert acknowledge(account.actor, project, worker, number=1, now=NOW)
        assert not acknowledge(account.actor, project, worker, number=1, now=NOW)
        assert unread_guidelines(worker.id, [project.id]) == {}
        with pytest.raises(GuidelinesDiffer):
            publish_guideline(user.actor, project, "Mine.", based_on=0, now=NOW)
        for text in ("", "Read it.", "Work for Secret customer ltd"):
            with pytest.raises(Invalid):
                publish_guideline(user.actor, project, text, based_on=1, now=NOW)
        publish_guideline(user.actor, project, "Read it twice.", based_on=1, now=NOW)
        assert unread_guidelines(worker.id, [project.id]) == {project.id: 2}
        with pytest.raises(GuidelinesOld):
            acknowledge(account.actor, project, worker, number=1, now=NOW)
        newest = newest_guideline(project.id)
        assert newest
        assert (newest.number, newest.body) == (2, "Read it twice.")
    assert tell_crowds() == 2
    with transaction():
        assert _told(account) == ["guideline.new", "guideline.new"]


def test_members_come_and_go_but_the_last_manager_stays(context: Flask) -> None:
    with transaction():
        project, user = make_managed_project()
        other, reviewer, worker = make_user("manager"), make_user("reviewer"), make_user("worker")
        with pytest.raises(LastManager):
            remove_member(user.actor, project, user.id, part="manager", reason="holiday", now=NOW)
        assert add_member(user.actor, project, other.email, part="manager", reason="helps", now=NOW)
        assert not add_member(user.actor, project, other.email.upper(), part="manager", reason="helps", now=NOW)
        assert add_member(user.actor, project, reviewer.email, part="reviewer", reason="reads", now=NOW)
        for email, part in ((worker.email, "manager"), (reviewer.email, "manager"), (other.email, "reviewer")):
            with pytest.raises(WrongRole):
                add_member(user.actor, project, email, part=part, reason="why", now=NOW)
        with pytest.raises(NotFound):
            add_member(user.actor, project, "nobody@example.com", part="manager", reason="why", now=NOW)
        with pytest.raises(Invalid):
            add_member(user.actor, project, other.email, part="manager", reason="", now=NOW)
        remove_member(user.actor, project, user.id, part="manager", reason="I leave", now=NOW)
        with pytest.raises(NotFound):
            remove_member(other.actor, project, user.id, part="manager", reason="again", now=NOW)
        assert managed_ids(user.actor) == []
        assert _told(other) == ["project.member"]
        assert session().scalars(select(func.count()).select_from(ProjectMember)).one() == 2


def test_a_revival_remembers_and_copies(context: Flask) -> None:
    with transaction():
        project, user = make_managed_project()
        edit_project(user.actor, project, FULL, now=NOW)
        require_tests(user.actor, project, [_test().id], now=NOW)
        with pytest.raises(Invalid):
            revive(user.actor, project, "SECRET", now=NOW)
        with pytest.raises(NotFound):
            revive(make_manager().actor, project, "OTTER", now=NOW)
        made = revive(user.actor, project, "OTTER", now=NOW)
        assert (made.parent_id, made.customer_id, made.state) == (project.id, project.customer_id, "draft")
        assert (made.title, made.target, made.deadline) == ("Compare replies", 27_000, None)
        assert require_tests(user.actor, made, [], now=NOW)
        assert _actions("OTTER") == ["project.create", "project.require"]


def _test(code: str = "writing-vi") -> SkillTest:
    made = SkillTest(code=code, title="Writing", created_at=NOW, level="")
    session().add(made)
    session().flush()
    return made


def _certify(user: User, test: SkillTest) -> None:
    session().add(
        Certification(user_id=user.id, test_id=test.id, kind="worker", level="", granted_at=NOW, expires_on=None)
    )
    session().flush()


def test_one_joins_when_everything_is_met_and_leaves_for_nothing(context: Flask) -> None:
    with transaction():
        project, user = make_managed_project()
        account, worker = _worker()
        edit_project(user.actor, project, FULL, now=NOW)
        test = _test()
        require_tests(user.actor, project, [test.id], now=NOW)
        make_guideline(project)

        def tries(number: int | None) -> bool:
            return join(account.actor, project, worker, acknowledged=number, now=NOW)

        with pytest.raises(NotCertified, match="Writing"):
            tries(1)
        _certify(account, test)
        with pytest.raises(NotAcknowledged):
            tries(None)
        with pytest.raises(GuidelinesOld):
            tries(7)
        worker.country = "US"
        with pytest.raises(OtherCountry):
            tries(1)
        worker.country = "VN"
        assert headcounts(project.id) == {}
        decline(account.actor, project, worker, reason="not now", now=NOW)
        assert tries(1)
        assert not tries(1)
        assert participants(project.id, at=NOW, after=0, limit=5) == [account.id]
        decline(account.actor, project, worker, reason="", now=NOW)
        assert headcounts(project.id) == {"left": 1}
        assert tries(1)
        with pytest.raises(NotFound):
            remove(make_user("manager").actor, project, worker, reason="why", now=NOW)
        remove(user.actor, project, worker, reason="copied", now=NOW)
        for refused in (lambda: tries(1), lambda: decline(account.actor, project, worker, reason="", now=NOW)):
            with pytest.raises(TakenOff):
                refused()
        assert _told(account) == ["participation.removed"]
        assert [one for one in _actions() if one.startswith("participation")] == [
            "participation.declined", "participation.joined", "participation.left", "participation.joined",
            "participation.removed",
        ]  # fmt: skip


@pytest.mark.parametrize("state", ["draft", "paused", "closed"])
def test_nobody_joins_what_is_not_open(context: Flask, state: str) -> None:
    with transaction():
        project, (account, worker) = make_project(), _worker()
        project.state = state
        session().flush()
        with pytest.raises(NotOpen):
            join(account.actor, project, worker, acknowledged=None, now=NOW)
        assert session().scalars(select(func.count()).select_from(Participation)).one() == 0


def test_one_sees_what_is_open_to_ones_country_and_languages(context: Flask) -> None:
    with transaction():
        _, worker = _worker(country="VN")
        for code, values in {
            "ANY": Details("a", "b"), "HERE": Details(countries=("VN",)), "THERE": Details(countries=("KE",)),
            "MINE": Details(languages=("vi-VN", "en")), "OTHERS": Details(languages=("pt-BR",)),
        }.items():  # fmt: skip
            create_project(SYSTEM, code, customer="Acme", details=values, opened=True, now=NOW)
        for state in ("draft", "paused", "closed"):
            make_project(state.upper(), customer="Acme").state = state
            make_project(f"MY-{state.upper()}", customer="Acme").state = state
        session().flush()
        query = select(Project).where(Project.code.in_(["MY-PAUSED", "MY-CLOSED", "THERE"]))
        for project in session().scalars(query):
            make_participants(project, [worker])

        def seen(who: Worker | None, languages: list[str] | None) -> list[str]:
            return [one.project.code for one in openings(who, languages, start=0, size=50)[0]]

        assert seen(worker, ["vi"]) == ["MY-PAUSED", "THERE", "ANY", "HERE", "MINE"]
        assert seen(worker, None) == ["MY-PAUSED", "THERE", "ANY", "HERE", "MINE", "OTHERS"]
        assert seen(None, ["pt"]) == ["ANY", "HERE", "OTHERS", "THERE"]
        assert openings(worker, None, start=4, size=1)[1] == 6
        worker.country = ""
        assert "HERE" in seen(worker, None)


def test_a_suggested_name_can_be_taken(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        make_project("OTTER", customer="Heron Works")
        found = {suggest_code(customer="Falcon Inc.", besides="LYNX") for _ in range(300)}
        assert found.isdisjoint({"OTTER", "HERON", "FALCON", "LYNX"})
        assert len(found) > 50


def test_many_are_told_with_the_same_number_of_statements(
    context: Flask, queries: Callable[[Callable[[], object]], int]
) -> None:
    with transaction():
        project, user = make_managed_project()
        group = make_group()
        few = [_account(group.id, number) for number in range(3)]
        make_participants(project, few)

        def publish(number: int) -> int:
            text = f"Version {number}"
            return queries(lambda: publish_guideline(user.actor, project, text, based_on=number, now=NOW))

        first = publish(0)
        make_participants(project, [_account(group.id, number) for number in range(3, 40)])
        assert publish(1) <= first + 1


def _account(group_id: int, number: int) -> Worker:
    email = f"p{number}@example.com"
    make_user("worker", email)
    made = Worker(external_id=f"P{number}", email=email, currency="KES", group_id=group_id)
    session().add(made)
    session().flush()
    return made
