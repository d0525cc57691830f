"""A stranger applies, confirms her address and chooses a password.

Whoever applies is told the same, whether the address has an account or not; only its owner's mail says which.
"""

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from i18n.locale import N_, translate
from workforce.core import audit, locks, mail
from workforce.core.auth import SYSTEM, Actor
from workforce.core.blind import blind
from workforce.core.db import session
from workforce.core.errors import DaybookError
from workforce.identity.models import User
from workforce.onboarding.models import Application
from workforce.onboarding.queries.applications import campaign_by_code, open_project
from workforce.onboarding.rules.matching import email_key, name_key
from workforce.onboarding.rules.states import CONFIRM_WITHIN, MAIL_AGAIN_AFTER, moved
from workforce.onboarding.services.accounts import create_applicant, set_first_password
from workforce.onboarding.services.matches import note_matches

_CONFIRM: Final = N_("Confirm your application to Daybook")
_CONFIRM_TEXT: Final = N_(
    "Hello,\n\nthank you for applying. Please confirm your email address and choose a password here:\n\n"
    "%(link)s\n\nThe link works once, within 7 days. If you did not apply, do nothing: somebody mistyped an address,"
    " and you will not hear from us again.\n"
)
_KNOWN: Final = N_("You already have an account at Daybook")
_KNOWN_TEXT: Final = N_(
    "Hello,\n\nsomebody, probably you, applied at Daybook with this email address. It has an account already, so"
    " nothing was changed. Sign in here to see where you stand:\n\n%(link)s\n\nIf it was not you, do nothing.\n"
)
NEW_TERMS: Final = N_("The terms have changed since you opened this page. Please read them again.")
CONFIRMED: Final = N_("Your address is confirmed. This page always says where you stand and what is next.")


class LinkUsed(DaybookError):
    code = "link_used"
    status = 404
    template = N_(
        "This link was used already, or it is too old. If you have chosen a password, sign in. Otherwise apply again:"
        " we send you a new link."
    )


@dataclass(frozen=True)
class Sent:
    """What somebody sent who applies; checked by the form.

    Attributes:
        name: as she writes it.
        email: as she typed it.
        country: ISO 3166 alpha-2.
        timezone: IANA name.
        languages: code and level of each, best first.
        skills: of the list.
        skills_text: in her words.
        phone: empty where she gave none.
        heard: the channel that she chose, where no campaign says it.
        campaign: the code in the link that she followed, or empty.
        project: the code name of the project that she wishes for, or empty.
        terms_number: the version of the terms that she was shown.
        locale: the language of the page.

    """

    name: str
    email: str
    country: str
    timezone: str
    languages: Sequence[tuple[str, str]]
    skills: Sequence[str]
    terms_number: int
    locale: str
    skills_text: str = ""
    phone: str = ""
    heard: str = ""
    campaign: str = ""
    project: str = ""


@dataclass(frozen=True)
class Origin:
    """Where it came from; kept as keyed hashes alone.

    Attributes:
        address: of the network.
        browser: what the browser says that it is.
        device: the random name in our own cookie, or empty.

    """

    address: str = ""
    browser: str = ""
    device: str = ""


def apply(sent: Sent, origin: Origin, *, now: datetime) -> Application | None:
    """Take an application in and send a mail; what the sender is told does not depend on what happens here.

    Args:
        sent: the application.
        origin: where it came from.
        now: the instant.

    Returns:
        the application, or None where the address has an account already.

    """
    email = sent.email.strip().lower()
    # The second of two at once finds what the first one made.
    locks.exclusive(locks.APPLY, zlib.crc32(email.encode()) - 2**31)
    user = session().scalar(select(User).where(User.email == email))
    if user is None:
        user = create_applicant(email, locale=sent.locale, now=now)
        application = Application(user_id=user.id, email=email, state="applied", since=now, applied_at=now)
    else:
        known = session().scalar(select(Application).where(Application.user_id == user.id))
        if known is None or known.state != "applied" or user.password:
            _tell_known(user, known, sent.locale, now)
            return None
        application = known  # nobody has confirmed it yet: what was sent last counts
    _fill(application, sent, origin, now)
    session().add(application)
    session().flush()
    note_matches(application, now=now)
    audit.record(
        SYSTEM, "application.apply", f"application:{application.id}", now=now,
        after={"country": sent.country, "campaign": sent.campaign, "terms": sent.terms_number},
    )  # fmt: skip
    if application.mailed_at is None or now - application.mailed_at >= MAIL_AGAIN_AFTER:
        _send_link(application, now)
    return application


def applicant_of(code: str, *, now: datetime) -> Application:
    """Give the application that a link to confirm belongs to; nothing is changed.

    Raises:
        LinkUsed: it was used, or is too old.

    """
    digest = hashlib.sha256(code.encode()).hexdigest()
    found = session().scalar(select(Application).where(Application.confirm_hash == digest).with_for_update())
    if found is None or found.state != "applied" or found.mailed_at is None:
        raise LinkUsed
    if now - found.mailed_at > CONFIRM_WITHIN:
        raise LinkUsed
    return found


def confirm(code: str, password: str, *, now: datetime) -> User:
    """Confirm an address and set the password of its account.

    Args:
        code: of the link.
        password: that she chose; its strength was checked.
        now: the instant.

    Returns:
        the account, to be signed in.

    Raises:
        LinkUsed: the link was used, or is too old; nothing was changed.

    """
    application = applicant_of(code, now=now)
    user = session().get_one(User, application.user_id)
    if not user.active:
        raise LinkUsed
    set_first_password(user, password, name=application.name, now=now)
    mark_confirmed(application, now=now)
    return user


def mark_confirmed(application: Application, *, now: datetime) -> None:
    """Write down that the owner of the address stands behind the application."""
    application.state = moved(application.state, "confirm")
    application.since = application.confirmed_at = now
    application.confirm_hash = ""
    session().flush()
    audit.record(SYSTEM, "application.confirm", f"application:{application.id}", now=now)


def confirm_known(actor: Actor, application: Application, *, now: datetime) -> None:
    """Confirm an application whose owner came in by another door, such as a forgotten password."""
    if application.state == "applied" and actor.id == application.user_id:
        mark_confirmed(application, now=now)


def _fill(application: Application, sent: Sent, origin: Origin, now: datetime) -> None:
    campaign = campaign_by_code(sent.campaign)
    project = open_project(sent.project)
    application.locale, application.country, application.timezone = sent.locale, sent.country, sent.timezone
    application.name, application.phone = " ".join(sent.name.split()), sent.phone.strip()
    application.languages = [{"code": code, "level": level} for code, level in sent.languages]
    application.skills, application.skills_text = list(sent.skills), sent.skills_text.strip()
    application.campaign_id = campaign.id if campaign else None
    application.heard = campaign.channel if campaign else sent.heard
    application.project_id = project.id if project else None
    application.terms_number, application.consented_at = sent.terms_number, now
    application.address_hash = blind(origin.address, "address")
    application.device_hash = blind(f"{origin.device} {origin.browser}", "device") if origin.device else ""
    application.email_key = email_key(application.email)
    application.name_key = name_key(application.name)[:200]


def _send_link(application: Application, now: datetime) -> None:
    code = secrets.token_urlsafe(32)
    application.confirm_hash = hashlib.sha256(code.encode()).hexdigest()
    application.mailed_at = now
    session().flush()
    link = mail.address(f"/apply/confirm/{code}")
    text = translate(_CONFIRM_TEXT, application.locale, link=link)
    mail.send(
        application.email, translate(_CONFIRM, application.locale), text, now=now, locale=application.locale
    )  # fmt: skip


def _tell_known(user: User, known: Application | None, locale: str, now: datetime) -> None:
    if known is not None:
        if known.mailed_at and now - known.mailed_at < MAIL_AGAIN_AFTER:
            return
        known.mailed_at = now
    speaks = user.locale or locale
    text = translate(_KNOWN_TEXT, speaks, link=mail.address("/sign-in"))
    mail.send(user.email, translate(_KNOWN, speaks), text, now=now, locale=speaks)
