"""The forms of applicants and recruiters. What the reader must choose from is named in her own language."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from babel import Locale
from babel.localedata import exists, locale_identifiers
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, StopValidation, ValidationError

from i18n.countries import countries
from i18n.locale import N_, current_locale, translate
from workforce.core.fields import Choose
from workforce.identity.rules import canonical_address
from workforce.onboarding.queries.applications import campaign_by_code
from workforce.onboarding.rules.groups import many_zones
from workforce.onboarding.rules.matching import name_key
from workforce.onboarding.services.campaigns import CHANNELS
from workforce.onboarding.services.identity import KINDS

LEVELS: Final = ("A1", "A2", "B1", "B2", "C1", "C2", "native")
LEVEL_WORDS: Final[Mapping[str, str]] = {
    "A1": N_("A1: a few words"), "A2": N_("A2: simple things"), "B1": N_("B1: everyday things"), "B2": N_("B2: well"),
    "C1": N_("C1: very well"), "C2": N_("C2: like an educated native speaker"), "native": N_("My mother tongue"),
}  # fmt: skip
SKILLS: Final[Mapping[str, str]] = {
    "writing": N_("Writing"), "translation": N_("Translation"), "transcription": N_("Listening and transcription"),
    "images": N_("Marking pictures and video"), "speech": N_("Speaking and recording"), "code": N_("Programming"),
    "maths": N_("Mathematics"), "science": N_("Science"), "medicine": N_("Medicine"), "law": N_("Law"),
    "finance": N_("Finance and accounting"), "teaching": N_("Teaching"),
}  # fmt: skip
CHANNEL_WORDS: Final[Mapping[str, str]] = {
    "job_board": N_("A job board"), "reddit": N_("Reddit"), "linkedin": N_("LinkedIn"),
    "facebook": N_("A Facebook group"), "referral": N_("Somebody who works here"), "other": N_("Somewhere else"),
}  # fmt: skip
KIND_WORDS: Final[Mapping[str, str]] = {
    "passport": N_("Passport"), "id_card": N_("Identity card"), "driving_licence": N_("Driving licence"),
    "residence_permit": N_("Residence permit"),
}  # fmt: skip
ROWS: Final = 4
MOST_ROWS: Final = 12
_MISSING: Final = _("Please fill this in.")
_CHOOSE: Final = _("Choose one of these.")


def language_name(code: str) -> str:
    """Give a language's name in the reader's language."""
    return str(Locale.parse(current_locale()).languages.get(code, code))


def language_names() -> list[str]:
    """Give the names of the languages that are suggested: those with a code of two letters and some more."""
    names = Locale.parse(current_locale()).languages
    more = {"ceb", "fil", "haw", "hmn", "ilo", "khm", "mai", "bho", "yue", "kri", "luo", "kam", "ki", "tpi"}
    return sorted({str(name) for code, name in names.items() if len(code) == 2 or code in more}, key=name_key)


def language_code(text: str) -> str | None:
    """Give the code of a language by its name in the reader's language, in English or its own, or by its code."""
    wanted = name_key(text)
    if not wanted:
        return None
    for locale in dict.fromkeys((current_locale(), "en")):
        for code, name in Locale.parse(locale).languages.items():
            if wanted in {name_key(str(name)), code.lower()}:
                return str(code)
    return _own_names().get(wanted)


@cache
def _own_names() -> dict[str, str]:
    """Give code by the name that a language's own speakers give it."""
    found: dict[str, str] = {}
    for code in locale_identifiers():
        if "_" not in code and exists(code):
            name = Locale.parse(code).languages.get(code)
            if name:
                found.setdefault(name_key(name), code)
    return found


# What turns the direction of all that follows it, on other people's pages too; and what is no blank and shows nothing.
_TURNS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NOTHING: Final = " \t\r\n\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u00a0\u3164"


def _trimmed(text: str | None) -> str:
    return _TURNS.sub("", text or "").strip().strip(_NOTHING).strip()


def _words(words: Mapping[str, str], first: str = "") -> list[SelectChoice]:
    head = [SelectChoice("", first)] if first else []
    return [*head, *(SelectChoice(code, translate(word)) for code, word in words.items())]


def _country_choices() -> list[SelectChoice]:
    head = SelectChoice("", translate(N_("Choose your country")))
    return [head, *(SelectChoice(code, name) for code, name in countries())]


def _required(form: Any, field: Any) -> None:  # noqa: ARG001 -- the library's signature
    if not field.data:
        raise StopValidation(_MISSING)


def _address(form: Any, field: Any) -> None:  # noqa: ARG001 -- the library's signature
    address = canonical_address(field.data)
    if address is None:
        raise ValidationError(_("This is no email address, such as name@example.com."))
    field.data = address


class LanguageRow(Form):  # type: ignore[misc]
    """A language and how well it is known."""

    name = StringField(_("Language"), filters=[_trimmed])
    level = SelectField(_("How well"), validate_choice=False, default="")


class ApplyForm(FlaskForm):  # type: ignore[misc]
    """What a stranger says of herself."""

    name = StringField(_("Your full name"), filters=[_trimmed], validators=[
        DataRequired(_MISSING), Length(max=200, message=_("At most 200 characters."))])  # fmt: skip
    email = StringField(_("Email"), filters=[_trimmed], validators=[
        DataRequired(_MISSING), Length(max=254, message=_("At most 254 characters.")), _address])  # fmt: skip
    phone = StringField(_("Phone, if you like"), filters=[_trimmed], validators=[
        Length(max=40, message=_("At most 40 characters."))])  # fmt: skip
    country = Choose(_("Country where you live"), validators=[_required])
    timezone = Choose(_("Time zone"), default="", filters=[_trimmed])
    languages = FieldList(FormField(LanguageRow), min_entries=ROWS, max_entries=MOST_ROWS)
    skills = SelectMultipleField(_("What you are good at"), validate_choice=False)
    skills_text = TextAreaField(_("Anything else that we should know, if you like"), filters=[_trimmed], validators=[
        Length(max=2_000, message=_("At most 2,000 characters."))])  # fmt: skip
    heard = Choose(_("How did you hear of us?"))
    website = StringField(_("Leave this empty"))
    terms_number = HiddenField()
    consent = BooleanField(_("I have read the terms and agree to them"), validators=[
        InputRequired(_("Without your consent we may not keep your application."))])  # fmt: skip

    def offer(self, *, campaign: str) -> None:
        """Fill the lists, in the reader's language; where a campaign says how she heard of us she is not asked."""
        self.country.choices = _country_choices()
        self.timezone.choices = [
            SelectChoice("", translate(N_("As in my country"))), *(SelectChoice(zone, zone) for zone in many_zones())
        ]  # fmt: skip
        self.skills.choices = [(code, translate(word)) for code, word in SKILLS.items()]
        if campaign_by_code(campaign) is not None:
            del self.heard
        else:
            self.heard.choices = _words(CHANNEL_WORDS, translate(N_("Choose")))
            self.heard.validators = [_required]
        for row in self.languages:
            row.form.level.choices = _words(LEVEL_WORDS, translate(N_("Choose")))

    def more_rows(self) -> None:
        """Add rows for languages."""
        for _row in range(min(ROWS, MOST_ROWS - len(self.languages))):
            self.languages.append_entry()

    def known_languages(self) -> list[tuple[str, str]]:
        """Give code and level of the languages that were filled in, after validation."""
        chosen: dict[str, str] = {}
        for row in self.languages:
            code = language_code(row.form.name.data or "")
            if code:
                chosen.setdefault(code, row.form.level.data)
        return list(chosen.items())

    def validate_languages(self, field: Any) -> None:
        """Want at least one language, and of each its level."""
        problems = [self._language_problem(row.form) for row in field]
        if not any(row.form.name.data for row in field):
            self.languages[0].form.name.errors = [_("Name at least the language that you speak best.")]
            problems.append(True)
        if any(problems):
            raise ValidationError(_("Please look at your languages again."))

    def _language_problem(self, row: Any) -> bool:
        if not row.name.data:
            return False
        if language_code(row.name.data) is None:
            row.name.errors = [_("We do not know this language. Take a name from the list.")]
            return True
        if row.level.data not in LEVELS:
            row.level.errors = [_CHOOSE]
            return True
        return False

    def validate_skills(self, field: Any) -> None:
        """Keep only skills of the list."""
        field.data = [one for one in field.data or () if one in SKILLS]


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The first password."""

    password = PasswordField(_("Choose a password"), validators=[InputRequired(_MISSING)])


class IdentityForm(FlaskForm):  # type: ignore[misc]
    """A document."""

    country = Choose(_("Country that issued it"), validators=[_required])
    kind = Choose(_("Kind of document"), validators=[_required])
    number = StringField(_("Its number"), filters=[_trimmed], validators=[
        DataRequired(_MISSING), Length(max=60, message=_("At most 60 characters."))])  # fmt: skip
    picture = FileField(_("Photo of the document"))
    by_call = BooleanField(_("I would rather show it in a video call"))
    note = StringField(_("When and how we can call you"), filters=[_trimmed], validators=[
        Length(max=400, message=_("At most 400 characters."))])  # fmt: skip

    def offer(self) -> None:
        """Fill the lists."""
        self.country.choices = _country_choices()
        self.kind.choices = _words({kind: KIND_WORDS[kind] for kind in KINDS}, translate(N_("Choose")))

    def validate_picture(self, field: Any) -> None:
        """Want a picture, or a call with a time for it."""
        if not field.data and not self.by_call.data:
            raise ValidationError(_("Choose a photo, or ask for a video call."))

    def validate_note(self, field: Any) -> None:
        """Want a time for a call."""
        if self.by_call.data and not field.data:
            raise ValidationError(_("Say when and how we can call you."))


class TaxForm(FlaskForm):  # type: ignore[misc]
    """A tax form."""

    country = Choose(_("Country where you pay tax"), validators=[_required])
    tax_id = StringField(_("Tax number"), filters=[_trimmed], validators=[
        DataRequired(_MISSING), Length(max=60, message=_("At most 60 characters."))])  # fmt: skip
    name = StringField(_("Your name as it stands on tax papers"), filters=[_trimmed], validators=[
        DataRequired(_MISSING), Length(max=200, message=_("At most 200 characters."))])  # fmt: skip
    signature = StringField(_("Sign by typing the same name"), filters=[_trimmed], validators=[DataRequired(_MISSING)])
    correct = BooleanField(_("What I have written is true and complete"), validators=[
        InputRequired(_("A tax form that is not confirmed is not valid."))])  # fmt: skip

    def offer(self) -> None:
        """Fill the list."""
        self.country.choices = _country_choices()

    def validate_signature(self, field: Any) -> None:
        """Want the same name."""
        if name_key(field.data) != name_key(self.name.data or ""):
            raise ValidationError(_("The signature must be the name above."))


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """A recruiter's decision."""

    decision = HiddenField()
    group = Choose(_("Pay group"))
    reason = TextAreaField(_("Reason; the applicant reads it"), filters=[_trimmed], validators=[
        Length(max=2_000, message=_("At most 2,000 characters."))])  # fmt: skip

    def offer(self, groups: Sequence[str], suggested: str) -> None:
        """Fill the list of pay groups; nothing is chosen where none fits."""
        head = [] if suggested else [SelectChoice("", translate(N_("Choose")))]
        self.group.choices = [*head, *(SelectChoice(code, code) for code in groups)]
        if self.group.data is None:
            self.group.data = suggested

    def validate_reason(self, field: Any) -> None:
        """Want a reason for a decision against her."""
        if self.decision.data in {"decline", "refuse"} and not field.data:
            raise ValidationError(_("Say why: the applicant reads it."))


class CampaignForm(FlaskForm):  # type: ignore[misc]
    """A new campaign."""

    code = StringField(_("Code"), filters=[_trimmed], validators=[DataRequired(_MISSING)])
    channel = Choose(_("Where it is shown"), validators=[_required])
    note = StringField(_("Note"), filters=[_trimmed], validators=[
        Length(max=200, message=_("At most 200 characters."))])  # fmt: skip

    def offer(self) -> None:
        """Fill the list."""
        self.channel.choices = _words({one: CHANNEL_WORDS[one] for one in CHANNELS}, translate(N_("Choose")))
