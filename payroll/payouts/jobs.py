"""Jobs of the payouts."""

from flask import current_app

from payroll.payouts.rails import rail_for
from payroll.payouts.services import poll, send
from workforce.core import clock


def send_payouts() -> int:
    """Send what was released; give the number of orders sent."""
    return send(rail_for(current_app.config["DAYBOOK"]), now=clock.now).sent


def poll_rails() -> int:
    """Ask the rails what became of orders; give the number that reached an end."""
    counts = poll(rail_for(current_app.config["DAYBOOK"]), now=clock.now)
    return counts.paid + counts.failed
