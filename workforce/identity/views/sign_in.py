"""Sign-in, through Flask-Security: what it may do here, and with which parts of ours."""

from datetime import timedelta
from typing import Any, Final

from flask import Flask, current_app, request
from flask import session as cookie
from flask_login import current_user
from flask_security import Security

from i18n.texts import CATALOGS, DOMAIN
from workforce.core import clock, limits
from workforce.core.db import session
from workforce.core.http import FRESH
from workforce.identity import forms
from workforce.identity.models import Passkey, Role, User
from workforce.identity.queries import demo_logins
from workforce.identity.rules import canonical_address
from workforce.identity.views import account, confirm, devices
from workforce.identity.views.parts import Codes, Datastore, Mails, Passwords, RecoveryCodes, of_a_demo
from workforce.identity.views.sentences import SENTENCES

ADDRESSES: Final = {
    "LOGIN_URL": "/sign-in",
    "LOGOUT_URL": "/sign-out",
    "RESET_URL": "/forgot-password",
    "CONFIRM_URL": "/confirm",
    "CHANGE_URL": "/account/password",
    "VERIFY_URL": "/account/verify",
    "TWO_FACTOR_SETUP_URL": "/account/second-factor",
    "TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
    "TWO_FACTOR_RESCUE_URL": "/sign-in/help",
    "TWO_FACTOR_SELECT_URL": "/sign-in/choose",
    "MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
    "MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
    "WAN_REGISTER_URL": "/account/passkeys",
    "WAN_DELETE_URL": "/account/passkeys/remove",
    "WAN_SIGNIN_URL": "/sign-in/passkey",
    "WAN_VERIFY_URL": "/account/verify/passkey",
    "POST_LOGIN_VIEW": "/",
    "POST_LOGOUT_VIEW": "/sign-in",
    "POST_RESET_VIEW": "/sign-in",
    "POST_CONFIRM_VIEW": "/sign-in",
    "POST_CHANGE_VIEW": "/account",
    "POST_VERIFY_VIEW": "/account",
    "TWO_FACTOR_POST_SETUP_VIEW": "/account",
    "TWO_FACTOR_ERROR_VIEW": "/",
}
PASSWORDS: Final = {
    "PASSWORD_HASH": "argon2",
    "PASSWORD_SINGLE_HASH": {"argon2"},
    "PASSWORD_SALT": None,
    "PASSWORD_SCHEMES": ["argon2"],
    "DEPRECATED_PASSWORD_SCHEMES": [],
    "PASSWORD_LENGTH_MIN": 12,
    "PASSWORD_NORMALIZE_FORM": "NFKD",
}
FEATURES: Final = {
    "CONFIRMABLE": True,
    "RECOVERABLE": True,
    "CHANGEABLE": True,
    "TWO_FACTOR": True,
    "WEBAUTHN": True,
    "MULTI_FACTOR_RECOVERY_CODES": True,
    "MULTI_FACTOR_RECOVERY_CODES_N": 10,
    "SEND_REGISTER_EMAIL": False,
    "AUTO_LOGIN_AFTER_CONFIRM": False,
    "AUTO_LOGIN_AFTER_RESET": False,
    "RESET_PASSWORD_WITHIN": timedelta(hours=2),
    "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    # A code is good for its half minute, and for the one before and after it.
    "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    # A code by mail would make the mailbox the only factor, since the password can be reset through it.
    "TWO_FACTOR_RESCUE_EMAIL": False,
    "TWO_FACTOR_ALWAYS_VALIDATE": True,
    # core/crypto has the keys; Flask-Security only asks whether there are some.
    "TOTP_SECRETS": {"1": "core/crypto has the keys"},
    "TOTP_ISSUER": "Daybook",
    "WAN_RP_NAME": "Daybook",
    "WAN_ALLOW_AS_FIRST_FACTOR": False,
    "WAN_ALLOW_AS_VERIFY": ["secondary"],
    "WAN_POST_REGISTER_VIEW": "/account/passkeys",
    "FRESHNESS": FRESH,
    "FRESHNESS_GRACE_PERIOD": timedelta(0),
    "API_ENABLED_METHODS": ["session"],
    "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
    # Mails writes them itself, in the language of whom they go to.
    "EMAIL_HTML": False,
    "EMAIL_PLAINTEXT": False,
    "DATETIME_FACTORY": clock.now,
    # One sentence for a wrong password and for an unknown address.
    "RETURN_GENERIC_RESPONSES": True,
    "FLASH_MESSAGES": True,
    # Its sentences are looked up in our catalogues; those that a reader can meet are ours.
    "I18N_DOMAIN": DOMAIN,
    "I18N_DIRNAME": str(CATALOGS),
}
FORMS: Final[dict[str, Any]] = {
    "login_form": forms.SignInForm,
    "verify_form": forms.ConfirmItIsYouForm,
    "change_password_form": forms.NewPasswordForm,
    "forgot_password_form": forms.ForgottenForm,
    "send_confirmation_form": forms.NewConfirmationForm,
    "two_factor_verify_code_form": forms.CodeForm,
    "wan_signin_response_form": forms.PasskeyForm,
}


def user_locale() -> str | None:
    """Give the language that the person who is signed in chose."""
    return current_user.locale if current_user and current_user.is_authenticated else None


def _demo_logins() -> dict[str, Any]:
    return {"demo_logins": demo_logins() if current_app.config["DAYBOOK"].demo else []}


def _demo_code() -> dict[str, Any]:
    """Give the code of a demo's account, in a demo alone."""
    if not current_app.config["DAYBOOK"].demo or "tf_user_id" not in cookie:
        return {}
    security: Security = current_app.extensions["security"]
    user = security.datastore.find_user(fs_uniquifier=cookie["tf_user_id"])
    if user is None or not of_a_demo(user) or not user.tf_totp_secret:
        return {}
    return {"demo_code": security.totp_factory.generate_totp_password(user.tf_totp_secret)}


def _typed_account() -> str | None:
    """Return whose address somebody typed, however it is spelled; tries count alike whether there is an account."""
    typed = request.form.get("email", "").strip()
    return canonical_address(typed) or typed.lower() or None


def _second_step() -> str | None:
    return cookie.get("tf_user_id")


def _myself() -> str | None:
    return current_user.fs_uniquifier if current_user.is_authenticated else None


def _limit_tries() -> None:
    # Many workers may share the address of a cafe, or of a telephone company.
    for endpoint, name in (
        ("login", "sign-in"), ("forgot_password", "mail"), ("send_confirmation", "mail"), ("reset_password", "link"),
    ):  # fmt: skip
        limits.add_limit(f"security.{endpoint}", f"{name} of address", "60 per 15 minutes", limits.by_address)
    limits.add_limit("security.login", "sign-in", "10 per 15 minutes", _typed_account)
    for endpoint in ("forgot_password", "send_confirmation"):
        limits.add_limit(f"security.{endpoint}", "mail", "5 per hour", _typed_account)
    # A code has a million values, of which three are good at a time: ten tries a quarter of an hour, fifty a day.
    for endpoint in ("two_factor_token_validation", "mf_recovery", "wan_signin_response"):
        limits.add_limit(f"security.{endpoint}", "code", "10 per 15 minutes", _second_step)
        limits.add_limit(f"security.{endpoint}", "code", "50 per day", _second_step)
    for endpoint in ("verify", "change_password", "wan_verify_response", "two_factor_setup_validate"):
        limits.add_limit(f"security.{endpoint}", "verify", "10 per 15 minutes", _myself)


def init_app(app: Flask) -> None:
    """Put sign-in in front of the pages."""
    for values in (ADDRESSES, PASSWORDS, FEATURES):
        app.config.update({f"SECURITY_{name}": value for name, value in values.items()})
    app.config.update({f"SECURITY_MSG_{name}": sentence for name, sentence in SENTENCES.items()})
    app.config.update(SECURITY_LOGOUT_METHODS=["POST"])
    security = Security(
        app, Datastore(session(), User, Role, Passkey), mail_util_cls=Mails, password_util_cls=Passwords,
        totp_cls=Codes, mf_recovery_codes_util_cls=RecoveryCodes, **FORMS,
    )  # fmt: skip
    # Every answer is a page: nothing is told to a program that a reader is not told.
    security.want_json(lambda _request: False)
    security.login_context_processor(_demo_logins)
    security.tf_token_validation_context_processor(_demo_code)
    devices.init_app(app, security.login_manager)
    confirm.init_app(app)
    app.register_blueprint(account.blueprint)
    _limit_tries()
