"""What projects pay a worker today, by the task and by the hour, as she is told before she joins and afterwards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import select

from workforce.core.db import session
from workforce.core.money import Money, estimate
from workforce.projects.models import Participation, Project
from workforce.projects.queries import median_seconds
from workforce.projects.rules import Pay
from workforce.rates.queries.cards import rate_cards
from workforce.rates.queries.concerned import certified, work
from workforce.rates.queries.offers import rates_of_worker
from workforce.rates.rules import Held, RateLine, basis, best_line, both_ways, levels_on, personal_rate, rate_in_force
from workforce.workers.models import Worker
from workforce.workers.queries import today_of, zone_of


@dataclass(frozen=True)
class Holding:
    """What holds for a worker on a project on a day.

    Attributes:
        kind: piece or hourly.
        money: a piece or an hour.
        line: of the card, or None where it has none for her.
        personal: does a personal rate hold instead of it?
        least: is it what the lowest level pays, since she has no level yet and nothing holds without one?

    """

    kind: str
    money: Money
    line: RateLine | None
    personal: bool = False
    least: bool = False


def holding(worker: Worker | None, projects: Sequence[Project], now: datetime) -> dict[int, Holding]:
    """Give what holds for work that a worker begins now, by the project's id; one without a rate for her is left out.

    It is what her work is paid: `rules.basis` decides day and level for both.

    Args:
        worker: or None for somebody who is not one yet.
        projects: that it is about.
        now: the instant.

    """
    ids = [project.id for project in projects]
    cards = rate_cards(ids)
    certificates = _certified(worker, ids)
    zone = zone_of(worker) if worker else "UTC"
    own = rates_of_worker(worker.id, ids) if worker else {}
    found = {}
    for project_id in ids:
        day, levels = basis(certificates.get(project_id, ()), now, zone)
        country = worker.country if worker else ""
        line = best_line(cards[project_id], project_id=project_id, levels=levels, country=country, day=day)
        mine = personal_rate(line, own.get(project_id, ()), day)
        if mine is not None:
            money = Money.of_micros(mine.rate, mine.currency)
            found[project_id] = Holding(mine.unit, money, line, personal=True)
        elif line is not None:
            found[project_id] = Holding(line.kind, Money.of_micros(line.rate, line.currency), line)
        elif (lowest := _lowest(cards[project_id], project_id, country, day)) is not None:
            money = Money.of_micros(lowest.rate, lowest.currency)
            found[project_id] = Holding(lowest.kind, money, lowest, least=True)
    return found


def _lowest(card: Collection[RateLine], project_id: int, country: str, day: date) -> RateLine | None:
    """Give the line of the level that pays least in a country."""
    levels = sorted({line.level for line in card if line.level})
    held = [rate_in_force(card, project_id=project_id, level=level, country=country, day=day) for level in levels]
    lines = [line for line in held if line is not None]
    alike = [line for line in lines if (line.kind, line.currency) == (lines[0].kind, lines[0].currency)]
    return min(alike, key=lambda line: line.rate, default=None)


def _certified(worker: Worker | None, project_ids: Collection[int]) -> dict[int, Sequence[Held]]:
    """Give a worker's certifications by project."""
    if worker is None or worker.user_id is None:
        return {}
    found = certified([worker.user_id], project_ids)
    return {project_id: held for (_, project_id), held in found.items()}


def projects_of(worker: Worker, *, since: date) -> Sequence[Project]:
    """Give the projects that a worker takes part in, or has worked on since a day, by code name."""
    joined = select(Participation.project_id).where(
        Participation.worker_id == worker.id, Participation.state == "joined"
    )
    query = select(Project).where(Project.id.in_(joined) | Project.id.in_(work().projects_of(worker.id, since)))
    return session().scalars(query.order_by(Project.code)).all()


class Coming(NamedTuple):
    """A line that will change what a worker earns on a project."""

    project: Project
    line: RateLine


def coming(worker: Worker, projects: Sequence[Project], today: date) -> list[Coming]:
    """Give what will hold for a worker on projects on each later day on which that changes, the soonest first."""
    ids = [project.id for project in projects]
    cards = rate_cards(ids)
    certificates, zone = _certified(worker, ids), zone_of(worker)
    found = []
    for project in projects:
        card = cards[project.id]
        days = [today, *sorted({line.valid_from for line in card if line.valid_from > today})]
        held = [levels_on(certificates.get(project.id, ()), day, zone) or {""} for day in days]
        lines = [
            best_line(card, project_id=project.id, levels=levels, country=worker.country, day=day)
            for day, levels in zip(days, held, strict=True)
        ]
        found += [Coming(project, after) for before, after in pairwise(lines) if after is not None and after != before]
    return sorted(found, key=lambda one: (one.line.valid_from, one.project.code))


def what_projects_pay(worker: Worker | None, projects: Sequence[Project], now: datetime) -> Mapping[int, Sequence[Pay]]:
    """Give what projects pay a worker: the rate itself first, then the same by the hour, or by the task.

    The second one follows from the time that a task is expected to take, or really takes of late where the project does
    not say; without either there is none. Beside an amount in another currency stands the worker's own, about.
    """
    held, day = holding(worker, projects, now), today_of(worker, now)
    unsaid = [project.id for project in projects if project.expected_seconds is None and project.id in held]
    medians = median_seconds(unsaid, day)
    made = {}
    for project in projects:
        if project.id in held:
            one = held[project.id]
            seconds = project.expected_seconds or medians.get(project.id, 0)
            amounts = both_ways(one.kind, one.money.micros, seconds)
            made[project.id] = [
                _pay(kind, Money.of_micros(micros, one.money.currency), worker, day, least=one.least)
                for kind, micros in amounts.items()
            ]
    return made


def _pay(kind: str, money: Money, worker: Worker | None, day: date, *, least: bool) -> Pay:
    other = worker is not None and worker.currency != money.currency
    return Pay(kind, money, estimate(money, worker.currency, day) if worker and other else None, least=least)
