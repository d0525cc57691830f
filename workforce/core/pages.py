"""Registries through which a feature adds to what stands below it: menu entries, landing pages, panels."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import request, url_for
from markupsafe import Markup

from i18n.locale import translate
from workforce.core.auth import Actor


@dataclass(frozen=True)
class Item:
    """An entry of the menu.

    Attributes:
        endpoint: of the page.
        label: marked for translation.
        permission: who sees it.
        order: lower stands first.
        landing: is it where a person begins who may see it and nothing before it?

    """

    endpoint: str
    label: str
    permission: str
    order: int
    landing: bool = False


@dataclass(frozen=True)
class Link:
    """An entry of the menu as a page shows it."""

    endpoint: str
    label: str
    url: str
    active: bool


# More than any list has, and less than what the database counts to.
_MOST: Final = 10**9


def number_asked(name: str, default: int = 0, *, least: int = 0, most: int = _MOST) -> int:
    """Return a whole number of the address's query.

    Args:
        name: of the parameter.
        default: where it is missing or is no number in plain digits.
        least: the nearest bound stands for what lies outside.
        most: the same.

    """
    return _number(request.args.get(name, ""), default, least, most)


def number_sent(name: str, default: int = 0, *, least: int = 0, most: int = _MOST) -> int:
    """Return a whole number of the form that was sent; see `number_asked`."""
    return _number(request.form.get(name, ""), default, least, most)


def _number(text: str, default: int, least: int, most: int) -> int:
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        return default
    number = int(digits[:20])
    return min(max(-number if text.strip().startswith("-") else number, least), most)


Panel = Callable[..., Markup | str]

_menu: Final[dict[str, Item]] = {}
_panels: Final[defaultdict[str, dict[str, tuple[int, Panel]]]] = defaultdict(dict)


def add_menu(item: Item) -> None:
    """Add a page to the menu, once however often an application is made."""
    _menu[item.endpoint] = item


def add_panel(place: str, name: str, panel: Panel, *, order: int) -> None:
    """Add a part to a page of a feature further down.

    Args:
        place: such as finance.run.
        name: of the part, unique in its place.
        panel: gives the part's HTML for the page's keyword arguments.
        order: lower stands first.

    """
    _panels[place][name] = (order, panel)


def menu_for(actor: Actor) -> list[Link]:
    """Give the menu of a person, in order."""
    area = request.path.split("/")[1:3]
    links = []
    for item in _items(actor):
        url = url_for(item.endpoint)
        links.append(Link(item.endpoint, translate(item.label), url, active=url.split("/")[1:3] == area))
    return links


def landing_for(actor: Actor) -> str | None:
    """Give the endpoint where a person begins, or None for a person who may see nothing."""
    return next((item.endpoint for item in _items(actor) if item.landing), None)


def panels(place: str, **context: Any) -> list[Markup]:
    """Give the parts that others add to a page, in order."""
    return [Markup(panel(**context)) for _, panel in sorted(_panels[place].values(), key=lambda pair: pair[0])]  # noqa: S704 -- panels are rendered templates


def _items(actor: Actor) -> list[Item]:
    return sorted(
        (item for item in _menu.values() if item.permission in actor.permissions), key=lambda item: item.order
    )
