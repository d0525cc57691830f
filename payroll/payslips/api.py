"""The exports of a run as downloads."""

from tempfile import TemporaryFile
from typing import Final

from flask import Blueprint, Flask, render_template, send_file
from flask.typing import ResponseReturnValue

from payroll.payslips.queries.exports import COLUMNS, csv_parts
from payroll.runs.queries import RunPage
from workforce.core.http import current_actor
from workforce.core.pages import add_panel
from workforce.core.permissions import requires

blueprint = Blueprint("exports", __name__, template_folder="templates", url_prefix="/finance/runs")
EXPORT: Final = "payroll:runs:export"


@blueprint.get(f"/<run>/export/<any({','.join(COLUMNS)}):what>.csv")
@requires(EXPORT)
def download(run: str, what: str) -> ResponseReturnValue:
    """Give an export of a run.

    It is written to a file without a name first and sent from there. A generator would run after the request's
    transaction: it would hold one of its own, and a connection, for as long as the slowest reader takes, and an error
    half-way would leave a file that looks whole. So errors are error pages, and the length is known before it is sent.
    """
    file = TemporaryFile()  # noqa: SIM115 -- the response closes it when it is sent
    try:
        for text, _rows in csv_parts(run, what):
            file.write(text.encode())
        length = file.tell()
        file.seek(0)
        answer = send_file(file, "text/csv; charset=utf-8", as_attachment=True, download_name=f"{run}-{what}.csv")
    except BaseException:
        file.close()
        raise
    answer.content_length = length
    return answer


def _panel(page: RunPage) -> str:
    may = current_actor().may(EXPORT) and page.run.state != "computing"
    return render_template("payslips/exports.html", page=page, whats=list(COLUMNS)) if may else ""


def init_app(app: Flask) -> None:
    """Add the downloads, and the links to them on a run's page."""
    app.register_blueprint(blueprint)
    add_panel("finance.run", "exports", _panel, order=20)
