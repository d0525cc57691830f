"""What a reader of a file hands over, and what a row means for work that is known already."""

import dataclasses
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from i18n.locale import N_, translate
from workforce.core.errors import DaybookError

State = Literal["submitted", "accepted", "rejected"]
Action = Literal["import", "already_there", "accept", "reject", "reverse", "reprice", "undated"]


@dataclasses.dataclass(frozen=True, slots=True)
class WorkRow:
    """One piece of work, as a file tells it.

    Attributes:
        number: the row, counted from 1 as a person counts them: the header and blank lines do not count, and a row
            with line breaks inside quotes is one row.
        source: the id of the assignment in the tool that the file came from.
        worker: the worker's id in that tool.
        state: the verdict that the file gives.
        claimed_at: when the worker took the work; aware, UTC, like every instant here. None where the file has none.
        submitted_at: when she handed it in.
        decided_at: when it was accepted or rejected; None where the file does not say, and while there is no verdict.
        reason: why it was rejected, in the requester's words; otherwise empty.
        seconds: the time worked, 0 or more; None where the file does not tell.
        reward: what the file itself promises for the piece, in major units with at most six decimals.
        reward_currency: ISO 4217; None exactly where `reward` is None.
        level: of the work, for the rate card; empty for none.
        columns: the file's own names of its columns, by our words: worker, reward, seconds, level, submitted_at and,
            by the verdict, accepted_at and rejected_at.
        warnings: what a person should know of the row though it is taken.

    """

    number: int
    source: str
    worker: str
    state: State
    claimed_at: datetime | None
    submitted_at: datetime
    decided_at: datetime | None
    reason: str = ""
    seconds: int | None = None
    reward: Decimal | None = None
    reward_currency: str | None = None
    level: str = ""
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False, repr=False)
    warnings: tuple["Warned", ...] = dataclasses.field(default=(), compare=False)

    @property
    def verdict_at(self) -> datetime | None:
        """When the verdict counts: as the file says, or else when the work was submitted; None without a verdict."""
        return None if self.state == "submitted" else self.decided_at or self.submitted_at

    def column(self, word: str) -> str:
        """Return a column as the file spells it, or our word where the file does not have it."""
        return self.columns.get(word, word)


@dataclasses.dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no work, and no mistake either.

    Attributes:
        number: as in WorkRow.
        code: why, for programs: `no_assignment` is a task that nobody took.

    """

    number: int
    code: str


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said of a row.

    Attributes:
        number: as in WorkRow.
        field: the column as the file itself spells it; empty where the whole row is at fault.
        code: stable, for programs.
        template: a sentence, marked for translation, that says what is wrong and what is expected.
        params: what the sentence names. Values out of the file are shortened and have no control characters.

    """

    number: int
    field: str
    code: str
    template: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def message(self) -> str:
        """Give the sentence in the reader's language."""
        return translate(self.template, **self.params)


class Refusal(Finding):
    """A row that cannot be imported, with its first problem."""


class Warned(Finding):
    """Something about a row that is imported all the same."""


Result = WorkRow | Skipped | Refusal


class FileProblem(DaybookError):
    """The file as a whole cannot be read, or not beyond the place that the sentence names."""

    status = 400

    def __init__(self, code: str, template: str, /, **params: Any) -> None:
        """Make a problem of a code (for programs), a sentence marked for translation, and what it names."""
        self.code = code
        self.template = template
        super().__init__(**params)


# What a row means, by the state of the work that we have (None: it is new) and the state in the file. A file that says
# "submitted" of work with a verdict is merely older than what we have.
_DECISIONS: Final[Mapping[tuple[State | None, State], Action]] = {
    (None, "submitted"): "import",
    (None, "accepted"): "import",
    (None, "rejected"): "import",
    ("submitted", "submitted"): "already_there",
    ("submitted", "accepted"): "accept",
    ("submitted", "rejected"): "reject",
    ("accepted", "submitted"): "already_there",
    ("accepted", "accepted"): "already_there",
    ("accepted", "rejected"): "reverse",
    ("rejected", "submitted"): "already_there",
    ("rejected", "accepted"): "accept",
    ("rejected", "rejected"): "already_there",
}


def transition(
    before: State | None,
    now: State,
    *,
    repriced: bool = False,
    decided_before: datetime | None = None,
    decided_now: datetime | None = None,
) -> Action:
    """Decide what a row of a file does to the work of its source.

    Args:
        before: the state of the work that we have; None if it is new.
        now: the state in the file.
        repriced: the file promises another reward than the one that the work was accepted with.
        decided_before: when the verdict that we have was given; None if there is none or it is not known.
        decided_now: the same of the file. A verdict that is older than ours was taken back since: the file is merely
            an old one, and an old file must neither take pay back nor give it again.

    Returns:
        what to do; `undated` for a verdict that differs from ours and has no time, so that nobody can say which of the
        two is the newer one.

    """
    if before == "accepted" and now == "accepted" and repriced:
        return "reprice"
    action = _DECISIONS[before, now]
    if before == "submitted" or action not in {"reverse", "accept"}:
        return action
    if decided_now is None:
        return "undated"
    return "already_there" if decided_before and decided_now < decided_before else action


# A file that is made anew may round its times; a piece that was handed in later than that is another piece.
SAME_TIME: Final = timedelta(seconds=5)


def is_another_piece(known: datetime, told: datetime) -> bool:
    """Return whether two pieces of one id are two, by when they were submitted; see SAME_TIME."""
    return abs(told - known) > SAME_TIME


def folded(identifier: str) -> str:
    """Return what is the same for ids that differ only by case or by the width of their characters (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", identifier).casefold()


def alike(identifiers: Iterable[str]) -> dict[str, str]:
    """Return, for each id, another one among them that differs only by case or width, if there is one."""
    groups: dict[str, list[str]] = {}
    for one in dict.fromkeys(identifiers):
        groups.setdefault(folded(one), []).append(one)
    return {one: next(other for other in its if other != one) for its in groups.values() if len(its) > 1 for one in its}


def require_reward(row: WorkRow) -> Refusal | None:
    """Refuse a row without a reward, where the file's own rewards are to be paid."""
    if row.reward is not None:
        return None
    template = N_("There is no reward. Pay this file by the rate card, or give a reward in each row.")
    return Refusal(row.number, row.column("reward"), "no_reward", template)
