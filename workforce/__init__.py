"""People, projects, rates and the work that is done: everything that pay is made of."""

from collections.abc import Sequence
from typing import Final

import click
from flask import Flask

from i18n import locale
from workforce.core.cli import database, jobs, server
from workforce.identity import views as identity
from workforce.identity.cli import users
from workforce.imports.cli import imports
from workforce.paydays.cli import groups
from workforce.projects.cli import projects

COMMANDS: Final[Sequence[click.Command]] = (*server.commands.values(), database, jobs, users, groups, projects, imports)


def init_app(app: Flask) -> None:
    """Add the pages of this package."""
    locale.init_app(app, user_locale=identity.user_locale, user_timezone=lambda: None)
    identity.init_app(app)
