"""Forms by which people are certified, and certifications taken away, by hand."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from workforce.core.fields import Choose, cleaned


class ReasonForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """Why something is done that concerns a person."""

    reason = TextAreaField(
        _("Reason"), filters=[cleaned],
        validators=[
            DataRequired(_("Say why: everybody concerned is told the reason.")),
            Length(max=2_000, message=_("At most 2,000 characters.")),
        ],
    )  # fmt: skip


class GrantForm(ReasonForm):
    """Who is certified, and for what."""

    email = StringField(
        _("E-mail address of the account"), filters=[cleaned],
        validators=[DataRequired(_("Whom?")), Length(max=320, message=_("At most 320 characters."))],
    )  # fmt: skip
    kind = Choose(
        _("Certified as"),
        choices=[
            SelectChoice("worker", _("Worker: may do work that asks for it")),
            SelectChoice("grader", _("Grader: may grade its written answers")),
        ],
    )  # fmt: skip
