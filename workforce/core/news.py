"""How features that stand below the notifications tell a person something; these fill it in (see notifications)."""

from datetime import datetime
from typing import Any, Protocol


class Teller(Protocol):
    """Tells a person something, as notifications.services.notify does."""

    def __call__(self, user_id: int, kind: str, *, now: datetime, link: str = "", **params: Any) -> None: ...


_tellers: dict[str, Teller] = {}


def set_teller(teller: Teller) -> None:
    """Say who tells, once however often an application is made."""
    _tellers["one"] = teller


def tell(user_id: int, kind: str, *, now: datetime, link: str = "", **params: Any) -> None:
    """Tell a person something in her language, in the app and by mail, in the transaction that is open.

    Args:
        user_id: whom.
        kind: a kind of message, such as security.role_granted.
        now: the instant.
        link: the path of the page that it is about.
        params: what the kind's sentences speak of.

    """
    _tellers["one"](user_id, kind, now=now, link=link, **params)


def term(text: str) -> dict[str, Any]:
    """Give a word that was marked with N_ as a param: each reader sees it in her language."""
    return {"term": text}
