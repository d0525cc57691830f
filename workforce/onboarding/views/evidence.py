"""What whoever decides on an appeal of an application sees of it: nothing of tax or identity papers, and no name."""

from flask import render_template, url_for

from i18n.countries import country_name
from i18n.locale import translate
from workforce.appeals.models import Appeal
from workforce.core import audit, clock
from workforce.core.auth import SYSTEM
from workforce.core.http import current_actor
from workforce.onboarding.forms import SKILLS, language_name
from workforce.onboarding.queries.applications import application_by_id, project_code
from workforce.onboarding.queries.facts import facts_of
from workforce.onboarding.queries.listing import checks_of, matches_of
from workforce.onboarding.rules.steps import steps_of
from workforce.onboarding.services import decide
from workforce.onboarding.views.manage import DECIDE, SAME_WORDS
from workforce.skills.queries.attempts import history


def page_of_application(appeal: Appeal) -> str | None:
    """Give the address of an application's page to readers who may open it."""
    if not current_actor().may(DECIDE):
        return None
    return url_for("applications.show", application_id=appeal.subject_id)


def of_application(appeal: Appeal) -> str:
    """Give the part of an appeal's page that shows the decline and what it rested on."""
    application = application_by_id(appeal.subject_id)
    facts = facts_of(application, now=clock.now())
    return render_template(
        "onboarding/evidence.html", application=application, decline=_decline(appeal), system=SYSTEM.email,
        steps=steps_of(facts), tests=[*facts.required, *facts.taken], attempts=history(application.user_id),
        checks=checks_of(application.id), country=country_name(application.country), language_name=language_name,
        skills=[translate(SKILLS[one]) for one in application.skills if one in SKILLS],
        project=project_code(application),
        matches=[
            (decide.label(one), one.state, one.applied_at, [translate(SAME_WORDS[sign]) for sign in one.same])
            for one in matches_of(application.id)
        ],
    )  # fmt: skip


def _decline(appeal: Appeal) -> audit.AuditEvent | None:
    """Give the decline that was appealed, by the audit log: the application itself keeps its last decision only."""
    subject = f"application:{appeal.subject_id}"
    found = audit.latest(before_id=None, limit=10, subject=subject, action="application.decline").events
    return next((one for one in found if one.at <= appeal.opened_at), None)
