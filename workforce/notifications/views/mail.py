"""An administrator's page of the mail: what waits, what was sent, what was given up."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from workforce.core import clock
from workforce.core import mail as outbox
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires

blueprint = Blueprint("mail", __name__, template_folder="../templates", url_prefix="/admin/mail")
PAGE: Final = 50


@blueprint.get("")
@requires("jobs:runs:read")
def overview() -> ResponseReturnValue:
    """Show the figures and what was given up; never the texts, which may hold a link that opens an account."""
    now = clock.now()
    failed = outbox.given_up(limit=PAGE, before_id=number_asked("before") or None)
    more = url_for("mail.overview", before=failed[-1].id) if len(failed) == PAGE else None
    waiting = outbox.waiting(limit=PAGE)
    return render_template(
        "notifications/mail.html", figures=outbox.figures(now=now), failed=failed, waiting=waiting, more=more
    )


@blueprint.post("/<int:mail>/retry")
@requires("identity:roles:grant")
def retry(mail: int) -> ResponseReturnValue:
    """Try a mail again that was given up."""
    outbox.retry(current_actor(), mail, now=clock.now())
    flash(_("The mail is tried again within a minute."), "success")
    return redirect(url_for("mail.overview"), 303)
