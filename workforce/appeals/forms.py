"""What is written about an appeal."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, Length

from workforce.appeals.rules import LONGEST, SHORTEST


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


_LENGTH = Length(min=SHORTEST, max=LONGEST, message=_("Write 10 to 4,000 characters."))


class AppealForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What the person says who disagrees; for the pages of the decisions themselves."""

    text = TextAreaField(_("Why the decision is wrong"), filters=[_trimmed], validators=[_LENGTH])


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """What is decided, and why."""

    decision = RadioField(
        _("Decision"), validate_choice=False,
        choices=[
            SelectChoice("grant", _("She is right: change the decision")),
            SelectChoice("refuse", _("The decision stands")),
        ],
        validators=[AnyOf(["grant", "refuse"], message=_("Choose one of these."))],
    )  # fmt: skip
    answer = TextAreaField(_("Your answer to her"), filters=[_trimmed], validators=[_LENGTH])
