"""Ids of pieces and workers are kept in one spelling of Unicode (NFC), where that makes no two of them one.

Two that would become one stay as they are: what each of them earned is never put together by itself. `daybook db check`
lists them, and an import refuses both.
"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for table, key, scope in (("worker", "external_id", "0"), ("submission", "source", "project_id")):
        same = "true" if scope == "0" else f"twin.{scope} = odd.scope"
        op.execute(
            f"""
            WITH odd AS (SELECT id, {scope} AS scope, normalize({key}, NFC) AS spelled
                           FROM {table} WHERE {key} IS NOT NFC NORMALIZED),
                 alone AS (SELECT scope, spelled FROM odd GROUP BY scope, spelled HAVING count(*) = 1)
            UPDATE {table} SET {key} = odd.spelled
              FROM odd JOIN alone USING (scope, spelled)
             WHERE {table}.id = odd.id
               AND NOT EXISTS (SELECT FROM {table} twin WHERE {same} AND twin.{key} = odd.spelled)
            """  # noqa: S608 -- names from above
        )
    op.execute("CREATE INDEX ix_submission_not_nfc ON submission (project_id) WHERE source IS NOT NFC NORMALIZED")
    op.execute("CREATE INDEX ix_submission_alike ON submission (project_id, lower(NORMALIZE(source, NFKC)))")
    op.execute("CREATE INDEX ix_worker_not_nfc ON worker (id) WHERE external_id IS NOT NFC NORMALIZED")
    op.execute("CREATE INDEX ix_worker_alike ON worker (lower(NORMALIZE(external_id, NFKC)))")


def downgrade() -> None:
    for name in ("ix_worker_alike", "ix_worker_not_nfc", "ix_submission_alike", "ix_submission_not_nfc"):
        op.drop_index(name)
