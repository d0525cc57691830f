"""What is done with exchange rates: they are loaded, corrected and confirmed by people, and chosen for a day."""

from payroll.fx.services.changes import (
    AskedAlready,
    ChangeDecided,
    LoadedByYou,
    SameRate,
    SecondPerson,
    confirm,
    correct,
    refuse,
)
from payroll.fx.services.load import RateDiffers, add_rate, checked_key
from payroll.fx.services.price import RateMissing, RateWaiting, conversions, estimated

__all__ = [
    "AskedAlready", "ChangeDecided", "LoadedByYou", "RateDiffers", "RateMissing", "RateWaiting", "SameRate",
    "SecondPerson", "add_rate", "checked_key", "confirm", "conversions", "correct", "estimated", "refuse",
]  # fmt: skip
