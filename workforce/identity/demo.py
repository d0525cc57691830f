"""Demo: one account a role, and second ones for second pairs of eyes; the applicant's comes of applying."""

from workforce.core import crypto
from workforce.core import demo as core
from workforce.core.auth import SYSTEM
from workforce.core.demo import Demo, Progress, Step
from workforce.identity.services import add_user, set_up_authenticator


def _make(demo: Demo, progress: Progress) -> None:
    accounts = [one for one in core.logins() if one[0] != "applicant"]
    password = crypto.hash_password(core.PASSWORD)  # one for all: everybody knows it, and hashing is slow on purpose
    for number, (role, email, _) in enumerate(accounts, 1):
        user = add_user(SYSTEM, email, role=role, password_hash=password, now=demo.start)
        if user.needs_second_factor:
            set_up_authenticator(user, core.TOTP_KEY)
        progress(number, len(accounts))


STEP = Step("accounts", _make)
