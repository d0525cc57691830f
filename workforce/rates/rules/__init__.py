"""Decisions on rates: which line holds, what a new line may do, how an offer goes."""

from workforce.rates.rules.cards import RateLine, both_ways, in_force, rate_in_force
from workforce.rates.rules.levels import Basis, Held, LevelNotHeld, basis, best_line, levels_on
from workforce.rates.rules.offers import TRANSITIONS, PersonalRate, moved, personal_rate
from workforce.rates.rules.promises import NOTICE, Change, change, lowers, refused_by_notice, rewrites, today

__all__ = [
    "NOTICE", "TRANSITIONS", "Basis", "Change", "Held", "LevelNotHeld", "PersonalRate", "RateLine", "basis",
    "best_line", "both_ways", "change", "in_force", "levels_on", "lowers",
    "moved", "personal_rate", "rate_in_force", "refused_by_notice", "rewrites", "today",
]  # fmt: skip
