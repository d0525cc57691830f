"""The form in which a manager writes a training."""

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField, SubmitField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp, ValidationError

from workforce.core.money import Money, is_currency
from workforce.training.rules import LONGEST_BODY, LONGEST_MINUTES, LONGEST_TITLE


class TrainingForm(FlaskForm):  # type: ignore[misc]
    """A version of a training."""

    title = StringField(_("Title"), validators=[InputRequired(_("Give it a title.")), Length(max=LONGEST_TITLE)])
    body = TextAreaField(
        _("Text"), validators=[InputRequired(_("Write what there is to learn.")), Length(max=LONGEST_BODY)]
    )
    minutes = IntegerField(_("Minutes that it takes"), validators=[
        NumberRange(1, LONGEST_MINUTES, _("Give whole minutes, from 1 to %(most)s.", most=LONGEST_MINUTES))
    ])  # fmt: skip
    price = StringField(_("Price"), validators=[
        InputRequired(_("Required training is paid: give its price.")),
        Regexp(r"^[0-9]{1,12}(\.[0-9]{1,6})?$", message=_("Give a plain number such as 2.50.")),
    ])  # fmt: skip
    currency = StringField(_("Currency"), validators=[InputRequired(_("Give a currency such as USD."))])
    look = SubmitField(_("Look at it first"))
    publish = SubmitField(_("Publish"))

    def validate_price(self, field: Any) -> None:
        """Refuse what pays nothing."""
        if Decimal(field.data) <= 0:
            raise ValidationError(_("Required training is paid: give its price."))

    def validate_currency(self, field: Any) -> None:
        """Refuse what is no currency."""
        field.data = field.data.strip().upper()
        if not is_currency(field.data):
            raise ValidationError(_("Give a currency such as USD."))

    @property
    def money(self) -> Money:
        """The price."""
        return Money(Decimal(self.price.data), self.currency.data)
