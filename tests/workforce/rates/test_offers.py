"""Offers: two people make one, nobody takes it back, the worker answers, and what she accepted is what she earns."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.factories import NOW, make_group, make_project, make_user, make_worker
from tests.factories.projects import make_manager
from tests.factories.rates import bonus, day, make_line, make_offer, make_participant, personal
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, run, session, transaction
from workforce.core.errors import Forbidden, Invalid, NotFound
from workforce.imports.services import Pay, WorkImport, import_work
from workforce.notifications.models import Message
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project
from workforce.rates.models import RateOffer
from workforce.rates.queries import offers_to, personal_rates
from workforce.rates.rules.offers import OfferStands
from workforce.rates.services import (
    BelowCard,
    NotComparable,
    OfferOver,
    OwnOffer,
    SecondPerson,
    Terms,
    answer_offer,
    decide_offer,
    lapse_offers,
    propose_offer,
    withdraw_offer,
)
from workforce.tasks.jobs import award_all_bonuses
from workforce.workers.models import Worker


class Cast(NamedTuple):
    """Who plays: a project, its manager, a second manager, somebody of finance, and a worker with her account."""

    project: Project
    group: PayGroup
    manager: Actor
    second: Actor
    finance: Actor
    worker: Worker
    face: Actor


@pytest.fixture
def cast(context: Flask) -> Cast:
    with transaction():
        project, group = make_project(), make_group()
        make_line(project, "0.50", valid_from=day(-60))
        worker, user = make_participant(project, group, country="KE")
        return Cast(
            project, group, make_manager(project).actor, make_manager(project).actor, make_user("finance").actor,
            worker, user.actor,
        )  # fmt: skip


def offered(cast: Cast, terms: Terms, *, accept: bool | None = None, approve: bool = True) -> int:
    with transaction():
        return make_offer(
            cast.project, cast.worker, terms, manager=cast.manager, second=cast.second if approve else None,
            answerer=None if accept is None else cast.face, accept=bool(accept),
        ).id  # fmt: skip


def seen(cast: Cast) -> list[str]:
    with transaction():
        return [offer.state for offer, _, _ in offers_to(cast.worker.id, start=0, limit=50)[0]]


def kinds(user: Actor) -> list[str]:
    with transaction():
        return [one.kind for one in session().query(Message).filter_by(user_id=user.id).order_by(Message.id)]


def take(cast: Cast, pieces: int, *, first: int = 1, state: str = "accepted", ago: int = 0) -> None:
    at = (NOW - timedelta(days=ago, hours=1)).isoformat()
    decided = "" if state == "submitted" else at
    lines = [f"S{number},{cast.worker.external_id},{state},{at},{decided}" for number in range(first, first + pieces)]
    file = "\n".join(["source,worker,status,submitted_at,decided_at", *lines])
    what = WorkImport("csv", cast.project, Pay.RATES, cast.group)
    report = import_work(SYSTEM, BytesIO(file.encode()), what, now=NOW)
    assert not report.refused, report.refused


def test_an_offer_is_seen_when_a_second_person_approved_it_and_not_before(cast: Cast) -> None:
    number = offered(cast, personal(), approve=False)
    assert (seen(cast), kinds(cast.face)) == ([], [])
    with pytest.raises(NotFound), transaction():
        answer_offer(cast.face, number, accept=True, now=NOW)
    with transaction():
        decide_offer(cast.finance, number, approve=True, reason="Fair", now=NOW)
    assert (seen(cast), kinds(cast.face)) == (["approved"], ["offer.rate"])
    with transaction():
        answer_offer(cast.face, number, accept=True, now=NOW)
    assert seen(cast) == ["accepted"]
    assert kinds(cast.manager)[-2:] == ["offer.decided", "offer.answered"]


def test_nobody_approves_what_she_proposed_nor_what_is_hers(cast: Cast) -> None:
    number = offered(cast, personal(), approve=False)
    with pytest.raises(SecondPerson), transaction():
        decide_offer(cast.manager, number, approve=True, reason="", now=NOW)
    with transaction():
        mine = Actor(cast.face.id, cast.face.email, cast.finance.permissions)
        stranger = make_manager().actor
    for actor, refusal in (
        (mine, OwnOffer), (stranger, NotFound), (cast.face, Forbidden), (SYSTEM, Invalid),
    ):  # fmt: skip
        with pytest.raises(refusal), transaction():
            decide_offer(actor, number, approve=True, reason="", now=NOW)
    with transaction():
        run("UPDATE worker SET user_id = :user WHERE id = :worker", user=cast.manager.id, worker=cast.worker.id)
        worker = session().get_one(Worker, cast.worker.id, populate_existing=True)
        with pytest.raises(OwnOffer):
            propose_offer(cast.manager, cast.project, worker, personal(), reason="me", now=NOW)


def test_what_was_approved_is_taken_back_by_nobody(cast: Cast) -> None:
    number = offered(cast, personal())
    for act in (
        lambda: withdraw_offer(cast.manager, number, now=NOW),
        lambda: decide_offer(cast.finance, number, approve=False, reason="No", now=NOW),
    ):
        with pytest.raises(OfferStands), transaction():
            act()
    for change in (
        "amount = 1", "valid_to = valid_from", "pieces = 3", "state = 'withdrawn'", "state = 'refused'",
        "state = 'proposed', decided_by = NULL, decided_at = NULL", "decided_by = decided_by + 1", "reason = 'x'",
        "worker_id = worker_id + 1",
    ):  # fmt: skip
        with pytest.raises(DBAPIError), transaction():
            session().execute(text(f"UPDATE rate_offer SET {change} WHERE id = :id"), {"id": number})
    for statement in ("DELETE FROM rate_offer", "TRUNCATE rate_offer"):
        with pytest.raises(DBAPIError), transaction():
            session().execute(text(statement))


def test_the_table_itself_asks_for_a_second_person(cast: Cast) -> None:
    number = offered(cast, personal(), approve=False)
    with pytest.raises(DBAPIError, match="second_person"), transaction():
        session().execute(
            text("UPDATE rate_offer SET state = 'approved', decided_by = proposed_by, decided_at = now()"
                 " WHERE id = :id"), {"id": number},
        )  # fmt: skip


def test_a_proposal_is_taken_back_or_refused_and_the_worker_never_learns_of_it(cast: Cast) -> None:
    with transaction():
        withdraw_offer(cast.manager, offered_id := _propose(cast), now=NOW)
    with pytest.raises(OfferStands), transaction():
        decide_offer(cast.second, offered_id, approve=True, reason="", now=NOW)
    number = offered(cast, personal(), approve=False)
    with pytest.raises(Invalid, match="why"), transaction():
        decide_offer(cast.second, number, approve=False, reason=" ", now=NOW)
    with transaction():
        decide_offer(cast.second, number, approve=False, reason="Too much", now=NOW)
    assert (seen(cast), kinds(cast.face)) == ([], [])
    with pytest.raises(NotFound), transaction():
        answer_offer(cast.face, number, accept=True, now=NOW)


def _propose(cast: Cast) -> int:
    return make_offer(cast.project, cast.worker, personal(), manager=cast.manager).id


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (personal("0.50"), BelowCard),
        (personal("0.40"), BelowCard),
        (personal("9", currency="EUR"), NotComparable),
        (personal("9", unit="hourly"), NotComparable),
        (personal(valid_from=day(-1)), Invalid),
        (personal(valid_from=day(3), valid_to=day(2)), Invalid),
        (personal(valid_to=day(400)), Invalid),
        (personal("0"), Invalid),
        (personal(unit=""), Invalid),
        (personal(pieces=3), Invalid),
        (bonus(pieces=0), Invalid),
        (bonus(unit="piece"), Invalid),
        (bonus("0"), Invalid),
    ],
)
def test_what_makes_no_sense_is_refused(cast: Cast, terms: Terms, refusal: type[Exception]) -> None:
    with pytest.raises(refusal), transaction():
        propose_offer(cast.manager, cast.project, cast.worker, terms, reason="Why", now=NOW)
    with transaction():
        assert session().query(RateOffer).count() == 0


def test_an_offer_is_answered_once_and_by_her_alone(cast: Cast) -> None:
    number = offered(cast, personal())
    with transaction():
        other = make_participant(cast.project, cast.group)[1].actor
    with pytest.raises(NotFound), transaction():
        answer_offer(other, number, accept=True, now=NOW)
    with transaction():
        answer_offer(cast.face, number, accept=False, now=NOW)
    with pytest.raises(OfferStands), transaction():
        answer_offer(cast.face, number, accept=True, now=NOW)


def test_an_offer_lapses_after_its_last_day_in_her_zone(cast: Cast) -> None:
    number, accepted = offered(cast, personal(valid_to=day(2))), offered(cast, personal(valid_to=day(2)), accept=True)
    waiting = offered(cast, bonus(valid_to=day(2)), approve=False)
    late = NOW + timedelta(days=2, hours=9, minutes=30)  # past midnight in Nairobi
    with pytest.raises(OfferOver), transaction():
        answer_offer(cast.face, number, accept=True, now=late)
    with pytest.raises(OfferOver), transaction():
        decide_offer(cast.second, waiting, approve=True, reason="", now=late)
    assert lapse_offers(now=late) == 0  # it is still that day elsewhere
    assert lapse_offers(now=late + timedelta(days=1)) == 2
    assert lapse_offers(now=late + timedelta(days=1)) == 0
    with transaction():
        states = {offer.id: offer.state for offer in session().query(RateOffer)}
    assert states == {number: "lapsed", accepted: "accepted", waiting: "lapsed"}
    assert sorted(seen(cast)) == ["accepted", "lapsed"]


def test_a_personal_rate_is_what_her_work_earns_from_its_first_day_to_its_last(cast: Cast) -> None:
    number = offered(cast, personal("0.80"), accept=True)
    with transaction():
        other = make_worker(cast.group, "OTHER", country="KE")
    take(cast, 1, ago=1)
    take(cast, 1, first=2)
    take(cast._replace(worker=other), 1, first=3)
    with transaction():
        found = rows("SELECT source, rate, offer_id, rate_id IS NOT NULL FROM submission ORDER BY source")
        assert personal_rates(cast.project.id, [cast.worker.id])[cast.worker.id][0].id == number
    assert [tuple(row) for row in found] == [
        ("S1", 500_000, None, True), ("S2", 800_000, number, True), ("S3", 500_000, None, True),
    ]  # fmt: skip


def test_an_offer_that_was_not_accepted_prices_nothing(cast: Cast) -> None:
    offered(cast, personal())
    offered(cast, personal(), accept=False)
    take(cast, 1)
    with transaction():
        assert rows("SELECT rate FROM submission")[0][0] == 500_000


def test_where_the_card_rises_above_her_own_rate_the_card_pays(cast: Cast) -> None:
    offered(cast, personal("0.80"), accept=True)
    with transaction():
        make_line(cast.project, "0.90", valid_from=day(0))
    take(cast, 1)
    with transaction():
        assert tuple(rows("SELECT rate, offer_id FROM submission")[0]) == (900_000, None)


def test_a_bonus_is_paid_once_when_its_pieces_are_accepted_net_of_what_was_taken_back(cast: Cast) -> None:
    number = offered(cast, bonus("10", 3), accept=True)
    take(cast, 2)
    take(cast, 2, first=10, ago=1)  # before its first day
    take(cast, 1, first=20, state="submitted")
    assert award_all_bonuses() == 0
    take(cast, 1, first=1, state="rejected")  # an acceptance that is taken back
    take(cast, 1, first=30)
    assert award_all_bonuses() == 0
    take(cast, 1, first=20)
    assert award_all_bonuses() == 1
    assert award_all_bonuses() == 0
    with transaction():
        (line,) = rows(
            "SELECT w.kind, w.amount, w.currency, w.quantity, s.source, s.offer_id, w.worker_id FROM accepted_work w"
            " JOIN submission s ON s.id = w.submission_id WHERE w.kind = 'bonus'"
        )
        assert session().get_one(RateOffer, number).earned_at == NOW
    assert tuple(line) == ("bonus", 10_000_000, "USD", 1, f"bonus:{number}", number, cast.worker.id)
    assert kinds(cast.face)[-1] == "bonus.earned"


@pytest.mark.parametrize("accept", [None, False])
def test_a_bonus_that_was_not_accepted_is_not_paid(cast: Cast, accept: bool | None) -> None:
    offered(cast, bonus(pieces=1), accept=accept)
    take(cast, 3)
    assert award_all_bonuses() == 0


def test_reading_offers_takes_the_same_statements_for_many(
    cast: Cast, queries: Callable[[Callable[[], object]], int]
) -> None:
    def read() -> Any:
        return seen(cast)

    offered(cast, personal())
    few = queries(read)
    for _ in range(5):
        offered(cast, bonus())
    assert queries(read) == few
