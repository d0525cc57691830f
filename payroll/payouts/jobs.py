"""Jobs of the payouts."""

from flask import current_app

from payroll.payouts.rails import rail_for
from payroll.payouts.services import foresee_runs, poll, send
from workforce.core import clock


def foresee_payouts() -> int:
    """Compute what runs will send that wait for people; return the number of runs.

    Raises:
        SomeFailed: at the end, naming what went wrong.

    """
    return foresee_runs(now=clock.now())


def send_payouts() -> int:
    """Send what was released; return the number of orders sent.

    Raises:
        SomeFailed: at the end, naming what went wrong.

    """
    return send(rail_for(current_app.config["DAYBOOK"]), now=clock.now).sweep.end()


def poll_rails() -> int:
    """Ask the rails what became of orders whose pause is over; return the number that reached an end.

    Raises:
        SomeFailed: at the end, naming what went wrong.

    """
    return poll(rail_for(current_app.config["DAYBOOK"]), now=clock.now, due=True).sweep.end()
