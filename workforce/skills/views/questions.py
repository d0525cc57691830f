"""A manager's pages of one question: written in a draft, its key corrected once it is published."""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.errors import DaybookError, NotFound
from workforce.core.http import current_actor
from workforce.core.permissions import SIGNED_IN, requires
from workforce.skills.forms import KeyForm, QuestionForm
from workforce.skills.models import Question, SkillTest, TestVersion
from workforce.skills.queries.scoring import key_history, newest_keys
from workforce.skills.queries.tests import image_for, question_by_id, version_by_id
from workforce.skills.rules.keys import KINDS
from workforce.skills.services.keys import KeyMoved, KeyOfDraft, affected, correct_key
from workforce.skills.services.tests import add_question, change_question, move_question, remove_question
from workforce.skills.services.tests.versions import NotDraft
from workforce.skills.views.manage import WRITE, blueprint, undone


@blueprint.get("/manage/tests/versions/<int(max=9223372036854775807):version_id>/questions")
@requires(WRITE)
def new_question(version_id: int) -> ResponseReturnValue:
    """Show the form of a new question of a kind."""
    found, test = version_by_id(version_id)
    if found.state != "draft":
        raise NotDraft
    form = QuestionForm(formdata=None)
    return render_template("skills/manage_question.html", **_new(found, test, _kind()), form=form)


@blueprint.post("/manage/tests/versions/<int(max=9223372036854775807):version_id>/questions")
@requires(WRITE)
def create_question(version_id: int) -> ResponseReturnValue:
    """Add a question to a draft."""
    found, test = version_by_id(version_id)
    kind, form = _kind(), QuestionForm()
    if not form.validate_on_submit():
        return render_template("skills/manage_question.html", **_new(found, test, kind), form=form), 400
    try:
        made = add_question(current_actor(), version_id, form.values(kind), now=clock.now())
    except DaybookError as problem:
        return undone("skills/manage_question.html", problem, **_new(found, test, kind), form=form)
    return _saved(made)


@blueprint.get("/manage/tests/questions/<int(max=9223372036854775807):question_id>")
@requires(WRITE)
def question(question_id: int) -> ResponseReturnValue:
    """Show the form of a question of a draft."""
    found, version, test = question_by_id(question_id)
    if version.state != "draft":
        return redirect(url_for("tests.key", question_id=question_id))
    form = QuestionForm(formdata=None)
    form.show(found)
    return render_template("skills/manage_question.html", **_old(found, version, test), form=form)


@blueprint.post("/manage/tests/questions/<int(max=9223372036854775807):question_id>")
@requires(WRITE)
def save_question(question_id: int) -> ResponseReturnValue:
    """Change a question of a draft."""
    found, version, test = question_by_id(question_id)
    about, form = _old(found, version, test), QuestionForm()
    if not form.validate_on_submit():
        return render_template("skills/manage_question.html", **about, form=form), 400
    try:
        change_question(current_actor(), found, form.values(found.kind), now=clock.now())
    except DaybookError as problem:
        return undone("skills/manage_question.html", problem, **about, form=form)
    return _saved(found)


@blueprint.post("/manage/tests/questions/<int(max=9223372036854775807):question_id>/move")
@requires(WRITE)
def move(question_id: int) -> ResponseReturnValue:
    """Move a question up or down."""
    found, version, _test = question_by_id(question_id)
    move_question(current_actor(), found, up=request.form.get("to") == "up", now=clock.now())
    return redirect(url_for("tests.version", version_id=version.id, _anchor=f"q{question_id}"))


@blueprint.post("/manage/tests/questions/<int(max=9223372036854775807):question_id>/remove")
@requires(WRITE)
def remove(question_id: int) -> ResponseReturnValue:
    """Take a question out of a draft."""
    found, version, _test = question_by_id(question_id)
    remove_question(current_actor(), found, now=clock.now())
    flash(_("The question is gone."), "success")
    return redirect(url_for("tests.version", version_id=version.id))


@blueprint.get("/manage/tests/questions/<int(max=9223372036854775807):question_id>/key")
@requires(WRITE)
def key(question_id: int) -> ResponseReturnValue:
    """Show the key of a published question, and the form that corrects it."""
    found, version, test = question_by_id(question_id)
    if version.state == "draft":
        raise KeyOfDraft
    form = KeyForm(formdata=None)
    form.show(found, newest_keys([question_id])[question_id])
    return render_template("skills/manage_key.html", **_keyed(found, version, test), form=form)


@blueprint.post("/manage/tests/questions/<int(max=9223372036854775807):question_id>/key")
@requires(WRITE)
def correct(question_id: int) -> ResponseReturnValue:
    """Correct a key."""
    found, version, test = question_by_id(question_id)
    form = KeyForm()
    if not form.validate_on_submit():
        return render_template("skills/manage_key.html", **_keyed(found, version, test), form=form), 400
    try:
        done = correct_key(
            current_actor(), question_id, base=form.base.data or 0, key=form.key(found), reason=form.reason.data,
            now=clock.now(),
        )  # fmt: skip
    except DaybookError as problem:
        # What was typed stays, on the key as it is now: sent again, it is meant for that one.
        if isinstance(problem, KeyMoved):
            form.base.raw_data = None
            form.base.data = newest_keys([question_id])[question_id].number
        return undone("skills/manage_key.html", problem, **_keyed(found, version, test), form=form)
    flash(
        _(
            "The key is corrected. %(rescored)s attempts were scored anew, %(changed)s of them have other points:"
            " %(passed)s passed by it, %(failed)s passed no longer. Everybody whose result changed has been told.",
            **vars(done),
        ),
        "success",
    )  # fmt: skip
    return redirect(url_for("tests.key", question_id=question_id))


@blueprint.get("/tests/images/<int(max=9223372036854775807):image_id>")
@requires(SIGNED_IN)
def image(image_id: int) -> ResponseReturnValue:
    """Give a picture to whoever may see the question that it belongs to; to others there is none."""
    actor = current_actor()
    found = image_for(
        image_id, user_id=actor.id, writes=actor.may(WRITE), grades=actor.may("skills:answers:grade"),
        decides=actor.may("appeals:cases:decide"), on=clock.now().date(),
    )  # fmt: skip
    return Response(found.content, mimetype=found.media_type)


def _kind() -> str:
    kind = request.args.get("kind", "one")
    if kind not in KINDS:
        raise NotFound(thing="kind", name=kind)
    return kind


def _saved(question: Question) -> ResponseReturnValue:
    flash(_("The question is saved."), "success")
    return redirect(url_for("tests.version", version_id=question.version_id, _anchor=f"q{question.id}"))


def _new(version: TestVersion, test: SkillTest, kind: str) -> dict[str, Any]:
    return {"version": version, "test": test, "question": None, "kind": kind}


def _old(question: Question, version: TestVersion, test: SkillTest) -> dict[str, Any]:
    return {"version": version, "test": test, "question": question, "kind": question.kind}


def _keyed(question: Question, version: TestVersion, test: SkillTest) -> dict[str, Any]:
    return {
        "question": question, "version": version, "test": test, "keys": key_history([question.id])[question.id],
        "affected": affected(version.id, question.id),
    }  # fmt: skip
