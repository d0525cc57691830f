"""`daybook mail`."""

from typing import Any

import click
from flask import current_app

from workforce.core import clock, mail
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.core.mail_carriers import carrier_for
from workforce.core.sweep import failures

mails = click.Group("mail", help="Mail that waits to be sent.")
SHOWN = 50


@command(mails, "list")
def list_mails() -> Result:
    """Count the mail, and show what waits and what was given up."""
    with transaction():
        waiting, failed, sent = mail.figures(now=clock.now())
        shown = [*mail.waiting(limit=SHOWN), *mail.given_up(limit=SHOWN)]
    document = {"waiting": waiting, "given_up": failed, "sent_today": sent, "mails": [_document(one) for one in shown]}
    rows = [
        (str(one.id), one.recipient, one.subject, str(one.tries), _next(one) or "given up", one.error) for one in shown
    ]
    words = f"{waiting} waiting, {failed} given up, {sent} sent within a day"
    columns = ["#id", "to", "subject", "#tries", "next try", "last error"]
    return Result(document, [words, *([table("Mail", columns, rows)] if rows else [])])


@command(mails, "send")
def send_mails() -> Result:
    """Send what is due, as the job does every minute."""
    found = mail.send_waiting(carrier_for(current_app.config["DAYBOOK"]), now=clock.now)
    document = {"sent": found.sent, "put_off": found.put_off, "given_up": found.given_up}
    words = f"{found.sent} sent, {found.put_off} put off, {found.given_up} given up"
    return Result(document, [words], failures(found.sweep.failed))


def _document(one: mail.Mail) -> dict[str, Any]:
    return {
        "id": one.id, "to": one.recipient, "subject": one.subject, "tries": one.tries, "next_at": _next(one),
        "error": one.error,
    }  # fmt: skip


def _next(one: mail.Mail) -> str | None:
    return one.next_at.isoformat() if one.next_at else None
