"""A person's own account: what she signs in with, and the devices on which she is signed in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.permissions import SIGNED_IN, requires
from workforce.identity import queries, services
from workforce.identity.rules import device_of

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
@requires(SIGNED_IN)
def overview() -> ResponseReturnValue:
    """Show what she signs in with, and where to change it."""
    return render_template("security/account.html", user=current_user)


@blueprint.get("/sessions")
@requires(SIGNED_IN)
def sessions() -> ResponseReturnValue:
    """Show the devices on which she is signed in."""
    mine = services.hash_of(cookie.get("sid", ""))
    now = clock.now()
    rows = [
        (one, device_of(one.user_agent), one.token_hash == mine)
        for one in queries.sessions_of(current_actor().id or 0)
        if services.is_alive(one, now=now)
    ]
    return render_template("security/sessions.html", rows=rows)


@blueprint.post("/sessions/<int:number>/end")
@requires(SIGNED_IN)
def end_session(number: int) -> ResponseReturnValue:
    """Sign her out on one device."""
    services.end_session(current_actor(), number, now=clock.now())
    flash(_("That device is signed out."), "success")
    return redirect(url_for("account.sessions"), 303)


@blueprint.post("/sessions/end-others")
@requires(SIGNED_IN)
def end_others() -> ResponseReturnValue:
    """Sign her out everywhere but here."""
    services.end_sessions(current_actor(), current_user, now=clock.now(), but=cookie.get("sid", ""))
    flash(_("All other devices are signed out."), "success")
    return redirect(url_for("account.sessions"), 303)
