"""Who is certified: a manager's list of a test's holders, and everybody's own."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.errors import DaybookError
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires
from workforce.identity.queries import emails_of, user_by_email
from workforce.skills import queries
from workforce.skills.forms import GrantForm, ReasonForm
from workforce.skills.models import SkillTest
from workforce.skills.queries.attempts import score_of
from workforce.skills.queries.certifications import STATES, held_by_id, listed, listed_count, own
from workforce.skills.services import grant, revoke
from workforce.skills.views.manage import A_PAGE, blueprint, undone

GRANT = "skills:certifications:grant"


@blueprint.get("/manage/tests/<code>/holders")
@requires(GRANT)
def holders(code: str) -> ResponseReturnValue:
    """Show who is certified by a test, and who was."""
    test = queries.test_by_code(code)
    return render_template("skills/manage_holders.html", **_values(test), form=GrantForm(formdata=None))


@blueprint.post("/manage/tests/<code>/holders")
@requires(GRANT)
def certify(code: str) -> ResponseReturnValue:
    """Certify somebody by hand."""
    test, form = queries.test_by_code(code), GrantForm()
    if not form.validate_on_submit():
        return render_template("skills/manage_holders.html", **_values(test), form=form), 400
    try:
        user = user_by_email(form.email.data)
        grant(current_actor(), user.id, test, form.kind.data, reason=form.reason.data, now=clock.now())
    except DaybookError as problem:
        return undone("skills/manage_holders.html", problem, **_values(test), form=form)
    flash(_("%(email)s is certified, and has been told.", email=user.email), "success")
    return redirect(url_for("tests.holders", code=code))


@blueprint.get("/manage/certifications/<int(max=9223372036854775807):certification_id>")
@requires(GRANT)
def certification(certification_id: int) -> ResponseReturnValue:
    """Show a certification, with the form that takes it away."""
    return render_template("skills/manage_certification.html", **_one(certification_id), form=ReasonForm(formdata=None))


@blueprint.post("/manage/certifications/<int(max=9223372036854775807):certification_id>")
@requires(GRANT)
def take_away(certification_id: int) -> ResponseReturnValue:
    """Take a certification away from now on."""
    about, form = _one(certification_id), ReasonForm()
    if not form.validate_on_submit():
        return render_template("skills/manage_certification.html", **about, form=form), 400
    revoke(current_actor(), about["held"].certification, form.reason.data, now=clock.now())
    flash(_("The certification is revoked from now on, and its holder has been told why."), "success")
    return redirect(url_for("tests.holders", code=about["held"].test.code))


@blueprint.get("/me/certifications")
@requires("me:tests:take")
def mine() -> ResponseReturnValue:
    """Show a person's own certifications."""
    found = own(current_actor().id, on=clock.now().date())
    return render_template("skills/me_certifications.html", found=found)


def _one(certification_id: int) -> dict[str, Any]:
    held = held_by_id(certification_id, on=clock.now().date())
    attempt, granted_by = held.certification.attempt_id, held.certification.granted_by
    return {
        "held": held, "score": score_of(attempt) if attempt else None,
        "granted_by": emails_of([granted_by]).get(granted_by or 0, ""),
    }  # fmt: skip


def _values(test: SkillTest) -> dict[str, Any]:
    chosen = request.args.get("state", "valid")
    kind = request.args.get("kind", "")
    filters = {
        "state": chosen if chosen in STATES else "valid", "kind": kind if kind in {"worker", "grader"} else "",
        "email": request.args.get("email", "").replace("\x00", "").strip()[:320],
    }  # fmt: skip
    start, today = number_asked("start"), clock.now().date()
    return {
        "test": test, "filters": filters, "states": STATES, "start": start, "size": A_PAGE,
        "found": listed(on=today, test_id=test.id, start=start, limit=A_PAGE, **filters),
        "count": listed_count(on=today, test_id=test.id, **filters),
    }  # fmt: skip
