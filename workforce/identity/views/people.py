"""An administrator's pages of accounts: who there is, who may do what, and why that was changed."""

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.db import session
from workforce.core.errors import DaybookError, Forbidden, NotFound
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import ROLES, SECOND_FACTOR, fresh, requires
from workforce.identity.forms import ReasonForm, RoleForm
from workforce.identity.queries import people as queries
from workforce.identity.services import roles as services
from workforce.identity.services.roles import ROLE_WORDS

blueprint = Blueprint("people", __name__, template_folder="../templates", url_prefix="/admin/people")
READ: Final = "identity:accounts:read"
PAGE: Final = 50


@blueprint.get("")
@requires(READ)
def listing() -> ResponseReturnValue:
    """Show accounts, by address."""
    role = request.args.get("role", "")
    asked = {"prefix": request.args.get("prefix", "").strip()[:320], "role": role if role in ROLES else ""}
    page = number_asked("page", 1, least=1, most=1_000_000)
    found = queries.people(**asked, limit=PAGE, offset=(page - 1) * PAGE)
    return render_template(
        "identity/people.html", people=found, asked=asked, kept={name: value for name, value in asked.items() if value},
        page=page, size=PAGE, every=queries.count_people(**asked), words=ROLE_WORDS, strong=SECOND_FACTOR,
    )  # fmt: skip


@blueprint.get("/<int:user>")
@requires(READ)
def show(user: int) -> ResponseReturnValue:
    """Show an account."""
    return _page(user)


@blueprint.post("/<int:user>/grant")
@requires(services.GRANT)
@fresh
def grant(user: int) -> ResponseReturnValue:
    """Give a role."""
    form = _role_form(_person(user), held=False, sent=True)
    if not form.validate():
        return _page(user, typed={"grant": form}, status=400)
    role, reason = form.role.data, form.reason.data
    refusal = _refused(lambda: services.grant_role(current_actor(), user, role, reason=reason, now=clock.now()))
    if refusal:
        return _page(user, typed={"grant": form}, refusal=refusal, status=refusal.status)
    flash(_("The role is given, and the person is told."), "success")
    found = _person(user)
    if role in SECOND_FACTOR and not found.second_factor:
        flash(_("She must set up a second factor before she can open any page. She is told that, too."), "info")
    return redirect(url_for("people.show", user=user), 303)


@blueprint.post("/<int:user>/revoke")
@requires(services.GRANT)
@fresh
def revoke(user: int) -> ResponseReturnValue:
    """Take a role away."""
    form = _role_form(_person(user), held=True, sent=True)
    if not form.validate():
        return _page(user, typed={"revoke": form}, status=400)
    role, reason = form.role.data, form.reason.data
    refusal = _refused(lambda: services.revoke_role(current_actor(), user, role, reason=reason, now=clock.now()))
    if refusal:
        return _page(user, typed={"revoke": form}, refusal=refusal, status=refusal.status)
    flash(_("The role is taken away, and the person is told."), "success")
    return redirect(url_for("people.show", user=user), 303)


@blueprint.post("/<int:user>/shut")
@requires(services.GRANT)
@fresh
def shut(user: int) -> ResponseReturnValue:
    """Shut an account."""
    return _change(user, services.shut, _("The account is shut, and the person is told."))


@blueprint.post("/<int:user>/reopen")
@requires(services.GRANT)
@fresh
def reopen(user: int) -> ResponseReturnValue:
    """Open an account again."""
    return _change(user, services.reopen, _("The account is open again, and the person is told."))


def _change(user: int, act: Callable[..., object], words: str) -> ResponseReturnValue:
    form = ReasonForm(prefix="account")
    if not form.validate():
        return _page(user, typed={"account": form}, status=400)
    refusal = _refused(lambda: act(current_actor(), user, reason=form.reason.data, now=clock.now()))
    if refusal:
        return _page(user, typed={"account": form}, refusal=refusal, status=refusal.status)
    flash(words, "success")
    return redirect(url_for("people.show", user=user), 303)


def _refused(act: Callable[[], object]) -> DaybookError | None:
    """Do something, and give the reason if it is refused, with nothing of it done."""
    try:
        with session().begin_nested():
            act()
    except (NotFound, Forbidden):
        raise
    except DaybookError as refusal:
        session().expire_all()
        return refusal
    return None


def _person(user: int) -> queries.Person:
    found = queries.person(user)
    if found is None:
        raise NotFound(thing="user", name=user)
    return found


def _role_form(person: queries.Person, *, held: bool, sent: bool = False) -> RoleForm:
    """Make the form that takes roles away (of those held), or gives others."""
    values: dict[str, Any] = {} if sent else {"formdata": None}
    form = RoleForm(prefix="revoke" if held else "grant", **values)
    form.offer([name for name in ROLES if (name in person.roles) == held])
    return form


def _page(
    user: int, *, typed: dict[str, RoleForm | ReasonForm] | None = None, refusal: DaybookError | None = None,
    status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    person, given = _person(user), typed or {}
    html = render_template(
        "identity/person.html", person=person, sessions=queries.count_sessions(user, now=clock.now()), refusal=refusal,
        words=ROLE_WORDS, needs=[name for name in person.roles if name in SECOND_FACTOR], strong=SECOND_FACTOR,
        grant=given.get("grant") or _role_form(person, held=False), typed=given,
        revoke=given.get("revoke") or _role_form(person, held=True),
        account=given.get("account") or ReasonForm(prefix="account", formdata=None),
        own=current_actor().id == user,
    )  # fmt: skip
    return html, status
