"""The pages of strangers, applicants, recruiters, and of whoever reads tax forms."""

from flask import Flask, render_template

from i18n.locale import N_
from workforce.appeals.services import Handler, add_handler
from workforce.core.http import current_actor
from workforce.core.limits import add_limit, by_address
from workforce.core.pages import Item, add_menu, add_panel
from workforce.notifications.services import set_reader_source
from workforce.onboarding.queries.applications import languages_of, readers_settings, zone_of_applicant
from workforce.onboarding.services import decide
from workforce.onboarding.services.messages import add_kinds
from workforce.onboarding.views import apply, campaigns, evidence, funnel, manage, mine, tax
from workforce.projects.queries import add_language_teller


def applicant_timezone() -> str | None:
    """Give the time zone of the applicant who is signed in."""
    actor = current_actor()
    return zone_of_applicant(actor.id) or None if actor.id is not None and actor.may("me:application:write") else None


def init_app(app: Flask) -> None:
    """Add pages, menu, jobs, and what other features must know."""
    # A stranger's and an applicant's pages are one blueprint.
    for blueprint in dict.fromkeys(module.blueprint for module in (apply, mine, manage, campaigns, funnel, tax)):
        app.register_blueprint(blueprint)
    add_menu(Item("onboarding.mine", N_("My application"), "me:application:write", 15, landing=True))
    add_menu(Item("applications.listing", N_("Applications"), "onboarding:applications:decide", 20, landing=True))
    add_menu(Item("campaigns.listing", N_("Campaigns"), "onboarding:campaigns:write", 56))
    add_menu(Item("funnel.report", N_("Funnel"), "onboarding:funnel:read", 57))
    add_menu(Item("tax.listing", N_("Tax forms"), "onboarding:tax:read", 45))
    add_limit("onboarding.submit", "apply", "20 per hour", apply.limited_by_address)
    add_limit("onboarding.submit", "apply-email", "5 per hour", apply.limited_by_email)
    add_limit("onboarding.choose_password", "first-password", "30 per hour", by_address)
    add_panel("sign-in", "apply", lambda: render_template("onboarding/to_apply.html"), order=10)
    add_kinds()
    set_reader_source(readers_settings)
    add_language_teller(languages_of)
    add_handler(
        decide.APPEAL,
        Handler(
            label=N_("Application"), evidence=evidence.of_application, granted=decide.granted,
            page=evidence.page_of_application, own_page=lambda _appeal: "/me/application",
        ),
    )  # fmt: skip
