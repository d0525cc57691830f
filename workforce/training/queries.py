"""Reads on training."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.core.money import Money, estimate
from workforce.projects.models import Project
from workforce.rates.queries.floors import floors_in_force
from workforce.training.models import Training, TrainingCompletion
from workforce.training.rules import hourly


@dataclass(frozen=True)
class Mine:
    """A training as a worker sees it.

    Attributes:
        training: the version that she began, else the newest one.
        project: what it is for.
        completion: that she began or finished it, if she did.

    """

    training: Training
    project: Project
    completion: TrainingCompletion | None

    @property
    def state(self) -> str:
        """Give todo, started or finished."""
        if self.completion is None:
            return "todo"
        return "started" if self.completion.finished_at is None else "finished"

    @property
    def price(self) -> Money:
        """What finishing it earns."""
        return Money.of_micros(self.training.price, self.training.currency)


@dataclass(frozen=True)
class Short:
    """A country in which a training pays less an hour than the floor.

    Attributes:
        country: ISO 3166 alpha-2.
        floor: an hour.
        pays: what the training pays an hour, in the floor's currency; None where no exchange rate is known.

    """

    country: str
    floor: Money
    pays: Money | None


def training_of(training_id: int) -> Training:
    """Give a version of a training.

    Raises:
        NotFound: there is none.

    """
    found = session().get(Training, training_id)
    if found is None:
        raise NotFound(thing="training", name=str(training_id))
    return found


def newest(project_id: int, number: int) -> Training:
    """Give the newest version of a project's training.

    Raises:
        NotFound: there is none.

    """
    query = select(Training).where(Training.project_id == project_id, Training.number == number)
    found = session().scalar(query.order_by(Training.version.desc()).limit(1))
    if found is None:
        raise NotFound(thing="training", name=str(number))
    return found


def trainings(project_id: int) -> Sequence[Training]:
    """Give the newest version of each training of a project, in their order."""
    latest = select(func.max(Training.id)).where(Training.project_id == project_id).group_by(Training.number)
    return session().scalars(select(Training).where(Training.id.in_(latest)).order_by(Training.number)).all()


def finished_counts(project_id: int) -> dict[int, int]:
    """Give how many workers have finished each training of a project, by its number."""
    query = (
        select(TrainingCompletion.number, func.count())
        .where(TrainingCompletion.project_id == project_id, TrainingCompletion.finished_at.is_not(None))
        .group_by(TrainingCompletion.number)
    )
    return dict(row for row in session().execute(query))


def completion_of(worker_id: int, training: Training) -> TrainingCompletion | None:
    """Give that a worker began or finished a training, in whatever version."""
    query = select(TrainingCompletion).where(
        TrainingCompletion.worker_id == worker_id,
        TrainingCompletion.project_id == training.project_id,
        TrainingCompletion.number == training.number,
    )
    return session().scalar(query)


def mine(worker_id: int, project: Project) -> list[Mine]:
    """Give the trainings of a project as a worker sees them, in two queries."""
    query = select(TrainingCompletion, Training).join(Training, Training.id == TrainingCompletion.training_id)
    begun = {
        one.number: (one, version)
        for one, version in session().execute(
            query.where(TrainingCompletion.worker_id == worker_id, TrainingCompletion.project_id == project.id)
        )
    }
    made = []
    for latest in trainings(project.id):
        completion, version = begun.get(latest.number, (None, latest))
        made.append(Mine(version, project, completion))
    return made


def begun(worker_id: int, *, start: int, size: int) -> tuple[list[Mine], int]:
    """Give a page of the trainings that a worker began, the youngest first, and how many there are."""
    of_hers = TrainingCompletion.worker_id == worker_id
    query = (
        select(TrainingCompletion, Training, Project)
        .join(Training, Training.id == TrainingCompletion.training_id)
        .join(Project, Project.id == TrainingCompletion.project_id)
        .where(of_hers)
        .order_by(TrainingCompletion.started_at.desc(), TrainingCompletion.id.desc())
    )
    count = session().scalars(select(func.count()).select_from(TrainingCompletion).where(of_hers)).one()
    found = session().execute(query.limit(size).offset(start))
    return [Mine(training, project, completion) for completion, training, project in found], count


def short_of_floors(project: Project, price: Money, minutes: int, day: date) -> list[Short]:
    """Give the countries of a project in which a training would pay less an hour than the floor, or nobody can tell.

    Args:
        project: whose countries count; one without any is open to all.
        price: of the training.
        minutes: that it takes.
        day: whose floors and exchange rates count.

    """
    pays = Money.of_micros(hourly(price.micros, minutes), price.currency)
    made = []
    for country, floor in sorted(floors_in_force(day).items()):
        if project.countries and country not in project.countries:
            continue
        least = Money.of_micros(floor.rate, floor.currency)
        about = estimate(pays, floor.currency, day)
        if about is None or about < least:
            made.append(Short(country, least, about))
    return made
