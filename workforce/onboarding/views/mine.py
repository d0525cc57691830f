"""An applicant's own pages: where she stands, what is next, how long it takes."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from i18n.countries import country_name
from i18n.locale import N_, translate
from workforce.appeals.forms import AppealForm
from workforce.appeals.services import appeal_of
from workforce.core import clock, mail
from workforce.core.http import current_actor
from workforce.core.permissions import requires
from workforce.onboarding.forms import IdentityForm, TaxForm
from workforce.onboarding.models import Application
from workforce.onboarding.queries.applications import application_of, campaign_of, own_application, project_code
from workforce.onboarding.queries.facts import facts_of, medians
from workforce.onboarding.rules.states import APPEAL_WITHIN
from workforce.onboarding.rules.steps import Step, next_step, steps_of, wait_words
from workforce.onboarding.services import apply as apply_services
from workforce.onboarding.services import decide
from workforce.onboarding.services.identity import NoPicture, Shown, show_identity
from workforce.onboarding.services.tax import Signed, sign_tax_form
from workforce.onboarding.views.apply import blueprint as _public

blueprint: Blueprint = _public
WRITE = "me:application:write"


@blueprint.get("/me/application")
@requires(WRITE)
def mine() -> ResponseReturnValue:
    """Show where an applicant stands; whoever never applied is told how."""
    return _page(AppealForm())


@blueprint.post("/me/application/withdraw")
@requires(WRITE)
def withdraw() -> ResponseReturnValue:
    """Withdraw one's own application."""
    decide.withdraw(current_actor(), now=clock.now())
    flash(translate(N_("Your application is withdrawn. You can take it up again whenever you like.")), "success")
    return redirect(url_for("onboarding.mine"))


@blueprint.post("/me/application/resume")
@requires(WRITE)
def resume() -> ResponseReturnValue:
    """Take it up again."""
    decide.resume(current_actor(), now=clock.now())
    flash(translate(N_("Welcome back. Everything that you had done is still there.")), "success")
    return redirect(url_for("onboarding.mine"))


@blueprint.post("/me/application/appeal")
@requires(WRITE)
def appeal() -> ResponseReturnValue:
    """Appeal against a decline."""
    form = AppealForm()
    own_application(current_actor())
    if not form.validate_on_submit():
        return _page(form), 400
    decide.appeal(current_actor(), form.text.data, now=clock.now())
    flash(translate(N_("Your appeal is with somebody who did not decide before.")), "success")
    return redirect(url_for("onboarding.mine"))


@blueprint.get("/me/application/identity")
@requires(WRITE)
def identity() -> ResponseReturnValue:
    """Ask for a document."""
    application = own_application(current_actor())
    form = IdentityForm(formdata=None)
    form.offer()
    form.country.data = application.country
    return _identity_page(form, application)


@blueprint.post("/me/application/identity")
@requires(WRITE)
def show_document() -> ResponseReturnValue:
    """Take a document."""
    application = own_application(current_actor())
    form = IdentityForm()
    form.offer()
    picture = b""
    if form.picture.data:
        with form.picture.data.stream as stream:
            picture = stream.read()
    if not form.validate_on_submit():
        return _identity_page(form, application), 400
    picture = b"" if form.by_call.data else picture
    shown = Shown(form.country.data, form.kind.data, form.number.data, picture, form.by_call.data, form.note.data)
    try:
        show_identity(current_actor(), shown, now=clock.now())
    except NoPicture as problem:
        form.picture.errors = [problem.message()]
        return _identity_page(form, application), problem.status
    said = N_("Thank you. Your document is stored encrypted, and you hear from us once it was looked at.")
    flash(translate(said), "success")
    return redirect(url_for("onboarding.mine"))


@blueprint.get("/me/application/tax")
@requires(WRITE)
def tax() -> ResponseReturnValue:
    """Ask for a tax form."""
    application = own_application(current_actor())
    form = TaxForm(formdata=None)
    form.offer()
    form.country.data, form.name.data = application.country, application.name
    return render_template("onboarding/tax.html", form=form)


@blueprint.post("/me/application/tax")
@requires(WRITE)
def sign_tax() -> ResponseReturnValue:
    """Take a signed tax form."""
    form = TaxForm()
    form.offer()
    if not form.validate_on_submit():
        return render_template("onboarding/tax.html", form=form), 400
    signed = Signed(form.country.data, form.tax_id.data, form.name.data, form.signature.data)
    sign_tax_form(current_actor(), signed, now=clock.now())
    flash(translate(N_("Your tax form is signed and stored encrypted.")), "success")
    return redirect(url_for("onboarding.mine"))


def _identity_page(form: IdentityForm, application: Application) -> str:
    words = wait_words("identity", medians(now=clock.now())["identity"])
    return render_template("onboarding/identity.html", form=form, application=application, wait=_waits(words))


def _page(form: AppealForm) -> str:
    actor, now = current_actor(), clock.now()
    application = application_of(actor)
    if application is None:
        return render_template("onboarding/nothing.html")
    apply_services.confirm_known(actor, application, now=now)
    facts = facts_of(application, now=now)
    steps = steps_of(facts)
    lately = medians(now=now)
    waits = {kind: _waits(wait_words(kind, lately[kind])) for kind in lately}
    coming = next_step(steps) if application.state == "confirmed" else None
    deadline = application.decided_at + APPEAL_WITHIN if application.decided_at else None
    campaign = campaign_of(application.user_id) if application.state == "accepted" else None
    return render_template(
        "onboarding/mine.html", application=application, facts=facts, steps=[_step(one, waits) for one in steps],
        coming=_step(coming, waits) if coming else None, waits=waits, country=country_name(application.country),
        project=project_code(application), deadline=deadline, form=form, now=now, label=decide.label(application),
        appeal=appeal_of(decide.APPEAL, application.id) if application.decided_at else None,
        referral=mail.address(f"/apply?c={campaign.code}") if campaign else "",
    )  # fmt: skip


def _waits(words: tuple[str, int]) -> str:
    text, count = words
    return translate(text, count=count) if count else translate(text)


def _step(step: Step, waits: dict[str, str]) -> dict[str, Any]:
    """Give a step as the page shows it."""
    path = step.page if step.page.startswith("/") or not step.page else url_for(step.page)
    takes = translate(step.takes) if step.takes else ""
    return {
        "label": step.words(), "state": step.state, "url": path, "reason": step.reason,
        "action": translate(step.action, **step.params) if step.action else "", "takes": takes,
        "wait": waits.get(step.waits, ""),
    }  # fmt: skip
