"""Demo: one account a role, and a second one of finance for the second pair of eyes."""

from workforce.core import demo as core
from workforce.core.auth import SYSTEM
from workforce.core.demo import Demo, Progress, Step
from workforce.identity.services import create_user


def _make(demo: Demo, progress: Progress) -> None:
    accounts = core.logins()
    for number, (role, email, password) in enumerate(accounts, 1):
        create_user(SYSTEM, email, role=role, password=password, now=demo.start)
        progress(number, len(accounts))


STEP = Step("accounts", _make)
