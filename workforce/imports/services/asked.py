"""What is asked of an import of work."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from workforce.paydays.models import PayGroup
from workforce.projects.models import Project

# Larger ones are not quicker, and whoever closes a day waits for one.
ROWS_A_TRANSACTION: Final = 500


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
        progress: is told after each transaction.
        rows_a_transaction: the most rows that are taken in at once; a daily close waits for one transaction.

    """

    format: str
    project: Project
    pay: Pay
    group: PayGroup | None = None
    dry_run: bool = False
    all_or_nothing: bool = False
    progress: Callable[[], None] = lambda: None
    rows_a_transaction: int = ROWS_A_TRANSACTION
