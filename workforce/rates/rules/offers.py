"""How an offer to one worker goes, and when a personal rate is what her work earns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from i18n.locale import N_
from workforce.core.errors import DaybookError
from workforce.rates.rules.cards import RateLine

# One proposes, another one approves, and then only the worker answers: nobody takes back what was approved.
TRANSITIONS: Final = {
    ("proposed", "approve"): "approved",
    ("proposed", "refuse"): "refused",
    ("proposed", "withdraw"): "withdrawn",
    ("proposed", "lapse"): "lapsed",
    ("approved", "accept"): "accepted",
    ("approved", "decline"): "declined",
    ("approved", "lapse"): "lapsed",
}


class OfferStands(DaybookError):
    code = "offer_stands"
    template = N_(
        "This offer is %(state)s, so that “%(action)s” cannot be done. What was approved binds: make a new offer."
    )


@dataclass(frozen=True, slots=True)
class PersonalRate:
    """An accepted offer of a rate.

    Attributes:
        id: of the offer.
        unit: piece or hourly.
        rate: micros a piece or an hour.
        currency: ISO 4217.
        valid_from: the first day that it holds on.
        valid_to: the last one.

    """

    id: int
    unit: str
    rate: int
    currency: str
    valid_from: date
    valid_to: date


def moved(state: str, action: str) -> str:
    """Give the state that an action leads to.

    Raises:
        OfferStands: the action cannot be done in this state.

    """
    if (state, action) not in TRANSITIONS:
        raise OfferStands(state=state, action=action)
    return TRANSITIONS[state, action]


def personal_rate(line: RateLine | None, offers: Iterable[PersonalRate], day: date) -> PersonalRate | None:
    """Choose the personal rate that work begun on a day earns instead of the card's.

    It holds where it pays at least what the card does: the card may have risen since it was offered, and an offer never
    lowers anybody. Where the card has gone over to another unit or currency since, so that the two cannot be
    compared, what the worker accepted holds: it binds.

    Args:
        line: what the card has for the work, or None.
        offers: those that she accepted on this project.
        day: of the claim, in her pay group's zone.

    Returns:
        the offer, the highest of several in the card's unit and currency before others; None where the card holds.

    """
    valid = [one for one in offers if one.valid_from <= day <= one.valid_to]
    if line is None:
        return max(valid, key=lambda one: one.id, default=None)
    alike = [one for one in valid if (one.unit, one.currency) == (line.kind, line.currency)]
    best = max(alike, key=lambda one: (one.rate, one.id), default=None)
    if best is not None:
        return best if best.rate >= line.rate else None
    return max(valid, key=lambda one: one.id, default=None)
