"""Versions of a test: drafts are made, from nothing or from another version, and changed until they are published."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from sqlalchemy import delete, func, select

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.skills.models import Question, SkillTest, TestVersion
from workforce.skills.queries.scoring import newest_keys
from workforce.skills.queries.tests import questions
from workforce.skills.services.images import drop_image
from workforce.skills.services.tests.tests import Retired

# Highest values, by field.
LIMITS: Final = {
    "minutes": (1, 10_080), "pass_percent": (1, 100), "attempts": (1, 100), "cooldown_days": (0, 365),
    "tolerance_percent": (0, 100), "appeal_days": (1, 365),
}  # fmt: skip
MOST_INTRO: Final = 10_000


class NotDraft(DaybookError):
    code = "not_draft"
    template = N_(
        "This version is published and never changes but for its keys. Make a new version from it, and change that one."
    )


class BadLanguage(DaybookError):
    code = "bad_language"
    status = 400
    template = N_("“%(tag)s” is no language tag: write such as en, vi or pt-BR.")


class DraftExists(DaybookError):
    code = "draft_exists"
    template = N_("There is a draft in this language already, number %(number)s. Go on with it, or discard it first.")


@dataclass(frozen=True)
class VersionValues:
    """The settings of a version.

    Attributes:
        title: as the person who takes it reads it.
        intro: what she reads before she begins.
        minutes: from the start to the deadline.
        pass_percent: percent of the points that pass.
        shuffled: are questions asked in an order of chance?
        attempts: how many a person has in all.
        cooldown_days: between two of them.
        tolerance_percent: by how much two graders may differ.
        appeal_days: in which a result can be appealed.
        draws: how many questions of each pool are asked.

    """

    title: str
    intro: str = ""
    minutes: int = 30
    pass_percent: int = 70
    shuffled: bool = False
    attempts: int = 2
    cooldown_days: int = 7
    tolerance_percent: int = 20
    appeal_days: int = 14
    draws: dict[str, int] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse what is out of bounds.

        Raises:
            Invalid: naming the field.

        """
        if not 1 <= len(self.title.strip()) <= 200:
            raise Invalid(field="title", problem="1 to 200 characters")
        if len(self.intro) > MOST_INTRO:
            raise Invalid(field="intro", problem=f"at most {MOST_INTRO} characters")
        for name, (least, most) in LIMITS.items():
            if not least <= getattr(self, name) <= most:
                raise Invalid(field=name, problem=f"{least} to {most}")
        for pool, drawn in self.draws.items():
            if not 1 <= drawn <= 1_000:
                raise Invalid(field=f"draws of {pool}", problem="1 to 1000")


def values_of(version: TestVersion) -> VersionValues:
    """Give the settings of a version."""
    return VersionValues(
        version.title, version.intro, version.minutes, version.pass_percent, version.shuffled, version.attempts,
        version.cooldown_days, version.tolerance_percent, version.appeal_days, dict(version.draws),
    )  # fmt: skip


def language(tag: str) -> str:
    """Give a language tag in its usual letters, such as vi or pt-BR.

    Raises:
        BadLanguage: it is none that is known.

    """
    try:
        found = Locale.parse(tag.strip().replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError) as problem:
        # A language that CLDR has no words for, of two or three letters, is one nevertheless.
        plain = tag.strip().lower()
        if plain.isascii() and plain.isalpha() and len(plain) in {2, 3} and isinstance(problem, UnknownLocaleError):
            return plain
        raise BadLanguage(tag=tag[:40]) from problem
    return str(found).replace("_", "-")


def new_version(
    actor: Actor, test: SkillTest, *, locale: str, source: TestVersion | None = None, title: str = "", now: datetime
) -> TestVersion:
    """Make a draft, empty or from another version of the same test, in the same language or another one.

    Args:
        actor: who does it.
        test: of the version.
        locale: a BCP 47 tag.
        source: whose settings, questions and newest keys are copied.
        title: of an empty one.
        now: the instant.

    Raises:
        Retired: the test is withdrawn.
        BadLanguage: the tag is none.
        DraftExists: there is a draft in that language.

    """
    tag = language(locale)
    session().refresh(test, with_for_update=True)
    if test.retired_at is not None:
        raise Retired
    same = (TestVersion.test_id == test.id) & (TestVersion.locale == tag)
    draft = session().scalar(select(TestVersion).where(same, TestVersion.state == "draft"))
    if draft is not None:
        raise DraftExists(number=draft.number)
    number = (session().scalar(select(func.max(TestVersion.number)).where(same)) or 0) + 1
    values = values_of(source) if source is not None else VersionValues(title or test.title)
    version = TestVersion(
        test_id=test.id, locale=tag, number=number, state="draft", created_at=now, created_by=actor.id,
        **vars(values),
    )  # fmt: skip
    session().add(version)
    session().flush()
    if source is not None:
        _copy(source, version)
    about = {"locale": tag, "number": number, "source": source.id if source else None}
    audit.record(actor, "version.create", f"test:{test.code}", after=about, now=now)
    return version


def change_version(actor: Actor, version_id: int, values: VersionValues, *, now: datetime) -> None:
    """Change the settings of a draft.

    Raises:
        NotDraft: it is published.
        Invalid: naming the field.

    """
    values.check()
    version = draft_of(version_id)
    before = values_of(version)
    for name, value in vars(values).items():
        setattr(version, name, value.strip() if isinstance(value, str) else value)
    session().flush()
    audit.record(actor, "version.change", f"version:{version_id}", before=asdict(before), after=asdict(values), now=now)


def discard(actor: Actor, version_id: int, *, now: datetime) -> None:
    """Throw a draft away with its questions.

    Raises:
        NotDraft: it is published.

    """
    version = draft_of(version_id)
    images = {one.image_id for one in questions(version_id)}
    session().execute(delete(Question).where(Question.version_id == version_id))
    for image_id in images:
        drop_image(image_id)
    about = {"test": version.test_id, "locale": version.locale, "number": version.number}
    session().delete(version)
    session().flush()
    audit.record(actor, "version.discard", f"version:{version_id}", before=about, now=now)


def draft_of(version_id: int) -> TestVersion:
    """Give a draft, locked, so that it is not published while it is changed.

    Raises:
        NotDraft: it is none.

    """
    query = select(TestVersion).where(TestVersion.id == version_id).with_for_update()
    version = session().scalar(query.execution_options(populate_existing=True))
    if version is None or version.state != "draft":
        raise NotDraft
    return version


def _copy(source: TestVersion, target: TestVersion) -> None:
    found = questions(source.id)
    keys = {} if source.state == "draft" else newest_keys([one.id for one in found])
    for one in found:
        key: dict[str, Any] = dict(keys[one.id].key) if one.id in keys else one.draft_key
        session().add(
            Question(
                version_id=target.id, place=one.place, pool=one.pool, kind=one.kind, prompt=one.prompt,
                image_id=one.image_id, image_text=one.image_text, options=one.options, points=one.points,
                rubric=one.rubric, most_words=one.most_words, draft_key=key,
            )
        )  # fmt: skip
    session().flush()
