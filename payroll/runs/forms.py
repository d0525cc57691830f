"""What people write on a run's page."""

from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

LONGEST: Final = 1_000


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


class ResolveForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why an exception is resolved; there is one form an exception on the page."""

    reason = TextAreaField(
        _("What you found and decided"),
        filters=[_trimmed],
        validators=[
            DataRequired(_("Say what you found and decided; it is kept with the run.")),
            Length(max=LONGEST, message=_("Write at most 1,000 characters.")),
        ],
    )

    def __init__(self, exception_id: int, **values: Any) -> None:
        super().__init__(**values)
        self.reason.id = self.reason.label.field_id = f"reason-{exception_id}"
