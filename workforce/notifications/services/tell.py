"""Telling people something: a message in the app, and a mail in their own language, with what it tells of."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select

from i18n.locale import N_, select_locale, translate
from workforce.core import mail
from workforce.core.db import session
from workforce.identity.models import User
from workforce.notifications.models import Message, Preference
from workforce.notifications.rules import Kind, Param, written
from workforce.notifications.services.registry import kind_named

_UTC: Final = "UTC"
# Language and time zone of people whose account does not say, by address; empty where nobody knows.
ReaderSource = Callable[[Collection[str]], Mapping[str, tuple[str, str]]]
_sources: Final[dict[str, ReaderSource]] = {}
_MORE: Final = N_("Open it in Daybook: %(address)s")
_ENOUGH: Final = N_("You can choose which mails you get: %(address)s")


@dataclass(frozen=True)
class _Reader:
    user_id: int
    email: str
    locale: str
    zone: str
    mailed: bool


def set_reader_source(source: ReaderSource) -> None:
    """Say who knows language and time zone of people whose account does not (features above this one)."""
    _sources["one"] = source


def notify(user_id: int, kind: str, *, now: datetime, link: str = "", **params: Any) -> None:
    """Tell a person something, in the transaction that is open.

    Args:
        user_id: whom.
        kind: of the message, as add_kind got it.
        now: the instant.
        link: the path of the page that it is about; the kind's own by default.
        params: what the kind's sentences speak of: text, whole numbers, or what money_param and its like give.

    Raises:
        UnknownKindError, MissingParamError: a mistake in the program.

    """
    notify_many([user_id], kind, now=now, link=link, **params)


def notify_many(user_ids: Collection[int], kind: str, *, now: datetime, link: str = "", **params: Any) -> None:
    """Tell many people the same, with a fixed number of statements; a crowd is told by `announce`, from a request.

    Args:
        user_ids: whom; somebody who stands twice is told once.
        kind: of the message, as add_kind got it.
        now: the instant.
        link: the path of the page that it is about; the kind's own by default.
        params: what the kind's sentences speak of.

    Raises:
        UnknownKindError, MissingParamError: a mistake in the program.

    """
    known = kind_named(kind)
    target = link or known.link
    known.check(params, target)
    whom = sorted(set(user_ids))
    if not whom:
        return
    user_id = func.unnest(whom).column_valued("user_id")
    values = (params, kind, target, now)
    session().execute(
        insert(Message).from_select(
            ["user_id", "params", "kind", "link", "created_at"],
            select(user_id, *(_bound(name, value) for name, value in zip(_COLUMNS, values, strict=True))),
        )
    )
    readers = [reader for reader in _readers(whom, known) if reader.mailed]
    mail.send_many(_mails(known, params, target, readers), priority=_priority(known), now=now)


_COLUMNS: Final = ("params", "kind", "link", "created_at")


def _bound(column: str, value: Any) -> Any:
    """Give a value as a parameter of its column's type."""
    found = Message.__table__.c[column]
    return func.cast(value, found.type).label(column)


def _priority(kind: Kind) -> mail.Priority:
    if kind.group.name == "security":
        return mail.Priority.ACCOUNT
    return mail.Priority.CROWD if kind.crowd else mail.Priority.PERSONAL


def _readers(user_ids: Sequence[int], kind: Kind) -> list[_Reader]:
    """Give those who are told, with their language, their zone, and whether they want it by mail.

    Whoever's account is shut is only written to about the account itself and about her pay.
    """
    query = (
        select(User.id, User.email, User.locale, User.active, Preference.silenced)
        .outerjoin(Preference, Preference.user_id == User.id)
        .where(User.id == func.any(user_ids))
        .order_by(User.id)
    )
    found = session().execute(query).all()
    source = _sources.get("one")
    known = source([row.email for row in found]) if source else {}
    readers = []
    for row in found:
        locale, zone = known.get(row.email, ("", ""))
        wanted = row.active and kind.group.name not in (row.silenced or ())
        readers.append(
            _Reader(
                row.id, row.email, select_locale(row.locale, [locale], None), zone or _UTC,
                mailed=kind.group.always or wanted,
            )
        )  # fmt: skip
    return readers


def _mails(
    kind: Kind, params: Mapping[str, Param], link: str, readers: Sequence[_Reader]
) -> list[tuple[str, str, str, str]]:
    """Write the mails, once for each language and zone."""
    texts: dict[tuple[str, str], tuple[str, str]] = {}
    mails = []
    for reader in readers:
        key = reader.locale, reader.zone
        if key not in texts:
            texts[key] = _text(kind, params, link, *key)
        subject, text = texts[key]
        mails.append((reader.email, subject, text, reader.locale))
    return mails


def _text(kind: Kind, params: Mapping[str, Param], link: str, locale: str, zone: str) -> tuple[str, str]:
    words = written(kind, params, locale=locale, zone=zone)
    parts = [words.body]
    if link:
        parts.append(translate(_MORE, locale, address=mail.address(link)))
    if not kind.group.always:
        parts.append("-- \n" + translate(_ENOUGH, locale, address=mail.address("/me/messages/preferences")))
    return words.subject, "\n\n".join(parts) + "\n"
