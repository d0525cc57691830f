"""Two people at once over one run: each step is taken once, and whoever comes second is told so."""

import pytest
from flask import Flask

from payroll.closing.services import close_day
from payroll.payouts.services import prepare as preparing
from payroll.payouts.services import prepare_released, release_run
from payroll.runs.services import approve, release, resolve
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_user, make_work, make_worker
from tests.races.racing import RUN, SMALL, approved, at_once, closed, names, one
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import run as execute
from workforce.core.db import transaction
from workforce.core.errors import DaybookError
from workforce.workers.queries import worker_by_external_id

RUN_ROW = "SELECT FROM payroll_run FOR UPDATE"


def approve_it(actor: Actor) -> None:
    with transaction():
        approve(actor, RUN, now=NOW)


def release_it(actor: Actor) -> None:
    release_run(actor, RUN, rail="sandbox", now=NOW)


def events(app: Flask, action: str) -> int:
    return int(one(app, "SELECT count(*) FROM audit_event WHERE action = :action", action=action))


def assert_released_once(app: Flask, workers: int) -> None:
    assert one(app, "SELECT count(*) FROM payslip_release") == workers
    assert one(app, "SELECT count(*), count(DISTINCT worker_id) FROM payout_order") == (workers, workers)
    kinds = "SELECT count(*) FILTER (WHERE kind = 'release'), count(*) FILTER (WHERE kind = 'order') FROM ledger_entry"
    assert one(app, kinds) == (workers, workers)


@pytest.mark.parametrize("people", [(0, 0), (0, 1)], ids=["one person twice", "two people"])
def test_a_run_is_approved_once(fresh_app: Flask, people: tuple[int, int]) -> None:
    both = closed(fresh_app)
    outcomes = at_once(fresh_app, *(lambda who=both[at]: approve_it(who) for at in people), behind=RUN_ROW)
    assert names(outcomes) == ["ForbiddenMove", "done"]
    assert events(fresh_app, "run.approve") == 1
    winner = both[people[outcomes.index(None)]]
    assert one(fresh_app, "SELECT approved_by FROM payroll_run") == winner.id


@pytest.mark.parametrize("same", [True, False], ids=["one person twice", "two people"])
def test_a_run_is_released_once(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch, *, same: bool) -> None:
    monkeypatch.setattr(preparing, "WORKERS_A_CHUNK", 4)
    _, second = approved(fresh_app)
    with fresh_app.app_context(), transaction():
        third = make_user("finance").actor
    people = [second, second if same else third]
    outcomes = at_once(fresh_app, *(lambda who=who: release_it(who) for who in people), behind=RUN_ROW)
    assert names(outcomes) == ["ForbiddenMove", "done"]
    assert events(fresh_app, "run.release") == 1
    assert one(fresh_app, "SELECT released_by FROM payroll_run") == people[outcomes.index(None)].id
    assert_released_once(fresh_app, 9)


def test_who_approves_cannot_release_at_the_same_moment(fresh_app: Flask) -> None:
    first, _ = closed(fresh_app)
    outcomes = at_once(fresh_app, lambda: approve_it(first), lambda: release_it(first), behind=RUN_ROW)
    assert outcomes[0] is None
    # Either there was nothing to release yet, or the run that was there had been approved by the same person.
    assert names(outcomes[1:]) in (["ForbiddenMove"], ["SamePerson"])
    assert one(fresh_app, "SELECT state FROM payroll_run") == "approved"


def test_orders_are_made_once_by_two_who_make_them(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "WORKERS_A_CHUNK", 2)
    _, second = approved(fresh_app)
    with fresh_app.app_context(), transaction():
        release(second, RUN, now=NOW)
    outcomes = at_once(
        fresh_app,
        *[lambda: prepare_released(rail="sandbox", now=NOW)] * 3,
        behind=RUN_ROW,
    )
    assert sum(outcomes) == 9
    assert_released_once(fresh_app, 9)


def test_an_exception_is_resolved_once(fresh_app: Flask) -> None:
    first, second = closed(fresh_app)
    with fresh_app.app_context(), transaction():
        execute(
            "INSERT INTO run_exception (group_id, pay_day, severity, code, worker_id, params, reason)"
            " SELECT group_id, pay_day, 'error', 'negative_net', min(worker_id), '{}', '' FROM payslip GROUP BY 1, 2"
        )
    number = one(fresh_app, "SELECT id FROM run_exception")

    def look(actor: Actor) -> None:
        with transaction():
            resolve(actor, RUN, number, reason=f"seen by {actor.email}", now=NOW)

    behind = "SELECT FROM run_exception FOR UPDATE"
    outcomes = at_once(fresh_app, lambda: look(first), lambda: look(second), behind=behind)
    assert names(outcomes) == ["ResolvedAlready", "done"]
    assert events(fresh_app, "exception.resolve") == 1


def test_a_worker_of_two_groups_whose_runs_are_released_at_once_is_paid_each_micro_once(fresh_app: Flask) -> None:
    """She moved from one group to another, with pay in both; other workers stand before and behind her in each."""
    runs = [f"KE-{DAY}", f"UG-{DAY}"]
    with fresh_app.app_context():
        with transaction():
            groups = [make_group("KE", currency="KES"), make_group("UG", timezone="Africa/Kampala", currency="KES")]
            project = make_project()
            make_fx("USD", "KES", "129.2537")
            workers = [make_worker(groups[number % 2], f"W{number}", currency="KES") for number in range(6)]
            for worker in workers:
                make_work(project, worker, rate="0.0333")
        with transaction():
            execute("UPDATE worker SET group_id = :ke + :ug - group_id", ke=groups[0].id, ug=groups[1].id)
        with transaction():
            for number in range(6):
                make_work(project, worker_by_external_id(f"W{number}"), rate="0.0444")
            people = [make_user("finance").actor for _ in range(2)]
        for code, name in zip(("KE", "UG"), runs, strict=True):
            close_day(SYSTEM, code, DAY, now=NOW, policy=SMALL)
            with transaction():
                approve(people[0], name, now=NOW)
    calls = [lambda name=name: release_run(people[1], name, rail="sandbox", now=NOW) for name in runs]
    outcomes = at_once(fresh_app, *calls, behind="SELECT FROM worker FOR UPDATE")
    assert names(outcomes) == ["done", "done"]
    assert one(fresh_app, "SELECT count(*) FROM payslip_release") == 12
    # All that was earned was ordered, but for what is less than a cent: rounded once a worker, not once a run.
    slips = "(SELECT sum(net)::bigint AS net FROM payslip GROUP BY worker_id) one"
    earned = one(fresh_app, f"SELECT sum(net / 10000 * 10000)::bigint FROM {slips}")
    assert one(fresh_app, "SELECT sum(amount)::bigint FROM payout_order") == earned
    balances = "(SELECT sum(amount) AS amount FROM posting WHERE account = 'payable' GROUP BY party_id) one"
    least, most = one(fresh_app, f"SELECT min(-amount)::bigint, max(-amount)::bigint FROM {balances}")
    assert 0 <= least <= most < 10_000


def test_what_is_refused_is_a_refusal_in_words(fresh_app: Flask) -> None:
    both = closed(fresh_app, 1)
    outcomes = at_once(fresh_app, *(lambda who=who: approve_it(who) for who in both), behind=RUN_ROW)
    (refusal,) = [one for one in outcomes if one is not None]
    assert isinstance(refusal, DaybookError)
    assert str(refusal) == f"Run {RUN} is approved; it cannot be moved by “approve” now."
