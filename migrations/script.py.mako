"""${message}

A migration runs while pages are being served. Add columns with a constant default or none, build indexes on big tables
concurrently, and take away only what no release that still runs reads.
"""

from alembic import op
import sqlalchemy as sa

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
