"""Forms of a test and of the settings of a version."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Regexp

from workforce.core.fields import Whole, cleaned
from workforce.skills.services.tests import TestValues, VersionValues
from workforce.skills.services.tests.tests import CODE, MOST_MONTHS
from workforce.skills.services.tests.versions import LIMITS, MOST_INTRO

_TITLE = (DataRequired(_("Give it a title.")), Length(max=200, message=_("At most 200 characters.")))


class TestForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """What a test is called, and what it certifies."""

    __test__ = False

    title = StringField(_("Title of the certification"), filters=[cleaned], validators=list(_TITLE))
    level = StringField(_("Level"), filters=[cleaned], validators=[Length(max=40, message=_("At most 40 characters."))])
    valid_months = Whole(_("Months that a certification lasts"), least=1, most=MOST_MONTHS, needed=False)

    def values(self) -> TestValues:
        """Give what was filled in."""
        return TestValues(self.title.data, self.level.data, self.valid_months.data)


class NewTestForm(TestForm):
    """The same, with the code and the language of the first version."""

    code = StringField(
        _("Code"), filters=[cleaned],
        validators=[Regexp(f"{CODE.pattern}$", message=_("Small letters, digits and hyphens, such as writing-vi."))],
    )  # fmt: skip
    locale = StringField(
        _("Language of the first version"), filters=[cleaned], validators=[DataRequired(_("Give a language tag."))]
    )


class NewVersionForm(FlaskForm):  # type: ignore[misc]
    """The language of a new version; the version that it begins from is named by the button."""

    locale = StringField(_("Language"), filters=[cleaned], validators=[DataRequired(_("Give a language tag."))])
    source = HiddenField()


class DrawForm(Form):  # type: ignore[misc]
    """How many questions of a pool are asked."""

    pool = HiddenField(filters=[cleaned])
    drawn = Whole(least=1, most=1_000, needed=False)


def _limited(name: str, label: Any, default: int) -> Whole:
    least, most = LIMITS[name]
    return Whole(label, least=least, most=most, default=default)


class VersionForm(FlaskForm):  # type: ignore[misc]
    """The settings of a draft."""

    title = StringField(_("Title, as whoever takes it reads it"), filters=[cleaned], validators=list(_TITLE))
    intro = TextAreaField(
        _("What is read before the start"), filters=[cleaned],
        validators=[Length(max=MOST_INTRO, message=_("At most 10,000 characters."))],
    )  # fmt: skip
    minutes = _limited("minutes", _("Minutes"), 30)
    pass_percent = _limited("pass_percent", _("Percent of the points that pass"), 70)
    shuffled = BooleanField(_("Ask the questions in an order of chance"))
    attempts = _limited("attempts", _("Attempts that a person has"), 2)
    cooldown_days = _limited("cooldown_days", _("Days between two attempts"), 7)
    tolerance_percent = _limited("tolerance_percent", _("Percent by which two graders may differ"), 20)
    appeal_days = _limited("appeal_days", _("Days to appeal"), 14)
    draws = FieldList(FormField(DrawForm), max_entries=100)

    def show(self, values: VersionValues, pools: Mapping[str, int]) -> None:
        """Fill the form with the settings as they are, with a line for each pool that there is."""
        self.process(data={
            **vars(values),
            "draws": [{"pool": pool, "drawn": values.draws.get(pool)} for pool in sorted({*pools, *values.draws})],
        })  # fmt: skip

    def values(self) -> VersionValues:
        """Give what was filled in."""
        drawn = {row["pool"]: row["drawn"] for row in self.draws.data if row["pool"] and row["drawn"]}
        names = ("title", "intro", "minutes", "pass_percent", "shuffled", "attempts", "cooldown_days",
                 "tolerance_percent", "appeal_days")  # fmt: skip
        return VersionValues(**{name: self[name].data for name in names}, draws=drawn)
