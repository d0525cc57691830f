"""Finance's page of exchange rates: what waits for a person, what counts, and how a rate is corrected."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from i18n.locale import N_, translate
from payroll.fx import queries, services
from payroll.fx.forms import CorrectionForm, DecisionForm
from workforce.core import clock
from workforce.core.http import current_actor, limit_money, refused
from workforce.core.pages import Item, add_menu, number_asked
from workforce.core.permissions import fresh, requires
from workforce.identity.queries import emails_of

blueprint = Blueprint("fx", __name__, template_folder="templates", url_prefix="/finance/exchange-rates")
READ: Final = "payroll:fx:read"
RATES_A_PAGE: Final = 50


@blueprint.get("")
@requires(READ)
def listing() -> ResponseReturnValue:
    """Show the rates that count, newest first, and above them what waits for a person."""
    return _page()


@blueprint.post("/corrections")
@requires("payroll:fx:propose")
@fresh
def correct() -> ResponseReturnValue:
    """Propose another value for a rate."""
    form = CorrectionForm()
    about = "-".join(str(form[name].data) for name in ("source", "base", "quote", "day"))
    return _acted(
        about, form,
        lambda: services.correct(
            current_actor(), **form.key, rate=form.number, reason=form.reason.data, now=clock.now()
        ),
        N_("The correction is saved. The old rate counts until another person in finance confirms it."),
    )  # fmt: skip


@blueprint.post("/changes/<int:change_id>/confirm")
@requires("payroll:fx:confirm")
@fresh
def confirm(change_id: int) -> ResponseReturnValue:
    """Confirm a correction of another person, or a rate that is far from the last one."""
    return _acted(
        f"change-{change_id}", DecisionForm(),
        lambda: services.confirm(current_actor(), change_id, now=clock.now()),
        N_("The rate is confirmed. It counts for every day that is not closed yet."),
    )  # fmt: skip


@blueprint.post("/changes/<int:change_id>/refuse")
@requires("payroll:fx:confirm")
@fresh
def refuse(change_id: int) -> ResponseReturnValue:
    """Refuse a change, or withdraw one's own."""
    form = DecisionForm()
    return _acted(
        f"change-{change_id}", form,
        lambda: services.refuse(current_actor(), change_id, reason=form.reason.data, now=clock.now()),
        N_("The rate does not count. What was there before stays."),
    )  # fmt: skip


def _acted(
    about: str, form: CorrectionForm | DecisionForm, act: Callable[[], object], said: str
) -> ResponseReturnValue:  # fmt: skip
    """Do what a form of the page asks for, and show why not beside it if it is refused."""
    if not form.validate():
        return _page(form, about), 400
    refusal = refused(act)
    if refusal:
        form.form_errors.append(refusal.message())
        return _page(form, about), refusal.status
    flash(translate(said), "success")
    return redirect(url_for("fx.listing"), 303)


def _page(form: CorrectionForm | DecisionForm | None = None, about: str = "") -> str:
    source, currency = request.args.get("source", ""), request.args.get("currency", "")
    asked = {"source": source.strip().lower(), "currency": currency.strip().upper()}
    page = number_asked("page", 1, least=1, most=1_000_000)
    rates, every = queries.listing(**asked, limit=RATES_A_PAGE, offset=(page - 1) * RATES_A_PAGE)
    changes = queries.open_changes()
    return render_template(
        "fx/rates.html", rates=rates, every=every, page=page, size=RATES_A_PAGE, asked=asked, changes=changes,
        sources=queries.sources(), order=queries.order(), before=queries.corrected_from(rates), form=form, about=about,
        actor=current_actor(), emails=emails_of({one.proposed_by for one in changes}),
    )  # fmt: skip


def init_app(app: Flask) -> None:
    """Add this page."""
    app.register_blueprint(blueprint)
    for endpoint in ("correct", "confirm", "refuse"):
        limit_money(f"fx.{endpoint}")
    add_menu(Item("fx.listing", N_("Exchange rates"), READ, order=42))
