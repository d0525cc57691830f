"""Passwords are hashed, and what must be readable again is encrypted, each in the one way that all of Daybook uses.

A text is encrypted with AES-256-GCM under a key made from the first of DAYBOOK_KEYS; every key of the list decrypts. So
a key is changed by putting a new one in front, and taken away when nothing is left that it encrypted.
"""

import base64
import hashlib
import os
from collections.abc import Sequence
from typing import Final

from argon2 import PasswordHasher
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from i18n.locale import N_
from workforce.core.errors import DaybookError

# RFC 9106, section 4, second recommended option: 64 MiB, three passes, four lanes.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
_VERSION: Final = b"\x01"
_ID: Final = 4  # bytes that tell which key it was
_NONCE: Final = 12
_keys: Final[dict[bytes, AESGCM]] = {}  # the first one encrypts


class Unreadable(DaybookError):
    code = "unreadable"
    status = 500
    template = N_(
        "Something that is stored encrypted cannot be read. Whoever runs Daybook must put the key that it was encrypted"
        " with back into DAYBOOK_KEYS."
    )


def hash_password(password: str) -> str:
    """Give the hash of a password, with a salt of its own."""
    return _HASHER.hash(password)


def use_keys(keys: Sequence[str]) -> None:
    """Encrypt with the first of these keys from now on, and decrypt with any.

    Args:
        keys: secrets of at least 32 characters.

    """
    _keys.clear()
    for key in keys:
        made = hashlib.sha256(b"daybook text encryption\0" + key.encode()).digest()
        _keys[hashlib.sha256(made).digest()[:_ID]] = AESGCM(made)


def encrypt(text: str, about: str = "") -> str:
    """Encrypt a text.

    Args:
        text: what must not be readable in the database.
        about: binds it to its row, such as tax:123: put anywhere else it cannot be decrypted.

    """
    name, key = next(iter(_keys.items()))
    nonce = os.urandom(_NONCE)
    sealed = key.encrypt(nonce, text.encode(), _VERSION + name + about.encode())
    return base64.urlsafe_b64encode(_VERSION + name + nonce + sealed).decode()


def decrypt(token: str, about: str = "") -> str:
    """Give the text that was encrypted.

    Args:
        token: what `encrypt` gave.
        about: what it was bound to.

    Raises:
        Unreadable: its key is not known any more, it was changed, or it belongs somewhere else.

    """
    try:
        data = base64.urlsafe_b64decode(token.encode())
        head, nonce, sealed = data[: 1 + _ID], data[1 + _ID : 1 + _ID + _NONCE], data[1 + _ID + _NONCE :]
        return _keys[head[1:]].decrypt(nonce, sealed, head + about.encode()).decode()
    except (KeyError, ValueError, InvalidTag) as problem:
        raise Unreadable from problem


def is_current(token: str) -> bool:
    """Say whether a text was encrypted with the key that encrypts now; else it may be encrypted anew."""
    return base64.urlsafe_b64decode(token.encode())[1 : 1 + _ID] == next(iter(_keys))
