"""The jobs that tell crowds what was announced, and send mail."""

from flask import current_app

from workforce.core import clock, mail
from workforce.core.mail_carriers import carrier_for
from workforce.notifications.services import unfold


def tell_crowds() -> int:
    """Tell people what was announced to them; give how many were told.

    Raises:
        SomeFailed: at the end, naming what went wrong.

    """
    return unfold(now=clock.now)


def send_mail() -> int:
    """Send the mails that are due; give the number sent.

    Raises:
        SomeFailed: single letters went wrong in a way that the carrier has no word for; they are tried again.

    """
    return mail.send_waiting(carrier_for(current_app.config["DAYBOOK"]), now=clock.now).sweep.end()
