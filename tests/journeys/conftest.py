"""Commands as people and scripts run them: words in, one document, an exit status and lines of problems out."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from workforce.core.db import session, transaction
from wsgi import cli

WORK_KEYS: Final = [
    "format", "rows", "imported", "already_there", "corrected", "skipped", "refused", "warnings", "workers_created",
]  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """The one document that stands on stdout."""
        return json.loads(self.stdout)

    @property
    def problems(self) -> list[str]:
        """The lines on stderr."""
        return self.stderr.splitlines()


@dataclass(frozen=True)
class Shell:
    """Runs commands in this process, on an application that is there already."""

    app: Flask
    folder: Path

    def run(self, *words: object, stdin: str = "", as_json: bool = True) -> Answer:
        """Run a command, however it ends."""
        arguments = [str(word) for word in words] + (["--json"] if as_json else [])
        result = CliRunner().invoke(cli, arguments, obj=lambda: self.app, input=stdin, catch_exceptions=False)
        return Answer(result.exit_code, result.stdout, result.stderr)

    def __call__(self, *words: object, stdin: str = "") -> Any:
        """Run a command that must succeed, and give its document."""
        answer = self.run(*words, stdin=stdin)
        assert answer.status == 0, answer
        return answer.document

    def write(self, name: str, rows: Sequence[Sequence[object]]) -> Path:
        """Write a CSV file and give its path."""
        lines = io.StringIO(newline="")
        csv.writer(lines).writerows(rows)
        path = self.folder / name
        path.write_text(lines.getvalue(), encoding="utf-8", newline="")
        return path

    def export(self, run: str, what: str) -> list[dict[str, str]]:
        """Give the rows of one of a run's exports."""
        path = self.folder / f"{run}-{what}.csv"
        self("runs", "export", run, "--what", what, "--format", "csv", "--out", path)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return [{name: _unarmed(cell) for name, cell in row.items()} for row in csv.DictReader(stream)]

    def people(self) -> tuple[str, str]:
        """Create two people of finance, who approve and release."""
        emails = ("first@example.com", "second@example.com")
        for email in emails:
            self("users", "create", email, "--role", "finance", "--password-stdin", stdin="correct horse battery\n")
        return emails


def _unarmed(cell: str) -> str:
    """Take away the apostrophe that keeps a spreadsheet from taking a text for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in set("=+-@\t\r") else cell


@pytest.fixture
def daybook(app: Flask, tmp_path: Path) -> Shell:
    """Give a shell on an empty database; what its commands commit is undone after the test."""
    return Shell(app, tmp_path)


@pytest.fixture
def counts(app: Flask) -> Callable[[], dict[str, int]]:
    """Give a function that counts the rows of every table, to see that nothing was kept."""

    def count() -> dict[str, int]:
        with app.app_context(), transaction():
            names = (
                session().scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).all()
            )
            each = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names)
            return dict(session().execute(text(each)).all())

    return count
