"""Who is concerned by a change of a card: who takes part in the project, and who has worked on it of late.

Work stands above rates, so what it knows is asked for through a registry that workforce/__init__.py fills in.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select

from workforce.core.db import session
from workforce.projects.models import Participation, Requirement
from workforce.projects.queries import took_part
from workforce.rates.rules import Held, levels_on
from workforce.skills.models import Certification
from workforce.skills.queries.scoring import among
from workforce.workers.models import Worker

# Who has worked on a project within so many days is concerned, though she take no part in it.
LATELY: Final = timedelta(days=30)


class Doer(NamedTuple):
    """Somebody who worked on a project of late, and the levels named by the lines that priced it.

    An empty level stands for work that was priced by a line for any level, or by a file's own reward.
    """

    project_id: int
    worker_id: int
    levels: frozenset[str]


class Priced(NamedTuple):
    """Work that was priced by a line, for workers of one country (empty where not known)."""

    rate_id: int
    country: str


class Slice(NamedTuple):
    """Some of all workers, those with ids from the first to the last one, and the instant from which on they count."""

    at: datetime
    first: int
    last: int


@dataclass(frozen=True)
class WorkTeller:
    """What work tells rates. None stands for every project.

    Attributes:
        doers: gives who worked on a project since a day, in any zone, and of these workers alone (None: of all).
        priced: gives which lines priced work that was begun on a day or later, in the worker's group's zone.
        any_work: has anybody ever worked on it?
        projects_of: gives the ids of the projects that a worker worked on since a day.
        counted: gives how many pieces count for offers of bonuses, by the offer's id.

    """

    doers: Callable[[int | None, date, Slice | None], Iterable[Doer]]
    priced: Callable[[int | None, date], Iterable[Priced]]
    any_work: Callable[[int | None], bool]
    projects_of: Callable[[int, date], Collection[int]]
    counted: Callable[[Collection[int]], Mapping[int, int]]


def _nobody(*_: object) -> tuple[()]:
    return ()


_tellers: Final[dict[str, WorkTeller]] = {}
_NOTHING: Final = WorkTeller(_nobody, _nobody, lambda _: False, _nobody, lambda _: {})


def set_work_teller(teller: WorkTeller) -> None:
    """Say who knows of work, once however often an application is made."""
    _tellers["work"] = teller


def work() -> WorkTeller:
    """Give who knows of work."""
    return _tellers.get("work", _NOTHING)


@dataclass(frozen=True)
class Person:
    """Somebody whom a change may concern.

    Attributes:
        project_id: that she works on.
        worker_id: who she is.
        user_id: her account, or None where she has none.
        country: ISO 3166 alpha-2, empty where not known.
        levels: at which her work may be priced; None where that is not known, and any is possible.

    """

    project_id: int
    worker_id: int
    user_id: int | None
    country: str
    levels: frozenset[str] | None


def concerned(project_id: int | None, *, today: date, part: Slice | None = None) -> list[Person]:
    """Give everybody whom a change of a project's card may concern; of every project's for None.

    Args:
        project_id: of the project.
        today: certifications are those that stand on it, and work counts from 30 days before it.
        part: only these workers, who took part at its instant or do now; None gives all who take part now.

    """
    doers = {(one.project_id, one.worker_id): one.levels for one in work().doers(project_id, today - LATELY, part)}
    query = select(Participation.project_id, Participation.worker_id)
    if part is None:
        query = query.where(Participation.state == "joined")
    else:
        query = query.where(took_part(part.at), Participation.worker_id.between(part.first, part.last))
    if project_id is not None:
        query = query.where(Participation.project_id == project_id)
    taking_part = {(row[0], row[1]) for row in session().execute(query)}
    keys = sorted(taking_part | doers.keys())
    who = _workers({worker_id for _, worker_id in keys})
    held = certified({user for user, _ in who.values() if user is not None}, {key for key, _ in keys})
    people = []
    for key in keys:
        user_id, country = who[key[1]]
        levels = levels_on(held.get((user_id or 0, key[0]), ()), today, "UTC")
        people.append(Person(key[0], key[1], user_id, country, _levels(levels, doers.get(key))))
    return people


def _levels(held: frozenset[str], worked: frozenset[str] | None) -> frozenset[str] | None:
    """Put together at which levels somebody's work may be priced."""
    if worked is None:
        return held or frozenset({""})
    return None if "" in worked else held | worked


def _workers(worker_ids: Collection[int]) -> dict[int, tuple[int | None, str]]:
    """Give account and country of workers."""
    query = select(Worker.id, Worker.user_id, Worker.country).where(among(Worker.id, worker_ids))
    return {row[0]: (row[1], row[2]) for row in session().execute(query)} if worker_ids else {}


def certified(user_ids: Collection[int], project_ids: Collection[int]) -> Mapping[tuple[int, int], Sequence[Held]]:
    """Give the certifications that people hold, or once held, among those that projects require.

    Args:
        user_ids: accounts.
        project_ids: of the projects.

    Returns:
        by account and project; who never held any is left out.

    """
    if not user_ids or not project_ids:
        return {}
    query = (
        select(
            Certification.user_id, Requirement.project_id, Certification.level, Certification.granted_at,
            Certification.revoked_at, Certification.expires_on,
        )
        .join(Requirement, Requirement.test_id == Certification.test_id)
        .where(
            Certification.kind == "worker", among(Certification.user_id, user_ids),
            Requirement.project_id.in_(project_ids),
        )
    )  # fmt: skip
    found: dict[tuple[int, int], list[Held]] = {}
    for user_id, project_id, level, granted_at, ended_at, expires_on in session().execute(query):
        found.setdefault((user_id, project_id), []).append(Held(level, granted_at, ended_at, expires_on))
    return found
