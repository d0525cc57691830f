"""What is asked of an import of work, and what it tells afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from workforce.imports.rules import Finding, Refusal, Warned
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project


class Pay(StrEnum):
    """What accepted work earns: the reward in the file, or the rate card."""

    REWARD = "reward"
    RATES = "rates"


@dataclass(frozen=True)
class WorkImport:
    """What to import, and how.

    Attributes:
        format: of the file, a key of READERS.
        project: that the work was done for.
        pay: what it earns.
        group: the pay group of workers who are not known yet; None refuses them.
        dry_run: find out what would happen, and keep nothing.
        all_or_nothing: keep nothing if any row is refused.
        progress: is told after each some hundred rows.

    """

    format: str
    project: Project
    pay: Pay
    group: PayGroup | None = None
    dry_run: bool = False
    all_or_nothing: bool = False
    progress: Callable[[], None] = lambda: None


def told(one: Finding) -> dict[str, Any]:
    """Return a finding as the contract has it."""
    return {"row": one.number, "field": one.field, "message": one.message()}


@dataclass
class WorkReport:
    """What became of a file's rows: rows is the sum of the five others.

    Attributes:
        format: of the file.
        rows: data rows.
        imported: pieces of work that are new.
        already_there: pieces about which the file tells nothing new.
        corrected: pieces whose verdict, reward or time is another one now.
        skipped: rows that are no work.
        refused: rows that cannot be taken in, with the field and the reason.
        workers_created: workers who were not known before.
        warnings: what a person should know of rows that were taken all the same, one of each kind.
        elsewhere: pieces whose id is known in another project too, by its code name: perhaps a file imported twice.

    """

    format: str
    rows: int = 0
    imported: int = 0
    already_there: int = 0
    corrected: int = 0
    skipped: int = 0
    refused: list[Refusal] = field(default_factory=list)
    workers_created: int = 0
    warnings: list[Warned] = field(default_factory=list)
    elsewhere: dict[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Give the report as the contract has it."""
        return {
            "format": self.format, "rows": self.rows, "imported": self.imported, "already_there": self.already_there,
            "corrected": self.corrected, "skipped": self.skipped,
            "refused": [told(one) for one in self.refused], "warnings": [told(one) for one in self.warnings],
            "workers_created": self.workers_created,
        }  # fmt: skip
