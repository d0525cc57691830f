"""What is decided about projects: their life, their names, how their texts are read, who may join."""

from workforce.projects.rules.joining import Pay, languages_match, missing, primary
from workforce.projects.rules.names import ANIMALS, is_near, suggestions
from workforce.projects.rules.states import (
    ACTIONS,
    MEANING,
    MOVES,
    STATES,
    ForbiddenMove,
    actions,
    can_join,
    moved,
    takes_work,
)
from workforce.projects.rules.text import Block, blocks

__all__ = [
    "ACTIONS",
    "ANIMALS",
    "MEANING",
    "MOVES",
    "STATES",
    "Block",
    "ForbiddenMove",
    "Pay",
    "actions",
    "blocks",
    "can_join",
    "is_near",
    "languages_match",
    "missing",
    "moved",
    "primary",
    "suggestions",
    "takes_work",
]
