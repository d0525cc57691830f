"""Finance's page of hourly floors: those in force, those that are coming, and what was before, by country."""

from itertools import groupby

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from workforce.core import clock
from workforce.core.money import Money
from workforce.core.permissions import requires
from workforce.rates.queries.floors import floor_lines

blueprint = Blueprint("floors", __name__, template_folder="../templates")


@blueprint.get("/finance/floors")
@requires("rates:floors:read")
def listing() -> ResponseReturnValue:
    """Show every floor by country."""
    today = clock.now().date()
    now, coming, before = [], [], []
    for _, group in groupby(floor_lines(), key=lambda one: one.country):
        lines = list(group)
        begun = [one for one in lines if one.valid_from <= today]
        coming += [one for one in lines if one.valid_from > today]
        now += begun[:1]
        before += begun[1:]
    return render_template(
        "rates/floors.html", now=now, coming=coming, before=before, micros=Money.of_micros,
    )  # fmt: skip
