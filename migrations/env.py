"""How migrations run: one at a time, and never waiting long for a lock that stops the pages."""

from alembic import context
from flask import current_app
from sqlalchemy import text

from workforce.core.db import LOCK_MIGRATION, METADATA, db

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "10min"


def run() -> None:
    """Run the migrations on the application's database."""
    if context.is_offline_mode():
        context.configure(
            url=current_app.config["SQLALCHEMY_DATABASE_URI"], target_metadata=METADATA, literal_binds=True
        )
        with context.begin_transaction():
            context.run_migrations()
        return
    with db.engine.connect() as connection:
        # Two processes that start at once: the second one waits, and finds nothing left to do.
        connection.execute(text("SELECT pg_advisory_lock(:lock, 0)"), {"lock": LOCK_MIGRATION})
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=METADATA, compare_server_default=False)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:lock, 0)"), {"lock": LOCK_MIGRATION})
        connection.commit()


run()
