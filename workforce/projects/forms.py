"""The forms of projects. Numbers, dates and lists are read here, so that what was typed stays as it was typed."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeVar

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, DataRequired, Length, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from i18n.countries import is_country
from workforce.core.checks import LONGEST_REASON
from workforce.core.codes import CODE
from workforce.core.fields import iso_date, plain_number, whole_number
from workforce.core.money import MAX_MICROS, Money, is_currency, to_micros
from workforce.projects.models import Project
from workforce.projects.services.guidelines import LONGEST as LONGEST_TEXT
from workforce.projects.services.lifecycle import MOST, Details, is_language

_WANTED: Final = _("Please fill this in.")
_LONG: Final = _("Please write less: at most %(max)d characters.")
T = TypeVar("T")


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


def _items(text: str) -> list[str]:
    return list(dict.fromkeys(part for part in re.split(r"[\s,;]+", text) if part))


class _Form(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A form whose fields are read by functions that raise ValidationError."""

    def _read(self, field: Any, read: Callable[[str], T]) -> T | None:
        return read(field.data) if field.data else None


class DetailsForm(_Form):
    """What is said of a project."""

    title = StringField(
        _("What the work is, in a few plain words"), filters=[_trimmed], validators=[Length(max=200, message=_LONG)]
    )
    description = TextAreaField(
        _("What somebody does, in some sentences"), filters=[_trimmed], validators=[Length(max=10_000, message=_LONG)]
    )
    languages = StringField(_("Languages"), filters=[_trimmed])
    countries = StringField(_("Countries"), filters=[_trimmed])
    target = StringField(_("Accepted pieces wanted"), filters=[_trimmed])
    deadline = StringField(_("Deadline"), filters=[_trimmed])
    budget = StringField(_("Budget"), filters=[_trimmed])
    currency = StringField(_("Currency of the budget"), filters=[_trimmed])
    alarm_percent = StringField(_("Tell the managers at so many per cent of it"), filters=[_trimmed], default="80")
    minutes = StringField(_("Minutes that a task should take"), filters=[_trimmed])

    def validate_languages(self, field: Any) -> None:
        """Refuse what is no language."""
        wrong = [tag for tag in _items(field.data) if not is_language(tag)]
        if wrong:
            raise ValidationError(_("%(tag)s is no tag of a language, such as vi or pt-BR.", tag=wrong[0]))

    def validate_countries(self, field: Any) -> None:
        """Refuse what is no country."""
        wrong = [one for one in _items(field.data.upper()) if not is_country(one)]
        if wrong:
            raise ValidationError(_("%(code)s is no code of a country, such as KE.", code=wrong[0]))

    def validate_target(self, field: Any) -> None:
        """Refuse what is no whole number above 0."""
        self._read(field, _whole)

    def validate_deadline(self, field: Any) -> None:
        """Refuse what is no date."""
        self._read(field, iso_date)

    def validate_budget(self, field: Any) -> None:
        """Refuse what is no amount."""
        self._read(field, _amount)

    def validate_currency(self, field: Any) -> None:
        """Refuse what is no currency, and a budget without one."""
        if (field.data or self.budget.data) and not is_currency(field.data.upper()):
            raise ValidationError(_("Write the three letters of a currency, such as USD."))

    def validate_alarm_percent(self, field: Any) -> None:
        """Refuse what is no per cent."""
        if (self._read(field, _whole) or 0) not in range(1, 100):
            raise ValidationError(_("Write a whole number from 1 to 99."))

    def validate_minutes(self, field: Any) -> None:
        """Refuse what is no time."""
        self._read(field, _seconds)

    def details(self) -> Details:
        """Give what was written; only of a form that is valid."""
        amount = self._read(self.budget, _amount)
        return Details(
            title=self.title.data, description=self.description.data.replace("\r\n", "\n"),
            languages=tuple(_items(self.languages.data)), countries=tuple(_items(self.countries.data.upper())),
            target=self._read(self.target, _whole), deadline=self._read(self.deadline, iso_date),
            budget=None if amount is None else Money(amount, self.currency.data.upper()),
            alarm_percent=_whole(self.alarm_percent.data), expected_seconds=self._read(self.minutes, _seconds),
        )  # fmt: skip

    @staticmethod
    def values(project: Project) -> dict[str, str]:
        """Give what the fields of a project hold."""
        budget = Money.of_micros(project.budget, project.budget_currency).amount if project.budget else None
        minutes = None if project.expected_seconds is None else Decimal(project.expected_seconds) / 60
        return {
            "title": project.title, "description": project.description, "languages": ", ".join(project.languages),
            "countries": ", ".join(project.countries), "target": str(project.target or ""),
            "deadline": project.deadline.isoformat() if project.deadline else "",
            "budget": "" if budget is None else _plain(budget), "currency": project.budget_currency,
            "alarm_percent": str(project.alarm_percent),
            "minutes": "" if minutes is None else _plain(minutes.quantize(Decimal("0.01"))),
        }  # fmt: skip


class _Named(_Form):
    """A form that asks for a code name."""

    code = StringField(
        _("Code name"), filters=[lambda text: _trimmed(text).upper()],
        validators=[
            DataRequired(_WANTED),
            Regexp(CODE.pattern + r"\Z", message=_("Use a name such as FALCON: capitals, digits, hyphens."))
,
        ],
    )  # fmt: skip


class CreateForm(_Named, DetailsForm):
    """A new project."""

    customer = StringField(
        _("Customer"), filters=[_trimmed], validators=[DataRequired(_WANTED), Length(max=200, message=_LONG)]
    )


class RevivalForm(_Named):
    """A new project out of an older one."""


def _why(label: Any, *, needed: bool = True) -> TextAreaField:
    validators: list[Any] = [Length(max=LONGEST_REASON, message=_LONG)]
    if needed:
        validators.insert(0, DataRequired(_WANTED))
    return TextAreaField(label, filters=[_trimmed], validators=validators)


class StateForm(_Form):
    """Why the state of a project is changed."""

    reason = _why(_("Why"), needed=False)


class ReasonForm(_Form):
    """Why something is done."""

    reason = _why(_("Why"))


class MemberForm(_Form):
    """Who is to run a project, or to review its work."""

    email = StringField(_("Email address of the account"), filters=[_trimmed], validators=[DataRequired(_WANTED)])
    part = RadioField(
        _("Part"), default="manager", validate_choice=False,
        choices=[SelectChoice("manager", _("Manager")), SelectChoice("reviewer", _("Reviewer"))],
        validators=[AnyOf(["manager", "reviewer"], message=_("Choose one of these."))],
    )  # fmt: skip
    reason = _why(_("Why"))


class GuidelineForm(_Form):
    """A version of the guidelines."""

    body = TextAreaField(
        _("Guidelines"), filters=[_trimmed],
        validators=[DataRequired(_WANTED), Length(max=LONGEST_TEXT, message=_LONG)],
    )  # fmt: skip


class RequirementForm(_Form):
    """Which tests somebody must have passed."""

    tests = SelectMultipleField(
        _("Tests that must be certified"), coerce=int, validate_choice=False, option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )  # fmt: skip


def _whole(text: str) -> int:
    return whole_number(text, most=MOST)


def _amount(text: str) -> Decimal:
    amount = plain_number(text)
    if not 0 < to_micros(amount) <= MAX_MICROS // 1000:
        raise ValidationError(_("Write an amount above 0 with a point before the cents, such as 25000.00."))
    return amount


def _seconds(text: str) -> int:
    seconds = int((plain_number(text) * 60).to_integral_value())
    if not 0 < seconds <= 24 * 60 * 60:
        raise ValidationError(_("Write minutes above 0 and below 1,440, such as 4 or 0.5."))
    return seconds


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
