"""Flask-Security's forms where ours differ: an answer takes as long for an unknown account as for a known one."""

from collections.abc import Collection
from typing import Any, Final

from flask import session as cookie
from flask_babel import lazy_gettext as _
from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    SendConfirmationForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
    WebAuthnSigninResponseForm,
)
from flask_security.utils import get_message, hash_data
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, Length

from workforce.core.permissions import ROLES
from workforce.identity.models import User
from workforce.identity.rules import MOST_PASSWORD
from workforce.identity.services.roles import LONGEST, ROLE_WORDS, SHORTEST

# Longer ones exist in no account, and hashing them would only cost time.
_LONGEST: Final = 4 * MOST_PASSWORD


def _shorten(form: Any) -> None:
    """Take a wrong password for one that is longer than any that can be chosen."""
    if len(form.password.data or "") > _LONGEST:
        form.password.data = "x"


def _hash_as_long(form: Any) -> None:
    """Spend the time that a known account takes."""
    hash_data((form.email.data or "x")[:_LONGEST])


class SignInForm(LoginForm):
    """Sign-in with e-mail and password."""

    user: User | None

    def validate(self, **kwargs: Any) -> bool:
        """Check both, and keep nobody signed in on a device whose work asks for a second factor."""
        _shorten(self)
        if not super().validate(**kwargs):
            return False
        if self.user is not None and self.user.needs_second_factor:
            self.remember.data = False
        # Else the second step would lead back to this page.
        self.next.data = self.next.data or "/"
        return True


class ConfirmItIsYouForm(VerifyForm):
    """The password once more."""

    def validate(self, **kwargs: Any) -> bool:
        """Check it."""
        _shorten(self)
        return bool(super().validate(**kwargs))


class NewPasswordForm(ChangePasswordForm):
    """The password that is, and the one that is to be."""

    def validate(self, **kwargs: Any) -> bool:
        """Check both."""
        _shorten(self)
        return bool(super().validate(**kwargs))


class ForgottenForm(ForgotPasswordForm):
    """Asks for a link to choose a new password."""

    def validate(self, **kwargs: Any) -> bool:
        """Do the work of a known account for an unknown one too."""
        valid = bool(super().validate(**kwargs))
        if not valid or self.user is None or not self.user.password:
            _hash_as_long(self)
        return valid


class NewConfirmationForm(SendConfirmationForm):
    """Asks for a link to confirm the address."""

    def validate(self, **kwargs: Any) -> bool:
        """Do the work of a known account for an unknown one too."""
        valid = bool(super().validate(**kwargs))
        if not valid:
            _hash_as_long(self)
        return valid


class CodeForm(TwoFactorVerifyCodeForm):
    """A code of an authenticator app."""

    def validate(self, **kwargs: Any) -> bool:
        """Take it with the spaces that apps show in it."""
        self.code.data = "".join((self.code.data or "").split())
        return bool(super().validate(**kwargs))


class PasskeyForm(WebAuthnSigninResponseForm):
    """What a passkey answered."""

    def validate(self, **kwargs: Any) -> bool:
        """Check it, and that it is a key of the person whose password was given: a found key alone opens nothing."""
        if not super().validate(**kwargs):
            return False
        if self.is_secondary and (self.user is None or self.user.fs_uniquifier != cookie.get("tf_user_id")):
            self.credential.errors.append(get_message("WEBAUTHN_UNKNOWN_CREDENTIAL_ID")[0])
            return False
        return True


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why an account is shut or opened."""

    reason = TextAreaField(
        _("Why"),
        filters=[lambda text: (text or "").strip()],
        validators=[Length(SHORTEST, LONGEST, _("Write 10 to 1,000 characters."))],
    )


class RoleForm(ReasonForm):
    """Which role is given or taken away, and why."""

    role = RadioField(_("Role"), validate_choice=False, validators=[AnyOf(list(ROLES), _("Choose one of these."))])

    def offer(self, roles: Collection[str]) -> None:
        """Fill the list with the roles that make sense here."""
        self.role.choices = [SelectChoice(name, _(ROLE_WORDS[name])) for name in roles]
