from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask, Response, request
from flask_wtf import CSRFProtect

from i18n import catalogs, locale
from workforce import core
from workforce.core import states


class Reader(SimpleNamespace):
    """What the templates ask of the person who is signed in."""

    is_authenticated = True
    email = "worker@example.org"


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    for code in catalogs.translated_locales():
        catalogs.compile_locale(code)


@pytest.fixture
def app() -> Flask:
    """A page server with our templates and nothing else of the product."""
    made = Flask("page", root_path=core.__path__[0], static_folder=None)
    made.secret_key = "secret"
    CSRFProtect(made)
    locale.init_app(made, lambda: request.args.get("user"), lambda: "Asia/Ho_Chi_Minh")
    frame = Blueprint("core", "core", root_path=core.__path__[0], static_folder="static", static_url_path="/static")
    frame.add_url_rule("/locale", "set_locale", methods=["POST"], view_func=Response)
    security = Blueprint("security", "security")
    security.add_url_rule("/logout", "logout", methods=["POST"], view_func=Response)
    account = Blueprint("account", "account")
    account.add_url_rule("/account", "overview", view_func=Response)
    made.register_blueprint(account)
    made.register_blueprint(frame)
    made.register_blueprint(security)
    made.jinja_env.globals["state_word"] = states.state_word
    made.context_processor(lambda: {"current_user": Reader(), "panels": lambda _place: []})
    return made


@pytest.fixture
def page(app: Flask) -> Iterator[Flask]:
    with app.test_request_context("/me/pay?user=vi"):
        yield app
