"""Two at once over one project: a state is changed once, one joins once, a budget's alarm is told once."""

import pytest
from flask import Flask

from payroll.earnings.services import watch_budgets
from tests.factories import DAY, NOW, make_group, make_project, make_user, make_work, make_worker
from tests.factories.projects import make_guideline, make_manager
from tests.races.racing import at_once, names, one
from workforce.core.auth import Actor
from workforce.core.db import transaction
from workforce.projects.queries import project_by_code
from workforce.projects.services import change_state, publish_guideline
from workforce.projects.services.joining import join, remove
from workforce.workers.queries import worker_by_external_id

PROJECT_ROW = "SELECT FROM project FOR UPDATE"


def _begin(app: Flask) -> tuple[Actor, Actor, Actor]:
    with app.app_context(), transaction():
        project = make_project()
        make_guideline(project)
        make_worker(make_group(), "W1", email="w@example.com")
        both = [make_manager(project).actor for _ in range(2)]
        return both[0], both[1], make_user("worker", "w@example.com").actor


def _change(actor: Actor, action: str) -> None:
    with transaction():
        change_state(actor, project_by_code("FALCON"), action, reason="why", now=NOW, seen="open")


def _join(actor: Actor) -> bool:
    with transaction():
        return join(actor, project_by_code("FALCON"), worker_by_external_id("W1"), acknowledged=1, now=NOW)


@pytest.mark.parametrize("actions", [("pause", "pause"), ("pause", "close"), ("close", "close")])
def test_of_two_who_change_a_state_the_second_is_told(fresh_app: Flask, actions: tuple[str, str]) -> None:
    first, second, _ = _begin(fresh_app)
    calls = [lambda: _change(first, actions[0]), lambda: _change(second, actions[1])]
    assert names(at_once(fresh_app, *calls, behind=PROJECT_ROW)) == ["Moved", "done"]
    changes = "SELECT count(*) FROM audit_event WHERE action IN ('project.pause', 'project.close')"
    assert one(fresh_app, changes) == 1


def test_one_joins_once(fresh_app: Flask) -> None:
    *_, worker = _begin(fresh_app)
    outcomes = at_once(fresh_app, lambda: _join(worker), lambda: _join(worker), behind=PROJECT_ROW)
    assert sorted(outcomes) == [False, True]
    assert one(fresh_app, "SELECT count(*) FROM participation") == 1
    assert one(fresh_app, "SELECT count(*) FROM audit_event WHERE action = 'participation.joined'") == 1


def test_nobody_joins_what_was_paused_a_moment_before(fresh_app: Flask) -> None:
    manager, _, worker = _begin(fresh_app)
    outcomes = at_once(fresh_app, lambda: _change(manager, "pause"), lambda: _join(worker), behind=PROJECT_ROW)
    # Either she was first, or she is told; there is no third way.
    joined = one(fresh_app, "SELECT count(*) FROM participation")
    assert outcomes[0] is None
    assert joined == (outcomes[1] is True)


def test_one_who_is_taken_off_while_she_joins_is_off_or_was_never_on(fresh_app: Flask) -> None:
    manager, _, worker = _begin(fresh_app)
    with fresh_app.app_context():
        _join(worker)

    def take_off() -> None:
        with transaction():
            remove(manager, project_by_code("FALCON"), worker_by_external_id("W1"), reason="why", now=NOW)

    at_once(fresh_app, take_off, lambda: _join(worker), behind=PROJECT_ROW)
    assert one(fresh_app, "SELECT state FROM participation") == "removed"


def test_of_two_versions_the_second_waits_for_its_writer_to_read_the_first(fresh_app: Flask) -> None:
    first, second, _ = _begin(fresh_app)

    def publish(actor: Actor, body: str) -> None:
        with transaction():
            publish_guideline(actor, project_by_code("FALCON"), body, based_on=1, now=NOW)

    calls = [lambda: publish(first, "one"), lambda: publish(second, "two")]
    assert names(at_once(fresh_app, *calls, behind=PROJECT_ROW)) == ["GuidelinesDiffer", "done"]
    assert one(fresh_app, "SELECT max(number) FROM guideline") == 2


def test_managers_are_told_of_a_budget_once(fresh_app: Flask) -> None:
    _begin(fresh_app)
    with fresh_app.app_context(), transaction():
        project = project_by_code("FALCON")
        project.budget, project.budget_currency = 1_000_000, "USD"
        make_work(project, worker_by_external_id("W1"), rate="0.90")
    assert NOW.date() > DAY
    outcomes = at_once(fresh_app, *[lambda: watch_budgets(now=NOW)] * 2, behind=PROJECT_ROW)
    assert sorted(outcomes) == [0, 1]
    assert one(fresh_app, "SELECT count(*) FROM message WHERE kind = 'budget.alarm'") == 2
