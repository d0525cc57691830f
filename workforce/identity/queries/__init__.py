"""Reads on accounts."""

from workforce.identity.queries.accounts import account_of, demo_logins, emails_of, user_by_email
from workforce.identity.queries.sessions import session_of, sessions_of

__all__ = ["account_of", "demo_logins", "emails_of", "session_of", "sessions_of", "user_by_email"]
