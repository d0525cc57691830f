"""The application and the `daybook` command. Everything comes together here; nothing imports this."""

import atexit
from pathlib import Path

import click
from flask import Flask

import leaderboard
import payroll
import workforce
from i18n.cli import i18n as i18n_commands
from workforce.core import clock, db, http, logs, migrate
from workforce.core.postgres import EmbeddedServer
from workforce.core.settings import Settings, load_settings

ROOT = Path(__file__).parent


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application.

    Args:
        settings: of this installation; read from the environment by default.

    Raises:
        SettingsError: the environment has a value that cannot be used.
        EmbeddedServerError: the embedded database does not start.

    """
    logs.init()
    settings = settings or load_settings(root=ROOT)
    app = http.Application("daybook", root_path=str(ROOT), static_folder=None, template_folder=None)
    app.config["DAYBOOK"] = settings
    app.config["SECRET_KEY"] = settings.secret_key
    clock.freeze(settings.now)
    url = settings.database_url or _embedded(settings, app)
    db.init_app(app, url, direct=settings.direct_url, pooled=settings.pooled)
    migrate.init_app(app)
    http.init_app(app)
    workforce.init_app(app)
    payroll.init_app(app)
    leaderboard.init_app(app)
    return app


def _embedded(settings: Settings, app: Flask) -> str:
    server = EmbeddedServer(settings.instance / "postgres")
    url = server.acquire()
    app.config["EMBEDDED_SERVER"] = server
    atexit.register(server.release)
    return url


@click.group(context_settings={"obj": create_app, "help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Daybook: work and pay of crowds that are paid every day."""


for _group in (*workforce.COMMANDS, *payroll.COMMANDS, *leaderboard.COMMANDS, i18n_commands):
    cli.add_command(_group)
