"""`daybook demo`, from an empty database to every state that money can be in."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from payroll.closing.models import Payslip, Run, RunFxRate
from payroll.ledger.models import Posting
from payroll.payouts.models import Order
from payroll.payouts.queries import PAYSLIP_STATE, PAYSLIP_STATE_JOINS
from workforce.core import clock, demo
from workforce.core.auth import SYSTEM
from workforce.core.db import db, rows, session, transaction
from workforce.core.settings import Settings
from workforce.paydays.models import PayGroup
from workforce.projects.services import create_project
from workforce.tasks.models import AcceptedWork, Submission
from workforce.workers.demo import FACE
from workforce.workers.models import Worker
from wsgi import cli, create_app

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
MakeDemo = Callable[..., Flask]


@pytest.fixture(scope="module")
def empty_app(
    make_database: Callable[..., str], template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeDemo]:
    """Give a function that makes an application on an empty database of its own."""
    made: list[Flask] = []

    def make(environment: str = "test") -> Flask:
        name = f"daybook_demo_{worker_id}_{len(made)}"
        settings = Settings(
            environment=environment, instance=tmp_path_factory.mktemp(name), database_url=make_database(name, template),
            secret_key="x" * 32,
        )  # fmt: skip
        app = create_app(settings)
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, CHUNK_WORKERS=1)
        made.append(app)
        return app

    yield make
    clock.freeze(None)
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def fill(app: Flask, *, workers: int = 30, seed: int = 7) -> None:
    with app.app_context():
        begun = demo.begin(workers=workers, days=4, seed=seed, now=NOW, applicants=12)
        assert begun is not None
        demo.finish(begun, lambda _name: lambda _done, _all: None)


def nets(app: Flask) -> list[tuple[str, str, str, int]]:
    query = (
        select(PayGroup.code, Payslip.pay_day, Worker.external_id, Payslip.net)
        .join(PayGroup, PayGroup.id == Payslip.group_id)
        .join(Worker, Worker.id == Payslip.worker_id)
    )
    with app.app_context(), transaction():
        return sorted((code, str(day), worker, net) for code, day, worker, net in session().execute(query))


@pytest.fixture(scope="module")
def made(empty_app: MakeDemo) -> Flask:
    """Give an application with a small demo, in a demo's environment."""
    app = empty_app("demo")
    fill(app)
    return app


def test_the_same_seed_gives_the_same_pay_and_another_seed_another(made: Flask, empty_app: MakeDemo) -> None:
    again, other = empty_app(), empty_app()
    with clock.standing_at(NOW + timedelta(hours=2)):  # the hour has no say in what is closed
        answer = CliRunner().invoke(cli, ["demo", "--workers", "30", "--days", "4", "--json"], obj=lambda: again)
    fill(other, seed=8, workers=12)
    document = json.loads(answer.stdout)
    assert (document["made"], document["days_closed"]) == (True, 6 * 3)
    assert document["payslips"] == len(nets(made))
    assert sum(document["payouts"].values()) > 10
    assert {one["currency"] for one in document["totals"]} == {"KES", "PHP", "VND", "INR", "VES", "USD"}
    assert len(nets(made)) > 40
    assert nets(again) == nets(made)
    assert not set(nets(other)) & set(nets(made))


def test_a_demo_that_was_stopped_is_finished_with_the_same_figures(
    made: Flask, empty_app: MakeDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = empty_app()

    class Stopped(Exception):
        pass

    def report(stop_at: str) -> Callable[[str], demo.Progress]:
        def reporter(name: str) -> demo.Progress:
            def progress(done: int, _all: int) -> None:
                if name == stop_at and done == 2:
                    raise Stopped

            return progress

        return reporter

    with app.app_context():
        for stop_at in ("workers", "work", "second thoughts", "days closed", "payouts"):
            begun = demo.begin(workers=30, days=4, seed=7, now=NOW, applicants=12)
            assert begun is not None
            with pytest.raises(Stopped):
                demo.finish(begun, report(stop_at))
        # Whatever is asked for, the one that was begun is finished.
        begun = demo.begin(workers=99, days=9, seed=1, now=NOW + timedelta(days=3))
        assert begun == demo.Demo(30, 4, 7, NOW, 12)
        demo.finish(begun, report(""))
        assert demo.begin(workers=30, days=4, seed=7, now=NOW, applicants=12) is None
    assert nets(app) == nets(made)


def test_the_books_balance_in_every_currency(made: Flask) -> None:
    with made.app_context(), transaction():
        query = select(Posting.currency, func.sum(Posting.amount)).group_by(Posting.currency)
        sums = {currency: int(total) for currency, total in session().execute(query)}
    assert set(sums) == {"KES", "PHP", "VND", "INR", "VES", "USD"}
    assert set(sums.values()) == {0}


def test_every_state_can_be_seen(made: Flask) -> None:
    with made.app_context(), transaction():
        runs = set(session().scalars(select(Run.state)))
        orders = set(session().scalars(select(Order.state)))
        again = set(session().scalars(select(Order.state).where(Order.number > 1)))
        payslips = {state for (state,) in rows(f"SELECT {PAYSLIP_STATE} FROM payslip slip {PAYSLIP_STATE_JOINS}")}
        work = set(session().scalars(select(Submission.state)))
        kinds = set(session().scalars(select(AcceptedWork.kind)))
        legs = {len(found) for found in session().scalars(select(RunFxRate.legs))}
    assert runs == {"computed", "approved", "released", "settled"}
    assert orders == {"created", "sent", "unknown", "paid", "failed"}
    assert again == {"paid"}
    assert payslips == {"accrued", "payable", "carried", "held", "sent", "paid", "failed"}
    assert work == {"submitted", "accepted", "rejected"}
    assert kinds == {"piece", "hourly", "correction", "onboarding"}
    assert legs == {1, 2}  # direct, and through the euro


def test_the_worker_who_is_shown_sees_what_failed_and_what_is_carried(made: Flask) -> None:
    with made.app_context(), transaction():
        found = rows(
            f"SELECT {PAYSLIP_STATE} FROM payslip slip {PAYSLIP_STATE_JOINS}"
            " WHERE slip.worker_id = (SELECT id FROM worker WHERE external_id = :face) ORDER BY slip.pay_day",
            face=FACE,
        )
    assert [state for (state,) in found] == ["failed", "carried", "accrued"]


def test_today_is_open_and_nothing_was_done_after_now(made: Flask) -> None:
    with made.app_context(), transaction():
        groups = session().scalars(select(PayGroup)).all()
        columns = (Submission.submitted_at, AcceptedWork.accepted_at, Order.sent_at, Run.computed_at)
        latest = [session().scalar(select(func.max(column))) for column in columns]
    assert all(group.open_day == clock.local_date(NOW, group.timezone) for group in groups)
    assert all(one is not None and one <= NOW for one in latest)


def test_every_login_works_and_is_shown_on_the_sign_in_page_of_a_demo_alone(made: Flask, empty_app: MakeDemo) -> None:
    page = made.test_client().get("/sign-in").text
    for _, email, password in demo.logins():
        assert email in page
        assert made.test_client().post("/sign-in", data={"email": email, "password": password}).status_code == 302
    assert demo.PASSWORD in page
    assert demo.PASSWORD not in empty_app("demo").test_client().get("/sign-in").text
    made.config["DAYBOOK"] = Settings(environment="production")
    try:
        assert demo.PASSWORD not in made.test_client().get("/sign-in").text
    finally:
        made.config["DAYBOOK"] = Settings(environment="demo")


def test_production_refuses_and_makes_no_account(empty_app: MakeDemo) -> None:
    app = empty_app("production")
    answer = CliRunner().invoke(cli, ["demo"], obj=lambda: app)
    assert answer.exit_code == 1
    assert "production" in answer.stderr
    with app.app_context(), transaction():
        assert rows("SELECT 1 FROM user_account") == []


def test_what_is_there_is_left_alone(made: Flask) -> None:
    before = nets(made)
    refused = CliRunner().invoke(cli, ["demo"], obj=lambda: made)
    passed = CliRunner().invoke(cli, ["demo", "--if-empty", "--json"], obj=lambda: made)
    assert (refused.exit_code, passed.exit_code) == (1, 0)
    assert '"made": false' in passed.stdout
    assert nets(made) == before


def test_a_database_with_anything_in_it_is_refused(empty_app: MakeDemo) -> None:
    app = empty_app()
    with app.app_context():
        with transaction():
            create_project(SYSTEM, "MOOSE", customer="Somebody", now=NOW)
        assert CliRunner().invoke(cli, ["demo"], obj=lambda: app).exit_code == 1


def test_nobody_closes_the_days_meanwhile(empty_app: MakeDemo) -> None:
    app = empty_app()
    with app.app_context(), demo.alone():
        answer = CliRunner().invoke(cli, ["demo"], obj=lambda: app)
        assert answer.exit_code == 1
        assert "Stop them first" in answer.stderr
