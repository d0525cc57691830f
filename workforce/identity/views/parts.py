"""The parts of Flask-Security that are ours: codes, recovery codes, passwords, mails and accounts."""

import io
from typing import Any

import qrcode
from cryptography.fernet import InvalidToken
from flask import current_app, render_template
from flask_babel import force_locale
from flask_security import MailUtil, MfRecoveryCodesUtil, PasswordUtil, SQLAlchemySessionUserDatastore, Totp, UserMixin
from markupsafe import Markup
from passlib.exc import TokenError
from passlib.totp import TOTP
from qrcode.image.svg import SvgPathImage

from i18n.locale import LOCALES, current_locale, translate
from workforce.core import clock, crypto, mail
from workforce.core.db import session
from workforce.core.demo import LOGINS
from workforce.identity.models import User
from workforce.identity.rules import password_problem
from workforce.identity.services import lock
from workforce.identity.views.sentences import SUBJECTS


def of_a_demo(user: UserMixin) -> bool:
    """Say whether everybody knows what this account is opened with."""
    return user.email in {email for _, email in LOGINS}


class Datastore(SQLAlchemySessionUserDatastore):
    """Accounts for Flask-Security, which leaves the commit to the request's transaction."""

    def commit(self) -> None:
        session().flush()

    def find_user(self, *args: Any, **kwargs: Any) -> Any:
        """Find an account as Flask-Security asks for it, but never one of a demo where none is being shown.

        The password of those is known to everybody, and a demo's database may come to be served for real.
        """
        user = super().find_user(*args, **kwargs)
        shut = current_app.config["DAYBOOK"].environment == "production"
        return None if user is not None and shut and of_a_demo(user) else user


class Codes(Totp):
    """Codes of authenticator apps: their secrets are encrypted as everything is, and a code works once."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:  # noqa: ARG002 -- core/crypto has the keys
        self._totp = TOTP.using(issuer=issuer)

    def generate_totp_secret(self) -> str:
        return crypto.encrypt(self._totp.new().base32_key, "totp")

    def generate_totp_password(self, totp_secret: str) -> str:
        return str(self._of(totp_secret).generate().token)

    def get_totp_uri(self, username: str, totp_secret: str) -> str:
        return str(self._of(totp_secret).to_uri(username))

    def get_totp_pretty_key(self, totp_secret: str) -> str:
        return str(self._of(totp_secret).pretty_key())

    def get_totp_b32_key(self, totp_secret: str) -> str:
        return str(self._of(totp_secret).base32_key)

    def generate_qrcode(self, username: str, totp: str) -> Markup:
        """Give the picture as SVG that stands in the page itself, dark on light whatever the reader's colours are."""
        picture = qrcode.make(self.get_totp_uri(username, totp), image_factory=SvgPathImage, box_size=12, border=4)
        with io.BytesIO() as file:
            picture.save(file)
            svg = file.getvalue().decode()
        svg = svg[svg.index("<svg") :]
        return Markup(svg.replace("<path", '<rect width="100%" height="100%" fill="#fff"/><path', 1))  # noqa: S704 -- drawn here

    def verify_totp(self, token: str, totp_secret: str, user: User, window: int = 0) -> bool:  # type: ignore[override]
        """Check a code and note its time step, so that it and older ones are never taken again.

        The account is locked until the end of the transaction: of two requests with one code the second sees the first.
        """
        lock(user)
        # A new secret begins anew; and everybody knows the codes of a demo, where several may sign in at once.
        once = totp_secret == user.tf_totp_secret and not of_a_demo(user)
        try:
            match = self._of(totp_secret).match(
                token, window=window, last_counter=user.tf_last_counter if once else None, time=None
            )
        except TokenError:
            return False
        user.tf_last_counter = match.counter
        session().flush()
        return True

    def _of(self, secret: str) -> Any:
        return self._totp(key=crypto.decrypt(secret, "totp"), format="base32")


class _Cryptor:
    """What Flask-Security asks of Fernet, done by core/crypto."""

    def encrypt(self, code: bytes) -> bytes:
        return crypto.encrypt(code.decode(), "recovery code").encode()

    def decrypt(self, token: bytes, ttl: int | None = None) -> bytes:  # noqa: ARG002 -- they grow not old
        try:
            return crypto.decrypt(token.decode(), "recovery code").encode()
        except crypto.Unreadable as problem:
            raise InvalidToken from problem


class RecoveryCodes(MfRecoveryCodesUtil):
    """Codes for a lost second factor: each is encrypted, and works once."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.cryptor = _Cryptor()  # type: ignore[assignment]

    def check_recovery_code(self, user: User, code: str) -> bool:  # type: ignore[override]
        """Check a code, and let nobody else use it until it is removed."""
        lock(user)
        return bool(super().check_recovery_code(user, code))


class Passwords(PasswordUtil):
    """The rules for passwords, which the command line has too."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:  # noqa: ARG002
        """Give what is wrong with a new password, in the reader's language, and how it is hashed."""
        password = self.normalize(password)
        user = kwargs.get("user")
        problem = password_problem(password, about=[user.email] if user is not None else [])
        return ([translate(problem)] if problem else None), password


class Mails(MailUtil):
    """Its mails, as plain text in the language of whom they go to, through the outbox."""

    def send_mail(self, template: str, _subject: str, recipient: str, *_: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write a mail; Flask-Security's own subject, sender and texts are not asked for."""
        user = kwargs["user"]
        locale = user.locale if user.locale in LOCALES else current_locale()
        with force_locale(locale):
            text = render_template(f"{template}.txt", address=mail.address, **kwargs)
            mail.send(recipient, translate(SUBJECTS[template]), text, now=clock.now(), locale=locale)
