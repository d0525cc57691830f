"""A worker's pages: what her projects pay her, what comes, and every offer that was ever made to her."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.money import Money
from workforce.core.permissions import requires
from workforce.projects.views.common import PAGE_SIZE, pager, start_of_page
from workforce.rates.queries import LATELY, coming, holding, news_of, offers_to, projects_of, work
from workforce.rates.services import acknowledge, answer_offer
from workforce.workers.queries import today_of, worker_of

blueprint = Blueprint("my_rates", __name__, template_folder="../templates", url_prefix="/me")


@blueprint.get("/rates")
@requires("me:projects:join")
def listing() -> ResponseReturnValue:
    """Show what her projects pay her today, what comes, and what she was told."""
    worker = worker_of(current_actor())
    if worker is None:
        return render_template("rates/mine.html", held={}, projects=[], coming=[], news=[], pager=None)
    now, start = clock.now(), start_of_page()
    today = today_of(worker, now)
    projects = projects_of(worker, since=today - LATELY)
    held = holding(worker, projects, now)
    ahead = coming(worker, projects, today)
    news, count = news_of(worker.id, start=start, limit=PAGE_SIZE)
    return render_template(
        "rates/mine.html", projects=projects, held=held, coming=ahead, news=news, today=today, money=Money.of_micros,
        pager=pager("my_rates.listing", start=start, shown=len(news), count=count),
    )  # fmt: skip


@blueprint.post("/rates/<int:rate_id>/read")
@requires("me:projects:join")
def read(rate_id: int) -> ResponseReturnValue:
    """Keep that she has read that a line pays her less."""
    acknowledge(current_actor(), rate_id, now=clock.now())
    flash(_("Thank you. It is kept that you have read it; it is no consent."), "success")
    return redirect(url_for("my_rates.listing"), 303)


@blueprint.get("/offers")
@requires("me:offers:answer")
def offers() -> ResponseReturnValue:
    """Show the offers that were made to her, the latest first."""
    worker = worker_of(current_actor())
    start = start_of_page()
    rows, count = offers_to(worker.id, start=start, limit=PAGE_SIZE) if worker else ([], 0)
    today = today_of(worker, clock.now())
    bonuses = [offer.id for offer, _, _ in rows if offer.kind == "bonus"]
    return render_template(
        "rates/my_offers.html", offers=rows, today=today, money=Money.of_micros, counted=work().counted(bonuses),
        a_day=timedelta(days=1), pager=pager("my_rates.offers", start=start, shown=len(rows), count=count),
    )  # fmt: skip


@blueprint.post("/offers/<int:offer_id>")
@requires("me:offers:answer")
def answer(offer_id: int) -> ResponseReturnValue:
    """Accept or decline an offer."""
    accept = request.form.get("answer") == "accept"
    answer_offer(current_actor(), offer_id, accept=accept, now=clock.now())
    flash(_("You have accepted the offer. It binds.") if accept else _("You have declined the offer."), "success")
    return redirect(url_for("my_rates.offers"), 303)
