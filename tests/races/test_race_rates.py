"""Two managers change a card at once, a line meets the work that it would price, and two decide on one offer."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from tests.factories import NOW, make_group, make_project, make_user, make_worker
from tests.factories.projects import make_manager
from tests.factories.rates import bonus, day, make_line, make_offer, make_participant, personal
from tests.races.racing import at_once, names, one
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import transaction
from workforce.imports.services import Pay, WorkImport, WorkReport, import_work
from workforce.notifications.jobs import tell_crowds
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code
from workforce.rates.services import Terms, answer_offer, decide_offer, withdraw_offer
from workforce.tasks.jobs import award_all_bonuses
from workforce.workers.models import Worker
from workforce.workers.queries import worker_by_email

CARD_LOCK = "SELECT pg_advisory_xact_lock(6, id::int) FROM project"
CARDS_LOCK = "SELECT pg_advisory_xact_lock(6, 0)"
OFFER_LOCK = "SELECT id FROM rate_offer FOR UPDATE"
FILE = b"source,worker,status,submitted_at,decided_at\nS1,W1,accepted,2026-11-19T09:00:00Z,2026-11-19T10:00:00Z\n"


@pytest.fixture(autouse=True)
def managers(fresh_app: Flask) -> tuple[Actor, Actor]:
    """Make a project with a card, a worker who takes part, and two managers."""
    with fresh_app.app_context(), transaction():
        project = make_project()
        make_line(project, "0.50", valid_from=day(-60))
        group = make_group()
        make_worker(group, "W1")
        make_participant(project, group, email="w@example.com")
        return make_manager(project).actor, make_manager(project).actor


def adds(actor: Actor, rate: str, offset: int, *, general: bool = False) -> Callable[[], bool]:
    def call() -> bool:
        with transaction():
            project = None if general else project_by_code("FALCON")
            return make_line(project, rate, valid_from=day(offset), actor=actor, reason="Because")

    return call


def takes() -> WorkReport:
    with transaction():
        what = WorkImport("csv", project_by_code("FALCON"), Pay.RATES, group_by_code("KE"))
    return import_work(SYSTEM, BytesIO(FILE), what, now=NOW)


def test_of_two_rates_for_a_day_one_is_kept_and_the_other_is_refused(
    fresh_app: Flask, managers: tuple[Actor, Actor]
) -> None:
    first, second = managers
    outcomes = at_once(fresh_app, adds(first, "0.60", 8), adds(second, "0.70", 8), behind=CARD_LOCK)
    assert names(outcomes) == ["RateDiffers", "done"]
    assert one(fresh_app, "SELECT count(*) FROM rate WHERE valid_from > '2026-11-20'") == 1
    assert one(fresh_app, "SELECT count(*) FROM announcement") == 1


def test_the_same_line_twice_at_once_is_one_line(fresh_app: Flask, managers: tuple[Actor, Actor]) -> None:
    first, second = managers
    outcomes = at_once(fresh_app, adds(first, "0.60", 8), adds(second, "0.60", 8), behind=CARD_LOCK)
    assert sorted(outcomes) == [False, True]
    assert sorted(at_once(fresh_app, tell_crowds, tell_crowds)) == [0, 1]
    assert one(fresh_app, "SELECT count(*) FROM message WHERE kind = 'rate.raised'") == 1


def test_a_rise_and_a_lower_rate_for_a_sooner_day_at_once_leave_nobody_without_notice(
    fresh_app: Flask, managers: tuple[Actor, Actor]
) -> None:
    first, second = managers
    outcomes = at_once(fresh_app, adds(first, "0.90", 1), adds(second, "0.60", 3), behind=CARD_LOCK)
    # Whichever comes first: 0.60 after 0.90 lowers what was announced, and 0.90 before 0.60 is a rise.
    assert names(outcomes) in (["NoticeNeeded", "done"], ["done", "done"])
    if "NoticeNeeded" not in names(outcomes):
        assert one(fresh_app, "SELECT min(id) < max(id) FROM rate WHERE valid_from > '2026-11-20'")


def test_a_line_for_every_project_and_one_for_this_one_come_one_after_the_other(
    fresh_app: Flask, managers: tuple[Actor, Actor]
) -> None:
    calls = [adds(managers[0], "0.60", 8), adds(SYSTEM, "0.70", 8, general=True)]
    assert sorted(at_once(fresh_app, *calls, behind=CARDS_LOCK)) == [True, True]


def test_a_line_of_the_past_and_the_work_that_it_would_price_do_not_miss_each_other(fresh_app: Flask) -> None:
    outcomes = at_once(fresh_app, adds(SYSTEM, "0.55", -3), takes, behind=CARD_LOCK)
    kept = one(fresh_app, "SELECT count(*) FROM rate WHERE rate = 550000")
    assert names(outcomes) == (["done", "done"] if kept else ["RateBackwards", "done"])
    assert one(fresh_app, "SELECT rate FROM submission") == (550_000 if kept else 500_000)


def offer(app: Flask, manager: Actor, terms: Terms, second: Actor | None = None) -> int:
    with app.app_context(), transaction():
        worker = _worker()
        return make_offer(project_by_code("FALCON"), worker, terms, manager=manager, second=second).id


def _worker() -> Worker:
    found = worker_by_email("w@example.com")
    assert found is not None
    return found


def test_of_two_who_decide_on_an_offer_at_once_one_does(fresh_app: Flask, managers: tuple[Actor, Actor]) -> None:
    with fresh_app.app_context(), transaction():
        finance = make_user("finance").actor
    number = offer(fresh_app, managers[0], personal())

    def decide(actor: Actor, *, approve: bool) -> None:
        with transaction():
            decide_offer(actor, number, approve=approve, reason="So", now=NOW)

    def withdraw() -> None:
        with transaction():
            withdraw_offer(managers[0], number, now=NOW)

    calls = [lambda: decide(managers[1], approve=True), lambda: decide(finance, approve=False), withdraw]
    assert names(at_once(fresh_app, *calls, behind=OFFER_LOCK)) == ["OfferStands", "OfferStands", "done"]


def test_a_bonus_that_two_jobs_see_is_paid_once(fresh_app: Flask, managers: tuple[Actor, Actor]) -> None:
    number = offer(fresh_app, managers[0], bonus(pieces=1), managers[1])
    with fresh_app.app_context(), transaction():
        worker = _worker()
        face = Actor(1, worker.email, frozenset())
        answer_offer(face, number, accept=True, now=NOW)
        name = worker.external_id
    with fresh_app.app_context():
        with transaction():
            what = WorkImport("csv", project_by_code("FALCON"), Pay.RATES, group_by_code("KE"))
        at = NOW.isoformat().encode()
        import_work(
            SYSTEM, BytesIO(b"source,worker,status,submitted_at,decided_at\nS9," + name.encode() + b",accepted," + at
                            + b"," + at + b"\n"), what, now=NOW,
        )  # fmt: skip
    outcomes = at_once(fresh_app, award_all_bonuses, award_all_bonuses, behind=OFFER_LOCK)
    assert sorted(outcomes) == [0, 1]
    assert one(fresh_app, "SELECT count(*) FROM accepted_work WHERE kind = 'bonus'") == 1
