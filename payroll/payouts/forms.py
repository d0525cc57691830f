"""What people write when they send again what waits in a balance."""

from typing import Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

LONGEST: Final = 1_000


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


class ProposalForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why it should be sent; there is one form for each order and balance on the page."""

    reason = TextAreaField(
        _("Why"),
        filters=[_trimmed],
        validators=[
            DataRequired(_("Say why it will arrive this time; it is kept with the payout.")),
            Length(max=LONGEST, message=_("Write at most 1,000 characters.")),
        ],
    )


class DecisionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """The second person's decision: which button was pressed, and why it is refused."""

    reason = TextAreaField(
        _("Why"),
        filters=[_trimmed],
        validators=[Length(max=LONGEST, message=_("Write at most 1,000 characters."))],
    )
