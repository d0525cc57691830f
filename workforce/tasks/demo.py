"""Demo: days of work, reviewed in office hours, with second thoughts afterwards.

A few people do most of it, and less is done at weekends. Nothing here depends on the hour at which the demo is made,
but for what is still going on today.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Final, NamedTuple

from sqlalchemy import func, select

from workforce.core.clock import local_date
from workforce.core.commands import table
from workforce.core.db import session, transaction
from workforce.core.demo import LOGINS, Demo, Progress, Step, Told
from workforce.identity.queries import user_by_email
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import groups
from workforce.paydays.rules import at_wall_time
from workforce.projects.models import Project
from workforce.projects.queries import projects
from workforce.rates.demo import LEVELS
from workforce.rates.queries import rate_card
from workforce.rates.rules import Basis
from workforce.rates.services import Quote, quote
from workforce.tasks.models import AcceptedWork, Submission
from workforce.tasks.services import NewWork, OpenDays, accept, record_work, reprice, reverse
from workforce.workers.demo import FACE
from workforce.workers.models import Worker

# From whom more is taken back than she earns, and how many days ago.
TAKEN_BACK: Final = {"KE-0002": 1, "VE-0002": 2, "PH-0002": 5}
# Days ago on which the worker who is shown did a single label, too little to be sent.
FACE_RESTS: Final = frozenset({2, 7})
# Of whose work something is taken back, how many days ago.
_CORRECTED: Final = {**TAKEN_BACK, FACE: 5}
_CHUNK: Final = 500
_REVIEW_OPENS, _REVIEW_SHUTS = time(8), time(17, 30)  # the last verdict falls before any group's cut-off
_WORK_ENDS: Final = time(22, 30)
_WEEKEND: Final = 55  # per cent of a weekday's people, and of their pieces


class _Habit(NamedTuple):
    """How somebody works: share of the crowd, per cent of days, and pieces on such a day."""

    share: int
    presence: int
    least: int
    most: int


_HABITS: Final = (_Habit(4, 95, 24, 44), _Habit(26, 78, 6, 18), _Habit(70, 42, 1, 6))
# The first two of every country work daily, so that the smallest of crowds has something to show everywhere.
_STEADY: Final = ("-0001", "-0002")
_STEADY_HABIT: Final = _Habit(0, 100, 7, 11)
_FACE_HABIT: Final = _Habit(0, 100, 10, 16)


class _Task(NamedTuple):
    """Least and most seconds, and how many come in a row at most."""

    least: int
    most: int
    row: int


_TASKS: Final = {
    "FALCON": _Task(120, 540, 1),
    "HERON": _Task(600, 2100, 1),
    "LYNX": _Task(12, 55, 6),
    "OTTER": _Task(300, 1500, 1),
    "TAPIR": _Task(420, 1300, 1),
}
# Why a reviewer rejects a task.
_REASONS: Final = {
    "FALCON": ("The ranking contradicts its own explanation.", "Both replies got the same note, word for word."),
    "HERON": ("The last step does not follow from the one before.", "The answer is right, the proof is missing."),
    "LYNX": ("The box leaves out half of the vehicle.", "Labelled as a cyclist; it is a pedestrian."),
    "OTTER": ("The recording was not played to the end.", "The transcript skips the second speaker."),
    "TAPIR": ("Copied from a public website.", "Under the agreed 120 words.", "Not in the language asked for."),
}
# Why an acceptance is taken back.
_REVERSED: Final = (
    "An audit found the answers copied.",
    "The same text was handed in by two accounts.",
    "Fails the customer's hidden check.",
)


@dataclass(frozen=True, slots=True)
class _Person:
    """A worker and what the seed decided about her."""

    worker: Worker
    group: PayGroup
    level: str
    codes: Sequence[str]
    habit: _Habit
    hour: int

    @property
    def prompt(self) -> bool:
        """Is her work reviewed at once, so that each day's pay is known beforehand?"""
        return self.habit.share == 0


class _Desk:
    """Projects, their rates and the numbers of their tasks."""

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {project.code: project for project in projects()}
        self._cards = {code: rate_card(project.id) for code, project in self.projects.items()}
        self._quotes: dict[tuple[str, str, str, date], Quote] = {}
        self._serials = {code: count(1) for code in self.projects}

    def source(self, code: str) -> str:
        return f"{code.lower()}-{next(self._serials[code]):06d}"

    def quote(self, code: str, person: _Person, claimed_at: datetime) -> Quote:
        key = (code, person.level, person.worker.country, local_date(claimed_at, person.group.timezone))
        if key not in self._quotes:
            self._quotes[key] = quote(
                self._cards[code], self.projects[code], basis=Basis(key[3], frozenset({key[1]})), country=key[2],
            )  # fmt: skip
        return self._quotes[key]


def _person(demo: Demo, worker: Worker, group: PayGroup) -> _Person:
    chance = demo.random("person", worker.external_id)
    habit = chance.choices(_HABITS, [one.share for one in _HABITS])[0]
    level = chance.choices(LEVELS, (50, 35, 15))[0]
    codes: Sequence[str] = chance.sample(sorted(_TASKS), chance.randint(1, 3))
    hour = chance.choice((6, 7, 7, 8, 8, 8, 9, 9, 10, 11, 13, 15, 17))
    if worker.external_id == FACE:
        return _Person(worker, group, "L2", ("FALCON", "LYNX", "OTTER", "TAPIR"), _FACE_HABIT, 7)
    if worker.external_id.endswith(_STEADY):
        return _Person(worker, group, level, ("FALCON", "OTTER", "TAPIR"), _STEADY_HABIT, 7)
    return _Person(worker, group, level, codes, habit, hour)


def _tasks_of(chance: Random, person: _Person, day: date, age: int) -> list[str]:
    """Decide which tasks somebody does on a day: their project codes, in order."""
    if TAKEN_BACK.get(person.worker.external_id) == age:
        return []
    if person.worker.external_id == FACE and age in FACE_RESTS:
        return ["LYNX"]
    share = _WEEKEND if day.weekday() >= 5 and not person.prompt else 100
    if chance.randrange(100) * 100 >= person.habit.presence * share:
        return []
    number = max(1, chance.randint(person.habit.least, person.habit.most) * share // 100)
    codes = [chance.choice(person.codes) for _ in range(number)]
    return [code for code in codes for _ in range(chance.randint(1, _TASKS[code].row))]


def _day_of(demo: Demo, desk: _Desk, person: _Person, age: int) -> Iterator[tuple[str, NewWork]]:
    """Give what somebody hands in on the day that was so many days ago, project by project code."""
    chance = demo.random("day", person.worker.external_id, age)
    zone = person.group.timezone
    day = demo.day(zone, age)
    end = min(at_wall_time(day, _WORK_ENDS, zone), demo.now)
    at = at_wall_time(day, time(person.hour, chance.randrange(60)), zone)
    for code in _tasks_of(chance, person, day, age):
        claimed_at = at + timedelta(seconds=chance.randint(5, 90))
        seconds = chance.randint(_TASKS[code].least, _TASKS[code].most)
        at = claimed_at + timedelta(seconds=seconds)
        state, decided_at, reason = _verdict(chance, person, code, at, demo.now, age)
        if at > end:
            return
        yield code, NewWork(
            source=desk.source(code), worker_id=person.worker.id, group=person.group, state=state,
            quote=desk.quote(code, person, claimed_at), seconds=seconds, claimed_at=claimed_at, submitted_at=at,
            decided_at=decided_at, reason=reason,
        )  # fmt: skip


def _verdict(
    chance: Random, person: _Person, code: str, submitted_at: datetime, now: datetime, age: int
) -> tuple[str, datetime | None, str]:
    """Decide state, instant of the verdict and reason; what was handed in since yesterday may still wait."""
    luck = chance.randrange(100)
    face = person.worker.external_id == FACE
    if person.prompt:
        luck = 90 if face and code == "TAPIR" else luck if face and luck < 3 and age not in FACE_RESTS else 50
    reason = chance.choice(_REASONS[code])
    decided_at = submitted_at + timedelta(minutes=chance.randint(3, 20 if person.prompt else 180))
    local = local_date(decided_at, person.group.timezone)
    if decided_at > at_wall_time(local, _REVIEW_SHUTS, person.group.timezone):
        opens = at_wall_time(local + timedelta(days=1), _REVIEW_OPENS, person.group.timezone)
        decided_at = opens + timedelta(minutes=chance.randrange(150))
    if decided_at > now or (age < 2 and luck >= 85):
        return "submitted", None, ""
    return ("rejected", decided_at, reason) if luck < 3 else ("accepted", decided_at, "")


def _make(demo: Demo, progress: Progress) -> None:
    with transaction():
        desk = _Desk()
        by_id = {group.id: group for group in groups()}
        workers = session().scalars(select(Worker).order_by(Worker.external_id))
        crowd = [_person(demo, one, by_id[one.group_id]) for one in workers]
    work: dict[str, list[NewWork]] = {code: [] for code in desk.projects}
    for age in (*demo.ages, 0):
        for person in crowd:
            for code, one in _day_of(demo, desk, person, age):
                work[code].append(one)
    chunks = [(code, list_[at : at + _CHUNK]) for code, list_ in work.items() for at in range(0, len(list_), _CHUNK)]
    for number, (code, chunk) in enumerate(chunks, 1):
        _record(desk.projects[code], chunk)
        progress(number, len(chunks))


def _record(project: Project, chunk: Sequence[NewWork]) -> None:
    """Record a chunk, unless it was recorded before the demo was stopped: it is there wholly or not at all."""
    with transaction():
        query = select(Submission.id).where(Submission.project_id == project.id, Submission.source == chunk[0].source)
        if session().scalar(query) is None:
            record_work(project.id, chunk, OpenDays())


def _think_again(demo: Demo, progress: Progress) -> None:
    """Take acceptances back, correct times, and grant appeals: days afterwards, as a manager does."""
    chance = demo.random("second thoughts")
    manager = user_by_email(dict(LOGINS)["manager"]).actor
    open_days = OpenDays()
    thoughts = _thoughts(demo, chance)
    for number, (action, submission, group, at) in enumerate(thoughts, 1):
        if action == "reverse":
            reverse(manager, submission, group, open_days, decided_at=at, reason=chance.choice(_REVERSED), now=at)
        elif action == "reprice":
            seconds = submission.seconds + 60 * chance.choice((-4, 5, 8, 12))
            reprice(manager, submission, group, open_days, rate=submission.rate, seconds=seconds, at=at, now=at)
        else:
            accept(manager, submission, group, open_days, decided_at=at, now=at)
        progress(number, len(thoughts))


def _thoughts(demo: Demo, chance: Random) -> list[tuple[str, Submission, PayGroup, datetime]]:
    """Choose what is thought over: the action, on what, for which group, and when."""
    of_group = {group.id: group for group in groups()}
    query = select(Submission, Worker.external_id, Worker.group_id).join(Worker, Worker.id == Submission.worker_id)
    decided = query.where(Submission.decided_at.is_not(None)).order_by(Submission.project_id, Submission.source)
    usual: dict[str, list[tuple[Submission, PayGroup]]] = {"reverse": [], "reprice": [], "accept": []}
    taken: dict[str, list[tuple[Submission, PayGroup]]] = {}
    for submission, worker, group_id in session().execute(decided):
        group = of_group[group_id]
        decided_at = submission.decided_at or demo.now
        age = (demo.day(group.timezone, 0) - local_date(decided_at, group.timezone)).days
        if worker in _CORRECTED:
            if age > _CORRECTED[worker] and submission.state == "accepted":
                taken.setdefault(worker, []).append((submission, group))
        elif age >= 3:
            taken_back = "reprice" if submission.kind == "hourly" else "reverse"
            usual["accept" if submission.state == "rejected" else taken_back].append((submission, group))
    thoughts = []
    for worker, found in taken.items():
        for submission, group in found[-3 if worker in TAKEN_BACK else -1 :]:
            day = demo.day(group.timezone, _CORRECTED[worker])
            thoughts.append(("reverse", submission, group, at_wall_time(day, time(10), group.timezone)))
    for action, one_in in (("reverse", 150), ("reprice", 80), ("accept", 6)):
        for submission, group in chance.sample(usual[action], -(-len(usual[action]) // one_in)):
            later = timedelta(days=chance.randint(1, 2))
            thoughts.append((action, submission, group, (submission.decided_at or demo.now) + later))
    return thoughts


def _tell() -> Told:
    query = select(Submission.state, func.count()).group_by(Submission.state)
    found = Counter({state: int(number) for state, number in session().execute(query)})
    corrections = session().scalars(select(func.count()).where(AcceptedWork.kind == "correction")).one()
    document = {"pieces": found.total(), **{state: found[state] for state in ("accepted", "rejected", "submitted")}}
    cells = [f"{number:,}" for number in (*document.values(), corrections)]
    return Told(
        {"work": {**document, "corrections": corrections}},
        [table("Work", ["#pieces", "#accepted", "#rejected", "#under review", "#corrections"], [cells])],
    )


WORK: Final = Step("work", _make, whole=False, tell=_tell)
SECOND_THOUGHTS: Final = Step("second thoughts", _think_again)
