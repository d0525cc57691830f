"""Reads on offers."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Select, func, select

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.projects.models import Project
from workforce.rates.models import RateOffer
from workforce.rates.rules import PersonalRate
from workforce.workers.models import Worker

Row = tuple[RateOffer, Worker, Project]


def personal_rates(project_id: int, worker_ids: Collection[int]) -> dict[int, list[PersonalRate]]:
    """Give the personal rates that workers have accepted on a project, past and future ones included, by worker."""
    query = select(RateOffer).where(
        RateOffer.project_id == project_id, RateOffer.worker_id.in_(worker_ids),
        RateOffer.kind == "personal_rate", RateOffer.state == "accepted",
    )  # fmt: skip
    found: dict[int, list[PersonalRate]] = {}
    for offer in session().scalars(query):
        found.setdefault(offer.worker_id, []).append(_rate(offer))
    return found


def rates_of_worker(worker_id: int, project_ids: Collection[int]) -> dict[int, list[PersonalRate]]:
    """Give the personal rates that a worker has accepted, by project."""
    query = select(RateOffer).where(
        RateOffer.worker_id == worker_id, RateOffer.project_id.in_(project_ids),
        RateOffer.kind == "personal_rate", RateOffer.state == "accepted",
    )  # fmt: skip
    found: dict[int, list[PersonalRate]] = {}
    for offer in session().scalars(query):
        found.setdefault(offer.project_id, []).append(_rate(offer))
    return found


def offers_on(project_id: int, *, start: int, limit: int) -> tuple[list[Row], int]:
    """Give a page of a project's offers, the latest first, and how many there are."""
    return _page(_rows().where(RateOffer.project_id == project_id), start, limit)


def offers_to(worker_id: int, *, start: int, limit: int) -> tuple[list[Row], int]:
    """Give a page of the offers that a worker may see: those that were approved, whatever became of them."""
    shown = _rows().where(RateOffer.worker_id == worker_id, RateOffer.state.in_(_SHOWN))
    return _page(shown.where(RateOffer.decided_by.is_not(None)), start, limit)


def to_approve(
    actor_id: int | None, project_ids: Collection[int] | None, *, start: int, limit: int
) -> tuple[list[Row], int]:
    """Give a page of the offers that wait for a second person, the oldest first, and how many there are.

    Args:
        actor_id: who looks; her own proposals are left out.
        project_ids: of the projects that she may decide on; None means all.
        start: how many to pass over.
        limit: how many at most.

    """
    query = _rows().where(RateOffer.state == "proposed")
    if actor_id is not None:
        query = query.where(RateOffer.proposed_by != actor_id)
    if project_ids is not None:
        query = query.where(RateOffer.project_id.in_(project_ids))
    return _page(query, start, limit, oldest_first=True)


def all_offers(*, start: int = 0, limit: int = 1000) -> tuple[list[Row], int]:
    """Give a page of all offers, the latest first, and how many there are."""
    return _page(_rows(), start, limit)


def offers_over(day: date, after: int, limit: int) -> Sequence[int]:
    """Give the ids of offers that wait for somebody though their last day is before a day, ascending.

    Args:
        day: that day.
        after: the id behind which they begin.
        limit: how many at most.

    """
    query = select(RateOffer.id).where(
        RateOffer.state.in_(("proposed", "approved")), RateOffer.valid_to < day, RateOffer.id > after
    )
    return session().scalars(query.order_by(RateOffer.id).limit(limit)).all()


_SHOWN = ("approved", "accepted", "declined", "lapsed")


def _rate(offer: RateOffer) -> PersonalRate:
    return PersonalRate(offer.id, offer.unit, offer.amount, offer.currency, offer.valid_from, offer.valid_to)


def _rows() -> Select[RateOffer, Worker, Project]:
    return (
        select(RateOffer, Worker, Project)
        .join(Worker, Worker.id == RateOffer.worker_id)
        .join(Project, Project.id == RateOffer.project_id)
    )


def _page(
    query: Select[RateOffer, Worker, Project], start: int, limit: int, *, oldest_first: bool = False
) -> tuple[list[Row], int]:
    count = session().scalars(select(func.count()).select_from(query.with_only_columns(RateOffer.id).subquery())).one()
    order = RateOffer.id if oldest_first else RateOffer.id.desc()
    found = session().execute(query.order_by(order).offset(start).limit(limit))
    return [(row[0], row[1], row[2]) for row in found], count


def hold_offer(offer_id: int) -> tuple[RateOffer, Worker, Project]:
    """Give an offer with whom and what it is for, as it is now, and keep others off it until the transaction ends.

    Raises:
        NotFound: there is none.

    """
    offer = session().get(RateOffer, offer_id, with_for_update=True, populate_existing=True)
    if offer is None:
        raise NotFound(thing="offer", name=offer_id)
    return offer, session().get_one(Worker, offer.worker_id), session().get_one(Project, offer.project_id)
