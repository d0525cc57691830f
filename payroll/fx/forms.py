"""What people write when they correct a rate, or decide on one."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from workforce.core.fields import cleaned, iso_date

LONGEST: Final = 1_000
_RATE: Final = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?", re.ASCII)


class CorrectionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What a rate should be, and what was wrong; there is one form for each rate on the page."""

    source = StringField(filters=[cleaned])
    base = StringField(filters=[cleaned])
    quote = StringField(filters=[cleaned])
    day = StringField(filters=[cleaned])
    rate = StringField(_("Right rate"), filters=[cleaned])
    reason = TextAreaField(
        _("Why"),
        filters=[cleaned],
        validators=[
            DataRequired(_("Say what was wrong; it is kept with the rate.")),
            Length(max=LONGEST, message=_("Write at most 1,000 characters.")),
        ],
    )

    def validate_rate(self, field: Any) -> None:
        """Refuse what is no plain number."""
        if not _RATE.fullmatch(field.data):
            raise ValidationError(_("Write a plain number such as 129.67."))

    def validate_day(self, field: Any) -> None:
        """Refuse what is no date."""
        iso_date(field.data)

    @property
    def key(self) -> dict[str, Any]:
        """Return the rate that it is about, once it was found valid."""
        day: date = iso_date(self.day.data)
        return {"source": self.source.data, "base": self.base.data, "quote": self.quote.data, "day": day}

    @property
    def number(self) -> Decimal:
        """Return the right rate, once it was found valid."""
        return Decimal(self.rate.data)


class DecisionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The decision on a change: which button was pressed, and why it is refused."""

    reason = TextAreaField(
        _("Why"),
        filters=[cleaned],
        validators=[Length(max=LONGEST, message=_("Write at most 1,000 characters."))],
    )
