"""The second factor: what is noted and told when it changes, and how it is taken away for somebody who lost it."""

from datetime import datetime

from sqlalchemy import select

from i18n.locale import N_, translate
from workforce.core import audit, crypto, mail
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.identity.models import User
from workforce.identity.queries import account_of
from workforce.identity.services.sessions import end_sessions

_CHANGED = N_("Your second factor at Daybook was changed")
_TEXT = N_(
    "The second factor of your account at Daybook was changed: %(what)s.\n\nIf it was not you, somebody else is signed"
    " in as you. Choose a new password at once at %(link)s and tell your administrator."
)
WORDS = {
    "authenticator": N_("an authenticator app was set up"),
    "off": N_("the authenticator app was taken away"),
    "passkey": N_("a passkey was added"),
    "passkey_off": N_("a passkey was removed"),
    "reset": N_("an administrator took it away, so that you can set up a new one"),
}


def lock(user: User) -> None:
    """Keep anybody else from using a code of this person until the end of the transaction."""
    session().execute(select(User.id).where(User.id == user.id).with_for_update())
    session().refresh(user, ["tf_last_counter", "mf_recovery_codes"])


def set_up_authenticator(user: User, key: str) -> None:
    """Give an account an authenticator whose key is known, for demos and tests.

    Args:
        user: whose account.
        key: in base 32.

    """
    user.tf_primary_method = "authenticator"
    user.tf_totp_secret = crypto.encrypt(key, "totp")
    session().flush()


def note_change(actor: Actor, user: User, what: str, *, now: datetime, name: str = "") -> None:
    """Write a change of the second factor into the audit log and tell the person by mail.

    Args:
        actor: who did it.
        user: whose second factor.
        what: a key of WORDS.
        now: the instant.
        name: of the passkey.

    """
    audit.record(actor, f"second_factor.{what}", f"user:{user.email}", after={"name": name} if name else {}, now=now)
    locale = user.locale or "en"
    text = translate(_TEXT, locale, what=translate(WORDS[what], locale), link=mail.address("/forgot-password"))
    mail.send(user.email, translate(_CHANGED, locale), text, now=now, locale=locale)


def reset_second_factor(actor: Actor, email: str, *, reason: str, now: datetime) -> User:
    """Take a lost second factor away and end all sessions; who needs one sets it up at the next sign-in.

    Args:
        actor: who does it.
        email: whose.
        reason: why, in the actor's words.
        now: the instant.

    Raises:
        NotFound: there is no such account.

    """
    user = account_of(email)
    if user is None:
        raise NotFound(thing="user", name=email)
    user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = user.tf_last_counter = None
    user.webauthn.clear()
    end_sessions(actor, user, now=now)
    note_change(actor, user, "reset", now=now, name=reason)
    session().flush()
    return user
