"""Tax forms, for those who must read them: the list says who signed, and each reading is written down."""

from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from i18n.countries import country_name
from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires
from workforce.onboarding.queries.applications import tax_forms
from workforce.onboarding.services.tax import read_tax_form

blueprint = Blueprint("tax", __name__, template_folder="../templates")
READ: Final = "onboarding:tax:read"
PAGE: Final = 50


@blueprint.get("/finance/tax-forms")
@requires(READ)
def listing() -> ResponseReturnValue:
    """List who signed a form, with nothing that stands on it."""
    search = request.args.get("search", "").replace("\0", "").strip()[:200]
    start = number_asked("start")
    found, count = tax_forms(search=search, start=start, limit=PAGE)
    return render_template(
        "onboarding/tax_forms.html", forms=found, count=count, start=start, size=PAGE, search=search,
        country_name=country_name,
    )  # fmt: skip


@blueprint.get("/finance/tax-forms/<int:form_id>")
@requires(READ)
def read(form_id: int) -> ResponseReturnValue:
    """Show a form; the reading goes into the audit log."""
    form, signed = read_tax_form(current_actor(), min(form_id, 2**62), now=clock.now())
    return render_template("onboarding/tax_form.html", form=form, signed=signed, country_name=country_name)
