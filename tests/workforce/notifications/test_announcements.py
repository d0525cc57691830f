"""A crowd is announced something in one row, and told by the job: everybody once, wherever it stops."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from i18n.locale import N_
from tests.factories import NOW, make_group, make_project, make_user
from tests.factories.rates import day, make_line, make_participant
from tests.races.racing import at_once
from workforce.core.auth import SYSTEM
from workforce.core.db import METADATA, rows, session, transaction
from workforce.core.db import run as execute
from workforce.core.sweep import SomeFailed
from workforce.notifications.jobs import tell_crowds
from workforce.notifications.rules import Kind
from workforce.notifications.services import (
    Part,
    Told,
    add_kind,
    add_teller,
    announce,
    announcements,
    kinds,
    notify_many,
    unfold,
)
from workforce.notifications.services.announcements import Asked
from workforce.projects.models import Project
from workforce.projects.queries import project_by_code
from workforce.projects.services import change_state, publish_guideline

ROOT = Path(__file__).parents[3]
KIND = Kind("work.test", N_("Messages"), "%(what)s", "/me/messages", crowd=True)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch, app: Flask) -> Iterator[None]:
    monkeypatch.setattr("workforce.notifications.services.registry._kinds", {one.name: one for one in kinds()})
    add_kind(KIND)
    yield
    add_teller("test", _nobody)
    add_teller("other", _nobody)


def _nobody(_: Asked) -> Part:
    return Part([], None)


def everybody(asked: Asked) -> Part:
    """Give all accounts of workers in their order, as features do."""
    found = rows(
        "SELECT id FROM user_account WHERE email LIKE 'crowd%' AND id > :after ORDER BY id LIMIT :limit",
        after=asked.after, limit=asked.limit,
    )  # fmt: skip
    people = [key for (key,) in found]
    told = [Told(people, "work.test", {"what": asked.about["what"]})]
    return Part(told, people[-1] if len(people) == asked.limit else None)


def crowd(count: int) -> None:
    for number in range(count):
        make_user("worker", f"crowd{number}@example.com")


def told() -> dict[str, str]:
    """Give how often everybody was told, in the app and by mail."""
    with transaction():
        found = rows(
            "SELECT u.email, count(*) || '/' || (SELECT count(*) FROM mail WHERE recipient = u.email) AS times"
            " FROM message m JOIN user_account u ON u.id = m.user_id WHERE m.kind = 'work.test' GROUP BY 1"
        )
    return {row.email: row.times for row in found}


def test_a_part_that_fails_at_times_is_halved_and_nobody_is_told_twice(context: Flask) -> None:
    failing = {1, 4}

    def at_times(asked: Asked) -> Part:
        calls.append(asked.limit)
        if len(calls) - 1 in failing:
            raise ValueError("the moon is full")
        return everybody(asked)

    calls: list[int] = []
    with transaction():
        crowd(10)
        add_teller("test", at_times)
        announce("test", now=NOW, what="A")
    assert unfold(now=lambda: NOW, part=4) == 10
    assert calls == [4, 4, 2, 4, 4, 2, 4][: len(calls)]
    assert told() == {f"crowd{number}@example.com": "1/1" for number in range(10)}
    assert unfold(now=lambda: NOW, part=3) == 0
    with transaction():
        assert rows("SELECT count(*) FROM announcement WHERE ended_at = :now", now=NOW) == [(1,)]


@pytest.mark.parametrize("bad", [0, 3, 6])
def test_one_person_who_cannot_be_told_keeps_nobody_waiting(
    context: Flask, monkeypatch: pytest.MonkeyPatch, bad: int
) -> None:
    with transaction():
        crowd(7)
        add_teller("test", everybody)
        add_teller("other", everybody)
        announce("test", now=NOW, what="A")
        announce("other", now=NOW, what="B")
        [(poisoned,)] = rows("SELECT id FROM user_account WHERE email = :email", email=f"crowd{bad}@example.com")

    def notify(user_ids: list[int], *words: str, **values: Any) -> None:
        if poisoned in user_ids and values["what"] in sick:
            raise ValueError("the moon is full")
        notify_many(user_ids, *words, **values)

    sick = {"A"}
    monkeypatch.setattr(announcements, "notify_many", notify)
    for done in (6 + 7, 0):
        with pytest.raises(SomeFailed, match=f"^{done} done, 1 failed: announcement .*the moon is full"):
            unfold(now=lambda: NOW, part=4)
    others = {f"crowd{number}@example.com": "2/2" for number in range(7) if number != bad}
    assert told() == {**others, f"crowd{bad}@example.com": "1/1"}
    sick.clear()
    assert unfold(now=lambda: NOW, part=4) == 1
    assert told() == {**others, f"crowd{bad}@example.com": "2/2"}
    assert unfold(now=lambda: NOW, part=4) == 0
    with transaction():
        assert rows("SELECT count(*) FROM announcement WHERE ended_at = :now", now=NOW) == [(2,)]


def test_an_announcement_of_a_transaction_that_fails_is_none(context: Flask) -> None:
    def fail() -> None:
        with transaction():
            announce("project", now=NOW, project=1)
            announce("no such", now=NOW)

    with pytest.raises(LookupError, match="no such"):
        fail()
    with transaction():
        assert rows("SELECT 1 FROM announcement") == []


# Tells a crowd in parts of three, and is killed before the commit of the second part.
KILLED = """
import os, signal
from datetime import UTC, datetime
from sqlalchemy import event
from tests.workforce.notifications import test_announcements as here
from workforce.core.db import db
from wsgi import create_app
app = create_app()
here.add_kind(here.KIND)
here.add_teller("test", here.everybody)
commits = []
def kill(_):
    commits.append(1)
    if len(commits) == 4:  # of what is open, of who was passed over, of the first part, and of the second
        os.kill(os.getpid(), signal.SIGKILL)
with app.app_context():
    event.listen(db.session, "before_commit", kill)
    here.unfold(now=lambda: datetime.now(UTC), part=3)
"""


def test_a_job_that_is_killed_goes_on_where_it_was(fresh_app: Flask, fresh_database: str, tmp_path: Path) -> None:
    with fresh_app.app_context():
        add_teller("test", everybody)
        with transaction():
            crowd(10)
            announce("test", now=NOW, what="A")
        environment = os.environ | {
            "DATABASE_URL": fresh_database, "DAYBOOK_ENV": "test", "DAYBOOK_INSTANCE": str(tmp_path),
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        for _ in range(2):
            done = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=environment, check=False, timeout=120)
            assert done.returncode == -signal.SIGKILL
        assert len(told()) == 6  # a part each time
        tell_crowds()
        assert told() == {f"crowd{number}@example.com": "1/1" for number in range(10)}


def test_two_jobs_at_once_tell_nobody_twice(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        add_teller("test", everybody)
        crowd(10)
        announce("test", now=NOW, what="A")
    outcomes = at_once(fresh_app, *[lambda: unfold(now=lambda: NOW, part=2)] * 2)
    assert sum(outcomes) == 10
    with fresh_app.app_context():
        assert set(told().values()) == {"1/1"}


def everything() -> int:
    """Count the rows of all tables."""
    return sum(rows(f"SELECT count(*) FROM {table}")[0][0] for table in METADATA.tables)


WRITES: dict[str, Callable[[Project], Any]] = {
    "guideline": lambda project: publish_guideline(SYSTEM, project, "Read it.", based_on=0, now=NOW),
    "state": lambda project: change_state(SYSTEM, project, "pause", reason="a week", now=NOW),
    "rate": lambda project: make_line(project, "0.40", valid_from=day(8)),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_manager_writes_as_many_rows_for_a_crowd_as_for_one(
    context: Flask, queries: Callable[[Callable[[], object]], int], name: str
) -> None:
    written: list[int] = []
    sent: list[int] = []
    with transaction():
        group = make_group()
        for code, people in (("FALCON", 1), ("HERON", 30)):
            project = make_project(code)
            make_line(project, "0.50")
            for _ in range(people):
                make_participant(project, group)
            session().flush()
            before = everything()
            sent.append(queries(lambda project=project: WRITES[name](project)))  # type: ignore[misc]
            written.append(everything() - before)
    assert written[0] == written[1] <= 3  # itself, its line in the audit log, and the announcement
    assert sent[0] == sent[1]
    assert tell_crowds() == 31


def test_who_took_part_when_it_was_announced_is_told_and_who_joined_before_the_job_came(context: Flask) -> None:
    with transaction():
        project, group = make_project(), make_group()
        people = {name: make_participant(project, group) for name in ("stays", "left", "gone", "joins")}
        execute("UPDATE participation SET joined_at = :then, changed_at = :then", then=NOW - timedelta(days=9))
        leave(people["gone"][0].id, NOW - timedelta(days=1))
        change_state(SYSTEM, project, "pause", reason="a week", now=NOW)
        leave(people["left"][0].id, NOW + timedelta(seconds=1))
    with transaction():
        _, late = make_participant(project_by_code("FALCON"), make_group("VN"))
    assert tell_crowds() == 4
    with transaction():
        found = {key for (key,) in rows("SELECT user_id FROM message")}
        assert found == {people[name][1].id for name in ("stays", "left", "joins")} | {late.id}


def leave(worker_id: int, at: object) -> None:
    execute("UPDATE participation SET state = 'left', changed_at = :at WHERE worker_id = :id", at=at, id=worker_id)


def test_a_line_is_told_in_parts_against_the_card_as_it_was(context: Flask) -> None:
    with transaction():
        project, group = make_project(), make_group()
        make_line(project, "0.50")
        people = [make_participant(project, group)[1].id for _ in range(5)]
        make_line(project, "0.40", valid_from=day(8))
        make_line(project, "0.45", valid_from=day(9))
    assert unfold(now=lambda: NOW, part=2) == 10
    with transaction():
        assert rows("SELECT count(*), count(DISTINCT worker_id) FROM rate_notice") == [(10, 5)]
        for key in people:
            found = rows("SELECT kind, params FROM message WHERE user_id = :id ORDER BY id", id=key)
            assert [(row.kind, row.params["old"]["money"], row.params["new"]["money"]) for row in found] == [
                ("rate.lowered", 500_000, 400_000), ("rate.raised", 400_000, 450_000),
            ]  # fmt: skip
        assert {row.priority for row in rows("SELECT priority FROM mail")} == {2}
