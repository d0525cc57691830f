"""The page that takes files of finished work."""

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from workforce.core import clock
from workforce.core.db import transaction
from workforce.core.errors import DaybookError
from workforce.core.http import LIMIT_MB, current_actor, own_transactions
from workforce.core.permissions import requires
from workforce.imports.forms import WorkForm
from workforce.imports.queries import Unfinished, unfinished
from workforce.imports.services import Pay, WorkImport, WorkReport, import_work
from workforce.paydays.queries import group_by_code, groups
from workforce.projects.queries import managed_projects, project_of

blueprint = Blueprint("imports", __name__, template_folder="templates")
REFUSED_SHOWN: Final = 200


@blueprint.get("/manage/imports")
@requires("imports:files:write")
def form() -> ResponseReturnValue:
    """Show the form."""
    made = WorkForm(formdata=None)
    made.offer([one.code for one in managed_projects(current_actor())], [one.code for one in groups()])
    return _page(made, left=_left())


@blueprint.post("/manage/imports")
@requires("imports:files:write")
@own_transactions
def take() -> ResponseReturnValue:
    """Import the file that was sent, and show what became of its rows beside the form as it was filled in."""
    actor, made = current_actor(), WorkForm()
    with transaction():
        made.offer([one.code for one in managed_projects(actor)], [one.code for one in groups()])
    if not made.validate_on_submit():
        return _page(made), 400
    with transaction():
        what = WorkImport(
            made.format.data, project_of(actor, made.project.data), Pay(made.pay.data),
            group_by_code(made.group.data) if made.group.data else None,
            dry_run=made.dry_run.data, all_or_nothing=made.all_or_nothing.data,
        )  # fmt: skip
    report, problem, status = None, None, 200
    try:
        report = import_work(actor, made.file.data.stream, what, now=clock.now())
    except DaybookError as refusal:
        problem, status = refusal, refusal.status
    with transaction():
        left = _left()
    return _page(made, left=left, report=report, problem=problem), status


def _left() -> Sequence[Unfinished]:
    return unfinished([one.id for one in managed_projects(current_actor())])


def _page(
    made: WorkForm,
    *,
    left: Sequence[Unfinished] = (),
    report: WorkReport | None = None,
    problem: DaybookError | None = None,
) -> str:
    return render_template(
        "imports/work.html", form=made, left=left, report=report, problem=problem, shown=REFUSED_SHOWN, limit=LIMIT_MB
    )
