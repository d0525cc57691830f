"""A manager's pages of a project: what it is, its guidelines, what it asks for, its state, and a Revival of it."""

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from i18n.locale import translate
from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.pages import number_sent
from workforce.core.permissions import requires
from workforce.identity.queries import emails_of
from workforce.projects import queries, services
from workforce.projects.forms import (
    CreateForm,
    DetailsForm,
    GuidelineForm,
    RequirementForm,
    RevivalForm,
    StateForm,
)
from workforce.projects.models import Project
from workforce.projects.rules import MEANING, actions, blocks, moved
from workforce.projects.views.common import refused_or_missing

blueprint = Blueprint("projects", __name__, template_folder="../templates", url_prefix="/manage/projects")
WRITE: Final = "projects:project:write"
VERSIONS_SHOWN: Final = 50


@blueprint.get("/new")
@requires(WRITE)
def create_form() -> ResponseReturnValue:
    """Show the form of a new project, with a code name suggested."""
    form = CreateForm(formdata=None, data={"code": services.suggest_code()})
    return render_template("projects/new.html", form=form)


@blueprint.post("/new")
@requires(WRITE)
def create() -> ResponseReturnValue:
    """Create a project, or suggest another code name."""
    form = CreateForm()
    if "another" in request.form:
        form.code.data = services.suggest_code(customer=form.customer.data, besides=form.code.data)
        return render_template("projects/new.html", form=form)
    if not form.validate():
        return render_template("projects/new.html", form=form), 400
    refusal = refused_or_missing(
        form,
        lambda: services.create_project(
            current_actor(), form.code.data, customer=form.customer.data, details=form.details(), now=clock.now()
        ),
    )
    if refusal:
        return render_template("projects/new.html", form=form), refusal.status
    code = form.code.data
    flash(
        _("%(project)s is a draft, and you manage it. Nobody else sees it before you open it.", project=code), "success"
    )
    return redirect(url_for("projects.guidelines", code=code), 303)


@blueprint.get("/<code>/settings")
@requires(WRITE)
def settings(code: str) -> ResponseReturnValue:
    """Show what is said of a project."""
    project = queries.project_of(current_actor(), code)
    return _settings_page(project, DetailsForm(formdata=None, data=DetailsForm.values(project)))


@blueprint.post("/<code>/settings")
@requires(WRITE)
def save_settings(code: str) -> ResponseReturnValue:
    """Change what is said of a project."""
    project, form = queries.project_of(current_actor(), code), DetailsForm()
    if not form.validate():
        return _settings_page(project, form), 400
    refusal = refused_or_missing(
        form, lambda: services.edit_project(current_actor(), project, form.details(), now=clock.now())
    )
    if refusal:
        return _settings_page(project, form), refusal.status
    flash(_("Saved."), "success")
    return redirect(url_for("projects.settings", code=code), 303)


@blueprint.get("/<code>/guidelines")
@requires(WRITE)
def guidelines(code: str) -> ResponseReturnValue:
    """Show the guidelines of a project, and the form of the next version."""
    project = queries.project_of(current_actor(), code)
    newest = queries.newest_guideline(project.id)
    return _guideline_page(project, GuidelineForm(formdata=None, data={"body": newest.body if newest else ""}))


@blueprint.post("/<code>/guidelines")
@requires(WRITE)
def publish(code: str) -> ResponseReturnValue:
    """Publish a version of the guidelines."""
    project, form = queries.project_of(current_actor(), code), GuidelineForm()
    if not form.validate():
        return _guideline_page(project, form), 400
    based_on = number_sent("based_on")
    refusal = refused_or_missing(
        form,
        lambda: services.publish_guideline(
            current_actor(), project, form.body.data, based_on=based_on, now=clock.now()
        ),
    )
    if refusal:
        return _guideline_page(project, form), refusal.status
    said = _("Version %(number)s is published. Everybody who takes part is asked to read it.", number=based_on + 1)
    flash(said, "success")
    return redirect(url_for("projects.guidelines", code=code), 303)


@blueprint.get("/<code>/guidelines/<int:number>")
@requires(WRITE)
def guideline(code: str, number: int) -> ResponseReturnValue:
    """Show a version of the guidelines as workers read it."""
    project = queries.project_of(current_actor(), code)
    found = queries.guideline(project.id, number)
    return render_template(
        "projects/guideline.html", project=project, guideline=found, blocks=blocks(found.body),
        by=emails_of([found.published_by]).get(found.published_by or 0, ""),
    )  # fmt: skip


@blueprint.get("/<code>/requirements")
@requires(WRITE)
def requirements(code: str) -> ResponseReturnValue:
    """Show which tests a project asks for."""
    project = queries.project_of(current_actor(), code)
    asked = queries.requirements([project.id]).get(project.id, [])
    return _requirement_page(project, RequirementForm(formdata=None, data={"tests": asked}))


@blueprint.post("/<code>/requirements")
@requires(WRITE)
def require(code: str) -> ResponseReturnValue:
    """Say which tests a project asks for."""
    project, form = queries.project_of(current_actor(), code), RequirementForm()
    if not form.validate():
        return _requirement_page(project, form), 400
    services.require_tests(current_actor(), project, form.tests.data, now=clock.now())
    flash(_("Saved. Whoever takes part already goes on."), "success")
    return redirect(url_for("projects.requirements", code=code), 303)


@blueprint.get("/<code>/state")
@requires(WRITE)
def life(code: str) -> ResponseReturnValue:
    """Show the state of a project, and what can be done with it."""
    return _state_page(queries.project_of(current_actor(), code), StateForm(formdata=None))


@blueprint.post("/<code>/state")
@requires(WRITE)
def change_state(code: str) -> ResponseReturnValue:
    """Open, pause or close a project."""
    project, form = queries.project_of(current_actor(), code), StateForm()
    if not form.validate():
        return _state_page(project, form), 400
    refusal = refused_or_missing(
        form,
        lambda: services.change_state(
            current_actor(), project, request.form.get("action", ""), reason=form.reason.data, now=clock.now(),
            seen=request.form.get("seen", ""),
        ),
    )  # fmt: skip
    if refusal:
        return _state_page(project, form), refusal.status
    flash(_("Done, and everybody who takes part has been told."), "success")
    return redirect(url_for("projects.life", code=code), 303)


@blueprint.get("/<code>/revival")
@requires(WRITE)
def revival_form(code: str) -> ResponseReturnValue:
    """Show the form of a project that takes an older one's work up again."""
    project = queries.project_of(current_actor(), code)
    form = RevivalForm(formdata=None, data={"code": services.suggest_code(besides=code)})
    return render_template("projects/revival.html", project=project, form=form)


@blueprint.post("/<code>/revival")
@requires(WRITE)
def revive(code: str) -> ResponseReturnValue:
    """Create a project that takes an older one's work up again, or suggest another code name."""
    project, form = queries.project_of(current_actor(), code), RevivalForm()
    status = 200
    if "another" in request.form:
        form.code.data = services.suggest_code(besides=form.code.data)
    elif not form.validate():
        status = 400
    else:
        refusal = refused_or_missing(
            form, lambda: services.revive(current_actor(), project, form.code.data, now=clock.now())
        )
        if refusal is None:
            new = form.code.data
            said = _("%(project)s is a draft with the settings of %(old)s. Give it a deadline.", project=new, old=code)
            flash(said, "success")
            return redirect(url_for("projects.settings", code=new), 303)
        status = refusal.status
    return render_template("projects/revival.html", project=project, form=form), status


def _settings_page(project: Project, form: DetailsForm) -> str:
    actor = current_actor()
    parent = queries.parent_of(project)
    return render_template(
        "projects/settings.html", project=project, form=form, parent=parent,
        parent_is_hers=parent is not None and queries.manages(actor, parent),
        revivals=queries.revivals(project.id),
        customer=queries.customer_name(project) if actor.may("projects:customer:read") else "",
    )  # fmt: skip


def _guideline_page(project: Project, form: GuidelineForm) -> str:
    found = queries.versions(project.id, limit=VERSIONS_SHOWN)
    return render_template(
        "projects/guidelines.html", project=project, form=form, versions=found,
        emails=emails_of([version.by for version in found]), number=found[0].number if found else 0,
        joined=queries.headcounts(project.id).get("joined", 0),
        based_on=number_sent("based_on") if "based_on" in request.form else None,
    )  # fmt: skip


def _requirement_page(project: Project, form: RequirementForm) -> str:
    tests = queries.tests_to_ask_for(form.tests.data or [])
    form.tests.choices = [SelectChoice(test.id, f"{test.title} ({test.code})") for test in tests]
    return render_template("projects/requirements.html", project=project, form=form)


def _state_page(project: Project, form: Any) -> str:
    can = [(action, moved(project.state, action)) for action in actions(project.state)]
    return render_template(
        "projects/state.html", project=project, form=form, can=can,
        meaning={state: translate(words) for state, words in MEANING.items()},
        tried=request.form.get("action", ""),
        joined=queries.headcounts(project.id).get("joined", 0),
    )  # fmt: skip
