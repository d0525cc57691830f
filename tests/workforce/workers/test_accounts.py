"""A worker and an account: joined once, by the id, and whatever becomes of an address."""

import pytest
from sqlalchemy import select

from tests.factories import NOW, make_group, make_user
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, run, session, transaction
from workforce.core.errors import DaybookError, Forbidden, Invalid, NotFound
from workforce.core.migrate import looked_at
from workforce.identity.models import User
from workforce.identity.services import add_user
from workforce.identity.services.roles import grant_role
from workforce.paydays.queries import group_by_code
from workforce.workers.models import Worker
from workforce.workers.queries import reader_settings, readers_settings, worker_of
from workforce.workers.services import Profile, add_worker, link
from workforce.workers.services.accounts import (
    AccountTaken,
    AccountUnconfirmed,
    AlreadyLinked,
    NoWorkersAccount,
    OwnLink,
)

pytestmark = pytest.mark.usefixtures("context")
WHY = "showed a badge"


def account_of(external_id: str) -> int | None:
    with transaction():
        return session().scalars(select(Worker.user_id).where(Worker.external_id == external_id)).one()


def made(role: str, email: str = "", *, confirmed: bool = True) -> int:
    with transaction():
        if confirmed:
            return make_user(role, email).id
        return add_user(SYSTEM, email, role=role, password_hash=None, now=NOW, confirmed=False).id


def listed(external_id: str, email: str = "") -> None:
    with transaction():
        found = session().scalar(select(Worker.id))
        group = make_group() if found is None else group_by_code("KE")
        add_worker(SYSTEM, Profile(external_id, email=email, locale="vi"), group, now=NOW)


@pytest.fixture
def admin() -> Actor:
    with transaction():
        return make_user("admin").actor


def test_a_list_and_an_account_meet_whichever_comes_first() -> None:
    first = made("worker", "first@example.com")
    listed("W1", "First@Example.com")
    listed("W2", "second@example.com")
    second = made("worker", "second@example.com")
    assert (account_of("W1"), account_of("W2")) == (first, second)
    with transaction():
        log = rows("SELECT subject, after->>'user_id' FROM audit_event WHERE action = 'worker.link' ORDER BY id")
    assert [tuple(row) for row in log] == [("worker:W1", str(first)), ("worker:W2", str(second))]


def test_an_address_that_a_list_adds_later_links_then() -> None:
    listed("W1")
    user = made("worker", "late@example.com")
    assert account_of("W1") is None
    listed("W1", "late@example.com")
    assert account_of("W1") == user


def test_an_account_that_becomes_a_workers_links_then(admin: Actor) -> None:
    listed("W1", "both@example.com")
    user = made("reviewer", "both@example.com")
    assert account_of("W1") is None
    with transaction():
        grant_role(admin, user, "worker", reason="also does the work", now=NOW)
    assert account_of("W1") == user


def test_an_address_that_nobody_confirmed_links_nothing_and_is_listed(admin: Actor) -> None:
    listed("W1", "new@example.com")
    listed("W2", "boss@example.com")
    made("worker", "new@example.com", confirmed=False)
    made("manager", "boss@example.com")
    assert (account_of("W1"), account_of("W2")) == (None, None)
    with transaction():
        assert looked_at()["unlinked"] == [
            "worker W1 is not linked to new@example.com, which is not confirmed: daybook workers link",
            "worker W2 is not linked to boss@example.com, which does not have the worker role: daybook workers link",
        ]
        with pytest.raises(AccountUnconfirmed):
            link(admin, "W1", session().scalars(select(User.id).where(User.email == "new@example.com")).one(),
                 reason=WHY, now=NOW)  # fmt: skip


def test_a_later_change_of_address_moves_nothing() -> None:
    listed("W1", "one@example.com")
    listed("W2", "two@example.com")
    one, two = made("worker", "one@example.com"), made("worker", "two@example.com")
    with transaction():
        run("UPDATE user_account SET email = 'three@example.com' WHERE id = :id", id=two)
        run("UPDATE user_account SET email = 'two@example.com' WHERE id = :id", id=one)
        session().expire_all()
        actor = session().get_one(User, one).actor
        found = worker_of(actor)
        assert found is not None
        assert found.external_id == "W1"
        assert reader_settings(actor) == ("vi", "Africa/Nairobi")
        assert readers_settings(["one@example.com", "two@example.com"]) == {
            "two@example.com": ("vi", "Africa/Nairobi")
        }  # fmt: skip


def test_an_administrator_links_and_moves_a_worker_and_both_owners_are_told(admin: Actor) -> None:
    listed("W1")
    old, new = made("worker", "old@example.com"), made("worker", "new@example.com")
    for user in (old, new):
        with transaction():
            link(admin, "W1", user, reason=WHY, now=NOW)
        assert account_of("W1") == user
    with transaction():
        told = rows("SELECT user_id, kind FROM message ORDER BY id")
    assert [tuple(row) for row in told] == [
        (old, "account.linked"), (new, "account.linked"), (old, "account.unlinked")
    ]  # fmt: skip


def test_who_may_not_link_changes_nothing(admin: Actor) -> None:
    listed("W1", "one@example.com")
    listed("W2")
    one, manager = made("worker", "one@example.com"), made("manager")
    with transaction():
        finance = make_user("finance").actor
    cases: list[tuple[Actor, str, int, str, type[DaybookError]]] = [
        (finance, "W2", manager, WHY, Forbidden),
        (admin, "W2", one, WHY, AccountTaken),
        (admin, "W1", one, WHY, AlreadyLinked),
        (admin, "W2", admin.id or 0, WHY, OwnLink),
        (admin, "W2", manager, WHY, NoWorkersAccount),
        (admin, "W2", manager, "  ", Invalid),
        (admin, "W2", manager, "x" * 1_001, Invalid),
        (admin, "W3", manager, WHY, NotFound),
        (admin, "W2", 10**12, WHY, NotFound),
    ]
    for actor, worker, user, reason, refusal in cases:
        with pytest.raises(refusal), transaction():
            link(actor, worker, user, reason=reason, now=NOW)
    assert (account_of("W1"), account_of("W2")) == (one, None)
