"""The funnel: how far those come who apply, by source and by country, as a page and as CSV."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Final

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from i18n.countries import country_name
from i18n.locale import N_, translate
from workforce.core import clock
from workforce.core.permissions import requires
from workforce.onboarding.forms import CHANNEL_WORDS
from workforce.onboarding.queries.funnel import STAGES, funnel, total

blueprint = Blueprint("funnel", __name__, template_folder="../templates")
READ: Final = "onboarding:funnel:read"
DAYS: Final = 90
# The page shows so many lines; the CSV has all of them.
SHOWN: Final = 50
STAGE_WORDS: Final = {
    "applied": N_("Applied"), "confirmed": N_("Confirmed"), "tested": N_("Tests begun"), "certified": N_("Certified"),
    "accepted": N_("Accepted"), "joined": N_("Joined a project"),
}  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@blueprint.get("/manage/funnel")
@requires(READ)
def report() -> ResponseReturnValue:
    """Show the funnel by source and by country."""
    first, last = _dates()
    sources, places = funnel(since=_midnight(first), until=_midnight(last, 1))
    return render_template(
        "onboarding/funnel.html", first=first, last=last, sources=sources[:SHOWN], places=places[:SHOWN],
        every=total(places), stages=[translate(STAGE_WORDS[one]) for one in STAGES], shown=SHOWN,
        more=max(len(sources), len(places)) > SHOWN, country_name=country_name,
        channels={code: translate(word) for code, word in CHANNEL_WORDS.items()},
    )  # fmt: skip


@blueprint.get("/manage/funnel.csv")
@requires(READ)
def export() -> ResponseReturnValue:
    """Give the same as CSV: by, channel, name, then people at each stage."""
    first, last = _dates()
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["by", "channel", "name", *STAGES])
    sources, places = funnel(since=_midnight(first), until=_midnight(last, 1))
    for by, lines in (("source", sources), ("country", places)):
        for line in lines:
            writer.writerow([by, _text(line.channel), _text(line.name), *line.counts])
    name = f"funnel-{first.isoformat()}-{last.isoformat()}.csv"
    return Response(
        buffer.getvalue(), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip


def _text(value: str) -> str:
    """Neutralise what a spreadsheet would take for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _dates() -> tuple[date, date]:
    """Read the days from the address: by default the last 90, in UTC."""
    today = clock.now().date()
    try:
        last = date.fromisoformat(request.args.get("until") or today.isoformat())
        first = date.fromisoformat(request.args.get("since") or (last - timedelta(days=DAYS - 1)).isoformat())
        _midnight(last, 1)
    except (ValueError, OverflowError):
        abort(404)
    if first > last:
        abort(404)
    return first, last


def _midnight(day: date, after: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=after), time(), UTC)
