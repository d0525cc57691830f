"""The public page on which a stranger applies, and the link that confirms her address."""

import secrets
from typing import Any, Final

import flask_babel
from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_security.utils import login_user

from i18n.locale import LOCALES, SESSION_KEY, current_locale, translate
from workforce.core import clock
from workforce.core.errors import Invalid
from workforce.core.http import current_actor
from workforce.core.limits import by_address
from workforce.core.pages import number_asked
from workforce.core.permissions import PUBLIC, requires
from workforce.identity.rules import canonical_address
from workforce.onboarding.forms import ApplyForm, PasswordForm, language_names
from workforce.onboarding.queries.applications import current_terms, open_project, terms_by_number
from workforce.onboarding.rules.groups import zone_of
from workforce.onboarding.services import apply as services
from workforce.onboarding.services.apply import Origin, Sent

blueprint = Blueprint("onboarding", __name__, template_folder="../templates")
_IN_LANGUAGE: Final = f"/<any({', '.join(LOCALES)}):locale>/apply"
# A random name for this browser, kept only by whoever agreed to the terms, which speak of it.
_DEVICE: Final = "daybook_device"
_YEAR: Final = 365 * 24 * 3600


@blueprint.get("/apply")
@blueprint.get(_IN_LANGUAGE)
@requires(PUBLIC)
def apply(locale: str = "") -> ResponseReturnValue:
    """Show the form, in the reader's language or in that of the address."""
    if current_actor().may("me:application:write"):
        return redirect(url_for("onboarding.mine"))
    _speak(locale)
    form = ApplyForm(formdata=None)
    form.offer(campaign=_campaign())
    form.terms_number.data = str(current_terms().number)
    return _page(form)


@blueprint.post("/apply")
@blueprint.post(_IN_LANGUAGE)
@requires(PUBLIC)
def submit(locale: str = "") -> ResponseReturnValue:
    """Take an application; changing the language or adding rows keeps what was typed."""
    _speak(locale)
    form = ApplyForm()
    form.offer(campaign=_campaign())
    terms = current_terms()
    if "switch" in request.form or "more" in request.form:
        if "more" in request.form:
            form.more_rows()
        form.terms_number.data = str(terms.number)
        return _page(form)
    sound = form.validate_on_submit()
    if form.terms_number.data != str(terms.number):
        form.terms_number.data, form.consent.data = str(terms.number), False
        form.consent.errors = [translate(services.NEW_TERMS)]
        sound = False
    if not sound:
        return _page(form), 400
    answer = make_response(redirect(url_for("onboarding.sent")))
    if not form.website.data:  # only a program fills in what nobody sees
        _take(form, _device(answer))
    return answer


@blueprint.get("/apply/sent")
@requires(PUBLIC)
def sent() -> ResponseReturnValue:
    """Say that a mail is on its way, whatever is in it."""
    return render_template("onboarding/sent.html")


@blueprint.get("/apply/terms")
@requires(PUBLIC)
def terms() -> ResponseReturnValue:
    """Show the terms, in the version that is asked for or the present one."""
    number = number_asked("version") or None
    found = terms_by_number(number) if number and number < 2**31 else current_terms()
    text = found.texts.get(current_locale()) or found.texts["en"]
    return render_template("onboarding/terms.html", terms=found, paragraphs=text.split("\n\n"))


@blueprint.get("/apply/confirm/<code>")
@requires(PUBLIC)
def confirm(code: str) -> ResponseReturnValue:
    """Ask for a password; looking at the link does not use it up, since mail programs look at links, too."""
    application = services.applicant_of(code, now=clock.now())
    return render_template("onboarding/confirm.html", form=PasswordForm(), code=code, application=application)


@blueprint.post("/apply/confirm/<code>")
@requires(PUBLIC)
def choose_password(code: str) -> ResponseReturnValue:
    """Confirm the address, set the password and sign her in."""
    form, now = PasswordForm(), clock.now()
    application = services.applicant_of(code, now=now)
    if form.validate_on_submit():
        try:
            user = services.confirm(code, form.password.data, now=now)
        except Invalid as problem:
            form.password.errors = [translate(problem.params["problem"])]
        else:
            login_user(user)
            flash(translate(services.CONFIRMED), "success")
            return redirect(url_for("onboarding.mine"))
    return render_template("onboarding/confirm.html", form=form, code=code, application=application), 400


def limited_by_address() -> str | None:
    """Count applications by where they come from; a change of the language is none."""
    return None if "switch" in request.form or "more" in request.form else by_address()


def limited_by_email() -> str | None:
    """Count applications by the address that would get a mail."""
    if limited_by_address() is None:
        return None
    typed = request.form.get("email", "").strip()
    return canonical_address(typed) or typed.lower() or None


def _speak(locale: str) -> None:
    """Show this and the next pages in the language of the address, where it names one."""
    if locale:
        cookie[SESSION_KEY] = locale
        flask_babel.refresh()


def _campaign() -> str:
    return request.args.get("c", "")[:40]


def _page(form: ApplyForm) -> Response:
    kept: dict[str, Any] = {key: request.args[key] for key in ("c", "project") if key in request.args}
    project = open_project(request.args.get("project", "")[:40])
    page = render_template(
        "onboarding/apply.html", form=form, kept=kept, project=project, language_names=language_names(),
        locales=list(LOCALES.values()),
    )  # fmt: skip
    answer = make_response(page)
    links = [(code, url_for("onboarding.apply", locale=code, _external=True)) for code in LOCALES]
    links.append(("x-default", url_for("onboarding.apply", _external=True)))
    answer.headers["Link"] = ", ".join(f'<{url}>; rel="alternate"; hreflang="{code}"' for code, url in links)
    return answer


def _device(answer: Response) -> str:
    """Give the random name of this browser, making one where it has none."""
    name = request.cookies.get(_DEVICE, "")
    if not (len(name) == 32 and name.isalnum()):
        name = secrets.token_hex(16)
    answer.set_cookie(_DEVICE, name, max_age=_YEAR, httponly=True, samesite="Lax")
    return name


def _take(form: ApplyForm, device: str) -> None:
    what = Sent(
        name=form.name.data, email=form.email.data, country=form.country.data,
        timezone=form.timezone.data or zone_of(form.country.data), languages=form.known_languages(),
        skills=form.skills.data, skills_text=form.skills_text.data, phone=form.phone.data,
        heard=form.heard.data if form.heard else "", campaign=_campaign(), project=request.args.get("project", "")[:40],
        terms_number=int(form.terms_number.data), locale=current_locale(),
    )  # fmt: skip
    origin = Origin(request.remote_addr or "", request.user_agent.string[:300], device)
    services.apply(what, origin, now=clock.now())
