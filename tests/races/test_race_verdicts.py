"""Two verdicts on one submission at once: one counts, the other is refused, and it earns at most once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import NOW, make_group, make_project, make_work, make_worker
from tests.races.racing import at_once
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, session, transaction
from workforce.paydays.models import PayGroup
from workforce.tasks.models import Submission
from workforce.tasks.rules import ForbiddenMove
from workforce.tasks.services import OpenDays, Verdict, accept, decide, reject, reprice, reverse

Act = Callable[[Submission, PayGroup], Any]


def _accept(one: Submission, group: PayGroup) -> None:
    accept(SYSTEM, one, group, OpenDays(), decided_at=NOW, now=NOW)


def _reject(one: Submission, group: PayGroup) -> None:
    reject(SYSTEM, one, group, decided_at=NOW, reason="blurred", now=NOW)


def _reverse(one: Submission, group: PayGroup) -> None:
    reverse(SYSTEM, one, group, OpenDays(), decided_at=NOW, reason="copied", now=NOW)


def _reprice(one: Submission, group: PayGroup) -> None:
    reprice(SYSTEM, one, group, OpenDays(), rate=70_000, seconds=60, at=NOW, now=NOW)


@pytest.mark.parametrize(
    ("state", "first", "second", "sums", "refusals"),
    [
        ("submitted", _accept, _accept, {50_000}, {1}),
        ("submitted", _accept, _reject, {50_000}, {0, 1}),  # a rejection may be taken back, an acceptance not rejected
        ("rejected", _accept, _accept, {50_000}, {1}),
        ("accepted", _reverse, _reverse, {0}, {1}),
        ("accepted", _reverse, _reprice, {0}, {0, 1}),
        ("accepted", _reprice, _reprice, {70_000}, {0}),
    ],
)
def test_of_two_at_once_nothing_is_earned_twice(
    fresh_app: Flask, state: str, first: Act, second: Act, sums: set[int], refusals: set[int]
) -> None:
    with fresh_app.app_context(), transaction():
        make_work(make_project(), make_worker(make_group(), "W1"), state=state, source="S1")
    ready, refused = threading.Barrier(2), []

    def verdict(act: Act) -> Callable[[], None]:
        def run() -> None:
            try:
                with transaction():
                    one = session().scalars(select(Submission)).one()
                    group = session().scalars(select(PayGroup)).one()
                    ready.wait(10)  # both have seen it as it was
                    act(one, group)
            except ForbiddenMove as problem:
                refused.append(problem)

        return run

    at_once(fresh_app, verdict(first), verdict(second))
    with fresh_app.app_context(), transaction():
        ((total,),) = rows("SELECT coalesce(sum(amount), 0) FROM accepted_work")
        ((now, line),) = rows("SELECT state, accepted_line_id FROM submission")
        standing = rows("SELECT id FROM accepted_work w WHERE kind <> 'correction' AND NOT EXISTS"
                        " (SELECT FROM accepted_work c WHERE c.corrects_id = w.id)")  # fmt: skip
    assert total in sums
    assert [one.id for one in standing] == ([line] if now == "accepted" else [])
    assert len(refused) in refusals


def test_many_verdicts_are_given_and_one_that_came_too_late_keeps_no_other(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        group, project = make_group(), make_project()
        worker = make_worker(group, "W1")
        for number in range(4):
            make_work(project, worker, state="accepted" if number == 2 else "submitted", source=f"S{number}")
    with fresh_app.app_context(), transaction():
        ids = list(session().scalars(select(Submission.id).order_by(Submission.id)))
        group = session().scalars(select(PayGroup)).one()
        verdicts = [Verdict(key, "accept", group, NOW, rate=60_000, seconds=30) for key in reversed(ids)]
        refused = decide(SYSTEM, verdicts, OpenDays(), now=NOW)
    assert list(refused) == [ids[2]]
    with fresh_app.app_context(), transaction():
        paid = rows("SELECT submission_id AS id, sum(amount) AS earned FROM accepted_work GROUP BY 1")
        assert {one.id: one.earned for one in paid} == {
            key: 50_000 if number == 2 else 60_000 for number, key in enumerate(ids)
        }
