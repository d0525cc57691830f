"""Sign-in, through Flask-Security."""

from typing import Any

from flask import Flask, current_app
from flask_login import current_user
from flask_security import Security, SQLAlchemySessionUserDatastore

from i18n.locale import N_
from i18n.texts import CATALOGS, DOMAIN
from workforce.core.db import session
from workforce.core.demo import LOGINS
from workforce.identity.models import Role, User
from workforce.identity.queries import demo_logins


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
        return None if user is not None and shut and user.email in {email for _, email in LOGINS} else user


def user_locale() -> str | None:
    """Give the language that the person who is signed in chose."""
    return current_user.locale if current_user and current_user.is_authenticated else None


def _demo_logins() -> dict[str, Any]:
    return {"demo_logins": demo_logins() if current_app.config["DAYBOOK"].demo else []}


def init_app(app: Flask) -> None:
    """Put sign-in in front of the pages."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 -- the name of a hash
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_PASSWORD_SALT=None,
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_SEND_REGISTER_EMAIL=False,
        # One sentence for a wrong password and for an unknown address.
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        # Its sentences are looked up in our catalogues; those that a reader can meet are ours.
        SECURITY_I18N_DOMAIN=DOMAIN,
        SECURITY_I18N_DIRNAME=str(CATALOGS),
        SECURITY_MSG_GENERIC_AUTHN_FAILED=(
            N_("The email or the password is not right. Check both and try again."),
            "error",
        ),
        SECURITY_MSG_EMAIL_NOT_PROVIDED=(N_("Please enter your email address."), "error"),
        SECURITY_MSG_INVALID_EMAIL_ADDRESS=(N_("This is no email address, such as name@example.com."), "error"),
        SECURITY_MSG_PASSWORD_NOT_PROVIDED=(N_("Please enter your password."), "error"),
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_AUTO_LOGIN_AFTER_CONFIRM=False,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
    )
    security = Security(app, Datastore(session(), User, Role))
    security.login_context_processor(_demo_logins)
