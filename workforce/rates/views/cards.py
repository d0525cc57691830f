"""A project's rate card: what holds, what comes, who set it when and why, and a new line."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.money import Money
from workforce.core.permissions import requires
from workforce.identity.queries import emails_of
from workforce.projects.models import Project
from workforce.projects.views.common import PAGE_SIZE, pager, refused_or_missing, start_of_page
from workforce.rates.forms import RateForm
from workforce.rates.queries import history, known_levels, project_to_read, rate_card, told_of
from workforce.rates.rules import NOTICE, RateLine, in_force
from workforce.rates.services import Plan, add_rate, first_day, grouped, plan_rate

blueprint = Blueprint("rates", __name__, template_folder="../templates", url_prefix="/manage/projects")


@blueprint.get("/<code>/rates")
@requires("rates:cards:read")
def card(code: str) -> ResponseReturnValue:
    """Show a rate card."""
    return _page(project_to_read(current_actor(), code), RateForm(formdata=None))


@blueprint.post("/<code>/rates")
@requires("rates:cards:write")
def add(code: str) -> ResponseReturnValue:
    """Show whom a new line would concern, and write it when that was confirmed."""
    actor, now = current_actor(), clock.now()
    project, form = project_to_read(actor, code), RateForm()
    if not form.validate():
        return _page(project, form), 400
    if "confirm" not in request.form:
        plans: list[Plan] = []
        refusal = refused_or_missing(
            form, lambda: plans.append(plan_rate(actor, project, **form.values(), ahead=True, now=now))
        )
        return _page(project, form, plan=plans[0] if plans else None), refusal.status if refusal else 200
    refusal = refused_or_missing(form, lambda: add_rate(actor, project, **form.values(), ahead=True, now=now))
    if refusal:
        return _page(project, form), refusal.status
    flash(_("The line is on the card, and everybody whom it concerns is told."), "success")
    return redirect(url_for("rates.card", code=code), 303)


def _page(project: Project, form: RateForm, *, plan: Plan | None = None) -> str:
    today, start = first_day(clock.now()), start_of_page()
    lines = rate_card(project.id)
    held = in_force(lines, today)
    ahead = sorted((one for one in lines if one.valid_from > today), key=lambda one: (one.valid_from, *_order(one)))
    past, count = history(project.id, start=start, limit=PAGE_SIZE)
    told = told_of(project.id, [*(one.id for one in past), *(one.id for one in ahead)])
    return render_template(
        "rates/card.html", project=project, form=form, held=sorted(held, key=_order), ahead=ahead, past=past, told=told,
        emails=emails_of({one.created_by for one in past}), levels=known_levels(), today=today, money=Money.of_micros,
        notice=NOTICE.days, earliest=today + NOTICE, **_planned(plan),
        pager=pager("rates.card", start=start, shown=len(past), count=count, code=project.code),
    )  # fmt: skip


def _planned(plan: Plan | None) -> dict[str, Any]:
    groups = grouped(plan.effects) if plan else []
    return {"plan": plan, "groups": groups, "people": sum(group.people for group in groups)}


def _order(line: RateLine) -> tuple[Any, ...]:
    """Order a card as it is read: by level, then by country, the lines for any project last."""
    return (line.project_id is None, line.level, line.country, date.max - line.valid_from)
