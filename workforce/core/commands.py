"""How every command speaks: `--json` for one document, one line a problem on stderr, exit status 0, 1 or 2."""

import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click
from flask import Flask
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.exc import OperationalError

from workforce.core.errors import DaybookError, Invalid
from workforce.core.postgres import EmbeddedServerError
from workforce.core.settings import SettingsError
from workforce.core.sweep import SomeFailed, failures

WIDEST: Final = 1_000


@dataclass(frozen=True)
class Result:
    """What a command has to say.

    Attributes:
        document: printed with --json.
        lines: printed without.
        problems: one line each on stderr; any of them makes the exit status 1.
        warnings: one line each on stderr, of no consequence for the exit status.

    """

    document: Mapping[str, Any]
    lines: Sequence[str | Table] = ()
    problems: Sequence[str] = field(default=())
    warnings: Sequence[str] = field(default=())


def command(group: click.Group, name: str, **attributes: Any) -> Callable[[Callable[..., Result]], click.Command]:
    """Make a function a command that runs in the application's context.

    The group's context carries the function that makes the application, so that `--help` starts nothing.

    Args:
        group: where it is added.
        name: the word on the command line.
        attributes: of click's command.

    """

    def decorate(function: Callable[..., Result]) -> click.Command:
        @click.pass_context
        @functools.wraps(function)
        def run(context: click.Context, /, *, as_json: bool, **values: Any) -> None:
            make: Callable[[], Flask] = context.obj
            try:
                _refuse_unreadable(values)
                with make().app_context():
                    result = function(**values)
            except (DaybookError, SettingsError, EmbeddedServerError) as problem:
                _fail([str(problem)])
            except SomeFailed as problem:
                _fail(failures(problem.failed))
            except OperationalError as problem:
                _fail([f"The database does not answer: {str(problem.orig).splitlines()[0]}"])
            else:
                _print(result, as_json=as_json)

        flag = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
        made = click.command(name, click.Command, help=function.__doc__, **attributes)(flag(run))
        group.add_command(made)
        return made

    return decorate


def _refuse_unreadable(values: Mapping[str, Any]) -> None:
    """Refuse arguments that no database can hold: bytes that are no UTF-8, and NUL."""
    for name, value in values.items():
        for text in _texts(value):
            if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
                field_name = name.replace("_", "-")
                raise Invalid(field=field_name, problem="holds a character that is no text; write it in UTF-8")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)


def _fail(problems: Sequence[str]) -> None:
    for problem in problems:
        # Each is one line, whatever stood in the argument that it repeats.
        click.echo(f"daybook: {' '.join(problem.splitlines())}", err=True)
    sys.exit(1)


def _print(result: Result, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result.document, ensure_ascii=False))
    else:
        # Where no person looks, a table is as wide as it needs to be, so that a script finds whole words.
        width = None if sys.stdout.isatty() else WIDEST
        console = Console(soft_wrap=True, highlight=False, width=width)
        for line in result.lines:
            console.print(line, markup=False) if isinstance(line, str) else console.print(line)
    for warning in result.warnings:
        click.echo(f"daybook: warning: {warning}", err=True)
    if result.problems:
        _fail(result.problems)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Make a table for people; columns whose name begins with `#` hold numbers."""
    made = Table(title=title, title_justify="left")
    for column in columns:
        made.add_column(
            column.removeprefix("#"), justify="right" if column.startswith("#") else "left", overflow="fold"
        )
    for row in rows:
        made.add_row(*row)
    return made


def progress(unit: str) -> Progress:
    """Give a bar on stderr for long work; it stays silent where nobody looks."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
