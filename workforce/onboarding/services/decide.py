"""Applications are decided: by Daybook where all is done and nothing is odd, else by a recruiter, with a reason."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from i18n.formats import listing
from i18n.locale import N_, translate
from workforce.appeals.models import Appeal
from workforce.appeals.services import open_appeal
from workforce.core import audit
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, session
from workforce.core.errors import DaybookError, Invalid
from workforce.core.sweep import sweep
from workforce.identity.models import User
from workforce.notifications.rules import instant_param
from workforce.notifications.services import notify
from workforce.onboarding.models import Application
from workforce.onboarding.queries.applications import application_by_id, own_application
from workforce.onboarding.queries.facts import facts_of
from workforce.onboarding.queries.listing import Match
from workforce.onboarding.rules.groups import Group, suggested_group
from workforce.onboarding.rules.states import APPEAL_WITHIN, moved
from workforce.onboarding.rules.steps import Step, steps_of, undone
from workforce.onboarding.services.accounts import become_worker
from workforce.onboarding.services.campaigns import referral_link
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import group_by_code, groups
from workforce.workers.models import Worker
from workforce.workers.queries import worker_by_email, worker_by_external_id, worker_of
from workforce.workers.services import Profile, add_worker, join_accepted

APPEAL: Final = "application"


class OwnApplication(DaybookError):
    code = "own_application"
    status = 403
    template = N_("Nobody decides on an application of her own. Ask another recruiter.")


class OwnDecision(DaybookError):
    code = "own_decision"
    status = 403
    template = N_("You declined this application and an appeal against it was granted. Somebody else accepts it.")


class NeedsGroup(DaybookError):
    code = "needs_group"
    status = 400
    template = N_("No pay group fits %(country)s. Choose one.")


class StepsUndone(DaybookError):
    """Somebody is about to be accepted with steps undone, without a word on why; carries the steps.

    Args:
        steps: that are not done.

    """

    code = "steps_undone"
    status = 400
    template = N_("Not done yet: %(steps)s. Say why they are accepted all the same: they read it, and it is kept.")

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = list(steps)
        super().__init__(steps=", ".join(one.label % one.params for one in self.steps))

    def message(self) -> str:
        """Give the sentence, and the steps in it, in the reader's language."""
        return translate(self.template, steps=listing([one.words() for one in self.steps]))


def settle(application: Application, *, now: datetime) -> None:
    """Accept an applicant whose steps are all done, or leave her to a recruiter where something is odd.

    Args:
        application: locked by whoever calls.
        now: the instant.

    """
    if application.state != "confirmed":
        return
    facts = facts_of(application, now=now)
    if undone(steps_of(facts)):
        return
    application.ready_at = now
    group = suggestion(application)
    if facts.matches or group is None:
        _move(SYSTEM, application, "complete", now)
    else:
        _accept(SYSTEM, application, group, "", now)


def suggestion(application: Application) -> PayGroup | None:
    """Give the pay group that fits an applicant's country, or None where a person must choose."""
    found = groups()
    code = suggested_group(application.country, [Group(one.code, one.currency, one.timezone) for one in found])
    return next((one for one in found if one.code == code), None)


def accept(actor: Actor, application_id: int, *, group: str = "", reason: str = "", now: datetime) -> Worker:
    """Accept an applicant, who becomes a worker.

    Args:
        actor: a recruiter.
        application_id: whose.
        group: code of the pay group; empty takes the one that fits her country.
        reason: why; needed where steps are undone, which are named in the audit entry, and good where something is odd.
        now: the instant.

    Raises:
        NotFound: there is no such application or group.
        OwnApplication, OwnDecision: somebody else must.
        WrongMove: it is decided already, or not confirmed yet.
        NeedsGroup: no group fits her country, and none was chosen.
        StepsUndone: steps are undone, and there is no reason.

    """
    application = _to_decide(actor, application_id)
    moved(application.state, "accept")
    if actor.id is not None and application.declined_by == actor.id:
        raise OwnDecision
    chosen = group_by_code(group) if group else suggestion(application)
    if chosen is None:
        raise NeedsGroup(country=application.country)
    missing, words = undone(steps_of(facts_of(application, now=now))), reason.strip()
    if missing and not words:
        raise StepsUndone(missing)
    return _accept(actor, application, chosen, words, now, missing=missing)


def decline(actor: Actor, application_id: int, *, reason: str, now: datetime) -> None:
    """Decline an application, and tell the applicant why and how to appeal.

    Raises:
        NotFound: there is no such application.
        OwnApplication: it is the actor's own.
        WrongMove: it is decided already.
        Invalid: a decision against somebody wants a reason.

    """
    application = _to_decide(actor, application_id)
    words = reason.strip()
    if not words:
        raise Invalid(field="reason", problem="say why: the applicant reads it, and can appeal")
    waited = application.state != "applied"
    _move(actor, application, "decline", now, reason=words)
    application.decided_at, application.decided_by, application.reason = now, actor.id, words
    application.declined_by = actor.id
    session().flush()
    if waited:  # an address that nobody confirmed is not written to
        deadline = instant_param(now + APPEAL_WITHIN)
        notify(application.user_id, "application.declined", reason=words, deadline=deadline, now=now)


def withdraw(actor: Actor, *, now: datetime) -> None:
    """Withdraw one's own application.

    Raises:
        NotFound: there is none.
        WrongMove: it is decided already.

    """
    _move(actor, own_application(actor, lock=True), "withdraw", now)


def resume(actor: Actor, *, now: datetime) -> None:
    """Take up one's own application again that one has withdrawn.

    Raises:
        NotFound: there is none.
        WrongMove: it is not withdrawn.

    """
    application = own_application(actor, lock=True)
    _move(actor, application, "resume", now)
    settle(application, now=now)


def appeal(actor: Actor, text: str, *, now: datetime) -> Appeal:
    """Appeal against the decline of one's own application; somebody else decides.

    Raises:
        NotFound: there is no application.
        WrongMove: it is not declined.
        AppealLate: more than 14 days have gone by.
        AppealOpen: there is an appeal already.

    """
    application = own_application(actor, lock=True)
    moved(application.state, "grant")
    if not text.strip():
        raise Invalid(field="appeal", problem="say what was overlooked")
    assert application.decided_at is not None
    return open_appeal(
        actor, kind=APPEAL, subject_id=application.id, about=label(application), text=text.strip(),
        decided_by=[application.decided_by], deadline=application.decided_at + APPEAL_WITHIN, now=now,
    )  # fmt: skip


def granted(actor: Actor, found: Appeal, now: datetime) -> None:
    """Accept whoever's appeal was granted; a recruiter does it where a pay group must be chosen."""
    application = application_by_id(found.subject_id, lock=True)
    _move(actor, application, "grant", now, reason=found.answer)
    group = suggestion(application)
    if group is not None:
        missing = undone(steps_of(facts_of(application, now=now)))
        _accept(actor, application, group, found.answer, now, missing=missing)


def label(application: Application | Match) -> str:
    """Give the number by which staff speak of an application; it is the worker's, too."""
    return f"A-{application.id:06d}"


# Who may be complete: a cheap look before the steps are computed.
_COMPLETE: Final = """
SELECT application.id FROM application
 WHERE application.state = 'confirmed' AND application.id > :after
   AND EXISTS (SELECT 1 FROM tax_form WHERE tax_form.user_id = application.user_id)
   AND EXISTS (SELECT 1 FROM identity_check
                WHERE identity_check.application_id = application.id AND identity_check.state = 'approved')
   AND EXISTS (SELECT 1 FROM certification
                WHERE certification.user_id = application.user_id AND certification.revoked_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM project_requirement asked
                    WHERE asked.project_id = application.project_id
                      AND NOT EXISTS (SELECT 1 FROM certification
                                       WHERE certification.user_id = application.user_id
                                         AND certification.test_id = asked.test_id
                                         AND certification.revoked_at IS NULL))
 ORDER BY application.id LIMIT :limit
"""


def settle_waiting(now: Callable[[], datetime]) -> int:
    """Settle all whose last step was a test. Takes its own transactions: call it outside one.

    Returns:
        how many applications moved.

    Raises:
        SomeFailed: single applications could not be settled.

    """

    def one(application_id: int) -> int:
        application = application_by_id(application_id, lock=True)
        settle(application, now=now())
        return application.state != "confirmed"

    return sweep("application", _complete, one)


def _complete(after: int, limit: int) -> Sequence[int]:
    return [key for (key,) in rows(_COMPLETE, after=after, limit=limit)]


def _to_decide(actor: Actor, application_id: int) -> Application:
    actor.must("onboarding:applications:decide")
    application = application_by_id(application_id, lock=True)
    if actor.id is not None and actor.id == application.user_id:
        raise OwnApplication
    return application


def _move(
    actor: Actor, application: Application, action: str, now: datetime, *, reason: str = "",
    missing: Sequence[Step] = (),
) -> None:  # fmt: skip
    before = application.state
    application.state, application.since = moved(before, action), now
    session().flush()
    after = {"state": application.state} | ({"undone": {one.code: one.state for one in missing}} if missing else {})
    audit.record(
        actor, f"application.{action}", f"application:{application.id}", before={"state": before}, after=after,
        reason=reason, now=now,
    )  # fmt: skip


def _accept(
    actor: Actor, application: Application, group: PayGroup, reason: str, now: datetime, *,
    missing: Sequence[Step] = (),
) -> Worker:  # fmt: skip
    user = session().get_one(User, application.user_id)
    _move(actor, application, "accept", now, reason=reason, missing=missing)
    # Known from a list of workers: the address is confirmed, so it is she, unless somebody else signs in as her.
    listed = worker_by_email(user.email)
    worker = worker_of(user.actor) or (listed if listed and listed.user_id is None else None)
    if worker is None:
        profile = Profile(
            label(application), name=application.name, email="" if listed else user.email, country=application.country,
            locale=application.locale, timezone=application.timezone,
        )  # fmt: skip
        add_worker(actor, profile, group, now=now)
        worker = worker_by_external_id(profile.external_id)
    application.worker_id = worker.id
    application.decided_at, application.decided_by, application.reason = now, actor.id, reason
    join_accepted(actor, worker, user, reason=f"application:{application.id}", now=now)
    become_worker(actor, user, reason=f"application:{application.id}", now=now)
    referral_link(SYSTEM, user.id, now=now)
    session().flush()
    notify(user.id, "application.accepted", link="/me/projects", worker=worker.external_id, now=now)
    return worker
