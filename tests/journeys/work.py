"""Files of work in our own CSV, good ones and bad ones, and an installation to import them into."""

from collections.abc import Sequence
from typing import Final

from tests.journeys.conftest import Answer, Shell

FX: Final = ["date", "base", "quote", "rate", "source"]
HEADER: Final = ["source", "worker", "status", "submitted_at", "decided_at", "seconds", "reward", "currency"]
GOOD: Final = ["a-1", "W1", "accepted", "2026-11-16T09:00:00Z", "", "60", "0.05", "USD"]
IMPORT: Final = ("--format", "csv", "--project", "FALCON", "--pay", "reward", "--group", "KE")


def set_up(daybook: Shell) -> Shell:
    """Make a group, two projects and two workers."""
    daybook("groups", "create", "KE", "--timezone", "Africa/Nairobi", "--currency", "KES", "--open-day", "2026-11-16")
    daybook("projects", "create", "FALCON", "--customer", "Secret Customer Ltd")
    daybook("projects", "create", "OSPREY", "--customer", "Another Customer Ltd")
    daybook("import", "workers", daybook.write("workers.csv", [["external_id", "group"], ["W1", "KE"], ["W2", "KE"]]))
    return daybook


def with_(**cells: str) -> list[str]:
    """Give the good row with other cells, and another source."""
    row = dict(zip(HEADER, GOOD, strict=True)) | {"source": "a-2"} | cells
    return list(row.values())


def take(shell: Shell, rows: Sequence[Sequence[object]], *more: object) -> Answer:
    """Import rows of our own CSV."""
    return shell.run("import", "work", shell.write("work.csv", [HEADER, *rows]), *IMPORT, *more)


def take_bytes(shell: Shell, data: bytes, form: str = "csv", *more: object) -> Answer:
    """Import a file of some bytes."""
    path = shell.folder / "file"
    path.write_bytes(data)
    return shell.run("import", "work", path, "--format", form, *IMPORT[2:], *more)


def changed(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Give how many rows each table has more."""
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}
