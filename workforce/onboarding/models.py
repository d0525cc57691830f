"""Applications, what they were found to share, campaigns, identity checks, tax forms and the terms."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Id, Instant


class TermsVersion(Base):
    """The terms that an applicant agrees to. A version never changes once it is published."""

    __tablename__ = "terms_version"

    id: Mapped[Id]
    # Counted up; the highest is what is agreed to now.
    number: Mapped[int] = mapped_column(unique=True)
    # The text a language: {"en": "…"}; paragraphs are parted by an empty line.
    texts: Mapped[dict[str, str]] = mapped_column(JSONB)
    published_at: Mapped[Instant]


class Campaign(Base):
    """Where applicants come from: a code that stands in a link."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("channel IN ('job_board', 'reddit', 'linkedin', 'facebook', 'referral', 'other')", "channel"),
    )

    id: Mapped[Id]
    # What stands in the link.
    code: Mapped[str] = mapped_column(String(40), unique=True)
    # job_board, reddit, linkedin, facebook, referral or other.
    channel: Mapped[str] = mapped_column(String(10))
    # For whoever reads the list.
    note: Mapped[str] = mapped_column(String(200), default="")
    # Whose own link it is, where a worker refers others.
    referrer_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"), unique=True)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[Instant]


class Application(Base):
    """A person who wants to work. One an account; see rules/states for its life."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(
            "state IN ('applied', 'confirmed', 'ready', 'granted', 'accepted', 'declined', 'withdrawn')", "state"
        ),
        Index(None, "state", "since", "id"),
        Index(None, "since", "id"),
        Index(None, "country", "state"),
        Index(None, "campaign_id"),
        Index(None, "applied_at"),
        Index(None, "email_key"),
        Index(None, "device_hash", postgresql_where="device_hash <> ''"),
        # The name is searched by its beginning, and by the whole of it.
        Index(None, "name_key", postgresql_ops={"name_key": "text_pattern_ops"}),
        Index("ix_application_email", "email", postgresql_ops={"email": "text_pattern_ops"}),
        Index("uq_application_confirm_hash", "confirm_hash", unique=True, postgresql_where="confirm_hash <> ''"),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="applied")
    # When it came into this state.
    since: Mapped[Instant]
    # The address that it was sent with, in small letters; the account's may change.
    email: Mapped[str] = mapped_column(String(320))
    # The language that she applied in.
    locale: Mapped[str] = mapped_column(String(8))
    # As she wrote it.
    name: Mapped[str] = mapped_column(String(200))
    # ISO 3166 alpha-2.
    country: Mapped[str] = mapped_column(String(2))
    # IANA name.
    timezone: Mapped[str] = mapped_column(String(64))
    # Empty where she gave none.
    phone: Mapped[str] = mapped_column(String(40), default="")
    # [{"code": "vi", "level": "native"}], best first; a level is A1 to C2 or native.
    languages: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    # Of the list in forms.SKILLS.
    skills: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    # What else she can do, in her words.
    skills_text: Mapped[str] = mapped_column(default="")
    # How she heard of us: the campaign whose link she followed, else a channel that she chose.
    campaign_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("campaign.id"))
    heard: Mapped[str] = mapped_column(String(10), default="")
    # The project that she wishes for.
    project_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("project.id"))
    # Consent: the version of the terms, when, and a keyed hash of the network address.
    terms_number: Mapped[int]
    consented_at: Mapped[Instant]
    address_hash: Mapped[str] = mapped_column(String(40))
    # Spellings and keyed hashes that duplicates are found by; empty where not known.
    email_key: Mapped[str] = mapped_column(String(320))
    name_key: Mapped[str] = mapped_column(String(200))
    device_hash: Mapped[str] = mapped_column(String(40), default="")
    applied_at: Mapped[Instant]
    confirmed_at: Mapped[Instant | None]
    # When its last step was done, where it then waited for a recruiter.
    ready_at: Mapped[Instant | None]
    # A hash of the code in the link that confirms the address; empty once it was used.
    confirm_hash: Mapped[str] = mapped_column(String(64), default="")
    # When she was last sent a mail because somebody applied with her address.
    mailed_at: Mapped[Instant | None]
    # The last decision: none by a person where Daybook itself accepted her.
    decided_at: Mapped[Instant | None]
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    # In the words of whoever decided; the applicant reads it.
    reason: Mapped[str] = mapped_column(default="")
    # Who declined, where that was overturned: somebody else accepts.
    declined_by: Mapped[int | None] = mapped_column(BigInteger)
    # What she became.
    worker_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("worker.id"))


class ApplicationMatch(Base):
    """A sign that two applications are one person's; each of the two has a row. A person judges, never a machine."""

    __tablename__ = "application_match"
    __table_args__ = (
        UniqueConstraint("application_id", "other_id", "same"),
        CheckConstraint("application_id <> other_id", "two"),
        CheckConstraint("same IN ('document', 'tax_id', 'email', 'device', 'name')", "same"),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("application.id"))
    other_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("application.id"))
    # What is the same: document, tax_id, email, device or name.
    same: Mapped[str] = mapped_column(String(10))
    found_at: Mapped[Instant]


class IdentityCheck(Base):
    """What somebody handed in to show who she is, and what was said of it. The youngest one counts."""

    __tablename__ = "identity_check"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'approved', 'refused')", "state"),
        Index(None, "application_id", "id"),
        Index("ix_identity_check_waiting", "submitted_at", "application_id", postgresql_where="state = 'waiting'"),
        Index(None, "decided_at"),
        Index(None, "document_key", postgresql_where="document_key <> ''"),
        # One at a time.
        Index("uq_identity_check_waiting", "application_id", unique=True, postgresql_where="state = 'waiting'"),
    )

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("application.id"))
    # Who checks: manual, or a provider that was plugged in.
    provider: Mapped[str] = mapped_column(String(20))
    # The provider's own name of it; empty for the manual one.
    reference: Mapped[str] = mapped_column(String(120), default="")
    # waiting, approved or refused.
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    # Who issued the document: ISO 3166 alpha-2.
    country: Mapped[str] = mapped_column(String(2))
    # passport, id_card, driving_licence or residence_permit.
    kind: Mapped[str] = mapped_column(String(20))
    # Its number, encrypted.
    number: Mapped[str]
    # A keyed hash of the number, by which the same document is found again.
    document_key: Mapped[str] = mapped_column(String(40))
    # Does she want to show it in a video call instead of a picture, and when can she be reached?
    by_call: Mapped[bool] = mapped_column(Boolean, default=False)
    note: Mapped[str] = mapped_column(String(400), default="")
    submitted_at: Mapped[Instant]
    decided_at: Mapped[Instant | None]
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    # Why it was refused; the applicant reads it.
    reason: Mapped[str] = mapped_column(default="")


class IdentityPicture(Base):
    """The picture of a document, encrypted, and apart so that no list drags it along."""

    __tablename__ = "identity_picture"

    check_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("identity_check.id"), primary_key=True)
    # image/png, image/jpeg or image/webp.
    media_type: Mapped[str] = mapped_column(String(20))
    # Base 64, encrypted.
    content: Mapped[str]


class TaxForm(Base):
    """A signed tax form; the youngest of a person counts, and older ones are kept."""

    __tablename__ = "tax_form"
    __table_args__ = (Index(None, "user_id", "id"), Index(None, "tax_key", postgresql_where="tax_key <> ''"))

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    # Country of tax residence: ISO 3166 alpha-2.
    country: Mapped[str] = mapped_column(String(2))
    # Number, name as on the form and signature, as encrypted JSON.
    content: Mapped[str]
    # A keyed hash of the number.
    tax_key: Mapped[str] = mapped_column(String(40))
    signed_at: Mapped[Instant]
