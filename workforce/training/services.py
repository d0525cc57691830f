"""What is done with training: it is published, begun, and finished; finishing it is paid, once."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid, NotFound
from workforce.core.money import Money, check_currency
from workforce.notifications.rules import money_param
from workforce.notifications.services import Kind, add_kind, notify
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project
from workforce.projects.queries import customer_name, is_open, must_manage
from workforce.rates.services import Quote
from workforce.tasks.services import NewWork, OpenDays, record_work
from workforce.training import rules
from workforce.training.models import Training, TrainingCompletion
from workforce.training.queries import completion_of, newest, training_of
from workforce.workers.models import Worker

add_kind(
    Kind(
        "training.paid",
        N_("Training finished: %(price)s"),
        N_("You finished the training “%(title)s” of %(project)s. %(price)s is in your accepted work of today."),
        link="/me/earnings",
    )
)


class TrainingReplaced(DaybookError):
    code = "training_replaced"
    status = 409
    template = N_("A new version of this training was published meanwhile. Look at its price and time, then begin it.")


class TrainingShut(DaybookError):
    code = "training_shut"
    status = 409
    template = N_("%(project)s takes nobody in at the moment, so that its training cannot be begun.")


class NotStarted(DaybookError):
    code = "training_not_started"
    status = 409
    template = N_("Begin the training first; its price is yours from then on.")


def publish(
    actor: Actor, project: Project, *, title: str, body: str, minutes: int, price: Money, number: int | None,
    now: datetime,
) -> Training:  # fmt: skip
    """Publish a training of a project, or the next version of one. Who has begun keeps version and price.

    Args:
        actor: who does it.
        project: of hers.
        title: as workers read it.
        body: what there is to read.
        minutes: that it takes.
        price: what finishing it earns.
        number: of the training that gets a new version; None makes another one.
        now: the instant.

    Raises:
        NotFound: the project is not hers, or has no training of that number.
        Invalid: naming the field.

    """
    must_manage(actor, project)
    title, body = title.strip(), body.strip().replace("\r\n", "\n")
    _check(project, title, body, minutes, price)
    # One at a time: two managers must not give the same number.
    session().scalars(select(Project.id).where(Project.id == project.id).with_for_update()).one()
    if number is None:
        last = session().scalar(select(func.max(Training.number)).where(Training.project_id == project.id))
        number, version = (last or 0) + 1, 1
    else:
        version = newest(project.id, number).version + 1
    made = Training(
        project_id=project.id, number=number, version=version, title=title, body=body, minutes=minutes,
        price=price.micros, currency=price.currency, published_by=actor.id, published_at=now,
    )  # fmt: skip
    session().add(made)
    session().flush()
    after = {"number": number, "version": version, "minutes": minutes, "price": price.micros,
             "currency": price.currency}  # fmt: skip
    audit.record(actor, "training.publish", f"project:{project.code}", after=after, now=now)
    return made


def start(actor: Actor, worker: Worker, training_id: int, *, now: datetime) -> TrainingCompletion:
    """Begin a training: the version that she saw, and its price, are hers from now on.

    Args:
        actor: who does it.
        worker: her own profile.
        training_id: the version that she saw.
        now: the instant.

    Returns:
        that she began it; also if she had before, in whatever version.

    Raises:
        NotFound: there is no such training for her.
        TrainingShut: the project takes nobody in.
        TrainingReplaced: there is a newer version.

    """
    training = training_of(training_id)
    project = session().get_one(Project, training.project_id)
    if not is_for(project, worker):
        raise NotFound(thing="training", name=str(training_id))
    known = completion_of(worker.id, training)
    if known is not None:
        return known
    if not is_open(project):
        raise TrainingShut(project=project.code)
    if newest(training.project_id, training.number).id != training.id:
        raise TrainingReplaced
    values = {"training_id": training.id, "worker_id": worker.id, "project_id": training.project_id,
              "number": training.number, "started_at": now}  # fmt: skip
    session().execute(insert(TrainingCompletion).values(values).on_conflict_do_nothing())
    audit.record(actor, "training.start", f"training:{training.id}", after={"worker": worker.external_id}, now=now)
    made = completion_of(worker.id, training)
    assert made is not None, "it was just begun"
    return made


def finish(actor: Actor, worker: Worker, training_id: int, *, now: datetime) -> bool:
    """Finish a training that was begun: its price is accepted work of today. Once, however often it is confirmed.

    Args:
        actor: who does it.
        worker: her own profile.
        training_id: any version of it.
        now: the instant.

    Returns:
        True if it was finished now, False if it was before.

    Raises:
        NotFound: there is no such training.
        NotStarted: she has not begun it.

    """
    known = completion_of(worker.id, training_of(training_id))
    if known is None:
        raise NotStarted
    # The second of two confirmations waits here and then finds it finished.
    session().refresh(known, with_for_update=True)
    if known.finished_at is not None:
        return False
    training, project = session().get_one(Training, known.training_id), session().get_one(Project, known.project_id)
    known.finished_at = now
    work = NewWork(
        origin="training", source=f"training:{training.number}:{worker.id}", worker_id=worker.id,
        group=session().get_one(PayGroup, worker.group_id), state="accepted",
        quote=Quote("onboarding", training.price, training.currency), seconds=0, claimed_at=known.started_at,
        submitted_at=now, decided_at=now,
    )  # fmt: skip
    session().flush()
    record_work(project.id, [work], OpenDays())
    audit.record(actor, "training.finish", f"training:{training.id}", after={"worker": worker.external_id}, now=now)
    if actor.id is not None:
        price = money_param(Money.of_micros(training.price, training.currency))
        notify(actor.id, "training.paid", now=now, title=training.title, project=project.code, price=price)
    return True


def is_for(project: Project, worker: Worker) -> bool:
    """May she know of it? Not of a project that was never opened, nor of one for other countries."""
    return project.state != "draft" and (not project.countries or worker.country in project.countries)


def _check(project: Project, title: str, body: str, minutes: int, price: Money) -> None:
    if not title or len(title) > rules.LONGEST_TITLE:
        raise Invalid(field="title", problem=f"must have 1 to {rules.LONGEST_TITLE} characters")
    if not body or len(body) > rules.LONGEST_BODY:
        raise Invalid(field="body", problem=f"must have 1 to {rules.LONGEST_BODY:,} characters")
    if customer_name(project).casefold() in f"{title}\n{body}".casefold():
        raise Invalid(field="body", problem="must not name the customer: workers know the project by its code name")
    if not 0 < minutes <= rules.LONGEST_MINUTES:
        raise Invalid(field="minutes", problem=f"must be 1 to {rules.LONGEST_MINUTES}")
    check_currency(price.currency)
    if price.micros <= 0:
        raise Invalid(field="price", problem="must be above 0: required training is paid")
