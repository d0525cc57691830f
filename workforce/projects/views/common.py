"""What the pages of projects share."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from babel import Locale
from flask import url_for

from i18n.texts import current_locale
from workforce.core.db import session
from workforce.core.errors import DaybookError, Forbidden, NotFound
from workforce.core.pages import number_asked

PAGE_SIZE: Final = 50


def start_of_page() -> int:
    """Give how many entries the address passes over; what makes no sense is none."""
    return number_asked("start")


def pager(endpoint: str, *, start: int, shown: int, count: int, **values: Any) -> dict[str, Any]:
    """Give the addresses of the neighbouring pages, and where one is."""
    before = url_for(endpoint, start=max(0, start - PAGE_SIZE) or None, **values) if start else None
    after = url_for(endpoint, start=start + PAGE_SIZE, **values) if start + shown < count else None
    return {"previous": before, "next": after, "first": start + 1, "last": start + shown, "count": count}


def refused(form: Any, act: Callable[[], object]) -> DaybookError | None:
    """Do something, and put the reason above the form if it is refused, so that what was typed is not lost.

    What was begun is undone first, since the request goes on and its transaction with it.

    Raises:
        Forbidden: there is nothing to show then.

    """
    try:
        with session().begin_nested():
            act()
    except Forbidden:
        raise
    except DaybookError as refusal:
        form.form_errors.append(refusal.message())
        return refusal
    return None


def refused_or_missing(form: Any, act: Callable[[], object]) -> DaybookError | None:
    """Do the same where a project that is not hers must look like none.

    Raises:
        NotFound, Forbidden: there is nothing to show then.

    """
    refusal = refused(form, act)
    if isinstance(refusal, NotFound):
        raise refusal
    return refusal


def language_names(tags: Iterable[str]) -> list[str]:
    """Give the names of languages in the reader's own."""
    names = Locale.parse(current_locale()).languages
    return [str(names.get(tag) or names.get(tag.partition("-")[0].lower()) or tag) for tag in tags]
