"""Bringing the database to the state of the models."""

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


def differences() -> list[Any]:
    """Give what the models say otherwise than the database has it; nothing when all is well."""
    with db.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))
