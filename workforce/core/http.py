"""What every request goes through: one transaction, a permission, safe headers, errors that people can read."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin, current_user
from flask_security.utils import check_and_update_authn_fresh
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError, ProgrammingError
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from i18n.locale import LOCALES, N_, translate
from workforce.core import crypto, limits, pages, scheduler
from workforce.core.auth import NOBODY, Actor
from workforce.core.db import session, transaction
from workforce.core.errors import DaybookError, Forbidden, NotFound
from workforce.core.limits import TooManyTries
from workforce.core.permissions import PUBLIC, SIGNED_IN, requires
from workforce.core.settings import Settings
from workforce.core.states import state_word

log = structlog.get_logger()
csrf = CSRFProtect()
blueprint = Blueprint("core", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
REQUESTS = Counter("daybook_requests", "Answers by endpoint and status", ["endpoint", "status"])
SECONDS = Histogram(
    "daybook_request_seconds", "Seconds from a request to its answer, by endpoint", ["endpoint"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)  # fmt: skip
LEADERS = Gauge(
    "daybook_leaders", "Processes that run the jobs: 1, or 0 where none does or the database is away",
    multiprocess_mode="mostrecent",
)  # fmt: skip

# Views that libraries bring have no mark of ours; what is not in this table is refused.
OTHERS: Final[Mapping[str, str]] = {
    "core.static": PUBLIC,
    "security.login": PUBLIC,
    "security.logout": SIGNED_IN,
    "security.forgot_password": PUBLIC,
    "security.reset_password": PUBLIC,
    "security.send_confirmation": PUBLIC,
    "security.confirm_email": PUBLIC,
    "security.change_password": SIGNED_IN,
    "security.verify": SIGNED_IN,
    "security.tf_select": PUBLIC,
    "security.two_factor_token_validation": PUBLIC,
    "security.two_factor_setup": SIGNED_IN,
    "security.two_factor_setup_validate": SIGNED_IN,
    "security.mf_recovery": PUBLIC,
    "security.mf_recovery_codes": SIGNED_IN,
    "security.wan_signin": PUBLIC,
    "security.wan_signin_response": PUBLIC,
    "security.wan_register": SIGNED_IN,
    "security.wan_register_response": SIGNED_IN,
    "security.wan_delete": SIGNED_IN,
    "security.wan_verify": SIGNED_IN,
    "security.wan_verify_response": SIGNED_IN,
}
# Whoever changes what one signs in with must have shown just now who she is. The answers are among them because their
# tokens are not bound to a person: one could be made in another account and sent with a stolen session.
OTHERS_FRESH: Final = frozenset({
    "security.two_factor_setup", "security.two_factor_setup_validate", "security.mf_recovery_codes",
    "security.wan_register", "security.wan_register_response", "security.wan_delete",
})  # fmt: skip
# The second step of signing in, which is behind her who is signed in.
SECOND_STEP: Final = frozenset({
    "security.tf_select", "security.two_factor_token_validation", "security.mf_recovery", "security.wan_signin",
    "security.wan_signin_response",
})  # fmt: skip
# What somebody may open who must set up a second factor and has not.
BEFORE_SECOND_FACTOR: Final = frozenset({
    "security.logout", "security.verify", "security.change_password", "security.two_factor_setup",
    "security.two_factor_setup_validate", "security.wan_register", "security.wan_register_response",
})  # fmt: skip
FRESH: Final = timedelta(minutes=15)
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), publickey-credentials-get=(self)",
}
LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
LIMIT_MB: Final = 4
# The error page itself says of most errors what to do next.
WORDS: Final = {
    CSRFError: N_("The page was open for too long. Please send it again."),
    RequestEntityTooLarge: N_(
        "A page takes files of at most %(limit)s MB. Import larger ones on the server:"
        " `daybook import work FILE --format FORMAT --project CODE`."
    ),
}
View = TypeVar("View", bound=Callable[..., object])


def own_transactions(view: View) -> View:
    """Mark a view that calls a service which takes its own transactions, such as an import: it runs outside one."""
    view.own_transactions = True  # type: ignore[attr-defined]
    return view


class Parameters(ImmutableMultiDict[str, Any]):
    """What a reader sent, without the NUL that no database can hold as text; nobody types one on purpose."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = [] if mapping is None else iter_multi_items(mapping)
        super().__init__([(_without_nul(key), _without_nul(value)) for key, value in pairs])


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


class ReadableRequest(Request):
    """A request whose parameters and fields are text that can be stored."""

    parameter_storage_class = Parameters


class Application(Flask):
    """A Flask application whose every request is one transaction, but where a view is marked to take its own."""

    request_class = ReadableRequest

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer a request in one transaction, which is rolled back when the view raises."""
        view = self.view_functions.get(request.endpoint or "")
        if request.endpoint == "core.static" or getattr(view, "own_transactions", False):
            return super().dispatch_request()
        with transaction():
            return super().dispatch_request()


def _secure_line() -> bool:
    """Say whether cookies must travel over HTTPS only: always, but for a browser on the machine itself."""
    return request.host.rsplit(":", 1)[0] not in LOCAL_HOSTS


class CookieSession(SecureCookieSessionInterface):
    """Cookies that travel over HTTPS only, but for a browser on the machine itself."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 -- Flask's signature
        return _secure_line()


def current_actor() -> Actor:
    """Give who sent this request; somebody without permissions where nobody is signed in."""
    return current_user.actor if current_user.is_authenticated else NOBODY


def limit_money(endpoint: str) -> None:
    """Limit how often a person may send a form that moves money: more than anybody does, less than a program would."""
    limits.add_limit(endpoint, "money", "60 per hour", lambda: current_actor().email or None)


def refused(act: Callable[[], object]) -> DaybookError | None:
    """Do something, and return the reason if it is refused; the page can then show it beside what it is about.

    What was begun is undone first, since the request goes on and its transaction with it.

    Raises:
        NotFound, Forbidden: there is nothing to show then.

    """
    try:
        with session().begin_nested():
            act()
    except (NotFound, Forbidden):
        raise
    except DaybookError as refusal:
        return refusal
    return None


def is_local(target: str) -> bool:
    """Say whether an address stays on this site to a browser, which drops tabs and takes a backslash for a slash."""
    return target.isprintable() and "\\" not in target and target.startswith("/") and not target.startswith("//")


def _begin() -> None:
    g.begun = time.perf_counter()


def _guard() -> ResponseReturnValue | None:
    """Refuse every view that names no permission, and everybody who does not have it."""
    if request.endpoint is None:
        return None
    if "\0" in request.path:
        abort(404)
    view = current_app.view_functions[request.endpoint]
    permission = OTHERS.get(request.endpoint) or getattr(view, "permission", None)
    if not is_local((request.args.get("next") or "/").removeprefix(request.host_url.rstrip("/"))):
        abort(400)
    if permission == PUBLIC:
        behind = request.endpoint in SECOND_STEP and current_user.is_authenticated
        return redirect("/") if behind else None
    if permission is None:
        log.error("view without permission", endpoint=request.endpoint)
        abort(403)
    if not current_user.is_authenticated:
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("security.login", next=back))
    if request.endpoint not in BEFORE_SECOND_FACTOR and _lacks_second_factor():
        flash(_("Your work at Daybook needs a second factor. Set it up, then you can go on."), "info")
        return redirect(url_for("security.two_factor_setup"), 303)
    if permission != SIGNED_IN and not current_actor().may(permission):
        abort(403)
    if request.endpoint in OTHERS_FRESH or getattr(view, "fresh", False):
        return _ask_who_it_is()
    return None


def _lacks_second_factor() -> bool:
    return current_user.needs_second_factor and not current_user.has_second_factor


def _ask_who_it_is() -> ResponseReturnValue | None:
    """Ask for the password again unless that was done some minutes ago, and come back afterwards.

    What was sent with a POST is not kept: whoever holds a stolen session could have sent it. The person comes back to
    the page that it was sent from, and is told that it was not done.
    """
    if check_and_update_authn_fresh(FRESH, timedelta(0), "session"):
        return None
    if request.method == "GET":
        flash(_("Please confirm that it is you."), "info")
        back = request.full_path.rstrip("?")
    else:
        flash(_("Nothing was done yet. Please confirm that it is you, then send it once more."), "warning")
        back = _page_before()
    return redirect(url_for("security.verify", next=back), 303)


def _page_before() -> str:
    """Give the page of ours that a form was sent from, as its browser says, or the first page."""
    parts = urlsplit(request.referrer or "")
    here = parts.netloc == request.host and is_local(parts.path)
    return f"{parts.path}?{parts.query}".rstrip("?") if here else "/"


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # Set, not defaulted: sign-in's own header is one that browsers cannot read.
    static = request.endpoint == "core.static"
    response.headers["Cache-Control"] = "public, max-age=86400" if static else "no-store"
    cookies = response.headers.getlist("Set-Cookie")
    if cookies and _secure_line():  # the cookie that keeps one signed in knows nothing of CookieSession
        response.headers.setlist("Set-Cookie", [one if "; Secure" in one else f"{one}; Secure" for one in cookies])
    REQUESTS.labels(request.endpoint or "none", response.status_code).inc()
    if "begun" in g:
        SECONDS.labels(request.endpoint or "none").observe(time.perf_counter() - g.begun)
    return response


def _error_page(status: int, message: str = "") -> tuple[str, int]:
    if status >= 500:
        g._login_user = AnonymousUserMixin()  # noqa: SLF001 -- whoever reads this is not asked of a database that may be away
    return render_template("core/error.html", code=status, message=message), status


def _refused(error: DaybookError) -> ResponseReturnValue:
    page, status = _error_page(error.status, error.message())
    return (page, status, {"Retry-After": str(error.seconds)}) if isinstance(error, TooManyTries) else (page, status)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    return _error_page(error.code, translate(WORDS.get(type(error), ""), limit=LIMIT_MB))


def _database_away(error: OperationalError) -> tuple[str, int]:
    log.error("database away", error=str(error.orig))
    return _error_page(503)


def _unstorable(error: DataError) -> tuple[str, int]:
    """Answer what slipped past a form and could not be stored, such as a number that no column holds."""
    log.error("refused by the database", endpoint=request.endpoint, error=str(error.orig))
    return _error_page(400)


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
    return redirect(target if is_local(target) else "/")


@blueprint.get("/healthz")
@requires(PUBLIC)
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@requires(PUBLIC)
def readyz() -> ResponseReturnValue:
    """Say whether the process can do its work: the database answers and is migrated."""
    try:
        session().execute(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:  # no such table: a database that was never migrated
        abort(503)
    return Response("ready\n", mimetype="text/plain")


@blueprint.get("/metrics")
@requires(PUBLIC)
@own_transactions
def metrics() -> ResponseReturnValue:
    """Give counters for Prometheus; to the machine itself only, since they tell how much is going on.

    Web processes that share a folder for their counts, as those of `daybook up` do, each tell what all of them did.
    """
    if request.remote_addr not in {"127.0.0.1", "::1"} or "X-Forwarded-For" in request.headers:
        abort(404)
    try:
        with transaction():
            LEADERS.set(len(scheduler.leaders()))
    except OperationalError as error:  # the counters are to be had all the same
        log.warning("database away", error=str(error.orig))
        LEADERS.set(0)
    registry, settings = REGISTRY, current_app.config["DAYBOOK"]
    if settings.metrics is not None:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(settings.metrics))  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask) -> None:
    """Put all this in front of an application."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        MAX_CONTENT_LENGTH=LIMIT_MB * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
    )
    settings: Settings = app.config["DAYBOOK"]
    crypto.use_keys(settings.keys or (settings.secret_key,))
    if settings.proxies:
        # Each of ours adds the address that it was asked from; what stands before those is whatever somebody claims.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.session_interface = CookieSession()
    csrf.init_app(app)
    limits.init_app(app, settings)
    app.register_blueprint(blueprint)
    app.before_request(_begin)
    app.before_request(_guard)
    app.before_request(limits.check)
    app.after_request(_headers)
    app.register_error_handler(DaybookError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(DataError, _unstorable)
    app.context_processor(_context)
    app.jinja_env.globals["state_word"] = state_word
