"""A wrong key is corrected: every attempt that it decided is scored anew, with all that follows from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import insert_all, rows, session
from workforce.core.errors import DaybookError, NotFound
from workforce.notifications.services import Part, Told, add_teller, announce
from workforce.notifications.services.announcements import Asked
from workforce.skills.models import AnswerKey, Attempt, Question, Score, SkillTest, TestVersion
from workforce.skills.queries.scoring import among, as_q, newest_keys
from workforce.skills.queries.tests import as_draft
from workforce.skills.rules.grading import Given, standing
from workforce.skills.rules.keys import key_problems
from workforce.skills.rules.scoring import Key, Q, passes, score_question
from workforce.skills.services.certifications import Passed, certify_passed, withdraw
from workforce.skills.services.problems import NotReady, words_of

TOPIC: Final = "key"


class KeyOfDraft(DaybookError):
    code = "key_of_draft"
    template = N_("This version is a draft: change the question itself.")


class KeyMoved(DaybookError):
    code = "key_moved"
    template = N_(
        "Somebody else corrected the key of this question while you were at it: it is number %(number)s now. Nothing of"
        " yours was kept. Look at the key as it is, and correct it again if it is still wrong."
    )


class SameKey(DaybookError):
    code = "same_key"
    template = N_("This is the key as it is already. Nothing was changed.")


@dataclass(frozen=True)
class Correction:
    """What a corrected key did.

    Attributes:
        number: of the new key.
        rescored: how many attempts were scored anew.
        changed: how many of them have other points than before.
        passed: how many passed by it.
        failed: how many passed no longer.

    """

    number: int
    rescored: int
    changed: int
    passed: int
    failed: int


@dataclass(frozen=True)
class _Rescored:
    """An attempt before and after: its old state, and its new points."""

    attempt_id: int
    user_id: int
    decided: datetime
    state: str
    number: int
    keys: Mapping[str, int]
    points: Mapping[str, int]
    before: int
    total: int
    most: int
    passed: bool


def keys_for_scoring(question_ids: Collection[int]) -> dict[int, Key]:
    """Give the newest key of each question, and keep corrections out until the transaction ends.

    Whoever also locks an attempt that is decided already calls this first, so that locks are taken in one order.
    """
    versions = select(Question.version_id).where(among(Question.id, question_ids))
    session().execute(select(TestVersion.id).where(TestVersion.id.in_(versions)).with_for_update(read=True))
    return newest_keys(question_ids)


def correct_key(
    actor: Actor, question_id: int, *, base: int, key: dict[str, Any], reason: str, now: datetime
) -> Correction:
    """Correct the key of a published question, and score anew every attempt that it decided.

    All in one transaction, with the version locked: 10,000 attempts take seconds. Attempts that are still under way, or
    wait for graders, are scored by the newest key at their end.

    Args:
        actor: who does it.
        question_id: of the question.
        base: the number of the key that was looked at.
        key: what is right, as AnswerKey.key; {"void": True} gives everybody the points.
        reason: why, as everybody whose result changes is told.
        now: the instant.

    Raises:
        NotFound: there is no such question.
        KeyOfDraft: the version is no published one.
        KeyMoved: somebody else corrected it meanwhile.
        SameKey: nothing would change.
        NotReady: with this key the question cannot be scored.
        Invalid: there is no reason.

    """
    words = words_of(reason)
    question = session().get(Question, question_id)
    if question is None:
        raise NotFound(thing="question", name=question_id)
    lock = select(TestVersion).where(TestVersion.id == question.version_id).with_for_update(key_share=True)
    version = session().scalars(lock.execution_options(populate_existing=True)).one()
    if version.state == "draft":
        raise KeyOfDraft
    known = newest_keys([question_id])[question_id]
    if known.number != base:
        raise KeyMoved(number=known.number)
    if known.key == key:
        raise SameKey
    problems = key_problems(replace(as_draft(question), key=key))
    if problems:
        raise NotReady(problems)
    new = Key(known.number + 1, key)
    session().add(
        AnswerKey(question_id=question_id, number=new.number, key=key, set_by=actor.id, set_at=now, reason=words)
    )
    session().flush()
    test = session().get_one(SkillTest, version.test_id)
    audit.record(
        actor, "key.correct", f"test:{test.code}", before={"question": question_id, "key": known.key},
        after={"question": question_id, "key": key, "number": new.number}, reason=words, now=now,
    )  # fmt: skip
    return _rescore(actor, test, version, as_q(question), new, words, now)


def _rescore(
    actor: Actor, test: SkillTest, version: TestVersion, question: Q, key: Key, reason: str, now: datetime
) -> Correction:
    found = [_anew(row, question, key, version.pass_percent) for row in _decided(version.id, question.id)]
    changed = [one for one in found if one.total != one.before]
    passed = [one for one in found if one.passed and one.state == "failed"]
    failed = [one for one in found if not one.passed and one.state == "passed"]
    _write(found, now)
    _move(passed, "passed")
    _move(failed, "failed")
    audit.record_many(
        actor, "attempt.rescore", [_change(one, question, key) for one in changed], reason=reason, now=now
    )
    session().flush()
    if failed:
        withdraw(actor, test, [one.attempt_id for one in failed], ended="rekeyed", reason=reason, now=now)
    if passed:
        certify_passed(
            actor, test, [Passed(one.user_id, one.attempt_id, one.decided) for one in passed],
            despite_revocation=False, now=now,
        )  # fmt: skip
    if changed:
        announce(TOPIC, now=now, version=version.id, question=question.id, key=key.number, reason=reason)
    return Correction(key.number, len(found), len(changed), len(passed), len(failed))


# What a key changed stands in the scores, which are only ever added to: the first that was computed with it, beside the
# one before. Somebody with two attempts may be told two things, but each of them once.
_CHANGED: Final = """
SELECT DISTINCT a.user_id, CASE WHEN s.passed = p.passed THEN 'test.rescored' WHEN s.passed THEN 'test.now_passed'
                                ELSE 'test.no_longer_passed' END AS kind
  FROM test_attempt a
  JOIN attempt_score s ON s.attempt_id = a.id
  JOIN attempt_score p ON p.attempt_id = a.id AND p.number = s.number - 1
 WHERE a.version_id = :version AND a.user_id > :after AND s.cause = 'rekeyed' AND s.total <> p.total
   AND (s.keys ->> :question)::int = :key AND (p.keys ->> :question)::int < :key
 ORDER BY a.user_id FETCH FIRST (:limit) ROWS WITH TIES
"""


def _next(asked: Asked) -> Part:
    """Give the next people whose points a corrected key changed, whatever became of them since."""
    about = asked.about
    found = rows(
        _CHANGED, version=about["version"], question=str(about["question"]), key=about["key"], after=asked.after,
        limit=asked.limit,
    )  # fmt: skip
    version = session().get_one(TestVersion, about["version"])
    test = session().get_one(SkillTest, version.test_id)
    users: dict[str, list[int]] = {}
    for user_id, kind in found:
        users.setdefault(kind, []).append(user_id)
    params = {"test": version.title, "certification": test.title, "reason": about["reason"]}
    told = [Told(whom, kind, params) for kind, whom in users.items()]
    return Part(told, found[-1].user_id if len(found) >= asked.limit else None)


add_teller(TOPIC, _next)


def _change(one: _Rescored, question: Q, key: Key) -> audit.Change:
    state = "passed" if one.passed else "failed"
    after = {"state": state, "total": one.total, "question": question.id, "key": key.number}
    return audit.Change(f"attempt:{one.attempt_id}", {"state": one.state, "total": one.before}, after)


# Points of the other questions stand in the youngest score: only what this key decides is computed again.
# A grading on appeal (place 4) stands alone, as rules.grading.standing has it.
_DECIDED: Final = """
SELECT a.id, a.user_id, a.decided_at, a.state, s.number, s.keys, s.points, s.total, s.most, n.answer, g.gradings
  FROM test_attempt a
 CROSS JOIN LATERAL (SELECT * FROM attempt_score WHERE attempt_id = a.id ORDER BY number DESC LIMIT 1) s
  LEFT JOIN test_answer n ON n.attempt_id = a.id AND n.question_id = :question
  LEFT JOIN LATERAL (SELECT jsonb_agg(jsonb_build_array(place, points)) AS gradings FROM grading x
                      WHERE answer_id = n.id AND (place = 4 OR NOT EXISTS (
                              SELECT FROM grading WHERE answer_id = x.answer_id AND place = 4))) g ON true
 WHERE a.version_id = :version AND a.state IN ('passed', 'failed') AND a.question_ids @> ARRAY[:question]::bigint[]
 ORDER BY a.id
"""


def _decided(version_id: int, question_id: int) -> list[Any]:
    return rows(_DECIDED, version=version_id, question=question_id)


def _anew(row: Any, question: Q, key: Key, pass_percent: int) -> _Rescored:
    name = str(question.id)
    gradings = standing([Given(place, given) for place, given in row.gradings or ()])
    worth = score_question(question, key.key, row.answer, [one.points for one in gradings])
    points = {**row.points, name: worth}
    total = sum(points.values())
    return _Rescored(
        row.id, row.user_id, row.decided_at, row.state, row.number + 1, {**row.keys, name: key.number}, points,
        row.total, total, row.most, passes(total, row.most, pass_percent),
    )  # fmt: skip


def _write(found: Sequence[_Rescored], now: datetime) -> None:
    insert_all(
        Score.__tablename__,
        [
            {
                "attempt_id": one.attempt_id, "number": one.number, "keys": one.keys, "points": one.points,
                "total": one.total, "most": one.most, "passed": one.passed, "cause": "rekeyed", "scored_at": now,
            }
            for one in found
        ],
    )  # fmt: skip


def _move(moved: Sequence[_Rescored], state: str) -> None:
    if moved:
        chosen = among(Attempt.id, [one.attempt_id for one in moved])
        session().execute(update(Attempt).where(chosen).values(state=state))


def affected(version_id: int, question_id: int) -> int:
    """Give how many decided attempts a corrected key would score anew."""
    query = select(func.count()).where(
        Attempt.version_id == version_id, Attempt.state.in_(["passed", "failed"]),
        Attempt.question_ids.contains([question_id]),
    )  # fmt: skip
    return session().scalar(query) or 0
