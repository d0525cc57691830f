"""People, projects, rates and the work that is done: everything that pay is made of."""

from collections.abc import Sequence
from typing import Final

import click
from flask import Flask

from i18n import locale
from i18n.locale import N_
from workforce.core import admin
from workforce.core.bench import bench
from workforce.core.cli import database, jobs, server
from workforce.core.demo import add_step, demonstration
from workforce.core.pages import Item, add_menu
from workforce.home import views as home_pages
from workforce.identity import demo as identity_demo
from workforce.identity import views as sign_in
from workforce.identity.cli import users as users_commands
from workforce.imports import views as import_pages
from workforce.imports.cli import imports as imports_commands
from workforce.paydays import demo as paydays_demo
from workforce.paydays.cli import groups as groups_commands
from workforce.projects import demo as projects_demo
from workforce.projects.cli import projects as projects_commands
from workforce.rates import demo as rates_demo
from workforce.tasks import demo as tasks_demo
from workforce.tasks import views as task_pages
from workforce.workers import demo as workers_demo
from workforce.workers import views as readers

# Named apart from the folders beside this file, which are attributes of it too.
COMMANDS: Final[Sequence[click.Command]] = (
    *server.commands.values(), *demonstration.commands.values(), *bench.commands.values(),
    database, jobs, users_commands, groups_commands, projects_commands, imports_commands,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Add the pages of this package."""
    locale.init_app(
        app,
        user_locale=lambda: sign_in.user_locale() or readers.reader_locale(),
        user_timezone=readers.reader_timezone,
    )
    sign_in.init_app(app)
    for blueprint in (home_pages.blueprint, task_pages.blueprint, import_pages.blueprint, admin.blueprint):
        app.register_blueprint(blueprint)
    add_menu(Item("admin.jobs", N_("Jobs"), "jobs:runs:read", 10, landing=True))
    add_menu(Item("admin.audit_log", N_("Audit log"), "audit:events:read", 11))
    add_menu(Item("tasks.project_list", N_("Projects"), "projects:throughput:read", 50, landing=True))
    add_menu(Item("imports.form", N_("Imports"), "imports:files:write", 51))
    for step in (
        identity_demo.STEP, paydays_demo.STEP, workers_demo.STEP, projects_demo.STEP, rates_demo.STEP, tasks_demo.WORK,
        tasks_demo.SECOND_THOUGHTS,
    ):  # fmt: skip
        add_step(step)
