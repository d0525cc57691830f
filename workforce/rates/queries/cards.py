"""Reads on rate cards: the lines that can hold, who entered them, who was told and who has read it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from workforce.core import locks
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.projects.models import Project
from workforce.projects.queries import must_manage, project_by_code
from workforce.rates.models import Rate, RateAcknowledgement, RateNotice
from workforce.rates.rules import RateLine
from workforce.skills.models import SkillTest


def line_of(rate: Rate) -> RateLine:
    """Give a stored line as the rules know it."""
    return RateLine(
        rate.id, rate.project_id, rate.level, rate.country, rate.kind, rate.currency, rate.rate, rate.valid_from
    )


def rate_card(project_id: int) -> list[RateLine]:
    """Give every line that can hold for a project, past and future ones included."""
    return rate_cards([project_id])[project_id]


def rate_cards(project_ids: Collection[int]) -> dict[int, list[RateLine]]:
    """Give the cards of projects by the project's id; the lines for any project are on each."""
    query = select(Rate).where(or_(Rate.project_id.in_(project_ids), Rate.project_id.is_(None))).order_by(Rate.id)
    cards: dict[int, list[RateLine]] = {project_id: [] for project_id in project_ids}
    for rate in session().scalars(query):
        line = line_of(rate)
        for project_id in project_ids if rate.project_id is None else [rate.project_id]:
            cards[project_id].append(line)
    return cards


def project_to_read(actor: Actor, code: str) -> Project:
    """Give the project of a code name to somebody who may read its card: a manager her own, finance and admins any.

    Raises:
        NotFound: there is none, or it is not hers.

    """
    found = project_by_code(code)
    if not actor.may("rates:floors:read"):
        must_manage(actor, found)
    return found


def known_levels() -> list[str]:
    """Give the levels that certifications and cards know of."""
    tests = select(SkillTest.level).where(SkillTest.level != "")
    lines = select(Rate.level).where(Rate.level != "")
    return sorted(session().scalars(tests.union(lines)))


def hold_card(project_id: int) -> list[RateLine]:
    """Give a project's card and keep new lines off it until the transaction ends.

    Whoever freezes prices reads the card so: a line that reaches back to days of that work either stands on it, or is
    refused since the work is there.
    """
    locks.shared(locks.RATES, 0)
    locks.shared(locks.RATES, project_id)
    return rate_card(project_id)


def lines_by_id(rate_ids: Collection[int]) -> dict[int, RateLine]:
    """Give lines by their id."""
    return {rate.id: line_of(rate) for rate in session().scalars(select(Rate).where(Rate.id.in_(rate_ids)))}


def history(project_id: int, *, start: int, limit: int) -> tuple[Sequence[Rate], int]:
    """Give a page of the lines of a project and of every project, the last entered first, and how many there are."""
    query = select(Rate).where(or_(Rate.project_id == project_id, Rate.project_id.is_(None)))
    count = session().scalars(select(func.count()).select_from(query.subquery())).one()
    return session().scalars(query.order_by(Rate.id.desc()).offset(start).limit(limit)).all(), count


@dataclass(frozen=True)
class Told:
    """How many were told of a line, for how many it pays less, and how many of these have said that they read it."""

    told: int
    lowered: int
    acknowledged: int


def told_of(project_id: int, rate_ids: Collection[int]) -> dict[int, Told]:
    """Give who was told of lines on a project, by the line's id; a line that nobody was told of is left out."""
    query = (
        select(
            RateNotice.rate_id, func.count(), func.count().filter(RateNotice.lowered),
            func.count(RateAcknowledgement.at).filter(RateNotice.lowered),
        )
        .outerjoin(
            RateAcknowledgement,
            (RateAcknowledgement.rate_id == RateNotice.rate_id)
            & (RateAcknowledgement.worker_id == RateNotice.worker_id),
        )
        .where(RateNotice.project_id == project_id, RateNotice.rate_id.in_(rate_ids))
        .group_by(RateNotice.rate_id)
    )  # fmt: skip
    return {row[0]: Told(*row[1:]) for row in session().execute(query)}


@dataclass(frozen=True)
class News:
    """What a worker was told of a line.

    Attributes:
        rate_id: of the line.
        project: its code name.
        day: the first day on which it changes what she earns.
        lowered: does it pay her less?
        old: what would have held on that day, or None.
        new: the line.
        read: has she said that she read it?

    """

    rate_id: int
    project: str
    day: date
    lowered: bool
    old: RateLine | None
    new: RateLine
    read: bool


def news_of(worker_id: int, *, limit: int, start: int = 0) -> tuple[list[News], int]:
    """Give what a worker was told of rates, the latest first, and how much there is in all."""
    mine = RateNotice.worker_id == worker_id
    count = session().scalars(select(func.count()).select_from(RateNotice).where(mine)).one()
    query = (
        select(RateNotice, Project.code, RateAcknowledgement.at)
        .join(Project, Project.id == RateNotice.project_id)
        .outerjoin(
            RateAcknowledgement,
            (RateAcknowledgement.rate_id == RateNotice.rate_id)
            & (RateAcknowledgement.worker_id == RateNotice.worker_id),
        )
        .where(mine)
        .order_by(RateNotice.told_at.desc(), RateNotice.rate_id.desc(), RateNotice.project_id)
        .offset(start)
        .limit(limit)
    )
    found = session().execute(query).all()
    wanted = {key for notice, _, _ in found for key in (notice.rate_id, notice.old_rate_id) if key is not None}
    lines = lines_by_id(wanted)
    return [
        News(
            notice.rate_id, code, notice.day, notice.lowered, lines.get(notice.old_rate_id or 0),
            lines[notice.rate_id], read is not None,
        )
        for notice, code, read in found
    ], count  # fmt: skip
