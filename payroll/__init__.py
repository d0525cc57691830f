"""Money: the ledger, exchange, the daily close, runs, payouts and payslips."""

from collections.abc import Sequence
from typing import Final

import click
from flask import Flask

from i18n.locale import N_
from payroll.closing import bench as closing_bench
from payroll.closing import demo as closing_demo
from payroll.closing.cli import closing as closing_commands
from payroll.closing.jobs import close_due_days
from payroll.closing.queries import top_up_costs
from payroll.closing.services import checks as closing_checks
from payroll.closing.services.guard import must_not_compute
from payroll.earnings import views as budget_pages
from payroll.earnings.jobs import watch_budgets
from payroll.earnings.queries.spending import add_cost_source
from payroll.fx import demo as fx_demo
from payroll.fx import views as fx_pages
from payroll.fx.cli import fx as fx_commands
from payroll.fx.queries import set_order
from payroll.fx.services import estimated
from payroll.ledger import queries as ledger_queries
from payroll.ledger.cli import ledger as ledger_commands
from payroll.payouts import demo as payouts_demo
from payroll.payouts import views as payout_pages
from payroll.payouts.cli import payouts as payouts_commands
from payroll.payouts.jobs import foresee_payouts, poll_rails, send_payouts
from payroll.payouts.services import checks as payouts_checks
from payroll.payouts.services import keep_approved
from payroll.payslips import views as payslip_pages
from payroll.payslips.cli import runs as runs_commands
from payroll.runs import views as run_pages
from payroll.runs.services import follow_approval
from workforce.core.bench import add_bench
from workforce.core.demo import add_step
from workforce.core.money import set_estimator
from workforce.core.scheduler import Job, add_job
from workforce.workers.services import guard_pay

# Named apart from the folders beside this file, which are attributes of it too.
COMMANDS: Final[Sequence[click.Command]] = (
    fx_commands, *closing_commands.commands.values(), runs_commands, payouts_commands, ledger_commands,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Add the jobs and pages of this package, and what proves its books."""
    for check in (*ledger_queries.CHECKS, *closing_checks.CHECKS, *payouts_checks.CHECKS):
        ledger_queries.add_check(check)
    add_job(Job("close-due-days", 60, close_due_days, N_("Close the days whose cut-off has passed.")))
    add_job(Job("foresee-payouts", 60, foresee_payouts, N_("Compute what runs will send that wait for a decision.")))
    follow_approval("payouts", keep_approved)
    add_job(Job("send-payouts", 60, send_payouts, N_("Make and send the orders of released runs.")))
    add_job(Job("poll-rails", 60, poll_rails, N_("Find out what became of the orders that were sent.")))
    add_job(Job("watch-budgets", 1800, watch_budgets, N_("Tell managers whose budgets come to their alarm or end.")))
    for pages in (budget_pages, run_pages, payout_pages, payslip_pages, fx_pages):
        pages.init_app(app)
    for step in (fx_demo.STEP, closing_demo.STEP, payouts_demo.STEP):
        add_step(step)
    add_bench(closing_bench.CLOSE)
    set_estimator(estimated)
    set_order(app.config["DAYBOOK"].fx_sources)
    add_cost_source(top_up_costs)
    guard_pay("closing", must_not_compute)
