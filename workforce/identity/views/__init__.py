"""Sign-in, the person's own account, and who may do what."""

from workforce.identity.views.sign_in import init_app, user_locale

__all__ = ["init_app", "user_locale"]
