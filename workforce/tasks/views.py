"""A manager's pages: what is done, how fast, at what cost."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from i18n import formats
from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires
from workforce.projects.queries import managed_page, project_of
from workforce.tasks.queries import (
    Output,
    Window,
    last_pay_day,
    output_by_day,
    output_by_project,
    total,
    waiting,
)

blueprint = Blueprint("tasks", __name__, template_folder="templates")
SPANS: Final = (7, 30, 90)
DEFAULT_SPAN: Final = 30
PROJECTS_A_PAGE: Final = 50


@blueprint.get("/manage/projects")
@requires("projects:throughput:read")
def project_list() -> ResponseReturnValue:
    """Show the reader's projects with what was done in a window."""
    window, span = _window()
    start = number_asked("start")
    search = request.args.get("search", "").strip()[:100]
    page, count = managed_page(current_actor(), start=start, size=PROJECTS_A_PAGE, search=search)
    ids = [project.id for project in page]
    done = output_by_project(ids, window)
    return render_template(
        "tasks/projects.html", projects=page, done=done, waits=waiting(ids), window=window, span=span, spans=SPANS,
        total=total(done.values()), start=start, count=count, size=PROJECTS_A_PAGE, empty=Output(),
        search=search,
    )  # fmt: skip


@blueprint.get("/manage/projects/<code>")
@requires("projects:throughput:read")
def project(code: str) -> ResponseReturnValue:
    """Show what was done for one project, by pay day."""
    found = project_of(current_actor(), code)
    window, span = _window()
    days = output_by_day(found.id, window)
    latest = last_pay_day(found.id) if not days else None
    return render_template(
        "tasks/project.html", project=found, days=dict(reversed(days.items())), total=total(days.values()),
        points=_points(days, window), waits=waiting([found.id]).get(found.id), window=window, span=span, spans=SPANS,
        latest=latest, **_neighbours(code, window, span),
    )  # fmt: skip


def _window() -> tuple[Window, int]:
    """Read the window from the address: its length in days, and its last day where that is not today."""
    span = number_asked("days", DEFAULT_SPAN)
    today = clock.now().date()
    try:
        last = date.fromisoformat(request.args.get("until") or today.isoformat())
        first = last - timedelta(days=span - 1)
    except (ValueError, OverflowError):
        abort(404)
    if span not in SPANS:
        abort(404)
    return Window(first, last, ahead=last >= today), span


def _neighbours(code: str, window: Window, span: int) -> dict[str, Any]:
    """Give the addresses of the windows before and after."""
    step = timedelta(days=span)
    after = None
    if not window.ahead:
        until = window.last + step
        ahead = until >= clock.now().date()
        after = url_for("tasks.project", code=code, days=span, until=None if ahead else until.isoformat())
    before = None
    if window.first > date(2000, 1, 1):
        before = url_for("tasks.project", code=code, days=span, until=(window.first - timedelta(days=1)).isoformat())
    return {"earlier": before, "later": after}


def _points(days: dict[date, Output], window: Window) -> list[tuple[str, Decimal, str]]:
    """Give the bars of the chart, one a day of the window, also for a day without work."""
    last = max([window.last, *days])
    span = (last - window.first).days + 1
    wanted = [window.first + timedelta(days=step) for step in range(span)] if span <= 2 * SPANS[-1] else list(days)
    pieces = [(day, days[day].pieces if day in days else 0) for day in wanted]
    return [(formats.day(day), Decimal(count), formats.number(count)) for day, count in pieces]
