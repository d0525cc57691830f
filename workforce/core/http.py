"""What every request goes through: one transaction, a permission, safe headers, errors that people can read."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request, session as cookie, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import CSRFProtect
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from i18n.locale import LOCALES, N_, translate
from workforce.core import pages
from workforce.core.auth import NOBODY, Actor
from workforce.core.db import session, transaction
from workforce.core.errors import DaybookError
from workforce.core.permissions import PUBLIC, SIGNED_IN, requires

log = structlog.get_logger()
csrf = CSRFProtect()
blueprint = Blueprint("core", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
REQUESTS = Counter("daybook_requests", "Answers by endpoint and status", ["endpoint", "status"])

# Views that libraries bring have no mark of ours; what is not in this table is refused.
OTHERS: Final[Mapping[str, str]] = {
    "core.static": PUBLIC,
    "security.login": PUBLIC,
    "security.logout": SIGNED_IN,
}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
NEXT_STEPS: Final = {
    403: N_("You may not see this page. If you need it for your work, ask an administrator for the permission."),
    404: N_("There is no such page, or it is not yours to see. Check the address, or begin at the first page."),
    405: N_("This page cannot be used in that way. Go back and use its buttons."),
    413: N_("The file is too large for a page. Import large files with the command `daybook import`."),
    500: N_("Something went wrong on our side. Nothing was half done. Please try again in a minute."),
    503: N_("The database does not answer. Nothing is lost. Please try again in a minute."),
}


class Application(Flask):
    """A Flask application whose every request is one transaction."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer a request in one transaction, which is rolled back when the view raises."""
        if request.endpoint == "core.static":
            return super().dispatch_request()
        with transaction():
            return super().dispatch_request()


class CookieSession(SecureCookieSessionInterface):
    """Cookies that travel over HTTPS only, but for a browser on the machine itself."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 -- Flask's signature
        return request.host.rsplit(":", 1)[0] not in LOCAL_HOSTS


def current_actor() -> Actor:
    """Give who sent this request; somebody without permissions where nobody is signed in."""
    return current_user.actor if current_user.is_authenticated else NOBODY


def _guard() -> ResponseReturnValue | None:
    """Refuse every view that names no permission, and everybody who does not have it."""
    if request.endpoint is None:
        return None
    view = current_app.view_functions[request.endpoint]
    permission = OTHERS.get(request.endpoint) or getattr(view, "permission", None)
    if permission == PUBLIC:
        return None
    if permission is None:
        log.error("view without permission", endpoint=request.endpoint)
        abort(403)
    if not current_user.is_authenticated:
        return redirect(url_for("security.login", next=request.full_path.rstrip("?") if request.method == "GET" else None))
    if not current_actor().may(permission):
        abort(403)
    return None


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "core.static":
        response.headers["Cache-Control"] = "public, max-age=86400"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    REQUESTS.labels(request.endpoint or "none", response.status_code).inc()
    return response


def _error_page(status: int, message: str) -> tuple[str, int]:
    return render_template("core/error.html", code=status, message=message), status


def _refused(error: DaybookError) -> tuple[str, int]:
    return _error_page(error.status, error.message())


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    return _error_page(error.code, translate(NEXT_STEPS.get(error.code, NEXT_STEPS[500])))


def _database_away(error: OperationalError) -> tuple[str, int]:
    log.error("database away", error=str(error.orig))
    return _error_page(503, translate(NEXT_STEPS[503]))


def _context() -> dict[str, Any]:
    actor = current_actor()
    return {"menu": pages.menu_for(actor) if actor is not NOBODY else [], "actor": actor, "panels": pages.panels}


@blueprint.post("/locale")
@requires(PUBLIC)
def set_locale() -> ResponseReturnValue:
    """Keep the language that a reader chose: with the account, or in the session where nobody is signed in."""
    chosen = request.form.get("locale", "")
    if chosen not in LOCALES:
        abort(404)
    cookie["locale"] = chosen
    if current_user.is_authenticated:
        current_user.locale = chosen
    target = request.form.get("next", "/")
    return redirect(target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/")


@blueprint.get("/healthz")
@requires(PUBLIC)
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@requires(PUBLIC)
def readyz() -> ResponseReturnValue:
    """Say whether the process can do its work: the database answers and is migrated."""
    session().execute(text("SELECT version_num FROM alembic_version"))
    return Response("ready\n", mimetype="text/plain")


@blueprint.get("/metrics")
@requires(PUBLIC)
def metrics() -> ResponseReturnValue:
    """Give counters for Prometheus; to the machine itself only, since they tell how much is going on."""
    if request.remote_addr not in {"127.0.0.1", "::1"} or "X-Forwarded-For" in request.headers:
        abort(404)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask) -> None:
    """Put all this in front of an application."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = CookieSession()
    csrf.init_app(app)
    app.register_blueprint(blueprint)
    app.before_request(_guard)
    app.after_request(_headers)
    app.register_error_handler(DaybookError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.context_processor(_context)
