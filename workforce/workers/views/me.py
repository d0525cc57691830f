"""A worker's own profile: what is known of her, what she asked to be changed, and what became of it."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.errors import DaybookError
from workforce.core.http import current_actor, refused
from workforce.core.permissions import requires
from workforce.workers import queries, services
from workforce.workers.forms import ProfileForm
from workforce.workers.rules import FIELDS

blueprint = Blueprint("my_profile", __name__, template_folder="../templates", url_prefix="/me/profile")
READ: Final = "me:profile:read"


@blueprint.get("")
@requires(READ)
def show() -> ResponseReturnValue:
    """Show her profile."""
    return _page()


@blueprint.post("")
@requires(READ)
def ask() -> ResponseReturnValue:
    """Ask for a change."""
    worker = queries.worker_of(current_actor())
    if worker is None:
        return _page(), 404
    form = ProfileForm().offer(worker)
    if not form.validate():
        return _page(form), 400
    refusal = refused(
        lambda: services.ask_for_changes(current_actor(), form.wanted(), reason=form.reason.data, now=clock.now())
    )
    if refusal:
        form.form_errors.append(refusal.message())
        return _page(form), refusal.status
    flash(_("You asked for it. Staff decide, and you get a message."), "success")
    return redirect(url_for("my_profile.show"), 303)


@blueprint.post("/requests/<int:change_id>/withdraw")
@requires(READ)
def withdraw(change_id: int) -> ResponseReturnValue:
    """Withdraw a request."""
    refusal: DaybookError | None = refused(
        lambda: services.withdraw_change(current_actor(), change_id, now=clock.now())
    )
    if refusal:
        flash(refusal.message(), "error")
    else:
        flash(_("The request is withdrawn."), "success")
    return redirect(url_for("my_profile.show"), 303)


def _page(form: ProfileForm | None = None) -> str:
    worker = queries.worker_of(current_actor())
    if worker is None:
        return render_template("workers/mine.html", one=None)
    one = queries.listed_one(worker.external_id)
    return render_template(
        "workers/mine.html", one=one, worker=worker, changes=queries.changes_of(worker.id), words=FIELDS,
        form=form or ProfileForm.known(worker, one.group), zone=queries.zone_of(worker),
        tried=form is not None,
    )  # fmt: skip
