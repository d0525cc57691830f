"""A manager's pages: the trainings of a project, and the writing of one."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.money import Money, plain
from workforce.core.permissions import requires
from workforce.projects.models import Project
from workforce.projects.queries import project_of
from workforce.projects.rules import blocks
from workforce.projects.views.common import refused_or_missing
from workforce.training import queries, services
from workforce.training.forms import TrainingForm
from workforce.training.rules import hourly

blueprint = Blueprint(
    "trainings", __name__, template_folder="../templates", url_prefix="/manage/projects/<code>/training"
)
WRITE = "training:courses:write"


@blueprint.get("")
@requires(WRITE)
def listing(code: str) -> ResponseReturnValue:
    """Show the trainings of a project."""
    project = project_of(current_actor(), code)
    return render_template(
        "training/listing.html", project=project, trainings=queries.trainings(project.id),
        finished=queries.finished_counts(project.id), micros=Money.of_micros,
    )  # fmt: skip


@blueprint.get("/new", defaults={"number": None})
@blueprint.get("/<int:number>")
@requires(WRITE)
def write(code: str, number: int | None) -> ResponseReturnValue:
    """Show the form of a training, filled in with its newest version."""
    project = project_of(current_actor(), code)
    form = TrainingForm(formdata=None)
    if number is not None:
        found = queries.newest(project.id, number)
        form.title.data, form.body.data, form.minutes.data = found.title, found.body, found.minutes
        form.price.data = plain(found.price).rstrip("0").rstrip(".")
        form.currency.data = found.currency
    return _page(project, number, form)


@blueprint.post("/new", defaults={"number": None})
@blueprint.post("/<int:number>")
@requires(WRITE)
def publish(code: str, number: int | None) -> ResponseReturnValue:
    """Show a training as it would be, or publish it."""
    actor = current_actor()
    project, form = project_of(actor, code), TrainingForm()
    if not form.validate():
        return _page(project, number, form), 400
    if not form.publish.data:
        return _page(project, number, form, looked=True)
    refusal = refused_or_missing(
        form,
        lambda: services.publish(
            actor, project, title=form.title.data, body=form.body.data, minutes=form.minutes.data, price=form.money,
            number=number, now=clock.now(),
        ),
    )  # fmt: skip
    if refusal:
        return _page(project, number, form), refusal.status
    flash(_("The training is published. Who has begun an older version keeps it, and its price."), "success")
    return redirect(url_for("trainings.listing", code=code), 303)


def _page(project: Project, number: int | None, form: TrainingForm, *, looked: bool = False) -> str:
    short, pays = [], None
    if looked:
        short = queries.short_of_floors(project, form.money, form.minutes.data, clock.now().date())
        pays = Money.of_micros(hourly(form.money.micros, form.minutes.data), form.currency.data)
    return render_template(
        "training/form.html", project=project, number=number, form=form, looked=looked, short=short, pays=pays,
        blocks=blocks(form.body.data) if looked else [],
    )  # fmt: skip


def panel(project: Project) -> str:
    """Give the part of a manager's project page that leads to its training."""
    return render_template("training/manager_panel.html", project=project, actor=current_actor())
