"""Signs that two applications are one person's. They are shown to a recruiter; no machine refuses anybody for them."""

from datetime import datetime
from typing import Final

from workforce.core.db import run
from workforce.onboarding.models import Application

# Each pair is written down from both sides. A sign that very many share says nothing, and is not followed without end.
_FIND: Final = """
INSERT INTO application_match (application_id, other_id, same, found_at)
SELECT pair.one, pair.other, found.same, :now
  FROM (
    (SELECT id, 'email' AS same FROM application WHERE email_key = :email ORDER BY id LIMIT :most)
    UNION ALL
    (SELECT id, 'device' FROM application WHERE device_hash = :device AND device_hash <> '' ORDER BY id LIMIT :most)
    UNION ALL
    (SELECT id, 'name' FROM application WHERE name_key = :name AND country = :country ORDER BY id LIMIT :most)
    UNION ALL
    (SELECT DISTINCT theirs.application_id, 'document' FROM identity_check mine
      JOIN identity_check theirs ON theirs.document_key = mine.document_key AND theirs.document_key <> ''
     WHERE mine.application_id = :id AND mine.document_key <> '' LIMIT :most)
    UNION ALL
    (SELECT DISTINCT application.id, 'tax_id' FROM tax_form mine
      JOIN tax_form theirs ON theirs.tax_key = mine.tax_key AND theirs.tax_key <> ''
      JOIN application ON application.user_id = theirs.user_id
     WHERE mine.user_id = :user AND mine.tax_key <> '' LIMIT :most)
  ) found(id, same)
  CROSS JOIN LATERAL (VALUES (CAST(:id AS bigint), found.id), (found.id, CAST(:id AS bigint))) pair(one, other)
 WHERE found.id <> :id
ON CONFLICT (application_id, other_id, same) DO NOTHING
"""
_MOST: Final = 20


def note_matches(application: Application, *, now: datetime) -> int:
    """Write down with which other applications one shares something.

    Args:
        application: that was sent, or to which a document or a tax form was added.
        now: the instant.

    Returns:
        how many signs are new, counted on both sides.

    """
    return run(
        _FIND, id=application.id, user=application.user_id, email=application.email_key, name=application.name_key,
        device=application.device_hash, country=application.country, now=now, most=_MOST,
    )  # fmt: skip
