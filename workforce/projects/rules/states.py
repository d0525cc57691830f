"""The life of a project, and what becomes of work at each step of it."""

from typing import Final

from i18n.locale import N_
from workforce.core.errors import DaybookError

STATES: Final = ("draft", "open", "paused", "closed")
# (state, action) -> state. What is not here is refused. A closed project stays closed; a Revival takes its work up.
MOVES: Final = {
    ("draft", "open"): "open",
    ("draft", "close"): "closed",
    ("open", "pause"): "paused",
    ("open", "close"): "closed",
    ("paused", "open"): "open",
    ("paused", "close"): "closed",
}
ACTIONS: Final = ("open", "pause", "close")
# What each state means for people and their work, as the pages say it and the services keep it.
MEANING: Final = {
    "draft": N_("Only its managers see it. Nobody can join, and no work is taken in."),
    "open": N_("Workers see it, join it and take tasks. What they hand in is reviewed and paid."),
    "paused": N_(
        "Nobody can join or take a new task. Tasks that were begun can be finished, and what is or will be handed in is"
        " reviewed and paid as before."
    ),
    "closed": N_(
        "Nobody can join or take a new task, for good. Tasks that were begun can be finished; what is handed in is"
        " reviewed and paid. Everybody who takes part has been told."
    ),
}


class ForbiddenMove(DaybookError):
    code = "forbidden_move"
    template = N_("The project is %(state)s now, so this cannot be done with it. Look at its page again.")


def moved(state: str, action: str) -> str:
    """Give the state that an action leads to.

    Raises:
        ForbiddenMove: the state does not allow it.

    """
    if (state, action) not in MOVES:
        raise ForbiddenMove(state=state)
    return MOVES[state, action]


def actions(state: str) -> list[str]:
    """Give what can be done with a project in a state, in the order in which it is usually done."""
    return [action for action in ACTIONS if (state, action) in MOVES]


def can_join(state: str) -> bool:
    """May workers join, and take tasks?"""
    return state == "open"


def takes_work(state: str) -> bool:
    """Is work of it taken in, reviewed and paid? It always is once the project was open: work begun is paid."""
    return state != "draft"
