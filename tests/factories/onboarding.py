"""Applications for tests, made through the services that the product uses; called inside a transaction."""

import re
from datetime import datetime
from itertools import count
from typing import Any, Final

from sqlalchemy import select

from tests.factories import NOW
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import session
from workforce.core.mail import Mail
from workforce.core.permissions import ROLES
from workforce.identity.models import User
from workforce.onboarding.models import Application
from workforce.onboarding.services import apply as services
from workforce.onboarding.services.apply import Origin, Sent
from workforce.onboarding.services.identity import Shown, decide_identity, show_identity
from workforce.onboarding.services.tax import Signed, sign_tax_form
from workforce.skills.models import SkillTest
from workforce.skills.services import grant

PASSWORD: Final = "seven green umbrellas"
PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
RECRUITER: Final = Actor(900_101, "recruiter@example.com", ROLES["recruiter"])
_numbers = count(1)


def sent(email: str = "", **values: Any) -> Sent:
    """Give an application as the form gives it."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "name": f"Applicant {number}", "email": email or f"applicant{number}@example.com", "country": "KE",
        "timezone": "Africa/Nairobi", "languages": [("en", "C1"), ("sw", "native")], "skills": ["writing"],
        "terms_number": 1, "locale": "en", "heard": "reddit",
    }  # fmt: skip
    return Sent(**(given | values))


def make_applied(email: str = "", *, device: str = "", now: datetime = NOW, **values: Any) -> Application:
    """Make an application whose address nobody has confirmed."""
    made = services.apply(sent(email, **values), Origin("192.0.2.1", "Browser", device), now=now)
    assert made is not None
    return made


def link_code(email: str) -> str:
    """Give the code in the link that was last mailed to an address."""
    text = session().scalars(select(Mail.text).where(Mail.recipient == email).order_by(Mail.id.desc())).first() or ""
    found = re.search(r"/apply/confirm/(\S+)", text)
    return found.group(1) if found else ""


def make_confirmed(email: str = "", *, now: datetime = NOW, **values: Any) -> Application:
    """Make an application whose owner has confirmed her address; no password, which is quick."""
    made = make_applied(email, now=now, **values)
    user_of(made).confirmed_at = now
    services.mark_confirmed(made, now=now)
    return made


def user_of(application: Application) -> User:
    """Give the account of an application."""
    return session().get_one(User, application.user_id)


def actor_of(application: Application) -> Actor:
    """Give the applicant as services know her."""
    return user_of(application).actor


def make_test(code: str = "writing-en") -> SkillTest:
    """Make a test that can be certified."""
    made = SkillTest(code=code, title=f"Test {code}", created_at=NOW)
    session().add(made)
    session().flush()
    return made


def do_steps(application: Application, *, number: str = "", tax_id: str = "", now: datetime = NOW) -> None:
    """Do all steps but the test: the document is approved, the tax form signed."""
    actor = actor_of(application)
    key = f"{application.id:08d}"
    check = show_identity(
        actor, Shown(application.country, "passport", number or f"P{key}", PNG), now=now
    )  # fmt: skip
    decide_identity(RECRUITER, check.id, approved=True, reason="", now=now)
    name = application.name
    sign_tax_form(actor, Signed(application.country, tax_id or f"T{key}", name, name), now=now)


def certify(application: Application, test: SkillTest, *, now: datetime = NOW) -> None:
    """Certify an applicant."""
    grant(SYSTEM, application.user_id, test, "worker", reason="for this test", now=now)
