"""An attempt at a test: its states, which questions are drawn, when it may be tried again, what an answer may be."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from i18n.locale import N_
from workforce.core.errors import DaybookError

# A result can turn over when a key is corrected or an appeal is granted.
TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    ("open", "hand_in"): "grading",
    ("grading", "pass"): "passed",
    ("grading", "fail"): "failed",
    ("passed", "pass"): "passed",
    ("passed", "fail"): "failed",
    ("failed", "pass"): "passed",
    ("failed", "fail"): "failed",
}
# Characters of an answer at most: far more than anybody types in a test, and few enough to keep.
MOST_CHARACTERS: Final = 20_000
# So long before a certification lapses it may be renewed.
RENEWAL: Final = timedelta(days=60)


class AttemptMove(DaybookError):
    code = "attempt_move"
    template = N_("This attempt cannot be changed that way any more: look at where it stands now.")


class BadAnswer(DaybookError):
    code = "bad_answer"
    status = 400
    template = N_("This is no answer to the question. Load the page anew and choose among what it offers.")


class UnorderedAnswer(BadAnswer):
    code = "unordered_answer"
    template = N_("Give every line a number of its own, or leave all of them empty.")


class LongAnswer(BadAnswer):
    code = "long_answer"
    template = N_("The answer is longer than %(most)s characters. Shorten it and save it again.")


def moved(state: str, action: str) -> str:
    """Give the state that an action leads to.

    Raises:
        AttemptMove: the action cannot be done in this state.

    """
    if (state, action) not in TRANSITIONS:
        raise AttemptMove
    return TRANSITIONS[state, action]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is drawn.

    Attributes:
        id: of the question.
        pool: that it is drawn from; empty for one that is always asked.

    """

    id: int
    pool: str


def draw(questions: Sequence[Asked], draws: Mapping[str, int], *, shuffled: bool, seed: str) -> list[int]:
    """Draw the questions of an attempt.

    Args:
        questions: of the version, in their places.
        draws: how many of each pool are asked; a pool that is not named is asked wholly.
        shuffled: are they asked in an order of chance?
        seed: of the attempt; the same one draws the same paper, on every machine.

    Returns:
        the ids, in the order in which they are asked.

    """
    chance = _chance(seed)
    pools: defaultdict[str, list[int]] = defaultdict(list)
    for one in questions:
        pools[one.pool].append(one.id)
    chosen: set[int] = set()
    for pool, ids in pools.items():
        number = draws.get(pool, len(ids)) if pool else len(ids)
        chosen.update(chance.sample(ids, min(max(number, 0), len(ids))))
    drawn = [one.id for one in questions if one.id in chosen]
    if shuffled:
        chance.shuffle(drawn)
    return drawn


def shown_order(options: Sequence[Mapping[str, Any]], *, seed: str) -> list[Mapping[str, Any]]:
    """Give options in an order of chance: what is to be put in order must not stand in order already."""
    mixed = list(options)
    _chance(seed).shuffle(mixed)
    return mixed


def _chance(seed: str) -> Random:
    return Random(hashlib.sha256(seed.encode()).hexdigest())  # noqa: S311 -- a draw that can be repeated, no secret


@dataclass(frozen=True, slots=True)
class Taken:
    """An attempt of the past.

    Attributes:
        state: open, grading, passed or failed.
        ended_at: when it was handed in; for an open one its deadline.

    """

    state: str
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Chance:
    """Whether a test may be begun.

    Attributes:
        code: ready; open (one is under way); over (its deadline has passed, and it is about to be handed in); grading
            (a result is waited for); held (the certification stands); waiting (a cool-down); used_up (no attempt is
            left).
        left: attempts that are left, the one that would be begun among them.
        since: for waiting and held, from when it may be begun; none where that never comes by itself.

    """

    code: str
    left: int
    since: datetime | None = None


def chance(
    taken: Sequence[Taken], *, attempts: int, cooldown_days: int, held: bool, lapses_at: datetime | None, now: datetime
) -> Chance:
    """Say whether a person may begin a test now.

    Attempts are counted since the last one that passed, so that whoever is certified can renew it as often as she
    likes; a certification that stands is renewed in the last RENEWAL before it lapses.

    Args:
        taken: her attempts at the test, oldest first, in all languages.
        attempts: how many she has.
        cooldown_days: days between the end of one and the start of the next.
        held: does she hold the certification?
        lapses_at: when it lapses; none for never.
        now: the instant.

    """
    last_pass = max((place for place, one in enumerate(taken) if one.state == "passed"), default=-1)
    left = max(attempts - (len(taken) - last_pass - 1), 0)
    state = taken[-1].state if taken else ""
    if state == "open" and taken[-1].ended_at <= now:
        return Chance("over", left)
    if state in {"open", "grading"}:
        return Chance(state, left)
    renewal = lapses_at - RENEWAL if held and lapses_at is not None else None
    if held and (renewal is None or now < renewal):
        return Chance("held", left, renewal)
    if left == 0:
        return Chance("used_up", 0)
    # Before a renewal nothing was failed, so there is nothing to cool down from.
    cool = taken[-1].ended_at + timedelta(days=cooldown_days) if taken and not (held and state == "passed") else None
    return Chance("waiting", left, cool) if cool is not None and now < cool else Chance("ready", left)


@dataclass(frozen=True, slots=True)
class Frame:
    """What an answer to a question may be.

    Attributes:
        kind: of the question.
        options: ids of what can be chosen, or put in order.

    """

    kind: str
    options: frozenset[str]


def cleaned(frame: Frame, chosen: Sequence[str], text: str) -> dict[str, Any]:
    """Give an answer as it is kept, or {} where nothing was answered.

    Args:
        frame: of its question.
        chosen: ids of options, in order for an order.
        text: of a short or a written answer.

    Raises:
        BadAnswer: an option that is none of the question's, one twice, two where one is asked for.
        UnorderedAnswer: an order that does not have every option.
        LongAnswer: a text past MOST_CHARACTERS.

    """
    if frame.kind in {"short", "written"}:
        # Browsers send line ends as two characters; the database keeps no zero ones.
        plain = text.replace("\r\n", "\n").replace("\0", "").strip()
        if len(plain) > MOST_CHARACTERS:
            raise LongAnswer(most=MOST_CHARACTERS)
        return {"text": plain} if plain else {}
    if not set(chosen) <= frame.options or len(set(chosen)) != len(chosen):
        raise BadAnswer
    if frame.kind == "one" and len(chosen) > 1:
        raise BadAnswer
    if frame.kind == "order" and chosen and len(chosen) != len(frame.options):
        raise UnorderedAnswer
    kept = list(chosen) if frame.kind == "order" else sorted(chosen)
    return {"chosen": kept} if kept else {}


def in_order(numbers: Mapping[str, str]) -> list[str]:
    """Give options in the order of the numbers that were put beside them.

    Args:
        numbers: by option what was chosen, from 1 to their number; empty where nothing was.

    Raises:
        UnorderedAnswer: a number twice, missing or none at all, but for all of them missing.

    """
    if not any(numbers.values()):
        return []
    wanted = {str(place): place for place in range(1, len(numbers) + 1)}
    if sorted(numbers.values()) != sorted(wanted):
        raise UnorderedAnswer
    return sorted(numbers, key=lambda option: wanted[numbers[option]])
