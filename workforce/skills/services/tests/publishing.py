"""A draft is published: looked at whole, given its first keys, and put in the place of the version before it."""

from datetime import datetime

from sqlalchemy import select, update

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.skills.models import AnswerKey, SkillTest, TestVersion
from workforce.skills.queries.tests import as_draft, questions
from workforce.skills.rules.keys import Problem, version_problems
from workforce.skills.services.problems import NotReady
from workforce.skills.services.tests.tests import Retired
from workforce.skills.services.tests.versions import draft_of


def problems_of(version: TestVersion) -> list[Problem]:
    """Give every reason why a draft cannot be published; none when it can."""
    found = questions(version.id)
    return version_problems([as_draft(one, place) for place, one in enumerate(found, 1)], version.draws)


def publish(actor: Actor, version_id: int, *, now: datetime) -> TestVersion:
    """Publish a draft: from now on whoever begins the test in its language takes it, and it never changes.

    Attempts under way at the version before it go on with that one.

    Raises:
        NotDraft: it is published already.
        Retired: its test is withdrawn.
        NotReady: with every reason.

    """
    version = draft_of(version_id)
    test = session().scalars(select(SkillTest).where(SkillTest.id == version.test_id).with_for_update()).one()
    if test.retired_at is not None:
        raise Retired
    problems = problems_of(version)
    if problems:
        raise NotReady(problems)
    session().execute(
        update(TestVersion)
        .where(
            TestVersion.test_id == version.test_id, TestVersion.locale == version.locale,
            TestVersion.state == "published",
        )
        .values(state="replaced")
    )  # fmt: skip
    version.state, version.published_at = "published", now
    session().add_all(
        AnswerKey(question_id=one.id, number=1, key=one.draft_key, set_by=actor.id, set_at=now, reason="")
        for one in questions(version_id)
    )
    session().flush()
    about = {"version": version_id, "locale": version.locale, "number": version.number}
    audit.record(actor, "version.publish", f"test:{test.code}", after=about, now=now)
    return version
