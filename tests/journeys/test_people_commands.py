"""The commands about people, projects, prices and tests: what they do, what they refuse, and that they never break."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask

from tests.factories import make_group, make_project, make_user, make_worker
from tests.factories.onboarding import make_applied, make_confirmed
from tests.factories.skills import make_test, make_version
from tests.journeys.conftest import Answer, Shell
from workforce.core.auth import SYSTEM
from workforce.core.clock import now
from workforce.core.db import transaction
from workforce.projects.services import add_member

ADMIN: Final = "ada@example.com"
MANAGER: Final = "mara@example.com"  # of FALCON alone
OTHER: Final = "otto@example.com"  # a manager of HERON alone
FINANCE: Final = "fay@example.com"
RECRUITER: Final = "rita@example.com"
WORKER: Final = "wanja@example.com"
REASON: Final = ("--reason", "because we were asked to")
PEOPLE: Final = {
    ADMIN: "admin", MANAGER: "manager", OTHER: "manager", FINANCE: "finance", RECRUITER: "recruiter", WORKER: "worker",
}  # fmt: skip
DAYS: Final = ("--from", "2026-11-20", "--to", "2026-11-30")
PERSONAL: Final = ("--kind", "personal_rate", "--unit", "piece", "--amount", "0.50", "--currency", "USD", *DAYS)
PRICE: Final = ("--rate", "0.35", "--currency", "USD", "--from", "2026-11-20")
LIST_KEYS: Final = ["rows", "imported", "already_there", "refused"]
FLOORS: Final = ["country", "currency", "rate", "valid_from", "source"]


@dataclass(frozen=True)
class World:
    """What the commands are run on: some accounts, two projects, a worker, a test, and two applications.

    Attributes:
        shell: runs commands.
        waiting: the application of somebody who confirmed her address.
        unconfirmed: the one of somebody who did not.

    """

    shell: Shell
    waiting: int
    unconfirmed: int

    def refused(self, *words: object) -> str:
        """Insist that a command refuses in one line and says nothing else, and give it."""
        return refusal(self.shell.run(*words))


def refusal(answer: Answer) -> str:
    """Insist on a refusal in one line, and give it."""
    assert answer.status == 1, answer
    assert answer.stdout == ""
    assert len(answer.problems) == 1
    assert answer.problems[0].startswith("daybook: ")
    return answer.problems[0].removeprefix("daybook: ")


@pytest.fixture
def world(app: Flask, daybook: Shell) -> World:
    """Make what the commands need; it is undone after the test."""
    with app.app_context(), transaction():
        group = make_group()
        for email, role in PEOPLE.items():
            make_user(role, email)
        make_worker(group, "W1", email=WORKER, country="KE")
        for code, email in (("FALCON", MANAGER), ("HERON", OTHER)):
            add_member(SYSTEM, make_project(code), email, part="manager", reason="a test", now=now())
        make_version(make_test("writing-en"))
        waiting, unconfirmed = make_confirmed("amina@example.com"), make_applied("bo@example.com")
        return World(daybook, waiting.id, unconfirmed.id)


@pytest.fixture
def offer(world: World) -> int:
    """Give the number of an offer to W1 that waits for a second person."""
    made: dict[str, Any] = world.shell("offers", "propose", "FALCON", "W1", *PERSONAL, *REASON, "--as", MANAGER)
    assert made["state"] == "proposed"
    return int(made["id"])


# What each does.


def test_users_are_listed_by_role_and_by_the_beginning_of_an_address(world: World) -> None:
    everybody = world.shell("users", "list")
    assert everybody["count"] == len(everybody["users"]) >= len(PEOPLE)
    assert world.shell("users", "list", "--role", "manager", "--prefix", "MARA") == {
        "count": 1, "users": [{"email": MANAGER, "roles": ["manager"], "active": True, "second_factor": True}],
    }  # fmt: skip
    first = world.shell("users", "list", "--limit", 1)
    assert (first["count"], len(first["users"])) == (everybody["count"], 1)


def test_an_admin_grants_a_role_to_somebody_else(world: World) -> None:
    assert world.shell("users", "grant", WORKER, "reviewer", *REASON, "--as", ADMIN) == {
        "email": WORKER, "roles": ["reviewer", "worker"],
    }  # fmt: skip
    assert "already" in world.refused("users", "grant", WORKER, "reviewer", *REASON, "--as", ADMIN)
    assert "identity:roles:grant" in world.refused("users", "grant", WORKER, "finance", *REASON, "--as", MANAGER)
    assert "her own" in world.refused("users", "grant", ADMIN, "finance", *REASON, "--as", ADMIN)
    assert "reviewer" in world.refused("users", "grant", WORKER, "recruiter", *REASON, "--as", ADMIN)
    said = world.shell.run("users", "grant", WORKER, "manager", *REASON, "--as", ADMIN, as_json=False)
    assert "second factor" in said.stdout


def test_a_lost_second_factor_is_taken_away(world: World) -> None:
    words = ("users", "reset-second-factor", MANAGER, "--reason", "phone lost")
    assert world.shell(*words) == {"email": MANAGER, "needs_second_factor": True}
    shown = world.shell("users", "list", "--prefix", MANAGER)["users"]
    assert [one["second_factor"] for one in shown] == [False]


def test_mail_is_listed_and_sent(world: World, app: Flask) -> None:
    before = world.shell("mail", "list")
    assert list(before) == ["waiting", "given_up", "sent_today", "mails"]
    assert before["waiting"] == len(before["mails"]) > 0
    assert list(before["mails"][0]) == ["id", "to", "subject", "tries", "next_at", "error"]
    assert world.shell("mail", "send") == {"sent": before["waiting"], "put_off": 0, "given_up": 0}
    assert world.shell("mail", "list") == {
        "waiting": 0, "given_up": 0, "sent_today": before["waiting"], "mails": [],
    }  # fmt: skip
    folder: Path = app.config["DAYBOOK"].instance / "mail"
    assert len(list(folder.glob("**/*.eml"))) >= before["waiting"]
    assert world.shell("mail", "send") == {"sent": 0, "put_off": 0, "given_up": 0}


def test_a_project_is_made_with_all_that_is_said_of_it(world: World) -> None:
    words = (
        "projects", "create", "EGRET", "--customer", "Acme Ltd", "--title", "Pairs of answers", "--description", "Two.",
        "--language", "vi", "--language", "en", "--country", "VN", "--target", 1000, "--deadline", "2026-12-31",
        "--budget", "25000", "USD", "--alarm", 70, "--seconds", 90, "--draft",
    )  # fmt: skip
    assert world.shell(*words) == {"code": "EGRET", "customer": "Acme Ltd", "state": "draft"}
    assert "EGRET" in world.refused(*words)
    listed = world.shell("projects", "list")["projects"]
    assert [one["code"] for one in listed] == ["EGRET", "FALCON", "HERON"]
    assert listed[0] == {"code": "EGRET", "state": "draft", "title": "Pairs of answers"}
    assert world.shell("projects", "open", "EGRET", *REASON, "--as", ADMIN) == {"code": "EGRET", "state": "open"}


def test_a_project_is_paused_opened_and_closed_for_good(world: World) -> None:
    for action, state in (("pause", "paused"), ("open", "open"), ("close", "closed")):
        done = world.shell("projects", action, "FALCON", *REASON, "--as", MANAGER)
        assert done == {"code": "FALCON", "state": state}
    world.refused("projects", "open", "FALCON", *REASON, "--as", MANAGER)
    assert "reason" in world.refused("projects", "pause", "HERON", "--reason", " ", "--as", ADMIN)


def test_a_draft_that_says_nothing_is_not_opened(world: World) -> None:
    world.shell("projects", "create", "EGRET", "--customer", "Acme Ltd", "--draft")
    assert "title" in world.refused("projects", "open", "EGRET", *REASON, "--as", ADMIN)


def test_members_are_added_once(world: World) -> None:
    words = ("projects", "member", "add", "HERON", MANAGER, "--part", "manager")
    made = {"code": "HERON", "email": MANAGER, "part": "manager"}
    assert world.shell(*words) == {**made, "added": True}
    assert world.shell(*words) == {**made, "added": False}
    assert "reviewer" in world.refused("projects", "member", "add", "HERON", MANAGER, "--part", "reviewer")
    assert world.shell("projects", "pause", "HERON", *REASON, "--as", MANAGER)["state"] == "paused"


def test_rates_are_added_and_shown(world: World) -> None:
    words = ("rates", "add", "FALCON", *PRICE, *REASON, "--as", MANAGER)
    assert world.shell(*words) == {"project": "FALCON", "new": True}
    assert world.shell(*words) == {"project": "FALCON", "new": False}
    assert world.shell("rates", "add", "*", *PRICE, "--country", "KE", "--kind", "hourly", *REASON)["new"]
    shown = world.shell("rates", "show", "FALCON")
    assert list(shown) == ["project", "today", "rates"]
    line = {"level": "", "currency": "USD", "rate": "0.350000", "valid_from": "2026-11-20"}
    assert shown["rates"] == [
        {**line, "project": "FALCON", "country": "", "kind": "piece"},
        {**line, "project": "", "country": "KE", "kind": "hourly"},
    ]
    assert "0.35" in world.shell.run("rates", "show", "FALCON", as_json=False).stdout


def test_an_offer_takes_two_people(world: World, offer: int) -> None:
    listed = world.shell("offers", "list")
    assert listed == world.shell("offers", "list", "--project", "FALCON")
    assert world.shell("offers", "list", "--project", "HERON") == {"count": 0, "offers": []}
    assert listed["count"] == 1
    assert listed["offers"][0] == {
        "id": offer, "worker": "W1", "project": "FALCON", "kind": "personal_rate", "unit": "piece",
        "amount": "0.500000", "currency": "USD", "valid_from": "2026-11-20", "valid_to": "2026-11-30", "pieces": 0,
        "state": "proposed", "reason": REASON[1],
    }  # fmt: skip
    assert "somebody else" in world.refused("offers", "approve", offer, "--as", MANAGER)
    assert world.shell("offers", "approve", offer, "--as", FINANCE)["state"] == "approved"
    world.refused("offers", "approve", offer, "--as", FINANCE)


def test_floors_come_in_once_as_other_lists_do(world: World) -> None:
    rows = [["KE", "KES", "150", "2026-11-20", "law"], ["ph", "PHP", "75.5", "2026-11-20", ""]]
    floors = world.shell.write("floors.csv", [FLOORS, *rows])
    first = world.shell("import", "floors", floors)
    assert list(first) == LIST_KEYS
    assert first == {"rows": 2, "imported": 2, "already_there": 0, "refused": []}
    assert world.shell("import", "floors", floors) == {"rows": 2, "imported": 0, "already_there": 2, "refused": []}


def test_floors_that_cannot_be_are_named_and_the_others_kept(world: World) -> None:
    rows = [
        ["KE", "KES", "150", "2026-11-20", "law"], ["KE", "KES", "151", "2026-11-20", ""],
        ["XX", "KES", "1", "2026-11-20", ""], ["VN", "XYZ", "1", "2026-11-20", ""],
        ["VN", "VND", "much", "2026-11-20", ""], ["VN", "VND", "0", "2026-11-20", ""],
        ["VN", "VND", "1", "20.11.2026", ""], ["", "VND", "1", "2026-11-20", ""],
        ["VN", "VND", "1", "2026-11-20", "x" * 301], ["VN", "VND", "24500", "2026-11-20", ""],
    ]  # fmt: skip
    answer = world.shell.run("import", "floors", world.shell.write("floors.csv", [FLOORS, *rows]))
    assert answer.status == 1
    counts = {name: answer.document[name] for name in LIST_KEYS[:3]}
    assert counts == {"rows": 10, "imported": 2, "already_there": 0}
    refused = answer.document["refused"]
    assert all(list(one) == ["row", "field", "message"] for one in refused)
    assert [one["field"] for one in refused[1:]] == [
        "country", "currency", "rate", "rate", "valid_from", "country", "source",
    ]  # fmt: skip
    assert "150" in refused[0]["message"]
    assert "Money(" not in refused[0]["message"]
    assert len(answer.problems) == 8


def test_a_file_that_is_no_list_of_floors_is_refused(daybook: Shell) -> None:
    path = daybook.folder / "floors.csv"
    for content in (b"", b"name,age\nx,1\n", b"\x00\x01\xff\xfe", b"country,currency\nKE,KES\n"):
        path.write_bytes(content)
        refusal(daybook.run("import", "floors", path))


def test_applications_are_listed_and_decided(world: World) -> None:
    every = world.shell("applications", "list", "--state", "all")
    assert every["count"] == len(every["applications"]) == 2
    assert {one["email"]: one["state"] for one in every["applications"]} == {
        "amina@example.com": "confirmed", "bo@example.com": "applied",
    }  # fmt: skip
    words = ("applications", "list", "--state", "confirmed", "--country", "ke", "--search", "amina")
    assert [one["id"] for one in world.shell(*words)["applications"]] == [world.waiting]
    assert world.shell("applications", "list") == {"count": 0, "applications": []}
    decide = ("applications", "decide", world.waiting)
    for name in ("Pass a test of your choice", "Show who you are", "Sign your tax form"):
        assert name in world.refused(*decide, "accept", "--as", RECRUITER)
    assert world.shell(*decide, "accept", *REASON, "--as", RECRUITER) == {
        "id": world.waiting, "state": "accepted", "worker": f"A-{world.waiting:06d}",
    }  # fmt: skip
    world.refused(*decide, "decline", *REASON, "--as", RECRUITER)


def test_a_decline_says_why(world: World) -> None:
    words = ("applications", "decide", world.waiting, "decline", "--as", RECRUITER)
    assert "reason" in world.refused(*words)
    assert world.shell(*words, *REASON) == {"id": world.waiting, "state": "declined"}


def test_terms_are_published_in_each_language_that_is_given(world: World) -> None:
    for name in ("en", "vi"):
        (world.shell.folder / f"{name}.txt").write_text(f"Terms in {name}", encoding="utf-8")
    texts = [f"{name}={world.shell.folder}/{name}.txt" for name in ("en", "vi")]
    made = world.shell("applications", "terms", *texts)
    assert made["languages"] == ["en", "vi"]
    assert world.shell("applications", "terms", texts[0])["terms"] == made["terms"] + 1
    assert "English" in world.refused("applications", "terms", texts[1])


def test_campaigns_are_made_once_and_listed(world: World) -> None:
    words = ("campaigns", "create", "reddit-ke", "--channel", "reddit", "--note", "autumn")
    made = world.shell(*words)
    assert (made["code"], made["channel"]) == ("REDDIT-KE", "reddit")
    assert made["link"].endswith("/apply?c=REDDIT-KE")
    assert "REDDIT-KE" in world.refused(*words)
    assert {"code": "REDDIT-KE", "channel": "reddit", "note": "autumn"} in world.shell("campaigns", "list")["campaigns"]


def test_tests_are_listed_and_shown(world: World) -> None:
    (found,) = world.shell("tests", "list")["tests"]
    assert found == {
        "code": "writing-en", "title": "Writing", "level": "L2", "languages": ["en"], "retired": False, "attempts": 0,
        "passed": 0, "failed": 0, "grading": 0,
    }  # fmt: skip
    shown = world.shell("tests", "show", "writing-en")
    assert (shown["code"], shown["valid_months"]) == ("writing-en", 12)
    assert [(one["language"], one["number"], one["state"]) for one in shown["versions"]] == [("en", 1, "published")]


def test_certifications_are_granted_and_listed(world: World) -> None:
    words = ("certifications", "grant", WORKER, "writing-en", "--kind", "worker", *REASON)
    assert world.shell(*words) == {
        "email": WORKER, "test": "writing-en", "kind": "worker", "level": "L2", "expires_on": "2027-11-20",
    }  # fmt: skip
    world.shell(*words)  # renews it
    listed = ("certifications", "list", "--test", "writing-en", "--email", "wanja")
    (held,) = world.shell(*listed)["certifications"]
    assert (held["email"], held["state"], held["reason"]) == (WORKER, "valid", REASON[1])
    assert [one["state"] for one in world.shell(*listed, "--all")["certifications"]] == ["valid", "renewed"]


# What each says without --json: it must be drawn, too.


def test_people_get_a_table_in_which_no_word_is_cut_off(world: World) -> None:
    for words, shown in (
        ("users list", MANAGER), ("mail list", "amina@example.com"), ("projects list", "FALCON"),
        ("rates show FALCON", "FALCON"), ("offers list", "0 offers"),
        ("applications list --state all", "amina@example.com"), ("campaigns list", "Campaigns"),
        ("tests list", "writing-en"), ("tests show writing-en", "published"), ("certifications list", "Certifications"),
    ):  # fmt: skip
        answer = world.shell.run(*words.split(), as_json=False)
        assert (answer.status, answer.stderr) == (0, ""), words
        assert shown in answer.stdout, words


# Who may not.


def test_a_worker_runs_nothing(world: World, offer: int) -> None:
    assert "rates:offers:approve" in world.refused("offers", "approve", offer, "--as", WORKER)
    for words, permission in (
        (("offers", "propose", "FALCON", "W1", *PERSONAL, *REASON), "rates:offers:propose"),
        (("rates", "add", "FALCON", *PRICE, *REASON), "rates:cards:write"),
        (("projects", "pause", "FALCON", *REASON), "projects:project:write"),
        (("projects", "open", "FALCON", *REASON), "projects:project:write"),
        (("projects", "close", "FALCON", *REASON), "projects:project:write"),
        (("users", "grant", FINANCE, "admin", *REASON), "identity:roles:grant"),
        (("applications", "decide", world.waiting, "accept"), "onboarding:applications:decide"),
    ):
        assert permission in world.refused(*words, "--as", WORKER), words
    assert world.shell("offers", "list")["offers"][0]["state"] == "proposed"


def test_a_manager_does_nothing_on_anothers_project(world: World, offer: int) -> None:
    assert "FALCON" in world.refused("offers", "approve", offer, "--as", OTHER)
    for words in (
        ("offers", "propose", "FALCON", "W1", *PERSONAL, *REASON),
        ("rates", "add", "FALCON", *PRICE, *REASON),
        ("projects", "pause", "FALCON", *REASON),
        ("projects", "close", "FALCON", *REASON),
    ):
        assert "There is no project named “FALCON”" in world.refused(*words, "--as", OTHER), words
    assert "projects:all:manage" in world.refused("rates", "add", "*", *PRICE, *REASON, "--as", OTHER)
    assert world.shell("rates", "show", "FALCON")["rates"] == []
    assert [one["state"] for one in world.shell("projects", "list")["projects"]] == ["open", "open"]


# What cannot be: one line, or the usage; never a traceback (the shell lets any other exception through).

NOBODY: Final = "nobody@example.com"
REFUSED: Final[list[tuple[list[str], str]]] = [
    (["users", "grant", NOBODY, "finance", *REASON, "--as", ADMIN], NOBODY),
    (["users", "grant", WORKER, "finance", *REASON, "--as", NOBODY], NOBODY),
    (["users", "grant", WORKER, "finance", *REASON, "--as", ""], "user"),
    (["users", "grant", WORKER, "finance", "--reason", "short", "--as", ADMIN], "10"),
    (["users", "grant", "a\0b", "finance", *REASON, "--as", ADMIN], "email-of"),
    (["users", "reset-second-factor", NOBODY], NOBODY),
    (["users", "reset-second-factor", "a\nb"], "a b"),
    (["users", "list", "--prefix", "\0"], "prefix"),
    (["users", "list", "--prefix", "\udcff"], "prefix"),
    (["projects", "create", "EGRET", "--customer", ""], "customer"),
    (["projects", "create", "EGRET", "--customer", "A\0"], "customer"),
    (["projects", "create", "egret 1", "--customer", "Acme"], "code"),
    (["projects", "create", "EGRET", "--customer", "Egret Inc"], "code"),
    (["projects", "create", "EGRET", "--customer", "Acme", "--language", "klingonese"], "languages"),
    (["projects", "create", "EGRET", "--customer", "Acme", "--language", "v\0"], "languages"),
    (["projects", "create", "EGRET", "--customer", "Acme", "--country", "ke"], "countries"),
    (["projects", "create", "EGRET", "--customer", "Acme", "--target", "99999999999"], "target"),
    (["projects", "create", "EGRET", "--customer", "Acme", "--budget", "5", "XYZ"], "budget"),
    (["projects", "create", "EGRET", "--customer", "Acme", "--budget", "NaN", "USD"], "budget"),
    (["projects", "create", "EGRET", "--customer", "Acme", "--budget", "1e99", "USD"], "budget"),
    (["projects", "create", "EGRET", "--customer", "Acme", "--budget", "0", "USD"], "budget"),
    (["projects", "create", "EGRET", "--customer", "Acme", "--title", "For Acme"], "description"),
    (["projects", "pause", "NOWHERE", *REASON, "--as", ADMIN], "NOWHERE"),
    (["projects", "pause", "FALCON", *REASON, "--as", NOBODY], NOBODY),
    (["projects", "close", "FALCON", "--reason", "", "--as", ADMIN], "reason"),
    (["projects", "close", "FALCON", "--reason", "a\0", "--as", ADMIN], "reason"),
    (["projects", "member", "add", "NOWHERE", MANAGER, "--part", "manager"], "NOWHERE"),
    (["projects", "member", "add", "FALCON", NOBODY, "--part", "manager"], NOBODY),
    (["projects", "member", "add", "FALCON", WORKER, "--part", "manager"], "admin"),
    (["projects", "member", "add", "FALCON", OTHER, "--part", "manager", "--reason", ""], "reason"),
    (["rates", "show", "NOWHERE"], "NOWHERE"),
    (["rates", "add", "NOWHERE", *PRICE, *REASON], "NOWHERE"),
    (["rates", "add", "FALCON", *PRICE, "--reason", " "], "reason"),
    (["rates", "add", "FALCON", *PRICE, *REASON, "--as", ""], "user"),
    (["rates", "add", "FALCON", *PRICE, *REASON, "--currency", "XYZ"], "currency"),
    (["rates", "add", "FALCON", *PRICE, *REASON, "--rate", "much"], "rate"),
    (["rates", "add", "FALCON", *PRICE, *REASON, "--rate", "-1"], "rate"),
    (["rates", "add", "FALCON", *PRICE, *REASON, "--rate", "inf"], "rate"),
    (["rates", "add", "FALCON", *PRICE, *REASON, "--from", "20.11.2026"], "from"),
    (["rates", "add", "FALCON", *PRICE, *REASON, "--from", "2026-11-19"], "2026-11-20"),
    (["rates", "add", "FALCON", *PRICE, *REASON, "--country", "Kenya"], "country"),
    (["rates", "add", "FALCON", *PRICE, *REASON, "--level", "a\0"], "level"),
    (["offers", "list", "--project", "NOWHERE"], "NOWHERE"),
    (["offers", "propose", "NOWHERE", "W1", *PERSONAL, *REASON, "--as", MANAGER], "NOWHERE"),
    (["offers", "propose", "FALCON", "W9", *PERSONAL, *REASON, "--as", MANAGER], "W9"),
    (["offers", "propose", "FALCON", "W1", *PERSONAL, *REASON, "--as", NOBODY], NOBODY),
    (["offers", "propose", "FALCON", "W1", *PERSONAL, "--reason", "", "--as", MANAGER], "reason"),
    (["offers", "propose", "FALCON", "W1", *PERSONAL, *REASON, "--currency", "XYZ", "--as", MANAGER], "currency"),
    (["offers", "propose", "FALCON", "W1", *PERSONAL, *REASON, "--from", "soon", "--as", MANAGER], "from"),
    (["offers", "propose", "FALCON", "W1", *PERSONAL, *REASON, "--to", "2026-11-01", "--as", MANAGER], "valid_to"),
    (["offers", "propose", "FALCON", "W1", *PERSONAL, *REASON, "--from", "9999-12-31", "--to", "9999-12-30",
      "--as", MANAGER], "valid_to"),
    (["offers", "propose", "FALCON", "W1", *PERSONAL, *REASON, "--pieces", "-1", "--as", MANAGER], "pieces"),
    (["offers", "approve", "999999", "--as", FINANCE], "999999"),
    (["offers", "approve", "1", "--as", NOBODY], NOBODY),
    (["applications", "decide", "999999", "accept", "--as", RECRUITER], "999999"),
    (["applications", "decide", "1", "accept", "--as", NOBODY], NOBODY),
    (["applications", "list", "--search", "\0"], "search"),
    (["applications", "terms", "en"], "terms"),
    (["applications", "terms", "xx=wsgi.py"], "terms"),
    (["applications", "terms", "en=nowhere.txt"], "terms"),
    (["campaigns", "create", "a b", "--channel", "reddit"], "code"),
    (["campaigns", "create", "REDDIT", "--channel", "reddit", "--note", "x" * 201], "note"),
    (["tests", "show", "nothing"], "nothing"),
    (["tests", "show", "a\0"], "code"),
    (["certifications", "grant", NOBODY, "writing-en", "--kind", "worker", *REASON], NOBODY),
    (["certifications", "grant", WORKER, "nothing", "--kind", "worker", *REASON], "nothing"),
    (["certifications", "grant", WORKER, "writing-en", "--kind", "worker", "--reason", " "], ""),
    (["certifications", "grant", WORKER, "writing-en", "--kind", "grader", *REASON], WORKER),
    (["certifications", "list", "--test", "nothing"], "nothing"),
]  # fmt: skip


def test_what_cannot_be_is_refused_in_one_line(world: World) -> None:
    for words, named in REFUSED:
        assert named in world.refused(*words), words


def test_decisions_wait_for_a_confirmed_address_and_a_known_group(world: World) -> None:
    world.refused("applications", "decide", world.unconfirmed, "accept", "--as", RECRUITER)
    words = ("applications", "decide", world.waiting, "accept", "--group", "XX", "--as", RECRUITER)
    assert "XX" in world.refused(*words)


def test_terms_that_are_no_text_are_refused(world: World) -> None:
    path = world.shell.folder / "terms.txt"
    for content, named in ((b"\xff\xfe", "UTF-8"), (b"a\x00b", "NUL"), (b"", "text")):
        path.write_bytes(content)
        assert named in world.refused("applications", "terms", f"en={path}")


def test_the_last_day_that_there_is_breaks_nothing(world: World) -> None:
    last = ("--from", "9999-12-31")
    for _ in range(2):  # before and after a line is there that it is compared with
        assert world.shell("rates", "add", "FALCON", *PRICE, *last, "--level", "L2", *REASON)["project"] == "FALCON"
        words = ("offers", "propose", "FALCON", "W1", *PERSONAL, *last, "--to", "9999-12-31", *REASON, "--as", MANAGER)
        assert world.shell(*words)["state"] == "proposed"


USAGE: Final = [
    ["users", "list", "--role", "emperor"],
    ["users", "list", "--limit", "0"],
    ["users", "grant", WORKER, "emperor", *REASON, "--as", ADMIN],
    ["users", "grant", WORKER, "finance", "--as", ADMIN],
    ["users", "grant", WORKER, "finance", *REASON],
    ["users", "reset-second-factor"],
    ["mail", "send", "now"],
    ["projects", "create", "EGRET"],
    ["projects", "create", "EGRET", "--customer", "Acme", "--deadline", "tomorrow"],
    ["projects", "create", "EGRET", "--customer", "Acme", "--alarm", "100"],
    ["projects", "create", "EGRET", "--customer", "Acme", "--target", "0"],
    ["projects", "pause", "FALCON", "--as", ADMIN],
    ["projects", "open", "FALCON", *REASON],
    ["projects", "member", "add", "FALCON", MANAGER, "--part", "owner"],
    ["rates", "add", "FALCON", *PRICE],
    ["rates", "add", "FALCON", "--rate", "1", "--currency", "USD", *REASON],
    ["offers", "propose", "FALCON", "W1", *PERSONAL, "--as", MANAGER],
    ["offers", "approve", "1"],
    ["offers", "approve", "one", "--as", FINANCE],
    ["offers", "approve", "9" * 30, "--as", FINANCE],
    ["import", "floors", "nowhere.csv"],
    ["applications", "list", "--state", "lost"],
    ["applications", "decide", "1", "maybe", "--as", RECRUITER],
    ["applications", "decide", "9" * 30, "accept", "--as", RECRUITER],
    ["applications", "terms"],
    ["campaigns", "create", "REDDIT", "--channel", "radio"],
    ["certifications", "grant", WORKER, "writing-en", "--kind", "worker"],
    ["certifications", "grant", WORKER, "writing-en", "--kind", "wizard", *REASON],
]


def test_wrong_usage_is_status_2(daybook: Shell) -> None:
    for words in USAGE:
        answer = daybook.run(*words)
        assert (answer.status, answer.stdout) == (2, ""), words
