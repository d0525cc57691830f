"""The form of a question, one for all kinds; a page shows the fields of its kind."""

from typing import Any, Final

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, Form, FormField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from workforce.core.fields import Whole, cleaned, lines_of
from workforce.skills.models import Question
from workforce.skills.rules.keys import MOST_ACCEPTED, MOST_OPTIONS, MOST_POINTS
from workforce.skills.services.images import MOST_BYTES
from workforce.skills.services.tests import Picture, QuestionValues

# Lines that a form offers at least, and besides those that are filled.
ROWS: Final = 5
SPARE: Final = 2
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_LONG: Final = Length(max=2_000, message=_("At most 2,000 characters."))


class OptionForm(Form):  # type: ignore[misc]  # the library has no types
    """An option, or a step of an order."""

    text = StringField(_("Option"), filters=[cleaned], validators=[_LONG])
    right = BooleanField(_("Right"))


class LineForm(Form):  # type: ignore[misc]
    """A line of a rubric."""

    text = StringField(_("What graders look at"), filters=[cleaned], validators=[_LONG])
    points = Whole(_("Most points"), least=1, most=100, needed=False)


class QuestionForm(FlaskForm):  # type: ignore[misc]
    """A question of a draft. What is unfinished may be saved; publishing asks for the rest."""

    prompt = TextAreaField(
        _("What is asked"), filters=[cleaned], validators=[Length(max=10_000, message=_("At most 10,000 characters."))]
    )
    points = Whole(_("Points"), least=1, most=MOST_POINTS, default=1, needed=False)
    pool = StringField(_("Pool"), filters=[cleaned], validators=[Length(max=40, message=_("At most 40 characters."))])
    options = FieldList(FormField(OptionForm), min_entries=ROWS, max_entries=MOST_OPTIONS)
    accepted = TextAreaField(_("Accepted answers, one a line"), validators=[Length(max=20_000)])
    numeric = BooleanField(_("Compare as numbers"))
    rubric = FieldList(FormField(LineForm), min_entries=ROWS, max_entries=MOST_OPTIONS)
    most_words = Whole(_("Words at most"), least=0, most=100_000, default=0, needed=False)
    image = FileField(_("Picture"))
    remove_image = BooleanField(_("Take the picture away"))
    image_text = TextAreaField(
        _("What the picture shows, for those who do not see it"), filters=[cleaned],
        validators=[Length(max=1_000, message=_("At most 1,000 characters."))],
    )  # fmt: skip

    def validate_accepted(self, field: Any) -> None:
        """Refuse more variants than are compared."""
        if len(lines_of(field.data)) > MOST_ACCEPTED:
            raise ValidationError(_("At most %(most)s lines.", most=MOST_ACCEPTED))

    def validate_rubric(self, field: Any) -> None:
        """Refuse a line with points and no words, or words and no points."""
        if any(bool(row["text"]) != bool(row["points"]) for row in field.data):
            raise ValidationError(_("Every line of the rubric needs words and points."))

    def show(self, question: Question) -> None:
        """Fill the form with a question as it is, with some lines to spare."""
        right = question.draft_key.get("right", [])
        texts = {str(one["id"]): str(one["text"]) for one in question.options}
        ids = right if question.kind == "order" else list(texts)
        options = [{"text": texts.get(key, ""), "right": key in right} for key in ids]
        rubric = [{"text": one["text"], "points": one["points"]} for one in question.rubric]
        self.process(data={
            "prompt": question.prompt, "points": question.points, "pool": question.pool,
            "options": options + [{}] * _spare(len(options)), "rubric": rubric + [{}] * _spare(len(rubric)),
            "accepted": "\n".join(question.draft_key.get("accepted", [])),
            "numeric": bool(question.draft_key.get("numeric")), "most_words": question.most_words,
            "image_text": question.image_text,
        })  # fmt: skip

    def values(self, kind: str) -> QuestionValues:
        """Give what was filled in, for a kind of question."""
        options, key = self._options(kind)
        if kind == "short":
            key = {"accepted": lines_of(self.accepted.data)} | ({"numeric": True} if self.numeric.data else {})
        lines = [row for row in self.rubric.data if row["text"]] if kind == "written" else []
        return QuestionValues(
            kind, self.prompt.data, points=self.points.data or 1, pool=self.pool.data, options=options, key=key,
            rubric=[(_LETTERS[place], row["text"], row["points"]) for place, row in enumerate(lines)],
            most_words=(self.most_words.data or 0) if kind == "written" else 0,
            picture=Picture(self._content(), self.remove_image.data, self.image_text.data),
        )  # fmt: skip

    def _options(self, kind: str) -> tuple[list[tuple[str, str]], dict[str, Any]]:
        filled = [row for row in self.options.data if row["text"]]
        if kind in {"one", "many"}:
            pairs = list(zip(_LETTERS, filled, strict=False))
            key = {"right": [letter for letter, row in pairs if row["right"]]}
            return [(letter, row["text"]) for letter, row in pairs], key
        if kind == "order":
            # Written in the right order; letters go by the alphabet, so that they do not tell it.
            texts = [row["text"] for row in filled]
            ranked = sorted(range(len(texts)), key=lambda place: (texts[place], place))
            letters = {place: _LETTERS[rank] for rank, place in enumerate(ranked)}
            return [(letters[place], texts[place]) for place in ranked], {
                "right": [letters[place] for place in range(len(texts))]
            }
        return [], {}

    def _content(self) -> bytes | None:
        """Read a picture, one byte past the most at most: the service refuses it then."""
        if not self.image.data:
            return None
        content: bytes = self.image.data.stream.read(MOST_BYTES + 1)
        return content or None


def _spare(filled: int) -> int:
    return min(max(ROWS - filled, SPARE), MOST_OPTIONS - filled)
