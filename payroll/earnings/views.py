"""What a manager sees of a project's budget, beside the work that was done."""

from decimal import Decimal
from typing import Final

from flask import Blueprint, Flask, render_template
from markupsafe import Markup

from payroll.earnings.services import budget_of
from workforce.core import clock
from workforce.core.pages import add_panel
from workforce.projects.models import Project

blueprint = Blueprint("earnings", __name__, template_folder="templates")
PLACE: Final = "manager.project"


def _budget(project: Project) -> Markup | str:
    view = budget_of(project, today=clock.now().date())
    if view is None:
        return ""
    return render_template(
        "earnings/budget.html", project=project, view=view, outlook=view.outlook,
        share=Decimal(view.outlook.percent) / 100,
    )  # fmt: skip


def init_app(app: Flask) -> None:
    """Add these parts of pages."""
    app.register_blueprint(blueprint)
    add_panel(PLACE, "budget", _budget, order=10)
