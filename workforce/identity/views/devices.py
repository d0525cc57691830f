"""Who sends a request: a signed cookie holds a token, the token's session must be alive, and so must the account."""

from typing import Any, Final

from flask import Flask, current_app, g, request
from flask import session as cookie
from flask_login import current_user, user_logged_out
from flask_security.signals import (
    password_changed,
    password_reset,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
    wan_deleted,
    wan_registered,
)
from flask_security.utils import set_request_attr

from workforce.core import clock, limits
from workforce.identity import queries, services
from workforce.identity.models import User, UserSession
from workforce.identity.views.parts import of_a_demo

TOKEN: Final = "sid"  # noqa: S105 -- the name of what the cookie holds
_HERE: Final = "_daybook_session"


def current_session() -> UserSession | None:
    """Give the session that this request belongs to."""
    found: UserSession | None = g.get(_HERE)
    return found


def load(uniquifier: str) -> User | None:
    """Give who is signed in, for Flask-Login, or None where the session is over, ended, or not of this account."""
    token, now = cookie.get(TOKEN), clock.now()
    found = queries.session_of(uniquifier, services.hash_of(token)) if token else None
    if found is None or not services.is_alive(found[1], now=now):
        return None
    user, one = found
    if of_a_demo(user) and current_app.config["DAYBOOK"].environment == "production":
        return None
    services.note_seen(one, now=now)
    setattr(g, _HERE, one)
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", cookie.get("fs_paa", 0))
    return user


def _signed_in(_app: Flask, user: User, authn_via: list[str] | None = None, **_: Any) -> None:
    """Begin a session with a token and a CSRF token of its own; whatever the cookie held before opens nothing."""
    # One cookie, so that ending a session ends it: Flask-Login's own one for being kept signed in is never set.
    remembered = cookie.pop("_remember", None) == "set"
    cookie.pop("_remember_seconds", None)
    before = current_session()
    if authn_via == ["change"] and before is not None:
        remembered = before.remembered
    old = cookie.pop(TOKEN, None)
    if old:
        services.close_session(old, now=clock.now())
    token, one = services.open_session(
        user, remembered=remembered, user_agent=request.user_agent.string, address=request.remote_addr or "",
        now=clock.now(),
    )  # fmt: skip
    cookie[TOKEN] = token
    cookie.permanent = one.remembered
    for name in ("csrf_token", "fs_gexp"):
        cookie.pop(name, None)
        g.pop(name, None)
    setattr(g, _HERE, one)
    for name, key in (("sign-in", user.email), ("code", user.fs_uniquifier)):
        limits.forget(name, key)


def _signed_out(_app: Flask, **_: Any) -> None:
    token = cookie.pop(TOKEN, None)
    cookie.permanent = False
    if token:
        services.close_session(token, now=clock.now())


def _new_password(_app: Flask, user: User, **_: Any) -> None:
    """End every session but the one in which the password was changed."""
    mine = cookie.get(TOKEN, "") if current_user == user else ""
    services.end_sessions(user.actor, user, now=clock.now(), but=mine)


def _factor_set_up(_app: Flask, user: User, **_: Any) -> None:
    services.note_change(user.actor, user, "authenticator", now=clock.now())


def _factor_off(_app: Flask, user: User, **_: Any) -> None:
    services.note_change(user.actor, user, "off", now=clock.now())


def _passkey_added(_app: Flask, user: User, name: str, **_: Any) -> None:
    services.note_change(user.actor, user, "passkey", now=clock.now(), name=name)


def _passkey_removed(_app: Flask, user: User, name: str, **_: Any) -> None:
    services.note_change(user.actor, user, "passkey_off", now=clock.now(), name=name)


def init_app(app: Flask, login_manager: Any) -> None:
    """Let Flask-Login ask here."""
    login_manager.user_loader(load)
    # There are no tokens in headers or addresses.
    login_manager.request_loader(lambda _request: None)
    user_authenticated.connect(_signed_in, app)
    user_logged_out.connect(_signed_out, app)
    password_changed.connect(_new_password, app)
    password_reset.connect(_new_password, app)
    tf_profile_changed.connect(_factor_set_up, app)
    tf_disabled.connect(_factor_off, app)
    wan_registered.connect(_passkey_added, app)
    wan_deleted.connect(_passkey_removed, app)
