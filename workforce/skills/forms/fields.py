"""Fields that several forms of tests share."""

from typing import Any, Final

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError


def cleaned(text: str | None) -> str:
    """Give a text without what the database cannot hold, with line ends of one kind."""
    return (text or "").replace("\x00", "").replace("\r\n", "\n").strip()


def lines_of(text: str | None) -> list[str]:
    """Give the lines of a text that say something."""
    return [line.strip() for line in cleaned(text).split("\n") if line.strip()]


# What an integer of the database holds; a longer number is no mistake worth its own words.
_MOST: Final = 2**31 - 1


class Whole(IntegerField):  # type: ignore[misc]  # the library has no types
    """A whole number between two others, refused in words of ours; None where it may be left out and is."""

    def __init__(
        self, label: Any = None, *, least: int = 0, most: int = _MOST, needed: bool = True, **values: Any
    ) -> None:
        message = _("Write a whole number from %(least)s to %(most)s.", least=least, most=most)
        first = InputRequired(message) if needed else Optional()
        keys = values.pop("render_kw", {})
        super().__init__(
            label, validators=[first, NumberRange(least, most, message)],
            render_kw={"inputmode": "numeric", "min": least, "max": most, **keys}, **values,
        )  # fmt: skip

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a number of at most twelve digits; anything else is none."""
        self.data = None
        if valuelist and valuelist[0].strip():
            text = valuelist[0].strip()
            try:
                self.data = int(text[:13])
            except ValueError:
                raise ValueError(_("Write a whole number.")) from None


class Choose(SelectField):  # type: ignore[misc]
    """A list whose choices are checked with a sentence of ours."""

    def __init__(self, label: Any, **values: Any) -> None:
        super().__init__(label, validate_choice=False, **values)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 -- the library's signature
        """Refuse what is not on the list."""
        if self.data not in {choice.value for choice in self.choices}:
            raise ValidationError(_("Choose one of these."))
