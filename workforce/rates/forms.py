"""The forms of rate cards and offers. Amounts and dates are read here, so that what was typed stays as it was typed."""

import re
from datetime import date
from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, DataRequired, Length, ValidationError

from i18n.countries import is_country
from workforce.core.fields import iso_date, plain_number
from workforce.core.money import Money, is_currency
from workforce.rates.services.cards import LONGEST_REASON
from workforce.rates.services.proposals import Terms

_WANTED: Final = _("Please fill this in.")
_LONG: Final = _("Please write less: at most %(max)d characters.")
_CHOOSE: Final = _("Choose one of these.")


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


def _capitals(text: str | None) -> str:
    return _trimmed(text).upper()


class _MoneyForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What rates and offers ask for alike."""

    amount = StringField(_("Amount"), filters=[_trimmed], validators=[DataRequired(_WANTED)])
    currency = StringField(_("Currency"), filters=[_capitals], validators=[DataRequired(_WANTED)])
    valid_from = StringField(_("First day"), filters=[_trimmed], validators=[DataRequired(_WANTED)])
    reason = TextAreaField(
        _("Why"), filters=[_trimmed],
        validators=[DataRequired(_WANTED), Length(max=LONGEST_REASON, message=_LONG)],
    )  # fmt: skip

    def validate_amount(self, field: Any) -> None:
        """Refuse what is no amount."""
        plain_number(field.data)

    def validate_currency(self, field: Any) -> None:
        """Refuse what is no currency."""
        if not is_currency(field.data):
            raise ValidationError(_("Write the three letters of a currency, such as USD."))

    def validate_valid_from(self, field: Any) -> None:
        """Refuse what is no date."""
        iso_date(field.data)

    @property
    def money(self) -> Money:
        """The amount; only of a form that is valid."""
        return Money(plain_number(self.amount.data), self.currency.data)

    @property
    def first(self) -> date:
        """The first day; only of a form that is valid."""
        return iso_date(self.valid_from.data)


class RateForm(_MoneyForm):
    """A line of a rate card."""

    kind = RadioField(
        _("What the rate is for"), default="piece", validate_choice=False,
        choices=[SelectChoice("piece", _("A task")), SelectChoice("hourly", _("An hour"))],
        validators=[AnyOf(("piece", "hourly"), message=_CHOOSE)],
    )  # fmt: skip
    level = StringField(_("Level"), filters=[_trimmed], validators=[Length(max=40, message=_LONG)])
    country = StringField(_("Country"), filters=[_capitals])

    def validate_country(self, field: Any) -> None:
        """Refuse what is no country."""
        if field.data and not is_country(field.data):
            raise ValidationError(_("Write the two letters of a country, such as KE, or leave it empty."))

    def values(self) -> dict[str, Any]:
        """Give what add_rate takes; only of a form that is valid."""
        return {
            "level": self.level.data, "country": self.country.data, "kind": self.kind.data, "money": self.money,
            "valid_from": self.first, "reason": self.reason.data,
        }  # fmt: skip


class OfferForm(_MoneyForm):
    """An offer to one worker."""

    worker = StringField(_("Worker"), filters=[_trimmed], validators=[DataRequired(_WANTED)])
    kind = RadioField(
        _("What is offered"), default="piece", validate_choice=False,
        choices=[
            SelectChoice("piece", _("A rate of her own, for a task")),
            SelectChoice("hourly", _("A rate of her own, for an hour")),
            SelectChoice("bonus", _("A bonus for so many accepted tasks")),
        ],
        validators=[AnyOf(("piece", "hourly", "bonus"), message=_CHOOSE)],
    )  # fmt: skip
    valid_to = StringField(_("Last day"), filters=[_trimmed], validators=[DataRequired(_WANTED)])
    pieces = StringField(_("Accepted tasks for a bonus"), filters=[_trimmed])

    def validate_valid_to(self, field: Any) -> None:
        """Refuse what is no date."""
        iso_date(field.data)

    def validate_pieces(self, field: Any) -> None:
        """Refuse what is no number, where one is needed."""
        if self.kind.data == "bonus" and not re.fullmatch(r"[0-9]{1,7}", field.data):
            raise ValidationError(_("Write how many tasks are to be accepted for the bonus."))

    def terms(self) -> Terms:
        """Give what is offered; only of a form that is valid."""
        bonus = self.kind.data == "bonus"
        return Terms(
            "bonus" if bonus else "personal_rate", self.money, self.first, iso_date(self.valid_to.data),
            unit="" if bonus else self.kind.data, pieces=int(self.pieces.data) if bonus else 0,
        )  # fmt: skip


class DecisionForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A second person's decision."""

    decision = RadioField(
        _("Decision"), validate_choice=False,
        choices=[SelectChoice("approve", _("Approve")), SelectChoice("refuse", _("Refuse"))],
        validators=[AnyOf(("approve", "refuse"), message=_CHOOSE)],
    )  # fmt: skip
    reason = TextAreaField(_("Why"), filters=[_trimmed], validators=[Length(max=LONGEST_REASON, message=_LONG)])
