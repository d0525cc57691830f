"""The form that corrects a key; a page shows the fields of the question's kind."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from workforce.core.fields import Whole, cleaned, lines_of
from workforce.skills.models import Question
from workforce.skills.rules.keys import MOST_ACCEPTED, MOST_OPTIONS
from workforce.skills.rules.scoring import Key


class PlaceForm(Form):  # type: ignore[misc]  # the library has no types
    """The place of an option in an order."""

    option = HiddenField(filters=[cleaned])
    place = Whole(_("Place"), least=1, most=MOST_OPTIONS, needed=False)


class KeyForm(FlaskForm):  # type: ignore[misc]
    """What is right from now on, and why."""

    base = Whole(least=1)
    void = BooleanField(_("The question is broken: everybody gets its points"))
    right = SelectMultipleField(_("Right answers"), validate_choice=False)
    places = FieldList(FormField(PlaceForm), max_entries=MOST_OPTIONS)
    accepted = TextAreaField(_("Accepted answers, one a line"), validators=[Length(max=20_000)])
    numeric = BooleanField(_("Compare as numbers"))
    reason = TextAreaField(
        _("Why the key was wrong"), filters=[cleaned],
        validators=[
            DataRequired(_("Say why: everybody concerned is told the reason.")),
            Length(max=2_000, message=_("At most 2,000 characters.")),
        ],
    )  # fmt: skip

    def validate_accepted(self, field: Any) -> None:
        """Refuse more variants than are compared."""
        if len(lines_of(field.data)) > MOST_ACCEPTED:
            raise ValidationError(_("At most %(most)s lines.", most=MOST_ACCEPTED))

    def show(self, question: Question, key: Key) -> None:
        """Fill the form with the key as it is."""
        right = [str(one) for one in key.key.get("right", [])]
        place = {one: number for number, one in enumerate(right, 1)}
        ids = [str(one["id"]) for one in question.options]
        self.process(data={
            "base": key.number, "void": bool(key.key.get("void")), "right": right,
            "places": [{"option": one, "place": place.get(one)} for one in ids],
            "accepted": "\n".join(key.key.get("accepted", [])), "numeric": bool(key.key.get("numeric")),
        })  # fmt: skip

    def key(self, question: Question) -> dict[str, Any]:
        """Give the key that was filled in."""
        if self.void.data:
            return {"void": True}
        if question.kind == "written":
            return {}
        if question.kind == "short":
            return {"accepted": lines_of(self.accepted.data)} | ({"numeric": True} if self.numeric.data else {})
        if question.kind == "order":
            placed = [row for row in self.places.data if row["place"]]
            numbers = {row["place"] for row in placed}
            # Two in one place are no order: the check of the key says so.
            kept = placed if len(numbers) == len(placed) else []
            return {"right": [row["option"] for row in sorted(kept, key=lambda row: row["place"])]}
        chosen = set(self.right.data or ())
        known = [str(one["id"]) for one in question.options]
        return {"right": [one for one in known if one in chosen] + sorted(chosen - set(known))[:1]}
