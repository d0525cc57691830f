"""A worker's pages: a training's price and time before it starts, its text, and that it is paid."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from i18n.formats import money
from workforce.core import clock
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.core.http import current_actor
from workforce.core.money import Money, estimate
from workforce.core.permissions import requires
from workforce.projects.models import Project
from workforce.projects.rules import blocks
from workforce.projects.views.common import PAGE_SIZE, pager, start_of_page
from workforce.training import queries, services
from workforce.training.models import Training
from workforce.training.rules import hourly
from workforce.workers.models import Worker
from workforce.workers.queries import worker_of

blueprint = Blueprint("my_training", __name__, template_folder="../templates", url_prefix="/me/training")
TAKE = "me:training:take"


@blueprint.get("")
@requires(TAKE)
def listing() -> ResponseReturnValue:
    """Show the trainings that the reader began."""
    start = start_of_page()
    found, count = queries.begun(_me().id, start=start, size=PAGE_SIZE)
    return render_template(
        "training/mine.html", trainings=found,
        pager=pager("my_training.listing", start=start, shown=len(found), count=count),
    )  # fmt: skip


@blueprint.get("/<int:training>")
@requires(TAKE)
def show(training: int) -> ResponseReturnValue:
    """Show a training: price and time before it starts, its text once it has."""
    worker = _me()
    given = queries.training_of(training)
    project = session().get_one(Project, given.project_id)
    completion = queries.completion_of(worker.id, given)
    if completion is None and not services.is_for(project, worker):
        raise NotFound(thing="training", name=str(training))
    shown = queries.newest(given.project_id, given.number)
    if completion is not None:
        shown = session().get_one(Training, completion.training_id)
    one = queries.Mine(shown, project, completion)
    pays = Money.of_micros(hourly(shown.price, shown.minutes), shown.currency)
    return render_template(
        "training/show.html", one=one, worker=worker, blocks=blocks(shown.body) if completion else [], pays=pays,
        about=estimate(pays, worker.currency, clock.now().date()),
    )  # fmt: skip


@blueprint.post("/<int:training>/start")
@requires(TAKE)
def start(training: int) -> ResponseReturnValue:
    """Begin a training."""
    try:
        begun = services.start(current_actor(), _me(), training, now=clock.now())
    except (services.TrainingReplaced, services.TrainingShut) as refusal:
        flash(refusal.message(), "error")
        return redirect(url_for("my_training.show", training=training), 303)
    return redirect(url_for("my_training.show", training=begun.training_id), 303)


@blueprint.post("/<int:training>/finish")
@requires(TAKE)
def finish(training: int) -> ResponseReturnValue:
    """Finish a training that was begun; it is paid."""
    try:
        done = services.finish(current_actor(), _me(), training, now=clock.now())
    except services.NotStarted as refusal:
        flash(refusal.message(), "error")
        return redirect(url_for("my_training.show", training=training), 303)
    if done:
        paid = queries.completion_of(_me().id, queries.training_of(training))
        version = session().get_one(Training, paid.training_id) if paid else queries.training_of(training)
        price = money(Money.of_micros(version.price, version.currency))
        flash(_("You finished the training. %(price)s is in your accepted work of today.", price=price), "success")
    return redirect(url_for("my_training.show", training=training), 303)


def panel(project: Project, worker: Worker | None) -> str:
    """Give the part of a worker's project page that lists its training."""
    found = queries.mine(worker.id, project) if worker else []
    return render_template("training/panel.html", trainings=found) if found else ""


def _me() -> Worker:
    worker = worker_of(current_actor())
    if worker is None:
        abort(404)
    return worker
