"""Passwords are hashed with argon2id, in the one way that sign-in checks them."""

from typing import Final

from argon2 import PasswordHasher

# RFC 9106, section 4, second recommended option: 64 MiB, three passes, four lanes.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)


def hash_password(password: str) -> str:
    """Give the hash of a password, with a salt of its own."""
    return _HASHER.hash(password)
