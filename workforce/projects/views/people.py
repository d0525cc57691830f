"""A manager's pages of a project's people: who runs it, who reviews it, who takes part."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.permissions import requires
from workforce.projects import queries, services
from workforce.projects.forms import MemberForm, ReasonForm
from workforce.projects.models import Project
from workforce.projects.services.joining import remove
from workforce.projects.views.common import PAGE_SIZE, pager, refused, refused_or_missing, start_of_page
from workforce.projects.views.manage import blueprint
from workforce.workers.queries import worker_by_external_id

STATES = ("joined", "declined", "left", "removed")


@blueprint.get("/<code>/members")
@requires("projects:members:write")
def members(code: str) -> ResponseReturnValue:
    """Show who runs a project and reviews its work."""
    return _member_page(queries.project_of(current_actor(), code), MemberForm(formdata=None))


@blueprint.post("/<code>/members")
@requires("projects:members:write")
def add_member(code: str) -> ResponseReturnValue:
    """Make somebody a manager or a reviewer."""
    project, form = queries.project_of(current_actor(), code), MemberForm()
    if not form.validate():
        return _member_page(project, form), 400
    refusal = refused(
        form,
        lambda: services.add_member(
            current_actor(), project, form.email.data, part=form.part.data, reason=form.reason.data, now=clock.now()
        ),
    )
    if refusal:
        return _member_page(project, form), refusal.status
    flash(_("%(email)s is a member now, and was told.", email=form.email.data), "success")
    return redirect(url_for("projects.members", code=code), 303)


@blueprint.post("/<code>/members/<int:user_id>/<any(manager, reviewer):part>/remove")
@requires("projects:members:write")
def remove_member(code: str, user_id: int, part: str) -> ResponseReturnValue:
    """Take somebody off."""
    actor = current_actor()
    project, form = queries.project_of(actor, code), ReasonForm()
    if not form.validate():
        return _member_page(project, MemberForm(formdata=None), removal=form), 400
    refusal = refused_or_missing(
        form,
        lambda: services.remove_member(actor, project, user_id, part=part, reason=form.reason.data, now=clock.now()),
    )
    if refusal:
        return _member_page(project, MemberForm(formdata=None), removal=form), refusal.status
    flash(_("Done."), "success")
    if not queries.manages(actor, project):  # she took herself off
        return redirect(url_for("tasks.project_list"), 303)
    return redirect(url_for("projects.members", code=code), 303)


@blueprint.get("/<code>/people")
@requires("projects:members:write")
def people(code: str) -> ResponseReturnValue:
    """Show who takes part in a project, or answered to it otherwise."""
    return _people_page(queries.project_of(current_actor(), code), ReasonForm(formdata=None))


@blueprint.post("/<code>/people/<path:worker>/remove")
@requires("projects:members:write")
def remove_worker(code: str, worker: str) -> ResponseReturnValue:
    """Take a worker off a project."""
    project, form = queries.project_of(current_actor(), code), ReasonForm()
    if not form.validate():
        return _people_page(project, form), 400
    remove(current_actor(), project, worker_by_external_id(worker), reason=form.reason.data, now=clock.now())
    said = _("%(worker)s takes no more part, and was told why. What was handed in is reviewed and paid.", worker=worker)
    flash(said, "success")
    return redirect(url_for("projects.people", code=code), 303)


def _member_page(project: Project, form: MemberForm, *, removal: ReasonForm | None = None) -> str:
    return render_template(
        "projects/members.html", project=project, form=form, members=queries.members(project.id),
        removal=removal or ReasonForm(formdata=None),
    )  # fmt: skip


def _people_page(project: Project, form: ReasonForm) -> str:
    state = request.args.get("state", "joined")
    state = state if state in STATES else "joined"
    search = request.args.get("search", "").strip()[:100]
    start = start_of_page()
    found, count = queries.people(project.id, state=state, search=search, start=start, size=PAGE_SIZE)
    return render_template(
        "projects/people.html", project=project, form=form, people=found, state=state, states=STATES, search=search,
        counts=queries.headcounts(project.id), newest=queries.newest_guideline(project.id),
        pager=pager(
            "projects.people", start=start, shown=len(found), count=count, code=project.code, state=state,
            search=search or None,
        ),
    )  # fmt: skip
