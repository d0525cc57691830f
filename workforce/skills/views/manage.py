"""A manager's pages of tests: the list, a test with its versions, what it certifies, its withdrawal."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from i18n import formats
from workforce.core import clock
from workforce.core.errors import DaybookError
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires
from workforce.skills import queries
from workforce.skills.forms import NewTestForm, NewVersionForm, ReasonForm, TestForm
from workforce.skills.models import SkillTest
from workforce.skills.queries.tests import (
    Tally,
    published_locales,
    tallies_by_test,
    tallies_by_version,
    test_count,
    tests,
    versions,
)
from workforce.skills.services.tests import change_test, create_test, new_version, retire
from workforce.skills.services.tests.versions import language
from workforce.skills.views.words import language_name

blueprint = Blueprint("tests", __name__, template_folder="../templates")
READ: Final = "skills:statistics:read"
WRITE: Final = "skills:tests:write"
A_PAGE: Final = 50


@blueprint.get("/manage/tests")
@requires(READ)
def listing() -> ResponseReturnValue:
    """Show all tests with what became of the attempts at them."""
    start = number_asked("start")
    found = tests(start=start, limit=A_PAGE)
    ids = [one.id for one in found]
    return render_template(
        "skills/manage_tests.html", tests=found, tallies=tallies_by_test(ids), nothing=Tally(),
        locales=published_locales(ids), start=start, count=test_count(), size=A_PAGE,
        writes=current_actor().may(WRITE),
    )  # fmt: skip


@blueprint.get("/manage/tests/new")
@requires(WRITE)
def new() -> ResponseReturnValue:
    """Show the form of a new test."""
    return render_template("skills/manage_new.html", form=NewTestForm(formdata=None))


@blueprint.post("/manage/tests/new")
@requires(WRITE)
def create() -> ResponseReturnValue:
    """Make a test with a first draft."""
    actor, now, form = current_actor(), clock.now(), NewTestForm()
    if not form.validate_on_submit():
        return render_template("skills/manage_new.html", form=form), 400
    try:
        tag = language(form.locale.data)  # first what can be refused, so that nothing is half made
        test = create_test(actor, form.code.data, form.values(), now=now)
        version = new_version(actor, test, locale=tag, now=now)
    except DaybookError as problem:
        return undone("skills/manage_new.html", problem, form=form)
    flash(_("The test is made. Write its questions now."), "success")
    return redirect(url_for("tests.version", version_id=version.id))


@blueprint.get("/manage/tests/<code>")
@requires(READ)
def show(code: str) -> ResponseReturnValue:
    """Show a test with its versions by language."""
    test = queries.test_by_code(code)
    return _page(test)


@blueprint.get("/manage/tests/<code>/settings")
@requires(WRITE)
def settings(code: str) -> ResponseReturnValue:
    """Show the form of what a test certifies."""
    test = queries.test_by_code(code)
    return render_template("skills/manage_settings.html", test=test, form=TestForm(formdata=None, obj=test))


@blueprint.post("/manage/tests/<code>/settings")
@requires(WRITE)
def change(code: str) -> ResponseReturnValue:
    """Change what a test certifies."""
    test, form = queries.test_by_code(code), TestForm()
    if not form.validate_on_submit():
        return render_template("skills/manage_settings.html", test=test, form=form), 400
    change_test(current_actor(), test, form.values(), now=clock.now())
    flash(_("Saved."), "success")
    return redirect(url_for("tests.show", code=code))


@blueprint.post("/manage/tests/<code>/versions")
@requires(WRITE)
def add_version(code: str) -> ResponseReturnValue:
    """Make a draft, empty or from another version of the test."""
    test, form = queries.test_by_code(code), NewVersionForm()
    if not form.validate_on_submit():
        return _page(test, form=form), 400
    key = form.source.data or ""
    source = next((one for one in versions(test.id) if str(one.id) == key), None)
    try:
        made = new_version(current_actor(), test, locale=form.locale.data, source=source, now=clock.now())
    except DaybookError as problem:
        return undone("skills/manage_test.html", problem, **_values(test, form=form))
    flash(_("The draft is made. The version that people take stays as it is until you publish this one."), "success")
    return redirect(url_for("tests.version", version_id=made.id))


@blueprint.post("/manage/tests/<code>/retire")
@requires(WRITE)
def withdraw(code: str) -> ResponseReturnValue:
    """Withdraw a test."""
    test, form = queries.test_by_code(code), ReasonForm()
    if not form.validate_on_submit():
        return _page(test, reason=form), 400
    retire(current_actor(), test, form.reason.data, now=clock.now())
    flash(_("The test is withdrawn. Nobody can begin it any more; certifications hold as before."), "success")
    return redirect(url_for("tests.show", code=code))


def undone(template: str, problem: DaybookError, **values: Any) -> tuple[str, int]:
    """Show a form again as it was filled in, with the refusal above it."""
    return render_template(template, problem=problem, **values), problem.status


def _page(test: SkillTest, *, form: NewVersionForm | None = None, reason: ReasonForm | None = None) -> str:
    return render_template("skills/manage_test.html", **_values(test, form=form, reason=reason))


def _values(
    test: SkillTest, *, form: NewVersionForm | None = None, reason: ReasonForm | None = None
) -> dict[str, Any]:  # fmt: skip
    actor = current_actor()
    return {
        "test": test, "versions": versions(test.id), "tallies": tallies_by_version(test.id), "nothing": Tally(),
        "writes": actor.may(WRITE), "grants": actor.may("skills:certifications:grant"), "name": language_name,
        "form": form or NewVersionForm(formdata=None), "reason": reason or ReasonForm(formdata=None),
    }  # fmt: skip


@blueprint.app_template_filter()
def share_of(part: Fraction | int | None, whole: int) -> str:
    """Write a part of a whole in per cent, or a dash where there is nothing."""
    if part is None or not whole:
        return "–"
    share = Fraction(part) / whole
    return formats.percent(Decimal(share.numerator) / Decimal(share.denominator))
