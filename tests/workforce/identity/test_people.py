"""Who may do what is changed with a reason, by somebody else, and never so that nobody is left to change it."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import NOW, PASSWORD, make_user
from tests.races.racing import at_once, names, one
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, transaction
from workforce.core.errors import Forbidden, NotFound
from workforce.core.permissions import ROLES
from workforce.identity.models import User
from workforce.identity.queries.people import count_people, people, person
from workforce.identity.services import add_user
from workforce.identity.services.accounts import checked_address
from workforce.identity.services.roles import (
    ROLE_WORDS,
    AccountUnchanged,
    LastAdmin,
    NoReason,
    NoSuchRole,
    OwnAccount,
    RolesApart,
    RoleUnchanged,
    grant_role,
    reopen,
    revoke_role,
    shut,
)
from workforce.identity.services.sessions import open_session
from wsgi import cli

REASON = "Runs the Kenyan projects from now on."


def audited(user: User) -> list[tuple[str, str, str]]:
    query = "SELECT action, reason, after FROM audit_event WHERE subject = :subject ORDER BY id"
    found = rows(query, subject=f"user:{user.email}")
    return [(row.action, row.reason, row.after.get("roles", "")) for row in found if row.action != "user.create"]


def told(user: User) -> list[str]:
    return [kind for (kind,) in rows("SELECT kind FROM message WHERE user_id = :id ORDER BY id", id=user.id)]


def signed_in(user: User) -> None:
    open_session(user, remembered=False, user_agent="Firefox", address="127.0.0.1", now=NOW)


def open_sessions(user: User) -> int:
    return len(rows("SELECT 1 FROM user_session WHERE user_id = :id AND ended_at IS NULL", id=user.id))


def test_every_role_has_a_word() -> None:
    assert ROLE_WORDS.keys() == ROLES.keys()


def test_a_role_is_given_with_a_reason_and_told(context: Flask) -> None:
    with transaction():
        admin, user = make_user("admin").actor, make_user("applicant")
        signed_in(user)
        grant_role(admin, user.id, "worker", reason=f"  {REASON} ", now=NOW)
        assert sorted(role.name for role in user.roles) == ["applicant", "worker"]
        assert audited(user) == [("role.grant", REASON, "applicant, worker")]
        assert told(user) == ["security.role_granted"]
        assert open_sessions(user) == 1  # nothing about it was too strong for her session
        (mail,) = rows("SELECT subject, text FROM mail WHERE recipient = :to", to=user.email)
        assert mail.subject == "You have another role: Worker"
        assert REASON in mail.text
        assert admin.email in mail.text


def test_a_role_that_needs_a_second_factor_says_what_to_do_and_ends_sessions(context: Flask) -> None:
    with transaction():
        admin, user = make_user("admin").actor, make_user("worker")
        signed_in(user)
        grant_role(admin, user.id, "finance", reason=REASON, now=NOW)
        assert told(user) == ["security.role_needs_second_factor"]
        assert open_sessions(user) == 0
        revoke_role(admin, user.id, "finance", reason=REASON, now=NOW)
        assert told(user)[1:] == ["security.role_revoked"]
        assert [role.name for role in user.roles] == ["worker"]


def test_an_account_is_shut_and_opened_with_a_reason_and_told(context: Flask) -> None:
    with transaction():
        admin, user = make_user("admin").actor, make_user("worker")
        signed_in(user)
        shut(admin, user.id, reason=REASON, now=NOW)
        assert (user.active, open_sessions(user)) == (False, 0)
        with pytest.raises(AccountUnchanged):
            shut(admin, user.id, reason=REASON, now=NOW)
        reopen(admin, user.id, reason=REASON, now=NOW)
        assert user.active
        with pytest.raises(AccountUnchanged):
            reopen(admin, user.id, reason=REASON, now=NOW)
        assert told(user) == ["security.account_shut", "security.account_reopened"]
        assert len(rows("SELECT 1 FROM mail WHERE recipient = :to", to=user.email)) == 2
        assert {action for action, reason, _ in audited(user) if reason == REASON} == {"user.shut", "user.open"}


CHANGES: list[Callable[..., object]] = [
    lambda actor, user, **rest: grant_role(actor, user, "manager", **rest),
    lambda actor, user, **rest: revoke_role(actor, user, "worker", **rest),
    shut,
    reopen,
]


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_her_own_account_or_without_the_right_or_a_reason(
    context: Flask, change: Callable[..., object]
) -> None:
    with transaction():
        admin, user = make_user("admin").actor, make_user("worker")
        with pytest.raises(OwnAccount):
            change(admin, admin.id, reason=REASON, now=NOW)
        for role in set(ROLES) - {"admin"}:
            with pytest.raises(Forbidden):
                change(Actor(9_000_000, "x@example.com", ROLES[role]), user.id, reason=REASON, now=NOW)
        for reason in ("", " too few ", "x" * 1_001):
            with pytest.raises(NoReason):
                change(admin, user.id, reason=reason, now=NOW)
        with pytest.raises(NotFound):
            change(admin, 2**40, reason=REASON, now=NOW)
        assert (audited(user), told(user)) == ([], [])


def test_what_makes_no_sense_is_refused(context: Flask) -> None:
    with transaction():
        admin, user = make_user("admin").actor, make_user("recruiter")
        with pytest.raises(RoleUnchanged):
            grant_role(admin, user.id, "recruiter", reason=REASON, now=NOW)
        with pytest.raises(RoleUnchanged):
            revoke_role(admin, user.id, "worker", reason=REASON, now=NOW)
        for change in (grant_role, revoke_role):
            with pytest.raises(NoSuchRole):
                change(admin, user.id, "queen", reason=REASON, now=NOW)
        with pytest.raises(RolesApart):
            grant_role(admin, user.id, "reviewer", reason=REASON, now=NOW)


def test_the_last_open_administrator_stays(context: Flask) -> None:
    with transaction():
        last, other = make_user("admin"), make_user("admin")
        shut(SYSTEM, other.id, reason=REASON, now=NOW)
        with pytest.raises(LastAdmin):
            revoke_role(SYSTEM, last.id, "admin", reason=REASON, now=NOW)
        with pytest.raises(LastAdmin):
            shut(SYSTEM, last.id, reason=REASON, now=NOW)
        revoke_role(SYSTEM, other.id, "admin", reason=REASON, now=NOW)  # her account is shut: she counts for nothing


def test_two_administrators_who_take_the_role_from_each_other_leave_one(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        first, second = make_user("admin").actor, make_user("admin").actor

    def take(actor: Actor, user: Actor) -> None:
        with transaction():
            revoke_role(actor, user.id or 0, "admin", reason=REASON, now=NOW)

    calls = [lambda: take(first, second), lambda: take(second, first)]
    outcomes = at_once(fresh_app, *calls, behind="SELECT FROM role WHERE name = 'admin' FOR UPDATE")
    assert names(outcomes) in (["Forbidden", "done"], ["LastAdmin", "done"])
    query = "SELECT count(*) FROM user_role JOIN role ON role.id = role_id WHERE name = 'admin'"
    assert one(fresh_app, query) == 1


def test_accounts_are_found_by_prefix_and_role(context: Flask) -> None:
    with transaction():
        for email, role in (("ana@x.example", "worker"), ("anb@x.example", "manager"), ("b_a@x.example", "worker"),
                            ("bca@x.example", "worker")):  # fmt: skip
            make_user(role, email)
        found = people(prefix="AN", role="", limit=9, offset=0)
        assert [one.email for one in found] == ["ana@x.example", "anb@x.example"]
        assert [one.roles for one in found] == [["worker"], ["manager"]]
        assert [one.email for one in people(prefix="an", role="manager", limit=9, offset=0)] == ["anb@x.example"]
        assert [one.email for one in people(prefix="b_", role="", limit=9, offset=0)] == ["b_a@x.example"]
        assert count_people(prefix="b", role="worker") == 2
        assert people(prefix="%", role="", limit=9, offset=0) == []
        assert person(2**40) is None


@pytest.fixture
def admin(app: Flask, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give an administrator's browser, just signed in."""
    with app.app_context(), transaction():
        email = make_user("admin", "zz-admin@x.example").email
    return sign_in(email)


@pytest.fixture
def user(app: Flask) -> User:
    """Give a worker with an account."""
    with app.app_context(), transaction():
        return make_user("worker", "lan@x.example")


def test_roles_are_given_and_taken_on_the_page_of_a_person(app: Flask, admin: FlaskClient, user: User) -> None:
    path = f"/admin/people/{user.id}"
    page = admin.get(path).text
    assert "lan@x.example" in page
    assert "0 devices" in page
    answer = admin.post(f"{path}/grant", data={"grant-role": "manager", "grant-reason": REASON})
    assert (answer.status_code, answer.location) == (303, path), answer.text
    page = admin.get(path).text
    assert "She must set up a second factor before she can open any page." in page
    assert "The second factor is missing." in page
    answer = admin.post(f"{path}/revoke", data={"revoke-role": "manager", "revoke-reason": REASON})
    assert answer.status_code == 303
    answer = admin.post(f"{path}/shut", data={"account-reason": REASON})
    assert answer.status_code == 303
    assert "Shut" in admin.get("/admin/people?prefix=lan").text
    assert admin.post(f"{path}/reopen", data={"account-reason": REASON}).status_code == 303
    with app.app_context(), transaction():
        assert told(user) == [
            "security.role_needs_second_factor", "security.role_revoked", "security.account_shut",
            "security.account_reopened",
        ]  # fmt: skip


def test_what_was_typed_is_kept_where_it_is_refused(app: Flask, admin: FlaskClient, user: User) -> None:
    path = f"/admin/people/{user.id}"
    answer = admin.post(f"{path}/grant", data={"grant-role": "manager", "grant-reason": "short"})
    assert answer.status_code == 400
    assert "Write 10 to 1,000 characters." in answer.text
    assert ">short</textarea>" in answer.text.replace("\r\n", "")
    answer = admin.post(f"{path}/grant", data={"grant-role": "worker", "grant-reason": REASON})
    assert answer.status_code == 409
    assert REASON in answer.text
    assert "Nothing was changed." in answer.text
    answer = admin.post(f"{path}/shut", data={"account-reason": ""})
    assert answer.status_code == 400


def test_an_administrator_finds_no_form_on_her_own_page(app: Flask, admin: FlaskClient) -> None:
    with app.app_context(), transaction():
        (key,) = rows("SELECT id FROM user_account WHERE email = 'zz-admin@x.example'")[0]
    page = admin.get(f"/admin/people/{key}").text
    assert "This is your own account." in page
    assert "<textarea" not in page
    answer = admin.post(f"/admin/people/{key}/grant", data={"grant-role": "finance", "grant-reason": REASON})
    assert answer.status_code == 403
    assert admin.get(f"/admin/people/{2**40}").status_code == 404


def test_the_list_is_paged_with_a_fixed_number_of_questions(
    app: Flask, admin: FlaskClient, user: User, queries: Callable[[Callable[[], object]], int]
) -> None:
    few = queries(lambda: admin.get("/admin/people"))
    one_person = queries(lambda: admin.get(f"/admin/people/{user.id}"))
    with app.app_context(), transaction():
        rows("""
            WITH made AS (
                INSERT INTO user_account (email, active, fs_uniquifier)
                SELECT 'p' || number || '@x.example', true, md5(number::text) FROM generate_series(1, 120) number
                RETURNING id)
            INSERT INTO user_role (user_id, role_id) SELECT made.id, role.id FROM made, role WHERE name = 'worker'
            RETURNING user_id
        """)  # fmt: skip
    assert queries(lambda: admin.get("/admin/people")) == few <= 8
    assert queries(lambda: admin.get(f"/admin/people/{user.id}")) == one_person <= 9
    assert "1–50 of 120" in admin.get("/admin/people?prefix=p&role=worker").text
    assert "101–120 of 120" in admin.get("/admin/people?prefix=p&role=worker&page=3").text
    assert "Nobody fits" in admin.get("/admin/people?prefix=nobody").text


def test_commands_give_roles_and_list_accounts(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        make_user("admin", "a@x.example")
        make_user("worker", "lan@x.example")
    runner = CliRunner()

    def run(*words: str) -> tuple[int, str]:
        found = runner.invoke(cli, ["users", *words], obj=lambda: fresh_app)
        return found.exit_code, found.output

    code, said = run("grant", "lan@x.example", "manager", "--as", "a@x.example", "--reason", REASON)
    assert (code, said) == (0, "lan@x.example is manager now, and must set up a second factor before any page opens\n")
    code, said = run("grant", "lan@x.example", "finance", "--as", "lan@x.example", "--reason", REASON)
    assert code == 1
    code, said = run("list", "--role", "manager", "--json")
    assert '"email": "lan@x.example"' in said
    assert '"count": 1' in said
    assert run("list")[0] == 0


@pytest.mark.parametrize(
    "spelling",
    ["josé@bücher.example", "JOSÉ@Bücher.example", "jose\u0301@bücher.example", " josé@xn--bcher-kva.example "],
)
def test_commands_find_an_account_in_any_spelling_that_makes_one(fresh_app: Flask, spelling: str) -> None:
    with fresh_app.app_context(), transaction():
        add_user(SYSTEM, checked_address("jose\u0301@BÜCHER.example"), role="worker", password_hash="x", now=NOW)
        make_user("admin", "admin@example.com")
    run = CliRunner()
    granted = run.invoke(
        cli, ["users", "grant", spelling, "manager", "--as", "Admin@Example.com", "--reason", "Runs a project now"],
        obj=lambda: fresh_app,
    )  # fmt: skip
    assert granted.exit_code == 0, granted.output
    assert run.invoke(cli, ["users", "reset-second-factor", spelling], obj=lambda: fresh_app).exit_code == 0
    again = run.invoke(
        cli, ["users", "create", spelling, "--role", "worker", "--password-stdin"], input=PASSWORD + "\n",
        obj=lambda: fresh_app,
    )  # fmt: skip
    assert again.exit_code == 1
    assert "exists already" in again.output
