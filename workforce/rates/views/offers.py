"""Offers, for those who propose them and for those who approve them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.auth import Actor
from workforce.core.http import current_actor
from workforce.core.money import Money
from workforce.core.permissions import requires
from workforce.identity.queries import emails_of
from workforce.projects.models import Project
from workforce.projects.queries import managed_ids, project_of
from workforce.projects.views.common import PAGE_SIZE, pager, refused, refused_or_missing, start_of_page
from workforce.rates.forms import DecisionForm, OfferForm
from workforce.rates.queries import offers_on, to_approve, work
from workforce.rates.services import decide_offer, propose_offer, withdraw_offer
from workforce.workers.queries import worker_by_external_id

blueprint = Blueprint("offers", __name__, template_folder="../templates", url_prefix="/manage")


@blueprint.get("/projects/<code>/offers")
@requires("rates:offers:propose")
def listing(code: str) -> ResponseReturnValue:
    """Show a project's offers, and the form of a new one."""
    return _page(project_of(current_actor(), code), OfferForm(formdata=None))


@blueprint.post("/projects/<code>/offers")
@requires("rates:offers:propose")
def propose(code: str) -> ResponseReturnValue:
    """Propose an offer."""
    actor, form = current_actor(), OfferForm()
    project = project_of(actor, code)
    if not form.validate():
        return _page(project, form), 400
    refusal = refused(form, lambda: _propose(actor, project, form))
    if refusal:
        return _page(project, form), refusal.status
    flash(_("The offer waits for a second person. The worker sees it when it is approved."), "success")
    return redirect(url_for("offers.listing", code=code), 303)


@blueprint.post("/offers/<int:offer_id>/withdraw")
@requires("rates:offers:propose")
def withdraw(offer_id: int) -> ResponseReturnValue:
    """Take a proposal back."""
    code = withdraw_offer(current_actor(), offer_id, now=clock.now())
    flash(_("The proposal was taken back. The worker never saw it."), "success")
    return redirect(url_for("offers.listing", code=code), 303)


@blueprint.get("/offers")
@requires("rates:offers:approve")
def approvals() -> ResponseReturnValue:
    """Show the offers that wait for a second person."""
    return _waiting(DecisionForm(formdata=None))


@blueprint.post("/offers/<int:offer_id>")
@requires("rates:offers:approve")
def decide(offer_id: int) -> ResponseReturnValue:
    """Approve or refuse an offer."""
    actor, form = current_actor(), DecisionForm()
    if not form.validate():
        return _waiting(form, offer_id), 400
    approve = form.decision.data == "approve"
    refusal = refused_or_missing(
        form, lambda: decide_offer(actor, offer_id, approve=approve, reason=form.reason.data, now=clock.now())
    )
    if refusal:
        return _waiting(form, offer_id), refusal.status
    said = _("The offer is approved: it binds from now on, and the worker was told.") if approve else _("Refused.")
    flash(said, "success")
    return redirect(url_for("offers.approvals"), 303)


def _propose(actor: Actor, project: Project, form: OfferForm) -> None:
    worker = worker_by_external_id(form.worker.data)
    propose_offer(actor, project, worker, form.terms(), reason=form.reason.data, now=clock.now())


def _page(project: Project, form: OfferForm) -> str:
    start = start_of_page()
    rows, count = offers_on(project.id, start=start, limit=PAGE_SIZE)
    bonuses = [offer.id for offer, _, _ in rows if offer.kind == "bonus" and offer.state in {"approved", "accepted"}]
    people = {user_id for offer, _, _ in rows for user_id in (offer.proposed_by, offer.decided_by)}
    return render_template(
        "rates/offers.html", project=project, form=form, offers=rows, emails=emails_of(people), money=Money.of_micros,
        counted=work().counted(bonuses), pager=pager(
            "offers.listing", start=start, shown=len(rows), count=count, code=project.code
        ),
    )  # fmt: skip


def _waiting(form: DecisionForm, of: int | None = None) -> str:
    actor, start = current_actor(), start_of_page()
    scope = None if actor.may("rates:floors:read") else managed_ids(actor)
    rows, count = to_approve(actor.id, scope, start=start, limit=PAGE_SIZE)
    return render_template(
        "rates/approvals.html", offers=rows, form=form, of=of, money=Money.of_micros,
        emails=emails_of({offer.proposed_by for offer, _, _ in rows}),
        pager=pager("offers.approvals", start=start, shown=len(rows), count=count),
    )  # fmt: skip
