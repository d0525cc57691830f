"""A file reaches only what files brought: whatever it calls its pieces, it touches no paid training and no bonus."""

from decimal import Decimal
from io import BytesIO

import pytest

from tests.factories import NOW, make_group, make_project, make_user, make_work, make_worker
from tests.factories.projects import make_manager
from tests.factories.rates import bonus, day, make_line, make_offer, make_participant
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, session, transaction
from workforce.core.money import Money
from workforce.imports.services import Pay, WorkImport, WorkReport, import_work
from workforce.projects.models import Project
from workforce.tasks.jobs import award_all_bonuses
from workforce.training import services as training

HEAD = "source,worker,status,submitted_at,decided_at,reward,currency\n"
pytestmark = pytest.mark.usefixtures("context")


def take(text: str, project_id: int, *, actor: Actor = SYSTEM, pay: Pay = Pay.REWARD) -> WorkReport:
    with transaction():
        what = WorkImport("csv", session().get_one(Project, project_id), pay)
    return import_work(actor, BytesIO((HEAD + text).encode()), what, now=NOW)


def earned(origin: str) -> int:
    with transaction():
        return int(rows("SELECT coalesce(sum(w.amount), 0) FROM accepted_work w JOIN submission s ON s.id ="
                        " w.submission_id WHERE s.origin = :origin", origin=origin)[0][0])  # fmt: skip


def trained(external_id: str = "W1") -> tuple[int, Actor]:
    """Make a worker who finished a training that pays 2 USD; returns the project and its manager."""
    with transaction():
        project = make_project()
        manager = make_manager(project).actor
        worker = make_worker(make_group(), external_id, country="KE", email="w@example.com")
        actor = make_user("worker", "w@example.com").actor
        price = Money(Decimal(2), "USD")
        key = training.publish(SYSTEM, project, title="t", body="b", minutes=20, price=price, number=None, now=NOW).id
        training.start(actor, worker, key, now=NOW)
        assert training.finish(actor, worker, key, now=NOW)
        return project.id, manager


def sources(origin: str) -> list[str]:
    with transaction():
        return [one.source for one in rows("SELECT source FROM submission WHERE origin = :origin", origin=origin)]


def test_a_file_does_not_touch_what_training_paid() -> None:
    project_id, manager = trained()
    [source] = sources("training")
    for name in (source, "training:1:W1"):
        take(f"{name},W1,accepted,2026-11-20T11:00:00Z,2026-11-20T11:30:00Z,0.01,USD\n", project_id, actor=manager)
        take(f"{name},W1,rejected,2026-11-20T11:00:00Z,2026-11-20T11:45:00Z,0.01,USD\n", project_id, actor=manager)
    assert (earned("training"), earned("import")) == (2_000_000, 0)


def test_a_worker_with_a_long_id_is_paid_for_training() -> None:
    trained("W" * 190)
    assert earned("training") == 2_000_000


def test_a_file_does_not_take_a_bonus_back_and_does_not_stop_it() -> None:
    with transaction():
        project, group = make_project(), make_group()
        make_line(project, "0.50", valid_from=day(-60))
        manager, second = make_manager(project).actor, make_manager(project).actor
        offers = []
        for _ in range(2):
            worker, user = make_participant(project, group)
            offer = make_offer(project, worker, bonus(pieces=1), manager=manager, second=second, answerer=user.actor)
            make_work(project, worker, at=NOW, rate="0")
            offers.append((offer.id, worker.external_id))
        project_id = project.id
    taken = f"bonus:{offers[0][0]},{offers[0][1]},accepted,2026-11-18T09:00:00Z,,0.01,USD\n"
    assert take(taken, project_id).imported == 1
    assert award_all_bonuses() == 2
    assert earned("bonus") == 20_000_000
    back = f"bonus:{offers[1][0]},{offers[1][1]},rejected,2026-11-20T11:00:00Z,2026-11-20T12:00:00Z,,\n"
    take(back, project_id, actor=manager, pay=Pay.RATES)
    assert earned("bonus") == 20_000_000
