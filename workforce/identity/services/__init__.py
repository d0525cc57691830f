"""What is done with accounts: one module a use case."""

from workforce.identity.services.accounts import (
    add_user,
    checked_address,
    create_user,
    follow_roles,
    roles_given,
    set_active,
)
from workforce.identity.services.second_factor import lock, note_change, reset_second_factor, set_up_authenticator
from workforce.identity.services.sessions import (
    close_session,
    end_session,
    end_sessions,
    hash_of,
    is_alive,
    note_seen,
    open_session,
)

__all__ = [
    "add_user",
    "checked_address",
    "close_session",
    "create_user",
    "end_session",
    "end_sessions",
    "follow_roles",
    "hash_of",
    "is_alive",
    "lock",
    "note_change",
    "note_seen",
    "open_session",
    "reset_second_factor",
    "roles_given",
    "set_active",
    "set_up_authenticator",
]
