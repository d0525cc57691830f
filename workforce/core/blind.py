"""Blind indexes: whether two texts are the same can be asked without keeping either where it can be read."""

import hashlib
import hmac

from flask import current_app


def blind(text: str, about: str) -> str:
    """Give a keyed hash of a text, the same each time on this installation and meaningless without its secret key.

    Args:
        text: put into one spelling by whoever calls.
        about: what it is, such as tax_id: the same text hashes otherwise for something else.

    Returns:
        40 hexadecimal digits; empty for an empty text.

    """
    if not text:
        return ""
    key = hmac.digest(str(current_app.config["SECRET_KEY"]).encode(), b"daybook blind index", "sha256")
    return hmac.new(key, f"{about}\0{text}".encode(), hashlib.sha256).hexdigest()[:40]
