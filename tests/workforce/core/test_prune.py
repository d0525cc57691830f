"""What is older than its age is deleted in chunks, and nothing else."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories import NOW, make_user
from workforce import AGES
from workforce.core.db import METADATA, rows, session, transaction
from workforce.core.db import run as execute
from workforce.core.limits import Hit
from workforce.core.mail import Mail
from workforce.core.prune import Age, prune
from workforce.core.scheduler import JobRun, run_job
from workforce.core.sweep import SomeFailed
from workforce.identity.models import UserSession
from workforce.notifications.models import Announcement, Message

SECOND = timedelta(seconds=1)


def left() -> dict[str, int]:
    with transaction():
        return {one.table: rows(f"SELECT count(*) FROM {one.table}")[0][0] for one in AGES}


def make_all(at: datetime) -> None:
    """Make a row of each table whose age counts from an instant."""
    with transaction():
        user = make_user("worker")
        for over in ({"ended_at": at, "expires_at": at + timedelta(days=9)}, {"expires_at": at}):
            session().add(
                UserSession(
                    user_id=user.id, token_hash=f"{at}{len(over)}", created_at=at, last_seen_at=at, idle_seconds=60,
                    remembered=False, user_agent="", address="", **over,
                )
            )  # fmt: skip
        message = {"user_id": user.id, "kind": "x", "params": {}, "link": "", "created_at": at - timedelta(days=999)}
        session().add_all([
            Hit(key="x", at=at), JobRun(name="x", host="x", started_at=at),
            Mail(recipient="x", subject="x", text="x", locale="en", priority=1, created_at=at, sent_at=at),
            Announcement(topic="x", about={}, created_at=at, ended_at=at),
            Message(**message, read_at=at),
        ])  # fmt: skip


def test_each_table_keeps_what_is_younger_than_its_age(context: Flask) -> None:
    make_all(NOW)
    for one in AGES:
        before = left()
        assert prune([one], now=NOW + one.age) == 0
        assert left() == before
        assert prune([one], now=NOW + one.age + SECOND, chunk=1) == before[one.table] > 0
        assert left() == before | {one.table: 0}


def test_what_is_not_over_is_kept_however_old(context: Flask) -> None:
    with transaction():
        user = make_user("worker")
        old = NOW - timedelta(days=9999)
        session().add_all([
            Mail(recipient="x", subject="x", text="x", locale="en", priority=1, created_at=old, next_at=old),
            Mail(recipient="x", subject="given up", text="x", locale="en", priority=1, created_at=old),
            Announcement(topic="x", about={}, created_at=old),
            Message(user_id=user.id, kind="x", params={}, link="", created_at=old),
        ])  # fmt: skip
    entry = run_job("prune")
    assert (entry.outcome, entry.rows) == ("done", 0)
    assert [left()[name] for name in ("mail", "announcement", "message")] == [2, 1, 1]


def test_a_table_that_cannot_be_pruned_hinders_no_other(context: Flask) -> None:
    make_all(NOW)
    bad = Age("user_account", "created_at_the_moon", timedelta(days=1))
    with pytest.raises(SomeFailed, match="user_account"):
        prune([bad, *AGES], now=NOW + timedelta(days=999))
    assert set(left().values()) == {0}


def test_what_is_old_is_found_by_an_index(context: Flask) -> None:
    with transaction():
        execute("SET LOCAL enable_seqscan = off")
        for one in AGES:
            assert one.table in METADATA.tables
            plan = rows(f"EXPLAIN SELECT id FROM {one.table} WHERE {one.since} < now()")
            assert any("Index Cond" in line for (line,) in plan), plan


def test_a_row_that_cannot_be_deleted_keeps_no_other(context: Flask) -> None:
    make_all(NOW)
    with transaction():
        session().add_all(
            Mail(recipient="x", subject=f"{number}", text="x", locale="en", priority=1, created_at=NOW, sent_at=NOW)
            for number in range(6)
        )
        session().flush()
        [(bad,)] = rows("SELECT id FROM mail WHERE subject = '3'")
        execute("CREATE FUNCTION pg_temp.stay() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'it stays'; END $$")  # fmt: skip
        execute(
            f"CREATE TRIGGER stay BEFORE DELETE ON mail FOR EACH ROW WHEN (OLD.id = {bad})"
            " EXECUTE FUNCTION pg_temp.stay()"
        )
    with pytest.raises(SomeFailed, match=f"1 failed: mail {bad}: "):
        prune(AGES, now=NOW + timedelta(days=999), chunk=4)
    assert {name: count for name, count in left().items() if count} == {"mail": 1}
