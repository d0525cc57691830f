"""Finance's pages of runs: what waits, what a run comes to, what is wrong with it, and the approval."""

from datetime import date
from decimal import Decimal
from typing import Final

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from i18n.locale import N_
from payroll.runs import queries, services
from payroll.runs.forms import ResolveForm
from workforce.core import clock
from workforce.core.errors import DaybookError
from workforce.core.http import current_actor, limit_money, refused
from workforce.core.money import Money
from workforce.core.pages import Item, add_menu, number_asked
from workforce.core.permissions import fresh, requires

blueprint = Blueprint("runs", __name__, template_folder="templates", url_prefix="/finance/runs")
READ: Final = "payroll:runs:read"
RUNS_A_PAGE: Final = 25


def page_number() -> int:
    """Give the page that the address asks for, from 1; what makes no sense is the first."""
    return number_asked("page", 1, least=1, most=1_000_000)


@blueprint.get("")
@requires(READ)
def listing() -> ResponseReturnValue:
    """Show what waits for the reader, and all runs."""
    state = request.args.get("state", "")
    asked = {"group": request.args.get("group", ""), "state": state if state in queries.STATES else ""}
    page = page_number()
    found, waiting, every = queries.run_lists(
        current_actor(), **asked, limit=RUNS_A_PAGE, offset=(page - 1) * RUNS_A_PAGE
    )
    return render_template(
        "runs/list.html", runs=found, waiting=waiting, every=every, groups=queries.groups_with_runs(), asked=asked,
        states=queries.STATES, page=page, size=RUNS_A_PAGE, now=clock.now(), micros=Money.of_micros,
    )  # fmt: skip


@blueprint.get("/<run>")
@requires(READ)
def show(run: str) -> ResponseReturnValue:
    """Show a run."""
    return run_page(run)


@blueprint.post("/<run>/approve")
@requires("payroll:runs:approve")
@fresh
def approve(run: str) -> ResponseReturnValue:
    """Approve a run."""
    refusal = refused(lambda: services.approve(current_actor(), run, now=clock.now()))
    if refusal:
        return run_page(run, refusal=refusal)
    flash(_("You approved %(run)s. Another person must release it now.", run=run), "success")
    return redirect(url_for("runs.show", run=run), 303)


@blueprint.post("/<run>/exceptions/<int:exception>")
@requires("payroll:exceptions:resolve")
@fresh
def resolve(run: str, exception: int) -> ResponseReturnValue:
    """Resolve an exception with a reason."""
    form = ResolveForm(exception)
    if not form.validate():
        return run_page(run, typed={exception: form}, status=400)
    refusal = refused(
        lambda: services.resolve(current_actor(), run, exception, reason=form.reason.data, now=clock.now())
    )
    if refusal:
        return run_page(run, typed={exception: form}, refusal=refusal)
    flash(_("The exception is resolved."), "success")
    return redirect(url_for("runs.show", run=run, _anchor="exceptions"), 303)


def run_page(
    name: str, *, refusal: DaybookError | None = None, typed: dict[int, ResolveForm] | None = None, status: int = 200
) -> ResponseReturnValue:
    """Answer with a run's page.

    Args:
        name: of the run.
        refusal: of what was just tried, shown on top; its status is the answer's.
        typed: forms that were filled in and not taken, by exception.
        status: of the answer where nothing was refused.

    """
    page = queries.run_page(name)
    numbers = [issue.finding.id for issue in page.issues if issue.finding.resolved_at is None]
    forms = {number: ResolveForm(number, formdata=None) for number in numbers} | (typed or {})
    html = render_template(
        "runs/run.html", page=page, run=page.run, forms=forms, typed=typed or {}, refusal=refusal, now=clock.now(),
        micros=Money.of_micros, decimal=Decimal, date=date.fromisoformat,
    )  # fmt: skip
    return html, refusal.status if refusal else status


def init_app(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)
    limit_money("runs.approve")
    add_menu(Item("runs.listing", N_("Runs"), READ, order=40, landing=True))
