"""Bringing the database to the state of the models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import Migrate
from flask_migrate import upgrade as flask_upgrade

from workforce.core.db import METADATA, db

FOLDER: Final = Path(__file__).parents[2] / "migrations"


def init_app(app: Flask) -> None:
    """Tell Flask-Migrate where the migrations are."""
    Migrate(app, db, directory=str(FOLDER))


def upgrade() -> None:
    """Run the migrations that have not been run; safe at once from many processes."""
    flask_upgrade(directory=str(FOLDER))


Look = Callable[[], list[str]]
_looks: Final[dict[str, Look]] = {}


def add_look(name: str, look: Look) -> None:
    """Add something that `daybook db check` lists, once however often an application is made.

    Args:
        name: of the list, for programs.
        look: returns a line for each thing that a person should look at; nothing is wrong with the database itself.

    """
    _looks[name] = look


def looked_at() -> dict[str, list[str]]:
    """Return what a person should look at, by the name of the list; within a transaction that is open."""
    return {name: look() for name, look in _looks.items()}


def differences() -> list[Any]:
    """Give what the models say otherwise than the database has it; nothing when all is well."""
    with db.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))
