"""A worker's own pages: what every piece earned, and each payslip down to its last digit."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from flask import Blueprint, Flask, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from i18n.formats import number
from i18n.locale import N_
from payroll.payouts.queries import currencies_back
from payroll.payslips import rules
from payroll.payslips.queries import me, pieces
from payroll.payslips.queries import slip as slips
from payroll.payslips.queries.top_up import top_up_of
from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.money import Money
from workforce.core.pages import Item, add_menu, number_asked
from workforce.core.permissions import requires
from workforce.paydays.queries import groups
from workforce.paydays.rules import at_wall_time
from workforce.workers.models import Worker
from workforce.workers.queries import worker_of

blueprint = Blueprint("me", __name__, template_folder="../templates", url_prefix="/me")
EARNINGS: Final = "me:earnings:read"
# Rejections of what was handed in longer ago are found under their own heading.
LATELY: Final = timedelta(days=30)


class NoProfile(Exception):
    """No worker has the address of whoever is signed in."""


@blueprint.errorhandler(NoProfile)
def _no_profile(_: NoProfile) -> ResponseReturnValue:
    return render_template("payslips/no_profile.html")


@dataclass(frozen=True)
class Pages:
    """Where one is in a list of several pages."""

    page: int
    size: int
    total: int

    @property
    def offset(self) -> int:
        """How many entries come before."""
        return (self.page - 1) * self.size

    @property
    def text(self) -> str:
        """Where one is, such as 1–50 / 312."""
        if self.total <= self.size:
            return ""
        return f"{number(self.offset + 1)}–{number(min(self.offset + self.size, self.total))} / {number(self.total)}"

    @property
    def previous(self) -> str | None:
        """The address of the page before."""
        return self._address(self.page - 1) if self.page > 1 else None

    @property
    def next(self) -> str | None:
        """The address of the page after."""
        return self._address(self.page + 1) if self.offset + self.size < self.total else None

    def _address(self, page: int) -> str:
        return url_for(request.endpoint or "", page=page, **(request.view_args or {}))


def _page() -> int:
    # No list is longer than the largest number that the database takes to skip.
    return number_asked("page", 1, least=1, most=1_000_000)


def _me() -> Worker:
    worker = worker_of(current_actor())
    if worker is None:
        raise NoProfile
    return worker


@blueprint.get("/earnings")
@requires(EARNINGS)
def earnings() -> ResponseReturnValue:
    """Show what each day earned and where each amount stands."""
    worker, now = _me(), clock.now()
    by_id = {group.id: group for group in groups()}
    group = by_id[worker.group_id]
    month = clock.local_date(now, group.timezone).replace(day=1)
    standing = me.standing(worker.id, at_wall_time(month, time(0), group.timezone))
    open_work = me.open_lines(worker.id)
    offset = (_page() - 1) * me.DAYS_A_PAGE
    days, total = me.days(worker.id, by_id, open_work, offset=offset, limit=me.DAYS_A_PAGE)
    least = slips.least_payout(group, worker.currency, clock.local_date(now, group.timezone))
    back = currencies_back(worker.id) if standing.carried else set()
    return render_template(
        "payslips/earnings.html", now=now, worker=worker, group=group, standing=standing, days=days,
        pages=Pages(_page(), me.DAYS_A_PAGE, total), accepted=me.totals(open_work), least=least,
        review=pieces.under_review(worker.id), rejected=pieces.rejected_since(worker.id, now - LATELY),
        carried=[(one, _why_carried(one, worker, least, back)) for one in standing.carried],
        chart=me.earned_by_day(worker.id, worker.currency),
    )  # fmt: skip


def _why_carried(amount: Money, worker: Worker, least: Money, back: set[str]) -> str:
    minimum = least.micros if amount.currency == worker.currency else 0
    reason = rules.carried_reason(amount.micros, amount.currency, minimum)
    if reason in {"minimum", "next"} and amount.currency in back:
        return "failed"
    return "currency" if reason == "next" and amount.currency != worker.currency else reason


@blueprint.get("/earnings/<day>")
@requires(EARNINGS)
def day_earnings(day: str) -> ResponseReturnValue:
    """Show every piece that a day is paid for, and what was handed in on it that earns nothing now."""
    worker, wanted = _me(), _day(day)
    by_id = {group.id: group for group in groups()}
    group = by_id[worker.group_id]
    start, end = (at_wall_time(one, time(0), group.timezone) for one in (wanted, wanted + timedelta(days=1)))
    days = me.days_on(worker.id, by_id, wanted)
    pages = Pages(_page(), pieces.PIECES_A_PAGE, sum(line.pieces for one in days for line in one.lines))
    return render_template(
        "payslips/day.html", now=clock.now(), day=wanted, group=group, days=days, pages=pages,
        pieces=pieces.pieces(worker.id, wanted, None, offset=pages.offset, limit=pages.size),
        waiting=pieces.handed_in(worker.id, start, end),
    )  # fmt: skip


def _day(text: str) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 -- a date, of no zone yet
    except ValueError:
        abort(404)
    if day.isoformat() != text or not 2000 <= day.year <= 9000:
        abort(404)
    return day


@blueprint.get("/earnings/review", defaults={"which": "review"})
@blueprint.get("/earnings/rejected", defaults={"which": "rejected"})
@requires(EARNINGS)
def waiting(which: str) -> ResponseReturnValue:
    """Show the pieces that are under review, or those that were rejected."""
    worker = _me()
    group = {one.id: one for one in groups()}[worker.group_id]
    state = "submitted" if which == "review" else "rejected"
    pages = Pages(_page(), pieces.PIECES_A_PAGE, pieces.count_waiting(worker.id, state))
    found = pieces.waiting(worker.id, state, offset=pages.offset, limit=pages.size)
    return render_template("payslips/waiting.html", state=state, group=group, pages=pages, pieces=found)


@blueprint.get("/payslips/<run>")
@requires(EARNINGS)
def payslip(run: str) -> ResponseReturnValue:
    """Show a payslip: why this amount, and where the money is. Somebody else's is not there."""
    worker = _me()
    slip = slips.payslip_of(worker.id, run)
    if slip is None:
        abort(404)
    pages = Pages(_page(), pieces.PIECES_A_PAGE, slip.pieces)
    lines = slips.rate_lines(worker.id, slip)
    return render_template(
        "payslips/payslip.html", now=clock.now(), worker=worker, slip=slip, lines=lines, pages=pages,
        top_up=top_up_of(worker.id, slip),
        conversions=slips.conversions(slip, lines), payouts=slips.payouts_of(worker.id, slip),
        carried=slips.carried_of(worker.id, slip), least=slips.least_payout(slip.group, slip.currency, slip.day),
        sum_of_pieces=slips.sum_of_pieces(worker.id, slip), carried_reason=rules.carried_reason,
        pieces=pieces.pieces(worker.id, slip.day, slip.group.id, offset=pages.offset, limit=pages.size),
    )  # fmt: skip


def init_app(app: Flask) -> None:
    """Add a worker's pages, which are where a worker begins."""
    app.register_blueprint(blueprint)
    add_menu(Item("me.earnings", N_("My earnings"), EARNINGS, 10, landing=True))
