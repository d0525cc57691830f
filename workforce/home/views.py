"""The first page: each person begins where her work is."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from workforce.core.http import current_actor
from workforce.core.pages import landing_for
from workforce.core.permissions import SIGNED_IN, requires

blueprint = Blueprint("home", __name__, template_folder="templates")


@blueprint.get("/")
@requires(SIGNED_IN)
def start() -> ResponseReturnValue:
    """Send a person to the page where she begins."""
    endpoint = landing_for(current_actor())
    return redirect(url_for(endpoint)) if endpoint else render_template("home/nothing.html")
