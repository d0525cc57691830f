"""What is done with rates and offers."""

from workforce.rates.services.cards import NoRate, Plan, Quote, RateDiffers, add_rate, plan_rate, quote
from workforce.rates.services.changes import BeforeToday, Group, NoticeNeeded, RateBackwards, first_day, grouped
from workforce.rates.services.offers import (
    OfferOver,
    SecondPerson,
    answer_offer,
    bonus_earned,
    decide_offer,
    lapse_offers,
    withdraw_offer,
)
from workforce.rates.services.proposals import BelowCard, NotComparable, OwnOffer, Terms, propose_offer
from workforce.rates.services.telling import acknowledge

__all__ = [
    "BeforeToday", "BelowCard", "Group", "NoRate", "NotComparable", "NoticeNeeded", "OfferOver", "OwnOffer", "Plan",
    "Quote", "RateBackwards", "RateDiffers", "SecondPerson", "Terms", "acknowledge", "add_rate", "answer_offer",
    "bonus_earned", "decide_offer", "first_day", "grouped", "lapse_offers", "plan_rate", "propose_offer", "quote",
    "withdraw_offer",
]  # fmt: skip
