"""What an import of work tells afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from i18n.locale import N_
from workforce.imports.models import ImportFile
from workforce.imports.rules import Finding, Refusal, Warned
from workforce.imports.services.facts import Facts
from workforce.imports.services.plan import Plan


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
        finished: rows of earlier files of the project that were taken in first, since these were unfinished.
        held_back: was nothing kept, since rows were refused?

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
    finished: int = 0
    held_back: bool = False

    def add(self, plan: Plan, facts: Facts, workers_created: int = 0) -> None:
        """Count what becomes of a chunk."""
        self.imported += len(plan.fresh)
        self.corrected += len(plan.verdicts)
        self.already_there += plan.already_there
        self.workers_created += workers_created
        self.refused += plan.refused
        self.warnings += plan.warnings
        for code, count in facts.elsewhere.items():
            self.elsewhere[code] = self.elsewhere.get(code, 0) + count

    def hold_back(self, numbers: Iterable[int]) -> None:
        """Say of every good row that it was not taken in either."""
        template = N_("Held back with the whole file, since other rows of it are refused (--all-or-nothing).")
        self.refused += [Refusal(number, "", "held_back", template) for number in numbers]
        self.imported = self.corrected = self.already_there = self.workers_created = 0
        self.held_back = True

    def end(self, file: ImportFile, refused: Iterable[Refusal]) -> None:
        """Say what became of a file whose rows had all been good, whoever took them in."""
        self.imported, self.corrected, self.already_there = file.imported, file.corrected, file.already_there
        self.workers_created = file.workers_created
        self.refused += refused

    def document(self) -> dict[str, Any]:
        """Give the report as the contract has it."""
        return {
            "format": self.format, "rows": self.rows, "imported": self.imported, "already_there": self.already_there,
            "corrected": self.corrected, "skipped": self.skipped,
            "refused": [told(one) for one in self.refused], "warnings": [told(one) for one in self.warnings],
            "workers_created": self.workers_created,
        }  # fmt: skip
