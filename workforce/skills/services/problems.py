"""Refusals that several services of tests share."""

from collections.abc import Sequence
from typing import Final

from i18n.locale import N_, translate
from workforce.core.errors import DaybookError
from workforce.skills.rules.keys import Problem

MOST_REASON: Final = 2_000


class ReasonMissing(DaybookError):
    code = "reason_missing"
    status = 400
    template = N_("Say why: everybody concerned is told the reason.")


class ReasonLong(DaybookError):
    code = "reason_long"
    status = 400
    template = N_("The reason must have at most %(most)s characters.")


class NotReady(DaybookError):
    """A question or version that cannot be asked; carries every reason."""

    code = "not_ready"
    template = N_("%(problems)s")

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(problems=" ".join(one.template % one.params for one in problems))

    def sentences(self) -> list[str]:
        """Give every reason in the reader's language."""
        return [translate(one.template, **one.params) for one in self.problems]

    def message(self) -> str:
        """Give them as one text."""
        return " ".join(self.sentences())


def words_of(reason: str) -> str:
    """Give a reason without space around it.

    Raises:
        ReasonMissing: there is none.
        ReasonLong: it has more than 2,000 characters.

    """
    words = reason.strip()
    if not words:
        raise ReasonMissing
    if len(words) > MOST_REASON:
        raise ReasonLong(most=MOST_REASON)
    return words
