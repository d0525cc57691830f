"""A recruiter's pages: the list of applications, and one with everything that is known of it."""

from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from i18n.countries import country_name
from i18n.locale import N_, translate
from workforce.appeals.services import appeal_of
from workforce.core import clock
from workforce.core.errors import DaybookError
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires
from workforce.identity.queries import emails_of
from workforce.onboarding.forms import (
    CHANNEL_WORDS,
    KIND_WORDS,
    SKILLS,
    DecisionForm,
    language_name,
)
from workforce.onboarding.models import Application, IdentityCheck
from workforce.onboarding.queries.applications import application_by_id, campaign_code, project_code
from workforce.onboarding.queries.facts import facts_of
from workforce.onboarding.queries.listing import WAITING, Wanted, checks_of, countries, listed, matches_of, pictured
from workforce.onboarding.rules.states import STATES, TRANSITIONS
from workforce.onboarding.rules.steps import steps_of, undone
from workforce.onboarding.services import decide
from workforce.onboarding.services.identity import decide_identity, read_number, read_picture
from workforce.paydays.queries import groups

blueprint = Blueprint("applications", __name__, template_folder="../templates")
DECIDE: Final = "onboarding:applications:decide"
PAGE: Final = 50
SAME_WORDS: Final = {
    "document": N_("same document"), "tax_id": N_("same tax number"), "email": N_("same email in another spelling"),
    "device": N_("same device"), "name": N_("same name and country"),
}  # fmt: skip


@blueprint.get("/manage/applications")
@requires(DECIDE)
def listing() -> ResponseReturnValue:
    """List applications; by default those that wait for a recruiter."""
    wanted = Wanted(
        state=_among(request.args.get("state", WAITING), {WAITING, "", *STATES}),
        country=request.args.get("country", "")[:2], channel=request.args.get("channel", "")[:10],
        campaign=request.args.get("campaign", "")[:40], flagged=request.args.get("flagged") == "y",
        search=request.args.get("search", "").replace("\0", "")[:200],
    )  # fmt: skip
    start = number_asked("start")
    found, count = listed(wanted, start=start, limit=PAGE)
    kept = {key: value for key, value in request.args.to_dict().items() if key != "start"}
    return render_template(
        "onboarding/applications.html", rows=found, count=count, start=start, size=PAGE, wanted=wanted, kept=kept,
        states=STATES, waiting=WAITING, countries=[(code, country_name(code)) for code in countries()],
        channels=_translated(CHANNEL_WORDS), same=_translated(SAME_WORDS), country_name=country_name,
    )  # fmt: skip


@blueprint.get("/manage/applications/<int:application_id>")
@requires(DECIDE)
def show(application_id: int) -> ResponseReturnValue:
    """Show an application."""
    application = _application(application_id)
    return _page(application, _form(application))


@blueprint.post("/manage/applications/<int:application_id>")
@requires(DECIDE)
def decide_on(application_id: int) -> ResponseReturnValue:
    """Accept or decline."""
    application = _application(application_id)
    form = _form(application)
    if not form.validate_on_submit() or form.decision.data not in {"accept", "decline"}:
        return _page(application, form), 400
    actor, now = current_actor(), clock.now()
    if form.decision.data == "accept":
        try:
            worker = decide.accept(
                actor, application_id, group=form.group.data or "", reason=form.reason.data or "", now=now
            )
        except (decide.NeedsGroup, decide.StepsUndone) as refusal:
            field = form.group if isinstance(refusal, decide.NeedsGroup) else form.reason
            field.errors = [refusal.message()]
            return _page(application, form), refusal.status
        text = N_("%(name)s is accepted and is worker %(worker)s now.")
        said = translate(text, name=application.name, worker=worker.external_id)
    else:
        decide.decline(actor, application_id, reason=form.reason.data or "", now=now)
        said = translate(N_("%(name)s is declined, and was told why and how to appeal."), name=application.name)
    flash(said, "success")
    return redirect(url_for("applications.show", application_id=application_id))


@blueprint.post("/manage/applications/<int:application_id>/identity/<int:check_id>")
@requires("onboarding:identity:review")
def review(application_id: int, check_id: int) -> ResponseReturnValue:
    """Approve or refuse a document."""
    application = _application(application_id)
    if check_id not in {one.id for one in checks_of(application_id)}:
        return _page(application, _form(application)), 404
    form = DecisionForm()
    form.offer([], "")
    del form.group
    if not form.validate_on_submit() or form.decision.data not in {"approve", "refuse"}:
        return _page(application, _form(application, fresh=True), review_form=form), 400
    decide_identity(
        current_actor(), check_id, approved=form.decision.data == "approve", reason=form.reason.data or "",
        now=clock.now(),
    )  # fmt: skip
    flash(translate(N_("The decision on the document is stored, and the applicant was told.")), "success")
    return redirect(url_for("applications.show", application_id=application_id))


@blueprint.get("/manage/applications/<int:application_id>/identity/<int:check_id>/picture")
@requires("onboarding:identity:review")
def picture(application_id: int, check_id: int) -> ResponseReturnValue:
    """Show the picture of a document; the reading goes into the audit log."""
    _application(application_id)
    kind, content = read_picture(current_actor(), application_id, min(check_id, 2**62), now=clock.now())
    return Response(content, mimetype=kind, headers={"Content-Disposition": "inline", "Cache-Control": "no-store"})


def _application(application_id: int) -> Application:
    return application_by_id(min(application_id, 2**62))


def _form(application: Application, *, fresh: bool = False) -> DecisionForm:
    form = DecisionForm(formdata=None) if fresh or request.method == "GET" else DecisionForm()
    suggested = decide.suggestion(application)
    form.offer([one.code for one in groups()], suggested.code if suggested else "")
    return form


def _page(application: Application, form: DecisionForm, *, review_form: DecisionForm | None = None) -> str:
    now = clock.now()
    steps = steps_of(facts_of(application, now=now))
    checks = checks_of(application.id)
    names = emails_of({application.decided_by, *(one.decided_by for one in checks)})
    if review_form is None:
        review_form = DecisionForm(formdata=None)
        del review_form.group
    return render_template(
        "onboarding/application.html", application=application, form=form, review_form=review_form,
        steps=steps, undone=[one.words() for one in undone(steps)],
        matches=matches_of(application.id), same=_translated(SAME_WORDS), label=decide.label(application),
        country_name=country_name, language_name=language_name, names=names, project=project_code(application),
        campaign=campaign_code(application), channels=_translated(CHANNEL_WORDS), kinds=_translated(KIND_WORDS),
        skills=[translate(SKILLS[one]) for one in application.skills if one in SKILLS],
        checks=[(one, _number(one)) for one in checks], pictured=pictured([one.id for one in checks]),
        appeal=appeal_of(decide.APPEAL, application.id) if application.declined_by else None,
        may_accept=(application.state, "accept") in TRANSITIONS,
        may_decline=(application.state, "decline") in TRANSITIONS, suggested=decide.suggestion(application),
    )  # fmt: skip


def _number(check: IdentityCheck) -> str:
    """Give the number of a document while it is being looked at; afterwards nobody needs it."""
    try:
        return read_number(check) if check.state == "waiting" else ""
    except DaybookError as problem:
        return problem.message()


def _translated(words: dict[str, str] | Any) -> dict[str, str]:
    return {code: translate(word) for code, word in words.items()}


def _among(text: str, known: set[str]) -> str:
    return text if text in known else WAITING
