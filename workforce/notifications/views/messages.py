"""A person's own messages, and which of them she wants by mail."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_timezone
from flask_babel import gettext as _

from i18n.locale import current_locale
from workforce.core import clock
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import SIGNED_IN, requires
from workforce.notifications import queries, services
from workforce.notifications.forms import ChoiceForm
from workforce.notifications.models import Message
from workforce.notifications.rules import GROUPS, Words, written

blueprint = Blueprint("messages", __name__, template_folder="../templates", url_prefix="/me/messages")
PAGE: Final = 50


@dataclass(frozen=True)
class Shown:
    """A message as its reader sees it."""

    message: Message
    words: Words


@blueprint.get("")
@requires(SIGNED_IN)
def listing() -> ResponseReturnValue:
    """Show the messages of whoever is signed in: unread ones first."""
    user_id = current_actor().id or 0
    page = number_asked("page", 1, least=1, most=1_000_000)
    found = queries.messages_of(user_id, limit=PAGE, offset=(page - 1) * PAGE)
    return render_template(
        "notifications/messages.html", messages=[Shown(one, _words(one)) for one in found], page=page, size=PAGE,
        every=queries.count_of(user_id), unread=any(one.read_at is None for one in found),
    )  # fmt: skip


@blueprint.post("/<int:message>")
@requires(SIGNED_IN)
def read(message: int) -> ResponseReturnValue:
    """Mark a message as read, and go where it leads if that was asked for."""
    link = services.open_message(current_actor(), message, now=clock.now())
    return redirect(link if link and "go" in request.form else url_for("messages.listing"), 303)


@blueprint.post("/read")
@requires(SIGNED_IN)
def read_all() -> ResponseReturnValue:
    """Mark all messages as read."""
    services.mark_all_read(current_actor(), now=clock.now())
    return redirect(url_for("messages.listing"), 303)


@blueprint.get("/preferences")
@requires(SIGNED_IN)
def preferences() -> ResponseReturnValue:
    """Show what comes by mail."""
    silenced = queries.silenced_by(current_actor().id or 0)
    form = ChoiceForm(formdata=None, mailed=[name for name in GROUPS if name not in silenced])
    return render_template("notifications/preferences.html", form=form, groups=GROUPS.values())


@blueprint.post("/preferences")
@requires(SIGNED_IN)
def choose() -> ResponseReturnValue:
    """Keep what is wanted by mail."""
    form = ChoiceForm()
    if not form.validate():
        return render_template("notifications/preferences.html", form=form, groups=GROUPS.values()), 400
    services.silence(current_actor(), form.silenced())
    flash(_("Your choice is kept."), "success")
    return redirect(url_for("messages.preferences"), 303)


def header() -> str:
    """Give the way to the messages, with the number of unread ones, for the head of every page."""
    actor = current_actor()
    if actor.id is None or not actor.may(SIGNED_IN):
        return ""
    return render_template("notifications/header.html", unread=queries.unread_count(actor.id))


def _words(message: Message) -> Words:
    kind = services.kind_named(message.kind)
    return written(kind, message.params, locale=current_locale(), zone=str(get_timezone() or "UTC"))
