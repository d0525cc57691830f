"""Many entries at once read like those that are written one by one, and cost one statement."""

from collections.abc import Callable
from dataclasses import asdict

from flask import Flask

from tests.factories import NOW, finance
from workforce.core import audit
from workforce.core.audit import Change
from workforce.core.db import session, transaction

CHANGES = [
    Change(f"attempt:{number}", {"total": number}, {"total": None, "über": ["»'%(x)s\\ :y"]}) for number in (3, 1)
]


def entries() -> list[dict[str, object]]:
    found = audit.latest(before_id=None, limit=50).events
    columns = audit.AuditEvent.__table__.columns.keys()
    return [{name: getattr(one, name) for name in columns if name != "id"} for one in reversed(found)]


def test_many_are_what_each_by_itself_would_be(context: Flask, queries: Callable[[Callable[[], object]], int]) -> None:
    with transaction():
        actor = finance(1)
        statements = queries(lambda: audit.record_many(actor, "attempt.rescore", CHANGES, reason="“a”", now=NOW))
        assert statements == 1
        many = entries()
        for change in CHANGES:
            audit.record(actor, "attempt.rescore", **asdict(change), reason="“a”", now=NOW)
        session().flush()
        assert entries() == many * 2
        assert [one["subject"] for one in many] == ["attempt:3", "attempt:1"]
        assert queries(lambda: audit.record_many(actor, "attempt.rescore", [], now=NOW)) == 0
