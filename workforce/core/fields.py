"""Fields of forms that all features share, and how what is typed in them is read."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

# What an integer of the database holds; a longer number is no mistake worth its own words.
MOST: Final = 2**31 - 1
_WHOLE: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
# Thousands may be set apart, by one mark throughout.
_GROUPED: Final = re.compile(
    r"[0-9]{1,12}|[0-9]{1,3}(?P<mark>[ \u00a0\u202f,.'’_])[0-9]{3}(?:(?P=mark)[0-9]{3})*", re.ASCII
)
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def cleaned(text: str | None) -> str:
    """Return a text with line ends of one kind and without blanks around it."""
    return (text or "").replace("\r\n", "\n").strip()


def lines_of(text: str | None) -> list[str]:
    """Return the lines of a text that say something."""
    return [line.strip() for line in cleaned(text).split("\n") if line.strip()]


def whole_number(text: str, *, least: int = 1, most: int = MOST) -> int:
    """Return a whole number that is written in plain digits, perhaps with its thousands set apart: 27,000.

    Raises:
        ValidationError: it is none, or outside the bounds.

    """
    if _GROUPED.fullmatch(text.strip()):
        number = int(re.sub(r"[^0-9]", "", text))
        if least <= number <= most:
            return number
    raise ValidationError(_("Write a whole number from %(least)s to %(most)s.", least=least, most=most))


def plain_number(text: str) -> Decimal:
    """Return a number in plain digits with a point before its decimals, at most six of them: 0.35.

    Raises:
        ValidationError: it is none.

    """
    if not _AMOUNT.fullmatch(text.strip()):
        raise ValidationError(_("Write a plain number such as 0.35, with at most six decimals."))
    return Decimal(text.strip())


def iso_date(text: str) -> date:
    """Return a date that is written as 2026-11-20.

    Raises:
        ValidationError: it is none.

    """
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise ValidationError(_("Write a date such as 2026-11-20.")) from None


class Whole(IntegerField):  # type: ignore[misc]  # the library has no types
    """A whole number between two others, refused in words of ours; None where it may be left out and is."""

    data: Any

    def __init__(
        self, label: Any = None, *, least: int = 0, most: int = MOST, needed: bool = True, **values: Any
    ) -> None:
        message = _("Write a whole number from %(least)s to %(most)s.", least=least, most=most)
        first = InputRequired(message) if needed else Optional()
        keys = values.pop("render_kw", {})
        super().__init__(
            label, validators=[first, NumberRange(least, most, message)],
            render_kw={"inputmode": "numeric", "min": least, "max": most, **keys}, **values,
        )  # fmt: skip

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a number of at most twelve plain digits; nothing typed is none."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        if not _WHOLE.fullmatch(text.removeprefix("-")):
            raise ValueError(_("Write a whole number."))
        self.data = int(text)


class Choose(SelectField):  # type: ignore[misc]
    """A list whose choices are checked with a sentence of ours, in the reader's language."""

    def __init__(self, label: Any, **values: Any) -> None:
        super().__init__(label, validate_choice=False, **values)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 -- the library's signature
        """Refuse what is not on the list."""
        if self.data not in {choice.value for choice in self.choices}:
            raise ValidationError(_("Choose one of these."))
