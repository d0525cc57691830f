"""Staff's pages of workers: who they are, which account they sign in with, and what is changed of their profiles."""

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.http import current_actor, refused
from workforce.core.pages import number_asked
from workforce.core.permissions import fresh, requires
from workforce.identity.queries import emails_of, user_by_email
from workforce.workers import queries, services
from workforce.workers.forms import AnswerForm, LinkForm, ProfileForm
from workforce.workers.rules import FIELDS

blueprint = Blueprint("workers", __name__, template_folder="../templates", url_prefix="/manage/workers")
READ: Final = "workers:profile:read"
PAGE: Final = 25


@blueprint.get("")
@requires(READ)
def listing() -> ResponseReturnValue:
    """Show workers, and what they ask for."""
    prefix, unlinked = request.args.get("prefix", "").strip()[:320], request.args.get("account") == "none"
    page = number_asked("page", 1, least=1, most=1_000_000)
    found, every = queries.listed(prefix=prefix, unlinked=unlinked, start=(page - 1) * PAGE, limit=PAGE)
    kept = ({"prefix": prefix} if prefix else {}) | ({"account": "none"} if unlinked else {})
    return render_template(
        "workers/listing.html", workers=found, every=every, page=page, size=PAGE, prefix=prefix, unlinked=unlinked,
        kept=kept, asked=queries.asked_changes(), words=FIELDS,
    )  # fmt: skip


@blueprint.get("/<path:worker>")
@requires(READ)
def show(worker: str) -> ResponseReturnValue:
    """Show a worker."""
    return _page(worker)


@blueprint.post("/<path:worker>/change")
@requires("workers:profile:change")
@fresh
def change(worker: str) -> ResponseReturnValue:
    """Change what is known of a worker."""
    form = ProfileForm().offer(queries.worker_by_external_id(worker))
    return _acted(
        worker, "change", form,
        lambda: services.change_profile(
            current_actor(), worker, form.wanted(), reason=form.reason.data, now=clock.now()
        ),
        _("The profile is changed, and the worker is told."),
    )  # fmt: skip


@blueprint.post("/<path:worker>/requests/<int:change_id>/<any(grant, refuse):answer>")
@requires("workers:profile:change")
@fresh
def answer(worker: str, change_id: int, answer: str) -> ResponseReturnValue:
    """Grant or refuse what a worker asked for."""
    form, grant = AnswerForm(), answer == "grant"
    kept = _("The profile stays as it is, and the worker is told.")
    said = _("The profile is changed, and the worker is told.") if grant else kept
    return _acted(
        worker, f"request-{change_id}", form,
        lambda: services.answer_change(
            current_actor(), change_id, grant=grant, reason=form.reason.data, now=clock.now(), of=worker
        ),
        said,
    )  # fmt: skip


@blueprint.post("/<path:worker>/link")
@requires("workers:accounts:link")
@fresh
def link(worker: str) -> ResponseReturnValue:
    """Link a worker to an account."""
    form = LinkForm()
    return _acted(
        worker, "link", form,
        lambda: services.link(
            current_actor(), worker, user_by_email(form.email.data).id, reason=form.reason.data, now=clock.now()
        ),
        _("The worker is linked to the account, and its owner is told."),
    )  # fmt: skip


def _acted(worker: str, about: str, form: Any, act: Callable[[], object], said: str) -> ResponseReturnValue:
    """Do what a form of a worker's page asks for, and show why not beside it if it is refused."""
    queries.worker_by_external_id(worker)
    if not form.validate():
        return _page(worker, form, about), 400
    refusal = refused(act)
    if refusal:
        form.form_errors.append(refusal.message())
        return _page(worker, form, about), refusal.status
    flash(said, "success")
    return redirect(url_for("workers.show", worker=worker), 303)


def _page(worker: str, form: Any = None, about: str = "") -> str:
    one = queries.listed_one(worker)
    changes = queries.changes_of(one.worker.id)
    people = {key for change in changes for key in (change.asked_by, change.decided_by)}
    return render_template(
        "workers/worker.html", one=one, worker=one.worker, changes=changes, words=FIELDS,
        zone=queries.zone_of(one.worker),
        emails=emails_of(people), about=about, form=form, own=queries.is_own(current_actor(), one.worker),
        change=form if about == "change" else ProfileForm.known(one.worker, one.group),
        link=form if about == "link" else LinkForm(formdata=None),
    )  # fmt: skip
