"""Kinds of messages, the groups that people choose by, and the writing of a message in a language."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from i18n import formats
from i18n.locale import N_, translate
from workforce.core.money import Money

Param = str | int | dict[str, Any]
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")
# A word in the middle of a path that is filled in: /me/tests/%(test)s
_LONGEST_LINK: Final = 300


@dataclass(frozen=True)
class Group:
    """Kinds that a person wants by mail or not, together.

    Attributes:
        name: kept with her choice.
        label: marked for translation.
        always: is it mailed whatever she wants?

    """

    name: str
    label: str
    always: bool = False


GROUPS: Final[Mapping[str, Group]] = {
    group.name: group
    for group in (
        Group("security", N_("Your account: sign-in, roles, second factor"), always=True),
        Group("pay", N_("Your pay: amounts, payout methods, delays"), always=True),
        Group("terms", N_("Changes of what you are paid, and offers to you"), always=True),
        Group("decisions", N_("Decisions about you: applications, appeals")),
        Group("skills", N_("Tests and certifications")),
        Group("work", N_("Projects and training")),
        Group("other", N_("Everything else")),
    )
}
# The group of a kind, by what its name begins with.
_AREAS: Final[Mapping[str, str]] = {
    "security": "security", "account": "security", "identity": "security", "pay": "pay", "payout": "pay", "run": "pay",
    "tax": "pay", "rate": "terms", "offer": "terms", "bonus": "terms", "floor": "terms", "appeal": "decisions",
    "application": "decisions", "onboarding": "decisions", "attempt": "skills", "certification": "skills",
    "grading": "skills", "skill": "skills", "test": "skills", "project": "work", "participation": "work",
    "guideline": "work", "training": "work", "course": "work", "task": "work", "budget": "work", "profile": "pay",
}  # fmt: skip


class UnknownKindError(LookupError):
    """A message of a kind that no feature has added: a mistake in the program."""


class MissingParamError(LookupError):
    """A message without something that its kind speaks of: a mistake in the program."""


@dataclass(frozen=True)
class Kind:
    """What people are told of one thing.

    Attributes:
        name: area and word, such as certification.lapses; the area decides its group.
        subject: one line, marked for translation, with %(name)s placeholders.
        body: plain text, marked for translation, with %(name)s placeholders.
        link: the path of the page that it is about, where the message brings none.
        crowd: are many people told the same at once? Its mails wait until those to single people have left.

    """

    name: str
    subject: str
    body: str
    link: str = ""
    crowd: bool = False

    @property
    def group(self) -> Group:
        """The group that it is chosen by."""
        return GROUPS[_AREAS.get(self.name.partition(".")[0], "other")]

    @property
    def placeholders(self) -> frozenset[str]:
        """What it speaks of."""
        return frozenset(_PLACEHOLDER.findall(self.subject + self.body))

    def check(self, params: Collection[str], link: str) -> None:
        """Refuse params that leave something out, and a link that is no path of ours.

        Raises:
            MissingParamError: something is left out.
            ValueError: the link leads elsewhere, or is too long.

        """
        missing = sorted(self.placeholders - set(params))
        if missing:
            raise MissingParamError(f"{self.name} speaks of {', '.join(missing)}")
        if link and (not link.startswith("/") or link.startswith("//") or len(link) > _LONGEST_LINK):
            raise ValueError(f"{link!r} is no path of ours")


@dataclass(frozen=True)
class Words:
    """A message as a reader sees it."""

    subject: str
    body: str


def money_param(money: Money) -> dict[str, Any]:
    """Keep an amount for a message; the reader sees it as she writes amounts."""
    return {"money": money.micros, "currency": money.currency}


def day_param(day: date) -> dict[str, Any]:
    """Keep a date for a message."""
    return {"day": day.isoformat()}


def instant_param(instant: datetime) -> dict[str, Any]:
    """Keep an aware instant for a message; the reader sees it in her own zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return {"instant": instant.isoformat()}


def list_param(items: Collection[str]) -> dict[str, Any]:
    """Keep a list for a message; the reader sees it as her language lists things."""
    return {"list": list(items)}


def term_param(text: str) -> dict[str, Any]:
    """Keep a word that was marked with N_ for a message; the reader sees its translation."""
    return {"term": text}


def shown(value: Param, *, locale: str, zone: str) -> str:  # noqa: PLR0911 -- one for each type
    """Write a param as a reader writes it.

    Args:
        value: text as it stands, a whole number, or a typed value of the functions above.
        locale: the reader's language.
        zone: the reader's time zone, by its IANA name.

    Raises:
        ValueError: a typed value of no known type.

    """
    match value:
        case str():
            return value
        case int():
            return formats.number(value, locale)
        case {"money": micros, "currency": code}:
            return formats.money(Money.of_micros(micros, code), locale=locale)
        case {"day": text}:
            return formats.day(date.fromisoformat(text), locale=locale)
        case {"instant": text}:
            return formats.instant(datetime.fromisoformat(text), zone, locale)
        case {"list": items}:
            return formats.listing([shown(item, locale=locale, zone=zone) for item in items], locale)
        case {"term": text}:
            return translate(text, locale)
    raise ValueError(f"{value!r} is no param of a message")


def written(kind: Kind, params: Mapping[str, Param], *, locale: str, zone: str) -> Words:
    """Write a message for a reader.

    Args:
        kind: of the message.
        params: what it speaks of.
        locale: the reader's language.
        zone: the reader's time zone.

    Raises:
        MissingParamError: something that the kind speaks of is left out.

    """
    kind.check(params, "")
    values = {name: shown(params[name], locale=locale, zone=zone) for name in kind.placeholders}
    return Words(*(translate(text, locale, **values) for text in (kind.subject, kind.body)))
