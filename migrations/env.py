"""How migrations run: one at a time, in one transaction, never waiting long for a lock that stops the pages."""

from alembic import context
from flask import current_app
from sqlalchemy import NullPool, create_engine, text

from workforce.core import locks
from workforce.core.db import METADATA, direct_url, parameters

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
    url = direct_url()
    arguments = parameters(url, pooled=current_app.config["DATABASE_POOLED"])
    with create_engine(url, connect_args=arguments, poolclass=NullPool).connect() as connection:
        context.configure(connection=connection, target_metadata=METADATA, compare_server_default=False)
        with context.begin_transaction():
            # Two processes that start at once: the second one waits, and finds nothing left to do.
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock, 0)"), {"lock": locks.MIGRATION})
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
            context.run_migrations()


run()
