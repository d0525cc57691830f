"""The form that takes a file of finished work."""

from collections.abc import Sequence
from typing import Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf

from workforce.core.fields import Choose
from workforce.imports.readers import READERS
from workforce.imports.services import Pay

# Tools by the names that they give themselves; a reader without one shows its own name.
TOOLS: Final = {
    "appen": "Appen",
    "csv": "Daybook CSV",
    "labelstudio": "Label Studio",
    "mturk": "Amazon Mechanical Turk",
    "toloka": "Toloka",
}
_CHOOSE: Final = _("Choose one of these.")


class WorkForm(FlaskForm):  # type: ignore[misc]
    """What to import, and how."""

    file = FileField(_("File"), validators=[FileRequired(_("Choose the file to import."))])
    format = Choose(_("Format"), choices=[SelectChoice(name, TOOLS.get(name, name)) for name in sorted(READERS)])
    project = Choose(_("Project"))
    pay = RadioField(
        _("What accepted work earns"), default=Pay.REWARD.value, validate_choice=False,
        choices=[
            SelectChoice(Pay.REWARD.value, _("The reward in the file")),
            SelectChoice(Pay.RATES.value, _("The rate card")),
        ],
        validators=[AnyOf([one.value for one in Pay], message=_CHOOSE)],
    )  # fmt: skip
    group = Choose(_("Pay group for new workers"))
    dry_run = BooleanField(_("Only show what would happen"))
    all_or_nothing = BooleanField(_("Keep nothing if any row is refused"))

    def offer(self, projects: Sequence[str], groups: Sequence[str]) -> None:
        """Fill the lists with code names."""
        self.project.choices = [SelectChoice(code, code) for code in projects]
        self.group.choices = [
            SelectChoice("", _("None: refuse workers who are not known")),
            *(SelectChoice(code, code) for code in groups),
        ]
