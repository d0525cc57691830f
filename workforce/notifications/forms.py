"""What a person wants by mail."""

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from workforce.notifications.rules import GROUPS


class ChoiceForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A mark for every group of kinds that can be turned off."""

    mailed = SelectMultipleField(
        validate_choice=False,
        choices=[SelectChoice(one.name, lazy_gettext(one.label)) for one in GROUPS.values() if not one.always],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    def silenced(self) -> list[str]:
        """Give the groups that were left without a mark."""
        wanted: Any = self.mailed.data or []
        return [one.name for one in GROUPS.values() if not one.always and one.name not in wanted]
