"""Skills tests with their versions, questions and answer keys; attempts, answers, gradings; certifications."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Id, Instant


class SkillTest(Base):
    """A test of a skill, in all its languages and versions; what is certified is named by it."""

    __tablename__ = "skill_test"

    id: Mapped[Id]
    # Short and stable, such as writing-vi.
    code: Mapped[str] = mapped_column(String(40), unique=True)
    # What the certification is called, in the language of whoever runs the test.
    title: Mapped[str] = mapped_column(String(200))
    # The level that passing certifies, such as L2: what rate cards speak of. Empty where it has none.
    level: Mapped[str] = mapped_column(String(40), default="")
    # How many months a certification lasts; none for ever.
    valid_months: Mapped[int | None]
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[Instant]
    # When it was withdrawn: nobody can begin it any more.
    retired_at: Mapped[Instant | None]


class TestVersion(Base):
    """A test as it is taken in one language, unchanged once it is published but for the answer keys."""

    __tablename__ = "test_version"
    # Its name begins as those of test cases do; it is none.
    __test__ = False
    __table_args__ = (
        UniqueConstraint("test_id", "locale", "number"),
        CheckConstraint("state IN ('draft', 'published', 'replaced')", "state"),
        CheckConstraint("pass_percent BETWEEN 1 AND 100 AND minutes > 0", "limits"),
        # One version a language is taken at a time.
        Index("uq_test_version_published", "test_id", "locale", unique=True, postgresql_where="state = 'published'"),
    )

    id: Mapped[Id]
    test_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skill_test.id"))
    # The language that it is written in and answered in: a BCP 47 tag, of any language, not only those of the pages.
    locale: Mapped[str] = mapped_column(String(35))
    # Counted up in each language.
    number: Mapped[int]
    # draft, published or replaced.
    state: Mapped[str] = mapped_column(String(10), default="draft")
    # As the person who takes it reads them.
    title: Mapped[str] = mapped_column(String(200))
    intro: Mapped[str] = mapped_column(default="")
    # Minutes from the start to the deadline, on the server's clock.
    minutes: Mapped[int]
    # Percent of the points that pass.
    pass_percent: Mapped[int]
    # Are questions asked in an order of chance?
    shuffled: Mapped[bool] = mapped_column(Boolean, default=False)
    # How many questions of each pool are asked: {"pool": number}; a pool that is not named is asked wholly.
    draws: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    # How many attempts a person has in all, and days between two of them.
    attempts: Mapped[int] = mapped_column(default=2)
    cooldown_days: Mapped[int] = mapped_column(default=7)
    # By how many percent of a written answer's points two graders may differ before a third one is asked.
    tolerance_percent: Mapped[int] = mapped_column(default=20)
    # Days from the result in which it can be appealed.
    appeal_days: Mapped[int] = mapped_column(default=14)
    created_at: Mapped[Instant]
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    published_at: Mapped[Instant | None]


class Question(Base):
    """A question of a version. Its answer key stands apart, since a key can be corrected."""

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("kind IN ('one', 'many', 'order', 'short', 'written')", "kind"),
        CheckConstraint("points > 0", "points"),
        Index(None, "version_id", "place"),
        Index(None, "image_id"),
    )

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("test_version.id"))
    # Where it stands.
    place: Mapped[int]
    # The pool that it is drawn from; empty for one that is always asked.
    pool: Mapped[str] = mapped_column(String(40), default="")
    # one or many right options, options in an order, a short answer, or a written one.
    kind: Mapped[str] = mapped_column(String(8))
    prompt: Mapped[str]
    # The picture that it is about, and what it shows for those who do not see it.
    image_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("question_image.id"))
    image_text: Mapped[str] = mapped_column(default="")
    # What can be chosen or put in order: [{"id": "a", "text": "…"}].
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    # Whole points for an answer that is wholly right. A written answer's are the sum of its rubric's.
    points: Mapped[int]
    # For a written answer: [{"id": "clear", "text": "…", "points": 4}].
    rubric: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    # For a written answer: words at most, 0 for any number.
    most_words: Mapped[int] = mapped_column(default=0)
    # What is right, as long as the version is a draft: publishing makes AnswerKey 1 of it. Not read afterwards.
    draft_key: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class QuestionImage(Base):
    """A picture of a question, kept in the database with everything else."""

    __tablename__ = "question_image"

    id: Mapped[Id]
    # image/png, image/jpeg or image/webp.
    media_type: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class AnswerKey(Base):
    """What is right, version by version: the youngest holds. Only ever added to.

    Every question of a published version has one, a written one too ({}), so that it can be declared void. Whoever
    scores takes them from services.keys.keys_for_scoring, which keeps corrections out until the transaction ends.
    """

    __tablename__ = "answer_key"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[Id]
    question_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("question.id"))
    # Counted up for each question.
    number: Mapped[int]
    # {"right": ["a", "c"]} in order for an order, or {"accepted": ["colour", "color"], "numeric": true} for a short
    # answer, numeric where equal numbers are equal answers; {} for a written one.
    # {"void": true} gives everybody the points of a broken question.
    key: Mapped[dict[str, Any]] = mapped_column(JSONB)
    set_by: Mapped[int | None] = mapped_column(BigInteger)
    set_at: Mapped[Instant]
    # Why it was corrected; empty for the first one.
    reason: Mapped[str] = mapped_column(default="")


class Attempt(Base):
    """A person's try at a test."""

    __tablename__ = "test_attempt"
    __table_args__ = (
        UniqueConstraint("test_id", "user_id", "number"),
        CheckConstraint("state IN ('open', 'grading', 'passed', 'failed')", "state"),
        Index("ix_test_attempt_open", "deadline_at", postgresql_where="state = 'open'"),
        Index(None, "version_id", "state"),
        Index(None, "user_id"),
        # One at a time.
        Index("uq_test_attempt_open", "test_id", "user_id", unique=True, postgresql_where="state = 'open'"),
    )

    id: Mapped[Id]
    test_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skill_test.id"))
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("test_version.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    # Counted up for each person and test.
    number: Mapped[int]
    # open, grading (written answers wait for graders), passed or failed.
    state: Mapped[str] = mapped_column(String(8), default="open")
    # The questions drawn for it, in the order in which they are asked.
    question_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    started_at: Mapped[Instant]
    # What is saved after it does not count.
    deadline_at: Mapped[Instant]
    submitted_at: Mapped[Instant | None]
    # When its first result stood.
    decided_at: Mapped[Instant | None]


class Answer(Base):
    """What was answered to a question, as last saved before the deadline."""

    __tablename__ = "test_answer"
    __table_args__ = (
        UniqueConstraint("attempt_id", "question_id"),
        CheckConstraint("wanted BETWEEN 1 AND 3", "wanted"),
        Index(None, "question_id"),
        # What graders are asked for, oldest first.
        Index("ix_test_answer_wanted", "wanted_since", "id", postgresql_where="wanted IS NOT NULL"),
    )

    id: Mapped[Id]
    attempt_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("test_attempt.id"))
    question_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("question.id"))
    # {"chosen": ["a"]}, in order for an order, or {"text": "…"}.
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[Instant]
    # When it was typed, in milliseconds of the server's clock: what was typed earlier never takes its place, however
    # late it arrives. Counted by the page from the moment at which the server made it.
    typed: Mapped[int] = mapped_column(BigInteger, default=0)
    # What the grader should look at, set when the attempt is handed in: [{"code": "near_identical", "share": 92, …}].
    marks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    # Which place (see grading) a grader is wanted for; none where it waits for nobody.
    wanted: Mapped[int | None]
    # Since when it waits for graders: when the attempt was handed in.
    wanted_since: Mapped[Instant | None]


class AnswerPrint(Base):
    """A hash of a run of words in a written answer, by which others that say the same are found."""

    __tablename__ = "answer_print"

    question_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("question.id"), primary_key=True)
    # See rules/marks.
    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    answer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("test_answer.id"), primary_key=True)


class Grading(Base):
    """What one grader gave a written answer by rubric. Only ever added to."""

    __tablename__ = "grading"
    __table_args__ = (
        UniqueConstraint("answer_id", "grader_id"),
        UniqueConstraint("answer_id", "place"),
        CheckConstraint("place BETWEEN 1 AND 4", "place"),
    )

    id: Mapped[Id]
    answer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("test_answer.id"))
    grader_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    # First, second, the third where two differ too much; the fourth on appeal, which then stands alone.
    place: Mapped[int]
    # Points by line of the rubric: {"clear": 3}.
    points: Mapped[dict[str, int]] = mapped_column(JSONB)
    # What the person who wrote it is told, in the grader's words.
    comment: Mapped[str] = mapped_column(default="")
    graded_at: Mapped[Instant]


class Score(Base):
    """What an attempt comes to, each time that it was computed: the youngest stands. Only ever added to."""

    __tablename__ = "attempt_score"
    __table_args__ = (UniqueConstraint("attempt_id", "number"),)

    id: Mapped[Id]
    attempt_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("test_attempt.id"))
    # Counted up for each attempt.
    number: Mapped[int]
    # The key of each question that it was computed with: {"question id": key number}.
    keys: Mapped[dict[str, int]] = mapped_column(JSONB)
    # Points by question in hundredths of a point: {"question id": 250}; two graders' mean can be a half.
    points: Mapped[dict[str, int]] = mapped_column(JSONB)
    # Their sum and the most that could be had, in hundredths.
    total: Mapped[int]
    most: Mapped[int]
    passed: Mapped[bool] = mapped_column(Boolean)
    # graded, rekeyed or appealed.
    cause: Mapped[str] = mapped_column(String(10))
    scored_at: Mapped[Instant]


class Certification(Base):
    """That a person has a skill, from a day to a day. What it was stays when it is taken away."""

    __tablename__ = "certification"
    __table_args__ = (
        CheckConstraint("kind IN ('worker', 'grader')", "kind"),
        CheckConstraint("ended IN ('', 'revoked', 'renewed', 'rekeyed', 'appealed')", "ended"),
        CheckConstraint("(ended = '') = (revoked_at IS NULL)", "revoked"),
        Index(None, "user_id", "test_id"),
        Index(None, "test_id", "kind", "id"),
        Index("ix_certification_expires_on", "expires_on", postgresql_where="revoked_at IS NULL"),
        # One that stands, for each person, test and kind.
        Index(
            "uq_certification_standing", "user_id", "test_id", "kind", unique=True,
            postgresql_where="revoked_at IS NULL",
        ),
    )  # fmt: skip

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    test_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("skill_test.id"))
    # worker: may do work that asks for it; grader: may grade its written answers.
    kind: Mapped[str] = mapped_column(String(8))
    # As the test's when it was granted.
    level: Mapped[str] = mapped_column(String(40))
    # The attempt that it came of; none where a person granted it.
    attempt_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("test_attempt.id"))
    granted_by: Mapped[int | None] = mapped_column(BigInteger)
    granted_at: Mapped[Instant]
    # The last day, in UTC, on which it holds; none for ever.
    expires_on: Mapped[date | None]
    # When its holder was told that it will lapse.
    warned_at: Mapped[Instant | None]
    # When its holder was told that it has lapsed.
    lapsed_at: Mapped[Instant | None]
    # When it was taken away, or replaced by a renewal.
    revoked_at: Mapped[Instant | None]
    # How it came to an end: revoked by hand, renewed, rekeyed (a corrected key) or appealed; empty while it stands.
    ended: Mapped[str] = mapped_column(String(8), default="")
    # Why it was granted by hand or taken away, in somebody's words.
    reason: Mapped[str] = mapped_column(default="")
