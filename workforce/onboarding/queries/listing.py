"""The recruiters' list of applications, and what one application shares with others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, or_, select

from workforce.core.db import rows, session
from workforce.onboarding.models import Application, ApplicationMatch, Campaign, IdentityCheck, IdentityPicture
from workforce.onboarding.rules.matching import name_key
from workforce.onboarding.rules.states import OPEN

# What waits for a recruiter, beside the states themselves.
WAITING: Final = "waiting"


@dataclass(frozen=True)
class Wanted:
    """What is listed.

    Attributes:
        state: a state, WAITING for what a recruiter must do, or empty for all.
        country: ISO 3166 alpha-2, or empty.
        channel: where they heard of us, or empty.
        campaign: a code, or empty.
        flagged: only those with signs of a second application?
        search: the beginning of a name or an address, or empty.

    """

    state: str = WAITING
    country: str = ""
    channel: str = ""
    campaign: str = ""
    flagged: bool = False
    search: str = ""


@dataclass(frozen=True)
class Row:
    """An application in the list.

    Attributes:
        id: of the application.
        name: as she wrote it.
        email: that it was sent with.
        country: ISO 3166 alpha-2.
        state: of the application.
        channel: where she heard of us.
        campaign: the code, or empty.
        since: when it came into its state.
        flags: what it shares with others: document, tax_id, email, device, name.
        document: does a document wait to be looked at?

    """

    id: int
    name: str
    email: str
    country: str
    state: str
    channel: str
    campaign: str
    since: datetime
    flags: Sequence[str]
    document: bool


def listed(wanted: Wanted, *, start: int, limit: int) -> tuple[list[Row], int]:
    """Give a page of applications and how many there are, in three queries.

    What waits is listed with the longest wait first, everything else with the youngest first.

    Args:
        wanted: the filters.
        start: how many to pass over.
        limit: how many at most.

    """
    count = session().scalar(_filtered(select(func.count()).select_from(Application), wanted)) or 0
    order = (
        (Application.since, Application.id)
        if wanted.state in {WAITING, "ready", "granted", "confirmed"}
        else (Application.since.desc(), Application.id.desc())
    )
    # What is passed over is read in an index alone.
    keys = _filtered(select(Application.id), wanted).order_by(*order).offset(start).limit(limit)
    query = select(Application, Campaign.code).outerjoin(Campaign, Campaign.id == Application.campaign_id)
    found = session().execute(query.where(Application.id.in_(keys)).order_by(*order)).all()
    signs = signs_of([one.Application.id for one in found])
    return [
        Row(
            one.id, one.name, one.email, one.country, one.state, one.heard, code or "", one.since,
            *signs.get(one.id, ((), False)),
        )
        for one, code in found
    ], count  # fmt: skip


def _filtered(query: Any, wanted: Wanted) -> Any:
    if wanted.state == WAITING:
        waits = select(IdentityCheck.application_id).where(IdentityCheck.state == "waiting")
        query = query.where(
            or_(
                Application.state.in_(["ready", "granted"]),
                Application.state.in_(OPEN) & Application.id.in_(waits),
            )
        )
    elif wanted.state:
        query = query.where(Application.state == wanted.state)
    if wanted.country:
        query = query.where(Application.country == wanted.country)
    if wanted.channel:
        query = query.where(Application.heard == wanted.channel)
    if wanted.campaign:
        code = wanted.campaign.strip().upper()
        query = query.where(Application.campaign_id.in_(select(Campaign.id).where(Campaign.code == code)))
    if wanted.flagged:
        query = query.where(Application.id.in_(select(ApplicationMatch.application_id)))
    if wanted.search.strip():
        name = name_key(wanted.search)
        begins = [Application.email.startswith(wanted.search.strip().lower(), autoescape=True)]
        query = query.where(or_(*begins, *([Application.name_key.startswith(name, autoescape=True)] if name else [])))
    return query


_SIGNS: Final = """
SELECT application.id,
       ARRAY(SELECT DISTINCT same FROM application_match WHERE application_id = application.id ORDER BY same),
       EXISTS (SELECT 1 FROM identity_check WHERE application_id = application.id AND identity_check.state = 'waiting')
           AND application.state IN ('confirmed', 'ready', 'granted')
  FROM application WHERE application.id = ANY(:ids)
"""


def signs_of(application_ids: Collection[int]) -> Mapping[int, tuple[Sequence[str], bool]]:
    """Give what applications share with others, and whether a document of theirs waits."""
    return {key: (same, waits) for key, same, waits in rows(_SIGNS, ids=list(application_ids))}


def countries() -> list[str]:
    """Give the countries that anybody applied from."""
    return list(session().scalars(select(Application.country).distinct().order_by(Application.country)))


@dataclass(frozen=True)
class Match:
    """Another application that shares something.

    Attributes:
        id: of the other one.
        name: on it.
        email: on it.
        country: on it.
        state: of it.
        applied_at: when it was sent.
        same: what both have.

    """

    id: int
    name: str
    email: str
    country: str
    state: str
    applied_at: datetime
    same: Sequence[str]


_MATCHES: Final = """
SELECT other.id, other.name, other.email, other.country, other.state, other.applied_at,
       array_agg(application_match.same ORDER BY application_match.same)
  FROM application_match
  JOIN application other ON other.id = application_match.other_id
 WHERE application_match.application_id = :id
 GROUP BY other.id
 ORDER BY other.id LIMIT 50
"""


def matches_of(application_id: int) -> list[Match]:
    """Give the other applications that one shares something with, at most 50."""
    return [Match(*row) for row in rows(_MATCHES, id=application_id)]


def checks_of(application_id: int) -> Sequence[IdentityCheck]:
    """Give all identity checks of an application, youngest first."""
    query = select(IdentityCheck).where(IdentityCheck.application_id == application_id)
    return session().scalars(query.order_by(IdentityCheck.id.desc()).limit(20)).all()


def pictured(check_ids: Collection[int]) -> set[int]:
    """Give those of some identity checks that have a picture, without reading any."""
    query = select(IdentityPicture.check_id).where(IdentityPicture.check_id.in_(check_ids))
    return set(session().scalars(query)) if check_ids else set()
