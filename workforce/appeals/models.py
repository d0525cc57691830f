"""Appeals against decisions."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Id, Instant


class Appeal(Base):
    """Somebody's disagreement with a decision about her, which somebody else decides on."""

    __tablename__ = "appeal"
    __table_args__ = (
        # A decision is appealed once.
        UniqueConstraint("kind", "subject_id"),
        CheckConstraint("state IN ('open', 'granted', 'refused')", "state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", "decided"),
        CheckConstraint("decided_by <> user_id AND decided_by <> ALL (excluded)", "somebody_else"),
        Index("ix_appeal_open", "opened_at", "id", postgresql_where="state = 'open'"),
        Index("ix_appeal_decided", "decided_at", "id", postgresql_where="state <> 'open'"),
        Index(None, "user_id"),
    )

    id: Mapped[Id]
    # What was decided, such as attempt or application, and which one.
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    # What staff call it, without the person's name.
    about: Mapped[str] = mapped_column(String(200))
    # Who appeals, and what she says.
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    text: Mapped[str]
    # open, granted or refused.
    state: Mapped[str] = mapped_column(String(8), default="open")
    # Users who made the decision and may not decide on the appeal.
    excluded: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    # The project whose managers decide; none leaves it to every manager. No foreign key: projects stand higher.
    project_id: Mapped[int | None] = mapped_column(BigInteger)
    opened_at: Mapped[Instant]
    # Until when it could be opened.
    deadline_at: Mapped[Instant]
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    decided_at: Mapped[Instant | None]
    # Why, in the words of whoever decided; the appellant reads it.
    answer: Mapped[str] = mapped_column(default="")
