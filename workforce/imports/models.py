"""Files of work that are looked at as a whole before any of it is kept, and their rows on the way."""

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core.db import Base, Id, Instant


class ImportFile(Base):
    """A file that is taken in wholly or not at all, or only tried. It is gone when nothing of it was kept."""

    __tablename__ = "import_file"
    __table_args__ = (
        CheckConstraint("state IN ('staging', 'applying', 'done')", "state"),
        Index("ix_import_file_unfinished", "project_id", "id", postgresql_where=text("state <> 'done'")),
    )

    id: Mapped[Id]
    # staging: it is being read, and nothing of it is kept. applying: every row was good, and from now on it is taken in
    # to its end, by whoever comes. done: it is.
    state: Mapped[str] = mapped_column(String(10))
    project_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("project.id"))
    # A key of READERS, and one of Pay.
    format: Mapped[str] = mapped_column(String(20))
    pay: Mapped[str] = mapped_column(String(10))
    # The pay group of workers who are not known yet; none refuses them.
    group_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("pay_group.id"))
    # Who imports it, as in the audit log.
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(320))
    begun_at: Mapped[Instant]
    # The file's own names of its columns, by our words.
    columns: Mapped[dict[str, str]] = mapped_column(JSONB)
    # Good rows; what became of them so far stands in the next ones, and the rest are rows of `import_row`.
    rows: Mapped[int] = mapped_column(default=0)
    imported: Mapped[int] = mapped_column(default=0)
    already_there: Mapped[int] = mapped_column(default=0)
    corrected: Mapped[int] = mapped_column(default=0)
    workers_created: Mapped[int] = mapped_column(default=0)
    # Rows that were good when they were staged and could no longer be taken in: number, field, code, template, params.
    refused: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)

    @property
    def left(self) -> int:
        """How many rows are not taken in yet."""
        return self.rows - self.imported - self.already_there - self.corrected - len(self.refused)


class ImportRow(Base):
    """A good row of such a file, until it is taken in."""

    __tablename__ = "import_row"
    __table_args__ = (
        PrimaryKeyConstraint("file_id", "number"),
        # What the rows after it ask: about the same piece, and about ids that differ by case and width only.
        Index("ix_import_row_source", "file_id", text("lower(NORMALIZE(source, NFKC))")),
        Index("ix_import_row_worker", "file_id", text("lower(NORMALIZE(worker, NFKC))")),
    )

    file_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("import_file.id", ondelete="CASCADE"))
    # As in WorkRow.
    number: Mapped[int]
    source: Mapped[str] = mapped_column(String(200))
    worker: Mapped[str] = mapped_column(String(200))
    # Is the worker one whom the file makes known?
    stranger: Mapped[bool]
    # The row; none where the file is only tried.
    document: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # What the piece of work will be; none where the row tells nothing new.
    piece: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
