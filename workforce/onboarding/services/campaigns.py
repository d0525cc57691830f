"""Campaigns: the codes in the links that applicants follow."""

import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import select

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.codes import CODE, NO_CODE
from workforce.core.db import session
from workforce.core.errors import InUse, Invalid
from workforce.onboarding.models import Campaign

CHANNELS: Final = ("job_board", "reddit", "linkedin", "facebook", "referral", "other")
# Read aloud and typed without mistakes: no 0 and O, no 1 and I.
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def create_campaign(
    actor: Actor, code: str, *, channel: str, note: str = "", referrer_id: int | None = None, now: datetime
) -> Campaign:
    """Create a campaign, whose link is /apply?c=CODE.

    Args:
        actor: who does it.
        code: capitals, digits and hyphens, 2 to 40; small letters are taken for capitals.
        channel: one of CHANNELS.
        note: for whoever reads the list.
        referrer_id: the account whose own link it is, or None.
        now: the instant.

    Raises:
        Invalid: naming the field.
        InUse: there is one of that code.

    """
    name = code.strip().upper()
    if not CODE.fullmatch(name):
        raise Invalid(field="code", problem=f"{code!r} {NO_CODE}")
    if channel not in CHANNELS:
        raise Invalid(field="channel", problem=f"{channel!r} is none of {', '.join(CHANNELS)}")
    if len(note) > 200:
        raise Invalid(field="note", problem="must have at most 200 characters")
    if session().scalar(select(Campaign.id).where(Campaign.code == name)) is not None:
        raise InUse(name=name)
    made = Campaign(
        code=name, channel=channel, note=note.strip(), referrer_id=referrer_id, created_by=actor.id, created_at=now
    )
    session().add(made)
    session().flush()
    audit.record(actor, "campaign.create", f"campaign:{name}", after={"channel": channel, "note": note}, now=now)
    return made


def referral_link(actor: Actor, user_id: int, *, now: datetime) -> Campaign:
    """Give the campaign by which a worker refers others, making it where she has none."""
    known = session().scalar(select(Campaign).where(Campaign.referrer_id == user_id))
    if known is not None:
        return known
    code = "R-" + "".join(secrets.choice(_LETTERS) for _ in range(8))
    return create_campaign(actor, code, channel="referral", referrer_id=user_id, now=now)
