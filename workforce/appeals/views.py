"""Staff's pages of appeals: what waits, and one appeal with the decision on it."""

from typing import Final

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from workforce.appeals import queries, services
from workforce.appeals.forms import DecisionForm
from workforce.appeals.models import Appeal
from workforce.appeals.rules import answer_due, may_decide
from workforce.core import clock
from workforce.core.db import session
from workforce.core.errors import DaybookError, Forbidden, NotFound
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires
from workforce.notifications.services import add_kind

blueprint = Blueprint("appeals", __name__, template_folder="templates", url_prefix="/manage/appeals")
DECIDE: Final = services.DECIDE
PAGE: Final = 50


@blueprint.get("")
@requires(DECIDE)
def listing() -> ResponseReturnValue:
    """Show the appeals that wait, or those that were decided."""
    scope, waiting = services.scope_of(current_actor()), request.args.get("state") != "decided"
    page = number_asked("page", 1, least=1, most=1_000_000)
    found = queries.listed(waiting=waiting, project_ids=scope, limit=PAGE, offset=(page - 1) * PAGE)
    every = queries.count(waiting=waiting, project_ids=scope)
    return render_template(
        "appeals/list.html", appeals=found, waiting=waiting, page=page, size=PAGE, every=every, label=_label,
        due=answer_due, now=clock.now(),
    )  # fmt: skip


@blueprint.get("/<int:appeal>")
@requires(DECIDE)
def show(appeal: int) -> ResponseReturnValue:
    """Show an appeal."""
    return _page(services.staff_appeal(current_actor(), appeal), DecisionForm(formdata=None))


@blueprint.post("/<int:appeal>")
@requires(DECIDE)
def decide(appeal: int) -> ResponseReturnValue:
    """Decide on an appeal."""
    form, actor = DecisionForm(), current_actor()
    if not form.validate():
        return _page(services.staff_appeal(actor, appeal), form, status=400)
    granted = form.decision.data == "grant"
    try:
        with session().begin_nested():
            services.decide_appeal(actor, appeal, granted=granted, answer=form.answer.data, now=clock.now())
    except (NotFound, Forbidden):
        raise
    except DaybookError as refusal:
        session().expire_all()
        return _page(services.staff_appeal(actor, appeal), form, refusal=refusal, status=refusal.status)
    words = _("The appeal is granted, and she is told.") if granted else _("The appeal is refused, and she is told.")
    flash(words, "success")
    return redirect(url_for("appeals.listing"), 303)


def _page(
    appeal: Appeal, form: DecisionForm, *, refusal: DaybookError | None = None, status: int = 200
) -> ResponseReturnValue:
    handler = services.handler_of(appeal.kind)
    html = render_template(
        "appeals/appeal.html", appeal=appeal, form=form, refusal=refusal, label=_label(appeal.kind),
        about_url=handler.page(appeal) if handler.page else None, due=answer_due(appeal.opened_at),
        # Whose it is sees neither keys nor signs.
        evidence="" if current_actor().id == appeal.user_id else Markup(handler.evidence(appeal)),  # noqa: S704 -- ours
        may=may_decide(current_actor().id, appeal.user_id, appeal.excluded), now=clock.now(),
    )  # fmt: skip
    return html, status


def _label(kind: str) -> str:
    return str(_(services.handler_of(kind).label))


def init_app(app: Flask) -> None:
    """Add these pages and the kinds of messages about appeals."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["answer_due"] = answer_due
    for kind in services.KINDS:
        add_kind(kind)
