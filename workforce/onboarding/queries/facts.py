"""What is known of an applicant, for the steps that are computed from it, and how long people took lately."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from workforce.core.db import rows, session
from workforce.onboarding.models import Application, IdentityCheck
from workforce.onboarding.rules.steps import Exam, Facts
from workforce.skills.queries import standing, tests_by_ids

_REQUIRED: Final = "SELECT test_id FROM project_requirement WHERE project_id = :project ORDER BY test_id"
# The youngest attempt at each test.
_ATTEMPTS: Final = """
SELECT DISTINCT ON (test_id) test_id, state FROM test_attempt WHERE user_id = :user ORDER BY test_id, number DESC
"""
_REST: Final = """
SELECT EXISTS (SELECT 1 FROM tax_form WHERE user_id = :user),
       (SELECT count(*) FROM application_match WHERE application_id = :id)
"""
_STATES: Final = {"open": "todo", "grading": "waiting", "passed": "waiting", "failed": "failed"}


def facts_of(application: Application, *, now: datetime) -> Facts:
    """Give what the steps of an applicant follow from, in a fixed number of queries."""
    user = application.user_id
    required = [key for (key,) in rows(_REQUIRED, project=application.project_id)] if application.project_id else []
    held = standing(user, on=now.date())
    attempts = dict(rows(_ATTEMPTS, user=user))
    names = tests_by_ids({*required, *attempts, *held})
    check = latest_check(application.id)
    taxed, matches = rows(_REST, user=user, id=application.id)[0]

    def test(key: int) -> Exam:
        state = "done" if key in held else _STATES.get(attempts.get(key, ""), "todo")
        return Exam(names[key].code, names[key].title, state)

    return Facts(
        user_id=user, state=application.state, confirmed=application.state != "applied",
        required=[test(key) for key in required],
        taken=[test(key) for key in sorted({*attempts, *held} - set(required))],
        identity=check.state if check else "",
        identity_reason=check.reason if check and check.state == "refused" else "",
        taxed=taxed, matches=matches,
    )  # fmt: skip


def latest_check(application_id: int) -> IdentityCheck | None:
    """Give the identity check that counts: the youngest one."""
    query = select(IdentityCheck).where(IdentityCheck.application_id == application_id)
    return session().scalar(query.order_by(IdentityCheck.id.desc()).limit(1))


_LATELY: Final = timedelta(days=90)
_MEDIANS: Final = """
SELECT (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY decided_at - submitted_at)
          FROM identity_check WHERE decided_at >= :since AND provider = 'manual') AS identity,
       (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY decided_at - submitted_at)
          FROM test_attempt
         WHERE decided_at >= :since AND decided_at > submitted_at) AS grading,
       (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY decided_at - ready_at)
          FROM application WHERE decided_at >= :since AND decided_by IS NOT NULL AND ready_at IS NOT NULL) AS decision
"""


def medians(*, now: datetime) -> Mapping[str, timedelta | None]:
    """Give how long each kind of waiting for people took in the middle, over the last 90 days; None for no case."""
    found: Any = rows(_MEDIANS, since=now - _LATELY)[0]
    return {"identity": found.identity, "grading": found.grading, "decision": found.decision}
