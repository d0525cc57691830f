"""What is typed where a worker's profile or account is changed."""

from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from i18n.countries import countries
from workforce.core.checks import LONGEST_REASON
from workforce.core.fields import Choose, cleaned
from workforce.paydays.queries import groups
from workforce.workers.models import Worker

_TOO_LONG: Final = _("Write at most 1,000 characters.")


class ProfileForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What should be known of a worker, and why."""

    name = StringField(
        _("Name"), filters=[cleaned], validators=[Length(max=200, message=_("Write at most 200 characters."))]
    )
    country = Choose(_("Country"))
    group = Choose(_("Pay group"))
    currency = StringField(
        _("Pay currency"), filters=[cleaned], validators=[Length(max=3, message=_("Write three letters, such as KES."))]
    )
    reason = TextAreaField(
        _("Why"), filters=[cleaned],
        validators=[DataRequired(_("Say why.")), Length(max=LONGEST_REASON, message=_TOO_LONG)],
    )  # fmt: skip

    @classmethod
    def known(cls, worker: Worker, group: str) -> "ProfileForm":
        """Make a form that nobody has typed in: every field holds what is known.

        Args:
            worker: whom it is about.
            group: the code of her pay group.

        """
        form = cls(formdata=None)
        form.name.data, form.country.data, form.group.data = worker.name, worker.country, group
        form.currency.data = worker.currency
        return form.offer(worker)

    def offer(self, worker: Worker) -> "ProfileForm":
        """Give the lists their choices."""
        self.country.choices = [
            *([] if worker.country else [SelectChoice("", "–")]), *(SelectChoice(*pair) for pair in countries())
        ]  # fmt: skip
        self.group.choices = [SelectChoice(one.code, one.code) for one in groups()]
        return self

    def wanted(self) -> dict[str, Any]:
        """Give what `services.change_profile` takes."""
        return {field: getattr(self, field).data or "" for field in ("group", "currency", "country", "name")}


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """The answer to what a worker asked for; which button was pressed says whether it is granted."""

    reason = TextAreaField(_("Answer"), filters=[cleaned], validators=[Length(max=LONGEST_REASON, message=_TOO_LONG)])


class LinkForm(FlaskForm):  # type: ignore[misc]
    """Which account a worker signs in with, and why that is known."""

    email = StringField(
        _("Email of the account"), filters=[cleaned],
        validators=[DataRequired(_("Write the address.")), Length(max=320, message=_("Write at most 320 characters."))],
    )  # fmt: skip
    reason = TextAreaField(
        _("Why"), filters=[cleaned],
        validators=[DataRequired(_("Say why.")), Length(max=LONGEST_REASON, message=_TOO_LONG)],
    )  # fmt: skip
