"""A worker's pages: the projects that are open to her, what each asks for and pays, and her answer."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from i18n.countries import country_name
from workforce.core import clock
from workforce.core.errors import NotFound
from workforce.core.http import current_actor
from workforce.core.pages import number_sent
from workforce.core.permissions import requires
from workforce.projects import queries, services
from workforce.projects.forms import StateForm
from workforce.projects.models import Project
from workforce.projects.rules import blocks
from workforce.projects.services.joining import decline as say_no
from workforce.projects.services.joining import join as say_yes
from workforce.projects.views.common import (
    PAGE_SIZE,
    language_names,
    pager,
    refused_or_missing,
    start_of_page,
)
from workforce.skills.queries import standing, tests_by_ids
from workforce.workers.models import Worker
from workforce.workers.queries import today_of, worker_of

blueprint = Blueprint("openings", __name__, template_folder="../templates", url_prefix="/me/projects")


@blueprint.get("")
@requires("me:application:write")
def listing() -> ResponseReturnValue:
    """Show the projects that are open to the reader."""
    actor, start = current_actor(), start_of_page()
    worker = worker_of(actor)
    found, count = queries.openings(worker, queries.languages_of(actor.id), start=start, size=PAGE_SIZE)
    return render_template(
        "projects/openings.html", openings=found, worker=worker, count=count,
        pager=pager("openings.listing", start=start, shown=len(found), count=count),
        **_told([one.project for one in found], worker),
    )  # fmt: skip


@blueprint.get("/<code>")
@requires("me:application:write")
def show(code: str) -> ResponseReturnValue:
    """Show a project, and the form to join it."""
    return _page(code, StateForm(formdata=None))


@blueprint.post("/<code>/join")
@requires("me:projects:join")
def join(code: str) -> ResponseReturnValue:
    """Join a project."""
    actor, form = current_actor(), StateForm()
    worker, project = _mine(code)
    read = number_sent("read") or None
    if _asks_country(project, worker):
        flash(_("Ask first for your country to be added; then you can join %(project)s.", project=code), "info")
        return redirect(url_for("my_profile.show"), 303)
    refusal = refused_or_missing(form, lambda: say_yes(actor, project, worker, acknowledged=read, now=clock.now()))
    if refusal:
        return _page(code, form), refusal.status
    flash(_("You take part in %(project)s now.", project=code), "success")
    return redirect(url_for("openings.show", code=code), 303)


@blueprint.post("/<code>/decline")
@requires("me:projects:join")
def decline(code: str) -> ResponseReturnValue:
    """Decline a project, or leave it."""
    actor, form = current_actor(), StateForm()
    worker, project = _mine(code)
    if not form.validate():
        return _page(code, form), 400
    refusal = refused_or_missing(form, lambda: say_no(actor, project, worker, reason=form.reason.data, now=clock.now()))
    if refusal:
        return _page(code, form), refusal.status
    flash(_("That is noted, and costs you nothing. What you handed in is reviewed and paid."), "success")
    return redirect(url_for("openings.listing"), 303)


@blueprint.post("/<code>/read")
@requires("me:projects:join")
def acknowledge(code: str) -> ResponseReturnValue:
    """Confirm that the guidelines were read."""
    actor, form = current_actor(), StateForm()
    worker, project = _mine(code)
    number = number_sent("read")
    refusal = refused_or_missing(
        form, lambda: services.acknowledge(actor, project, worker, number=number, now=clock.now())
    )
    if refusal:
        return _page(code, form), refusal.status
    flash(_("Thank you. Version %(number)s is confirmed.", number=number), "success")
    return redirect(url_for("openings.show", code=code), 303)


def _asks_country(project: Project, worker: Worker | None) -> bool:
    """Say whether somebody's country must be known before she joins, and is not."""
    return worker is not None and bool(project.countries) and not worker.country


def _mine(code: str) -> tuple[Worker, Project]:
    """Give the reader as a worker, and the project that she answers to."""
    worker = worker_of(current_actor())
    project, _answer = queries.opening(worker, code)
    if worker is None:
        raise NotFound(thing="project", name=code)
    return worker, project


def _page(code: str, form: StateForm) -> str:
    actor = current_actor()
    worker = worker_of(actor)
    project, answer = queries.opening(worker, code)
    newest = queries.newest_guideline(project.id)
    return render_template(
        "projects/opening.html", project=project, answer=answer, worker=worker, form=form, guideline=newest,
        blocks=blocks(newest.body) if newest else [],
        acknowledged=bool(newest and worker and queries.has_acknowledged(newest, worker)),
        fits=worker is None or not project.countries or not worker.country or worker.country in project.countries,
        asks_country=_asks_country(project, worker),
        may_join=actor.may("me:projects:join") and worker is not None,
        **_told([project], worker),
    )  # fmt: skip


def _told(projects: list[Project], worker: Worker | None) -> dict[str, Any]:
    """Give what the projects of a page pay, ask for and take, with the same few queries however many they are."""
    now, ids = clock.now(), [project.id for project in projects]
    today = today_of(worker, now)
    required = queries.requirements(ids)
    wanted = {test_id for tests in required.values() for test_id in tests}
    actor = current_actor()
    return {
        "required": required, "tests": tests_by_ids(wanted), "pay": queries.pay_of(worker, projects, now),
        "certified": standing(actor.id, on=today) if wanted and actor.id is not None else {},
        "medians": queries.median_seconds(ids, today), "languages": language_names, "country_name": country_name,
    }  # fmt: skip
