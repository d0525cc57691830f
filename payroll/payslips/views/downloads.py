"""The exports of a run as downloads."""

from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Final

from flask import Blueprint, Flask, Response, render_template
from flask.typing import ResponseReturnValue

from payroll.payslips.queries.exports import COLUMNS, csv_parts
from payroll.runs.queries import RunPage
from workforce.core.http import current_actor
from workforce.core.pages import add_panel
from workforce.core.permissions import requires

blueprint = Blueprint("exports", __name__, template_folder="../templates", url_prefix="/finance/runs")
EXPORT: Final = "payroll:runs:export"
_AT_ONCE: Final = 64 * 1024


@blueprint.get(f"/<run>/export/<any({','.join(COLUMNS)}):what>.csv")
@requires(EXPORT)
def download(run: str, what: str) -> ResponseReturnValue:
    """Give an export of a run.

    It is written to a file without a name first and sent from there. A generator would run after the request's
    transaction: it would hold one of its own, and a connection, for as long as the slowest reader takes, and an error
    half-way would leave a file that looks whole. So errors are error pages, and the length is known before it is sent.
    """
    with ExitStack() as until_written:
        file = until_written.enter_context(TemporaryFile())
        for text, _rows in csv_parts(run, what):
            file.write(text.encode())
        until_written.pop_all()  # from here on the response closes it
    answer = Response(_parts(file), content_type="text/csv; charset=utf-8")
    answer.content_length = file.tell()
    answer.headers.set("Content-Disposition", "attachment", filename=f"{run}-{what}.csv")
    answer.call_on_close(file.close)
    return answer


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(_AT_ONCE):
            yield part


def _panel(page: RunPage) -> str:
    may = current_actor().may(EXPORT) and page.run.state != "computing"
    return render_template("payslips/exports.html", page=page, whats=list(COLUMNS)) if may else ""


def init_app(app: Flask) -> None:
    """Add the downloads, and the links to them on a run's page."""
    app.register_blueprint(blueprint)
    add_panel("finance.run", "exports", _panel, order=20)
