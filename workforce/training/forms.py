"""The form in which a manager writes a training."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from workforce.core.fields import Whole, cleaned, plain_number
from workforce.core.money import Money, is_currency
from workforce.training.rules import LONGEST_BODY, LONGEST_MINUTES, LONGEST_TITLE


class TrainingForm(FlaskForm):  # type: ignore[misc]
    """A version of a training."""

    title = StringField(_("Title"), validators=[InputRequired(_("Give it a title.")), Length(max=LONGEST_TITLE)])
    body = TextAreaField(
        _("Text"), validators=[InputRequired(_("Write what there is to learn.")), Length(max=LONGEST_BODY)]
    )
    minutes = Whole(_("Minutes that it takes"), least=1, most=LONGEST_MINUTES)
    price = StringField(
        _("Price"), filters=[cleaned], validators=[InputRequired(_("Required training is paid: give its price."))]
    )
    currency = StringField(_("Currency"), validators=[InputRequired(_("Give a currency such as USD."))])
    look = SubmitField(_("Look at it first"))
    publish = SubmitField(_("Publish"))

    def validate_price(self, field: Any) -> None:
        """Refuse what is no amount, and what pays nothing."""
        if plain_number(field.data) <= 0:
            raise ValidationError(_("Required training is paid: give its price."))

    def validate_currency(self, field: Any) -> None:
        """Refuse what is no currency."""
        field.data = field.data.strip().upper()
        if not is_currency(field.data):
            raise ValidationError(_("Give a currency such as USD."))

    @property
    def money(self) -> Money:
        """The price."""
        return Money(plain_number(self.price.data), self.currency.data)
