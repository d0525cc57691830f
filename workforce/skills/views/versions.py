"""A manager's pages of one version: its questions, settings, preview, publishing, and what its results say of it."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from i18n.locale import translate
from workforce.core import clock
from workforce.core.errors import DaybookError
from workforce.core.http import current_actor
from workforce.core.permissions import requires
from workforce.skills.forms import VersionForm
from workforce.skills.models import SkillTest, TestVersion
from workforce.skills.queries.scoring import key_history
from workforce.skills.queries.statistics import statistics_of
from workforce.skills.queries.tests import points_of_paper, pools, questions, version_by_id
from workforce.skills.rules.statistics import reading
from workforce.skills.services.problems import NotReady
from workforce.skills.services.tests import change_version, discard, problems_of, publish
from workforce.skills.services.tests.versions import NotDraft, values_of
from workforce.skills.views.manage import READ, WRITE, blueprint, undone
from workforce.skills.views.words import language_name


@blueprint.get("/manage/tests/versions/<int(max=9223372036854775807):version_id>")
@requires(WRITE)
def version(version_id: int) -> ResponseReturnValue:
    """Show a version: a draft to be written, or a published one with its keys."""
    found, test = version_by_id(version_id)
    return render_template("skills/manage_version.html", **_values(found, test))


@blueprint.get("/manage/tests/versions/<int(max=9223372036854775807):version_id>/settings")
@requires(WRITE)
def version_settings(version_id: int) -> ResponseReturnValue:
    """Show the form of a draft's settings."""
    found, test = version_by_id(version_id)
    if found.state != "draft":
        raise NotDraft
    sizes, form = pools(questions(version_id)), VersionForm(formdata=None)
    form.show(values_of(found), sizes)
    return render_template("skills/manage_version_settings.html", form=form, version=found, test=test, pools=sizes)


@blueprint.post("/manage/tests/versions/<int(max=9223372036854775807):version_id>/settings")
@requires(WRITE)
def change_settings(version_id: int) -> ResponseReturnValue:
    """Change a draft's settings."""
    found, test = version_by_id(version_id)
    form, about = VersionForm(), {"version": found, "test": test, "pools": pools(questions(version_id))}
    if not form.validate_on_submit():
        return render_template("skills/manage_version_settings.html", form=form, **about), 400
    try:
        change_version(current_actor(), version_id, form.values(), now=clock.now())
    except DaybookError as problem:
        return undone("skills/manage_version_settings.html", problem, form=form, **about)
    flash(_("Saved."), "success")
    return redirect(url_for("tests.version", version_id=version_id))


@blueprint.get("/manage/tests/versions/<int(max=9223372036854775807):version_id>/preview")
@requires(WRITE)
def preview(version_id: int) -> ResponseReturnValue:
    """Show all questions as whoever takes the test sees them."""
    found, test = version_by_id(version_id)
    asked = questions(version_id)
    return render_template("skills/manage_preview.html", version=found, test=test, questions=asked)


@blueprint.post("/manage/tests/versions/<int(max=9223372036854775807):version_id>/publish")
@requires(WRITE)
def publish_version(version_id: int) -> ResponseReturnValue:
    """Publish a draft, or say what is missing."""
    found, test = version_by_id(version_id)
    try:
        publish(current_actor(), version_id, now=clock.now())
    except NotReady as problem:
        return undone("skills/manage_version.html", problem, **_values(found, test))
    flash(_("Published. Whoever begins the test in this language from now on takes this version."), "success")
    return redirect(url_for("tests.version", version_id=version_id))


@blueprint.post("/manage/tests/versions/<int(max=9223372036854775807):version_id>/discard")
@requires(WRITE)
def discard_version(version_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    _found, test = version_by_id(version_id)
    discard(current_actor(), version_id, now=clock.now())
    flash(_("The draft is thrown away."), "success")
    return redirect(url_for("tests.show", code=test.code))


@blueprint.get("/manage/tests/versions/<int(max=9223372036854775807):version_id>/statistics")
@requires(READ)
def statistics(version_id: int) -> ResponseReturnValue:
    """Show how hard each question is, and which ones seem broken."""
    found, test = version_by_id(version_id)
    return render_template(
        "skills/manage_statistics.html", version=found, test=test, items=statistics_of(found), reading=reading,
        name=language_name, writes=current_actor().may(WRITE),
    )  # fmt: skip


def _values(found: TestVersion, test: SkillTest) -> dict[str, Any]:
    asked = questions(found.id)
    count, points = points_of_paper(asked, found.draws)
    draft = found.state == "draft"
    problems = problems_of(found) if draft else []
    return {
        "version": found, "test": test, "questions": asked, "pools": pools(asked), "paper": (count, points),
        "missing": [translate(one.template, **one.params) for one in problems],
        "keys": {} if draft else key_history([one.id for one in asked]), "name": language_name,
    }  # fmt: skip
