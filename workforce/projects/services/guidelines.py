"""Guidelines are published version by version, and acknowledged anew each time."""

from datetime import datetime
from typing import Final

from sqlalchemy.dialects.postgresql import insert

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.projects.models import Guideline, GuidelineAcknowledgement, Project
from workforce.projects.queries import customer_name, newest_guideline
from workforce.projects.services.crowds import tell_participants
from workforce.projects.services.lifecycle import NAMED, locked
from workforce.workers.models import Worker

LONGEST: Final = 100_000


class GuidelinesDiffer(DaybookError):
    code = "guidelines_differ"
    template = N_(
        "Somebody else has published version %(number)s of the guidelines since you began to write. Yours was not"
        " published: read the new version, and send yours again if it should take its place."
    )


class GuidelinesOld(DaybookError):
    code = "guidelines_old"
    template = N_("The guidelines have a newer version by now. Read it, and confirm that one.")


def publish_guideline(actor: Actor, project: Project, body: str, *, based_on: int, now: datetime) -> Guideline:
    """Publish a version; everybody who takes part is asked to acknowledge it.

    Args:
        actor: who does it.
        project: of hers.
        body: the whole text.
        based_on: the number of the version that she had before her; 0 where there was none.
        now: the instant.

    Raises:
        NotFound: the project is not hers.
        Invalid: the text is empty, too long, or the same as before.
        GuidelinesDiffer: another version was published meanwhile.

    """
    locked(actor, project)
    text = body.strip().replace("\r\n", "\n")
    if not text or len(text) > LONGEST:
        raise Invalid(field="body", problem=f"must have 1 to {LONGEST:,} characters")
    if customer_name(project).casefold() in text.casefold():
        raise Invalid(field="body", problem=NAMED)
    before = newest_guideline(project.id)
    number = before.number if before else 0
    if number != based_on:
        raise GuidelinesDiffer(number=number)
    if before and before.body == text:
        raise Invalid(field="body", problem=f"is the same as version {number}")
    made = Guideline(
        project_id=project.id, number=number + 1, body=text, published_at=now, published_by=actor.id
    )  # fmt: skip
    session().add(made)
    session().flush()
    audit.record(actor, "guideline.publish", f"project:{project.code}", after={"number": made.number}, now=now)
    tell_participants(project, "guideline.new", now=now, number=made.number)
    return made


def acknowledge(actor: Actor, project: Project, worker: Worker, *, number: int, now: datetime) -> bool:
    """Note that a worker has read the newest guidelines of a project.

    Args:
        actor: the worker's account.
        project: whose guidelines they are.
        worker: who read them.
        number: the version that she read.
        now: the instant.

    Returns:
        True if it is news.

    Raises:
        GuidelinesOld: there is a newer version, or none of that number.

    """
    newest = newest_guideline(project.id)
    if newest is None or newest.number != number:
        raise GuidelinesOld
    values = insert(GuidelineAcknowledgement).values(guideline_id=newest.id, worker_id=worker.id, at=now)
    made = session().execute(values.on_conflict_do_nothing().returning(GuidelineAcknowledgement.worker_id)).first()
    if made is not None:
        subject = f"project:{project.code}"
        audit.record(
            actor, "guideline.acknowledge", subject, after={"number": number, "worker": worker.external_id}, now=now
        )
    return made is not None
