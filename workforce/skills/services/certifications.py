"""Certifications are granted, renewed, revoked and restored; an attempt gets its result."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import func, insert, select, update

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import Collision, DaybookError, Invalid, NotFound
from workforce.identity.models import User
from workforce.notifications.services import notify
from workforce.skills.models import Attempt, Certification, Score, SkillTest, TestVersion
from workforce.skills.queries.scoring import among, newest_numbers
from workforce.skills.rules.scoring import Scored
from workforce.skills.rules.validity import expiry, holds, outlasts
from workforce.skills.services.problems import words_of

# What an account must be allowed to do, for a certification of a kind to be of any use.
NEEDED: Final = {"worker": "me:tests:take", "grader": "skills:answers:grade"}


class OwnCertification(DaybookError):
    code = "own_certification"
    status = 403
    template = N_("Nobody decides on a certification of her own. Ask another manager.")


class NotForThem(DaybookError):
    code = "not_for_them"
    template = N_(
        "%(email)s cannot use this certification: it is for accounts that may do %(permission)s. An admin grants the"
        " role first."
    )


class NotStanding(DaybookError):
    code = "not_standing"
    template = N_("This certification has ended already. Nothing was changed: look at the list as it is now.")


@dataclass(frozen=True)
class Passed:
    """Somebody who passed.

    Attributes:
        user_id: who.
        attempt_id: by which attempt.
        decided: when its first result stood.

    """

    user_id: int
    attempt_id: int
    decided: datetime


def grant(
    actor: Actor, user_id: int, test: SkillTest, kind: str, attempt_id: int | None = None, reason: str = "", *,
    now: datetime,
) -> Certification:  # fmt: skip
    """Certify somebody by hand, or renew what she has.

    Args:
        actor: who does it.
        user_id: whom.
        test: of the skill.
        kind: worker or grader.
        attempt_id: the attempt that it comes of; None where it comes of none.
        reason: why; needed where it comes of no attempt.
        now: the instant, from which on it holds for the test's months.

    Returns:
        the certification that stands now.

    Raises:
        Invalid: the kind is unknown.
        ReasonMissing: there is no reason.
        NotFound: there is no such account.
        OwnCertification: the actor's own.
        NotForThem: the account may not do what it certifies.

    """
    permission = NEEDED.get(kind)
    if permission is None:
        raise Invalid(field="kind", problem=f"{kind!r} is neither worker nor grader")
    words = words_of(reason) if attempt_id is None else reason.strip()
    if actor.id is not None and actor.id == user_id:
        raise OwnCertification
    user = session().get(User, user_id)
    if user is None or not user.active:
        raise NotFound(thing="user", name=user_id)
    if not user.actor.may(permission):
        raise NotForThem(email=user.email, permission=permission)
    _standing(test.id, [user_id], kind)
    lasts = expiry(_day(now), test.valid_months)
    made = certify(actor, test, kind, [(user_id, attempt_id, lasts)], reason=words, now=now)[0]
    audit.record(
        actor, "certification.grant", f"test:{test.code}", after=_values(made) | {"email": user.email}, reason=words,
        now=now,
    )  # fmt: skip
    notify(user_id, "certification.granted", certification=test.title, reason=words, now=now)
    return made


def revoke(actor: Actor, certification: Certification, reason: str, *, now: datetime) -> None:
    """Take a certification away from now on; work that was claimed under it keeps its price.

    Raises:
        ReasonMissing: there is no reason.
        OwnCertification: the actor's own.
        NotStanding: it has ended already.

    """
    words = words_of(reason)
    if actor.id is not None and actor.id == certification.user_id:
        raise OwnCertification
    session().refresh(certification, with_for_update=True)
    if certification.revoked_at is not None:
        raise NotStanding
    certification.revoked_at, certification.ended, certification.reason = now, "revoked", words
    session().flush()
    test = session().get_one(SkillTest, certification.test_id)
    audit.record(
        actor, "certification.revoke", f"test:{test.code}", before=_values(certification), reason=words, now=now
    )
    notify(certification.user_id, "certification.revoked", certification=test.title, reason=words, now=now)


def apply_result(
    actor: Actor, attempt: Attempt, scored: Scored, cause: str, *, now: datetime, reason: str = ""
) -> Score:
    """Write down what an attempt comes to, with all that follows from it: state, certification, message.

    Args:
        actor: whose deed completed it.
        attempt: that was scored.
        scored: by the newest keys, which were read by services.keys.keys_for_scoring in this transaction.
        cause: graded, rekeyed or appealed.
        now: the instant.
        reason: for a result that changes: why, as its owner is told.

    Raises:
        Collision: a key was corrected since the attempt was scored.

    """
    if newest_numbers(scored.keys) != dict(scored.keys):
        raise Collision
    query = select(func.max(Score.number)).where(Score.attempt_id == attempt.id)
    score = Score(
        attempt_id=attempt.id, number=(session().scalar(query) or 0) + 1,
        keys={str(one): number for one, number in scored.keys.items()},
        points={str(one): points for one, points in scored.points.items()},
        total=scored.total, most=scored.most, passed=scored.passed, cause=cause, scored_at=now,
    )  # fmt: skip
    session().add(score)
    before, attempt.state = attempt.state, "passed" if scored.passed else "failed"
    attempt.decided_at = attempt.decided_at or now
    session().flush()
    audit.record(
        actor, "attempt.score", f"attempt:{attempt.id}", before={"state": before},
        after={"state": attempt.state, "total": scored.total, "most": scored.most, "cause": cause}, reason=reason,
        now=now,
    )  # fmt: skip
    _follow(actor, attempt, before, cause, reason, now)
    return score


def _follow(actor: Actor, attempt: Attempt, before: str, cause: str, reason: str, now: datetime) -> None:
    if attempt.state == before:
        return
    test = session().get_one(SkillTest, attempt.test_id)
    first = before not in {"passed", "failed"}
    if attempt.state == "passed":
        passed = Passed(attempt.user_id, attempt.id, attempt.decided_at or now)
        certify_passed(actor, test, [passed], despite_revocation=cause != "rekeyed", now=now)
        kind = "test.passed" if first else "test.now_passed"
    else:
        if not first:
            withdraw(actor, test, [attempt.id], ended=cause, reason=reason, now=now)
        kind = "test.failed" if first else "test.no_longer_passed"
    title = session().get_one(TestVersion, attempt.version_id).title
    notify(attempt.user_id, kind, test=title, certification=test.title, reason=reason, now=now)


def certify_passed(
    actor: Actor, test: SkillTest, passed: Sequence[Passed], *, despite_revocation: bool = True, now: datetime
) -> list[Certification]:
    """Certify those who passed, from now on; what they have already and lasts as long is left as it is.

    Args:
        actor: whose deed it was.
        test: that they passed.
        passed: who, and by which attempts; of a person's several the last one counts.
        despite_revocation: also those from whom it was taken by hand since the attempt?
        now: the instant.

    Returns:
        the new certifications.

    """
    by_user = {one.user_id: one for one in sorted(passed, key=lambda one: one.attempt_id)}
    if not despite_revocation:
        for user_id, when in _revoked_by_hand(test.id, by_user).items():
            if when >= by_user[user_id].decided:
                del by_user[user_id]
    lasts = expiry(_day(now), test.valid_months)
    standing = _standing(test.id, by_user, "worker")
    today = _day(now)
    due = [
        one
        for one in by_user.values()
        if (known := standing.get(one.user_id)) is None
        or not (holds(known.expires_on, today) and outlasts(known.expires_on, lasts))
    ]
    return certify(actor, test, "worker", [(one.user_id, one.attempt_id, lasts) for one in due], now=now)


def certify(
    actor: Actor, test: SkillTest, kind: str, whom: Sequence[tuple[int, int | None, date | None]], *,
    reason: str = "", now: datetime,
) -> list[Certification]:  # fmt: skip
    """Write certifications down, each in the place of one that stands; the lower part of every way to one.

    Args:
        actor: whose deed it is.
        test: of the skill.
        kind: worker or grader.
        whom: user, attempt that it came of, and last day on which it holds.
        reason: in the actor's words.
        now: the instant.

    """
    if not whom:
        return []
    session().execute(
        update(Certification)
        .where(
            Certification.test_id == test.id, Certification.kind == kind, Certification.revoked_at.is_(None),
            among(Certification.user_id, [user_id for user_id, *_ in whom]),
        )
        .values(revoked_at=now, ended="renewed")
    )  # fmt: skip
    rows = [
        {
            "user_id": user_id, "test_id": test.id, "kind": kind, "level": test.level, "attempt_id": attempt_id,
            "granted_by": actor.id, "granted_at": now, "expires_on": lasts, "reason": reason, "ended": "",
        }
        for user_id, attempt_id, lasts in whom
    ]  # fmt: skip
    return list(session().scalars(insert(Certification).returning(Certification), rows))


def withdraw(
    actor: Actor, test: SkillTest, attempt_ids: Collection[int], *, ended: str, reason: str, now: datetime
) -> int:
    """Take away what came of attempts that are passed no longer, from now on.

    Whoever passed the test by another attempt, too, whose months have not gone by is certified by that one instead.

    Args:
        actor: whose deed it is.
        test: that they were at.
        attempt_ids: of them; their states say already that they failed.
        ended: rekeyed or appealed.
        reason: in the actor's words.
        now: the instant.

    Returns:
        how many certifications ended.

    """
    query = (
        update(Certification)
        .where(
            Certification.test_id == test.id, Certification.kind == "worker", Certification.revoked_at.is_(None),
            among(Certification.attempt_id, attempt_ids),
        )
        .values(revoked_at=now, ended=ended, reason=reason)
        .returning(Certification.user_id)
    )  # fmt: skip
    users = list(session().scalars(query))
    others = _other_passes(test.id, users)
    restored = [
        (one.user_id, one.attempt_id, lasts)
        for one in others.values()
        if holds(lasts := expiry(_day(one.decided), test.valid_months), _day(now))
    ]
    certify(actor, test, "worker", restored, now=now)
    return len(users)


def _standing(test_id: int, users: Collection[int], kind: str) -> Mapping[int, Certification]:
    query = select(Certification).where(
        Certification.test_id == test_id, Certification.kind == kind, Certification.revoked_at.is_(None),
        among(Certification.user_id, users),
    )  # fmt: skip
    found = session().scalars(query.with_for_update()).all()
    return {one.user_id: one for one in found}


def _revoked_by_hand(test_id: int, users: Collection[int]) -> dict[int, datetime]:
    query = (
        select(Certification.user_id, func.max(Certification.revoked_at))
        .where(Certification.test_id == test_id, Certification.kind == "worker", Certification.ended == "revoked",
               among(Certification.user_id, users))
        .group_by(Certification.user_id)
    )  # fmt: skip
    return {user_id: when for user_id, when in session().execute(query) if when is not None}


def _other_passes(test_id: int, users: Collection[int]) -> dict[int, Passed]:
    query = (
        select(Attempt.user_id, Attempt.id, Attempt.decided_at)
        .where(Attempt.test_id == test_id, Attempt.state == "passed", among(Attempt.user_id, users))
        .order_by(Attempt.user_id, Attempt.number)
    )
    return {user_id: Passed(user_id, key, when) for user_id, key, when in session().execute(query) if when is not None}


def _day(instant: datetime) -> date:
    return instant.astimezone(UTC).date()


def _values(one: Certification) -> dict[str, object]:
    return {
        "user": one.user_id, "kind": one.kind, "level": one.level, "attempt": one.attempt_id,
        "expires_on": one.expires_on.isoformat() if one.expires_on else None,
    }  # fmt: skip
