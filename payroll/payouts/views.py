"""Finance's pages of what is paid: payslips of a run, the release, and what became of the orders."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from i18n.locale import N_, translate
from payroll.closing.queries import find_run
from payroll.payouts import queries, services
from payroll.payouts.forms import DecisionForm, ProposalForm
from payroll.payouts.rules import OPEN, WAITING_DAYS
from payroll.runs.queries import RunPage, conversions_of, lines_of, locked_rates
from payroll.runs.views import page_number, run_page
from workforce.core import clock
from workforce.core.http import current_actor, limit_money, refused
from workforce.core.money import Money
from workforce.core.pages import Item, add_menu, add_panel, number_asked
from workforce.core.permissions import fresh, requires
from workforce.identity.queries import emails_of

blueprint = Blueprint("payouts", __name__, template_folder="templates", url_prefix="/finance")
READ: Final = "payroll:runs:read"
SLIPS_A_PAGE: Final = 100
PIECES_A_PAGE: Final = 200
PERIODS: Final = (1, 7, 30)


@blueprint.get("/runs/<run>/lines")
@requires(READ)
def slips(run: str) -> ResponseReturnValue:
    """Show the payslips of a run."""
    found, group = find_run(run)
    search, page = request.args.get("worker", "").strip(), page_number()
    shown, every = queries.slips(found, search=search, limit=SLIPS_A_PAGE, offset=(page - 1) * SLIPS_A_PAGE)
    return render_template(
        "payouts/slips.html", name=run, run=found, group=group, slips=shown, every=every, search=search, page=page,
        size=SLIPS_A_PAGE, micros=Money.of_micros,
    )  # fmt: skip


@blueprint.get("/runs/<run>/payslips/<path:worker>")
@requires(READ)
def slip(run: str, worker: str) -> ResponseReturnValue:
    """Show a worker's payslip with all that it is made of."""
    found, group = find_run(run)
    one = queries.slip_of(found, worker)
    if one is None:
        abort(404)
    lines = list(lines_of(found, one.worker_id))
    pieces = [line for line in lines if line.kind != "rounding"]
    page = page_number()
    first = (page - 1) * PIECES_A_PAGE
    return render_template(
        "payouts/slip.html", name=run, run=found, group=group, slip=one, lines=queries.lines_of_slip(found, one),
        pieces=pieces[first : first + PIECES_A_PAGE], every=len(pieces), page=page, size=PIECES_A_PAGE,
        conversions=conversions_of(lines), rates=locked_rates(found.group_id, [found.pay_day])[found.pay_day],
        postings=queries.postings_of(one), orders=queries.orders_of(one), micros=Money.of_micros,
    )  # fmt: skip


@blueprint.post("/runs/<run>/release")
@requires("payroll:runs:release")
@fresh
def release(run: str) -> ResponseReturnValue:
    """Release a run that another person approved."""
    refusal = refused(lambda: services.start_release(current_actor(), run, now=clock.now()))
    if refusal:
        return run_page(run, refusal=refusal)
    # Minutes of work, perhaps: no reader waits for it.
    flash(_("You released %(run)s. Its payouts are being prepared and go out one after the other.", run=run), "success")
    return redirect(url_for("runs.show", run=run), 303)


@blueprint.get("/payouts")
@requires(READ)
def overview() -> ResponseReturnValue:
    """Show what became of the orders, and those that somebody may have to look at."""
    days = number_asked("days", 7)
    days = days if days in PERIODS else 7
    now = clock.now()
    since = (now - timedelta(days=days)).date()
    asked = queries.count_requests(current_actor().id) if current_actor().may("payroll:payouts:approve") else 0
    return render_template(
        "payouts/overview.html", asked=asked, sums=queries.sums_since(since), troubled=queries.troubled(since),
        days=days, periods=PERIODS, shown=queries.TROUBLE_SHOWN, now=now, micros=Money.of_micros,
    )  # fmt: skip


@blueprint.get("/balances")
@requires(READ)
def balances() -> ResponseReturnValue:
    """Show what failed or waits in a balance, and what was proposed to be sent."""
    return _balances()


@blueprint.post("/payouts/<int:order_id>/resend")
@requires("payroll:payouts:propose")
@fresh
def propose_order(order_id: int) -> ResponseReturnValue:
    """Propose to send a failed order again."""
    form = ProposalForm()
    return _acted(
        f"order-{order_id}", form,
        lambda: services.propose_order(current_actor(), order_id, reason=form.reason.data, now=clock.now()),
        N_("The proposal is saved. Another person in finance must approve it before anything is sent."),
    )  # fmt: skip


@blueprint.post("/balances/<int:worker_id>/<currency>")
@requires("payroll:payouts:propose")
@fresh
def propose_balance(worker_id: int, currency: str) -> ResponseReturnValue:
    """Propose to send a whole balance."""
    form, actor = ProposalForm(), current_actor()
    return _acted(
        f"balance-{worker_id}-{currency}", form,
        lambda: services.propose_balance(actor, worker_id, currency, reason=form.reason.data, now=clock.now()),
        N_("The proposal is saved. Another person in finance must approve it before anything is sent."),
    )  # fmt: skip


@blueprint.post("/balances/requests/<int:request_id>/approve")
@requires("payroll:payouts:approve")
@fresh
def approve_request(request_id: int) -> ResponseReturnValue:
    """Approve what another person proposed to send."""
    rail = current_app.config["DAYBOOK"].rail
    return _acted(
        f"request-{request_id}", DecisionForm(),
        lambda: services.approve_request(current_actor(), request_id, rail=rail, now=clock.now()),
        N_("You approved the payout. It is on its way to the rail."),
    )  # fmt: skip


@blueprint.post("/balances/requests/<int:request_id>/refuse")
@requires("payroll:payouts:propose")
@fresh
def refuse_request(request_id: int) -> ResponseReturnValue:
    """Refuse what another person proposed to send, or withdraw a proposal of one's own."""
    form = DecisionForm()
    return _acted(
        f"request-{request_id}", form,
        lambda: services.refuse_request(current_actor(), request_id, reason=form.reason.data, now=clock.now()),
        N_("Nothing is sent. The money stays in the balance."),
    )  # fmt: skip


def _acted(
    about: str, form: ProposalForm | DecisionForm, act: Callable[[], object], said: str
) -> ResponseReturnValue:  # fmt: skip
    """Do what a form of the page of balances asks for, and show why not beside it if it is refused."""
    if not form.validate():
        return _balances(form, about), 400
    refusal = refused(act)
    if refusal:
        form.form_errors.append(refusal.message())
        return _balances(form, about), refusal.status
    flash(translate(said), "success")
    return redirect(url_for("payouts.balances"), 303)


def _balances(form: ProposalForm | DecisionForm | None = None, about: str = "") -> str:
    now, waiting = clock.now(), queries.open_requests()
    return render_template(
        "payouts/balances.html", requests=waiting, failed=queries.failed_orders(), form=form, about=about, now=now,
        balances=queries.waiting_balances(now), days=WAITING_DAYS, shown=queries.WAITING_SHOWN, actor=current_actor(),
        emails=emails_of({one.request.proposed_by for one in waiting}), micros=Money.of_micros,
        payable=queries.payable([(one.request.worker_id, one.request.currency) for one in waiting]),
    )  # fmt: skip


def _next_panel(page: RunPage) -> str:
    again = page.run.state == "settled" and any(one.state in OPEN for one in queries.sums_of_run(page.run))
    return render_template(
        "payouts/next.html", page=page, run=page.run, actor=current_actor(), again=again, micros=Money.of_micros,
        foreseen=queries.foreseen(page.run) if page.run.state == "approved" else None,
    )  # fmt: skip


def _leaving_panel(page: RunPage) -> str:
    return render_template(
        "payouts/foreseen.html", foreseen=queries.foreseen(page.run), run=page.run, zone=page.group.timezone,
        micros=Money.of_micros,
    )  # fmt: skip


def _orders_panel(page: RunPage) -> str:
    return render_template(
        "payouts/orders.html", page=page, run=page.run, sums=queries.sums_of_run(page.run),
        preparing=queries.preparing(page.run), micros=Money.of_micros,
    )  # fmt: skip


def init_app(app: Flask) -> None:
    """Add these pages, and what they add to a run's page."""
    app.register_blueprint(blueprint)
    limit_money("payouts.release")
    add_menu(Item("payouts.overview", N_("Payouts"), READ, order=41))
    for endpoint in ("propose_order", "propose_balance", "approve_request"):
        limit_money(f"payouts.{endpoint}")
    add_panel("finance.run.leaving", "foreseen", _leaving_panel, order=10)
    add_panel("finance.run.next", "release", _next_panel, order=10)
    add_panel("finance.run", "orders", _orders_panel, order=10)
