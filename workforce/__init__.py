"""People, projects, rates and the work that is done: everything that pay is made of."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import click
from flask import Flask

from i18n import locale
from i18n.locale import N_
from workforce.appeals import views as appeal_pages
from workforce.core import admin, clock
from workforce.core.bench import add_bench, bench
from workforce.core.cli import database, jobs, server
from workforce.core.demo import add_step, demonstration
from workforce.core.migrate import add_look
from workforce.core.pages import Item, add_menu, add_panel
from workforce.core.prune import Age, prune
from workforce.core.scheduler import Job, add_job
from workforce.home import views as home_pages
from workforce.identity import demo as identity_demo
from workforce.identity import views as sign_in
from workforce.identity.cli import users as users_commands
from workforce.identity.services import follow_roles
from workforce.identity.views import people as people_pages
from workforce.imports import views as import_pages
from workforce.imports.cli import imports as imports_commands
from workforce.imports.jobs import finish_imports
from workforce.imports.services.spellings import twins
from workforce.notifications import views as message_pages
from workforce.notifications.cli import mails as mails_commands
from workforce.notifications.jobs import send_mail, tell_crowds
from workforce.notifications.services import set_reader_source
from workforce.notifications.services.announcements import JOB as TELL_CROWDS
from workforce.onboarding import bench as onboarding_bench
from workforce.onboarding import demo as onboarding_demo
from workforce.onboarding import views as onboarding_pages
from workforce.onboarding.cli import applications as applications_commands
from workforce.onboarding.cli import campaigns as campaigns_commands
from workforce.onboarding.jobs import ask_identity_providers, settle_applications
from workforce.paydays import demo as paydays_demo
from workforce.paydays.cli import groups as groups_commands
from workforce.projects import demo as projects_demo
from workforce.projects import views as project_pages
from workforce.projects.cli import projects as projects_commands
from workforce.projects.queries import add_median_teller, add_quote_teller
from workforce.rates import demo as rates_demo
from workforce.rates import views as rate_pages
from workforce.rates.cli import offers as offers_commands
from workforce.rates.cli import rates as rates_commands
from workforce.rates.jobs import lapse_old_offers
from workforce.rates.queries import set_work_teller, what_projects_pay
from workforce.rates.views import floors as floor_pages
from workforce.skills import demo as skills_demo
from workforce.skills import views as skill_pages
from workforce.skills.cli import certifications as certifications_commands
from workforce.skills.cli import tests as tests_commands
from workforce.skills.jobs import close_attempts, warn_certifications
from workforce.tasks import demo as tasks_demo
from workforce.tasks import views as task_pages
from workforce.tasks.jobs import award_all_bonuses
from workforce.tasks.queries import median_seconds
from workforce.tasks.services.history import TELLER as WORK_TELLER
from workforce.training import demo as training_demo
from workforce.training import views as training_pages
from workforce.workers import demo as workers_demo
from workforce.workers import views as worker_pages
from workforce.workers.cli import workers as workers_commands
from workforce.workers.queries import readers_settings
from workforce.workers.services import link_new_account, unlinked

# Named apart from the folders beside this file, which are attributes of it too.
COMMANDS: Final[Sequence[click.Command]] = (
    *server.commands.values(), *demonstration.commands.values(), *bench.commands.values(),
    database, jobs, users_commands, workers_commands, groups_commands, projects_commands, imports_commands,
    rates_commands, offers_commands,
    mails_commands, applications_commands, campaigns_commands, tests_commands, certifications_commands,
)  # fmt: skip

# What is deleted, and when; the README tells it. A session that nobody ended counts from when it was over.
AGES: Final = (
    Age("limit_hit", "at", timedelta(days=1)),
    Age("job_run", "started_at", timedelta(days=14)),
    Age("mail", "sent_at", timedelta(days=30)),
    Age("announcement", "ended_at", timedelta(days=30)),
    Age("user_session", "LEAST(ended_at, expires_at)", timedelta(days=30)),
    Age("message", "read_at", timedelta(days=180)),
)


def init_app(app: Flask) -> None:
    """Add the pages of this package."""
    locale.init_app(
        app,
        user_locale=lambda: sign_in.user_locale() or worker_pages.reader_locale(),
        user_timezone=lambda: worker_pages.reader_timezone() or onboarding_pages.applicant_timezone(),
    )
    sign_in.init_app(app)
    set_reader_source(readers_settings)
    message_pages.init_app(app)
    appeal_pages.init_app(app)
    project_pages.init_app(app)
    add_median_teller(median_seconds)
    worker_pages.init_app(app)
    skill_pages.init_app(app)
    onboarding_pages.init_app(app)
    add_job(Job("settle-applications", 60, settle_applications, N_("Accept applicants whose steps are all done.")))
    add_job(Job("ask-identity-providers", 60, ask_identity_providers, N_("Ask what became of identity checks.")))
    add_job(Job("close-attempts", 30, close_attempts, N_("Hand in the tests whose time is over.")))
    add_job(Job("warn-certifications", 3600, warn_certifications, N_("Warn of certifications that lapse.")))
    rate_pages.init_app(app)
    training_pages.init_app(app)
    app.register_blueprint(floor_pages.blueprint)
    add_menu(Item("floors.listing", N_("Hourly floors"), "rates:floors:read", 43))
    set_work_teller(WORK_TELLER)
    add_quote_teller(what_projects_pay)
    add_job(Job("award-bonuses", 300, award_all_bonuses, N_("Pay the bonuses whose condition is met.")))
    add_job(Job("lapse-offers", 3600, lapse_old_offers, N_("Let offers lapse that nobody has answered in time.")))
    add_job(Job("prune", 3600, prune_by_age, N_("Delete what is older than it needs to be.")))
    add_job(Job(TELL_CROWDS, 60, tell_crowds, N_("Tell everybody concerned what was announced.")))
    add_job(Job("send-mail", 60, send_mail, N_("Send the mail that waits.")))
    add_job(Job("finish-imports", 60, finish_imports, N_("Take in the rest of files whose import was interrupted.")))
    for blueprint in (home_pages.blueprint, task_pages.blueprint, import_pages.blueprint, admin.blueprint):
        app.register_blueprint(blueprint)
    add_menu(Item("admin.jobs", N_("Jobs"), "jobs:runs:read", 10, landing=True))
    add_panel("top", "leader", admin.strip, order=10)
    add_menu(Item("admin.audit_log", N_("Audit log"), "audit:events:read", 11))
    app.register_blueprint(people_pages.blueprint)
    add_menu(Item("people.listing", N_("People"), "identity:accounts:read", 9))
    add_menu(Item("mail.overview", N_("Mail"), "jobs:runs:read", 12))
    add_menu(Item("appeals.listing", N_("Appeals"), "appeals:cases:decide", 58))
    add_menu(Item("tasks.project_list", N_("Projects"), "projects:throughput:read", 50, landing=True))
    add_look("twins", twins)
    add_look("unlinked", unlinked)
    follow_roles("workers", link_new_account)
    add_menu(Item("imports.form", N_("Imports"), "imports:files:write", 51))
    for step in (
        identity_demo.STEP, skills_demo.STEP, paydays_demo.STEP, workers_demo.STEP, projects_demo.STEP, rates_demo.STEP,
        tasks_demo.WORK, tasks_demo.SECOND_THOUGHTS, projects_demo.PEOPLE, rates_demo.PROMISES, workers_demo.CHANGES,
        onboarding_demo.STEP,
        training_demo.STEP,
    ):  # fmt: skip
        add_step(step)
    add_bench(onboarding_bench.BENCH)


def prune_by_age() -> int:
    """Delete what is older than its age; give how many rows were.

    Raises:
        SomeFailed: at the end, naming the tables that went wrong.

    """
    return prune(AGES, now=clock.now())
