"""Offers to one worker: one person proposes, another one approves, and from then on it binds; the worker answers."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid, NotFound
from workforce.core.money import Money
from workforce.core.sweep import sweep
from workforce.identity.models import User
from workforce.notifications.rules import day_param, money_param, term_param
from workforce.notifications.services import notify
from workforce.projects.models import Project
from workforce.projects.queries import must_manage
from workforce.rates.models import RateOffer
from workforce.rates.queries import hold_offer, offers_over
from workforce.rates.rules import TRANSITIONS, moved
from workforce.rates.services.kinds import OUTCOMES, unit_param
from workforce.rates.services.proposals import LONGEST_REASON, OwnOffer, person_of, values_of
from workforce.workers.models import Worker
from workforce.workers.queries import is_own, today_of, worker_of

_BEHIND: Final = timedelta(hours=12)  # the zone in which a day ends last


class SecondPerson(DaybookError):
    code = "second_person"
    status = 403
    template = N_("You proposed this offer, so somebody else has to decide on it.")


class OfferOver(DaybookError):
    code = "offer_over"
    template = N_("The last day of this offer, %(last)s, has passed. Propose a new one with later days.")


def decide_offer(actor: Actor, offer_id: int, *, approve: bool, reason: str, now: datetime) -> RateOffer:
    """Approve or refuse an offer as the second person. What is approved is shown to the worker and binds.

    Args:
        actor: somebody else than who proposed it: a manager of the project, or finance.
        offer_id: of the offer.
        approve: or refuse?
        reason: why; needed to refuse.
        now: the instant.

    Raises:
        Forbidden, NotFound: it is not hers to decide on.
        SecondPerson: she proposed it.
        OwnOffer: it is to herself.
        OfferStands: it was decided on before.
        OfferOver: its last day has passed.
        Invalid: it is refused without a reason.

    """
    actor.must("rates:offers:approve")
    offer, worker, project = hold_offer(offer_id)
    # Finance looks at the offers of every project, a manager at those of her own.
    if not actor.may("rates:floors:read"):
        must_manage(actor, project)
    user_id = person_of(actor)
    if user_id == offer.proposed_by:
        raise SecondPerson
    if is_own(actor, worker):
        raise OwnOffer
    if not approve and not reason.strip():
        raise Invalid(field="reason", problem="say why it is refused")
    if len(reason) > LONGEST_REASON:
        raise Invalid(field="reason", problem=f"must have at most {LONGEST_REASON} characters")
    state = moved(offer.state, "approve" if approve else "refuse")
    if approve and offer.valid_to < today_of(worker, now):
        raise OfferOver(last=offer.valid_to)
    before = offer.state
    offer.state, offer.decided_by, offer.decided_at, offer.decision = state, user_id, now, reason.strip()
    session().flush()
    _log(actor, "approve" if approve else "refuse", offer, before, reason.strip(), now)
    if approve:
        _tell_worker(offer, worker, project, now)
    _tell_proposer(offer, worker, project, "offer.decided", now=now, by=actor.email, reason=reason.strip() or "–")
    return offer


def withdraw_offer(actor: Actor, offer_id: int, *, now: datetime) -> str:
    """Take one's own proposal back, as long as nobody has decided on it. Gives the project's code name.

    Raises:
        Forbidden, NotFound: it is not hers.
        OfferStands: it was decided on; what was approved binds.

    """
    actor.must("rates:offers:propose")
    offer, _, project = hold_offer(offer_id)
    must_manage(actor, project)
    if person_of(actor) != offer.proposed_by:
        raise NotFound(thing="offer", name=offer_id)
    before, offer.state = offer.state, moved(offer.state, "withdraw")
    session().flush()
    _log(actor, "withdraw", offer, before, "", now)
    return project.code


def answer_offer(actor: Actor, offer_id: int, *, accept: bool, now: datetime) -> RateOffer:
    """Accept or decline an offer, as the worker to whom it was made.

    Args:
        actor: the worker's account.
        offer_id: of the offer.
        accept: or decline?
        now: the instant.

    Raises:
        NotFound: she has no such offer.
        OfferStands: it was answered before, or has lapsed.
        OfferOver: its last day has passed.

    """
    mine = worker_of(actor)
    offer, worker, project = hold_offer(offer_id)
    if mine is None or mine.id != worker.id or offer.decided_by is None or offer.state == "refused":
        raise NotFound(thing="offer", name=offer_id)
    state = moved(offer.state, "accept" if accept else "decline")
    if offer.valid_to < today_of(worker, now):
        raise OfferOver(last=offer.valid_to)
    before = offer.state
    offer.state, offer.answered_at = state, now
    session().flush()
    _log(actor, "accept" if accept else "decline", offer, before, "", now)
    _tell_proposer(offer, worker, project, "offer.answered", now=now)
    return offer


def lapse_offers(*, now: datetime) -> int:
    """Let offers lapse whose last day has passed everywhere without an answer. Gives how many.

    Takes its own transactions: call it outside one.

    Raises:
        SomeFailed: single offers could not be moved.

    """
    over = (now.astimezone(UTC) - _BEHIND).date()
    return sweep("offer", partial(offers_over, over), partial(_lapse, now))


def _lapse(now: datetime, offer_id: int) -> int:
    offer, worker, project = hold_offer(offer_id)
    if (offer.state, "lapse") not in TRANSITIONS:  # somebody was quicker
        return 0
    before, offer.state = offer.state, moved(offer.state, "lapse")
    session().flush()
    _log(SYSTEM, "lapse", offer, before, "", now)
    user_id = worker.user_id
    if before == "approved" and user_id is not None:
        notify(user_id, "offer.lapsed", now=now, project=project.code, last=day_param(offer.valid_to))
    return 1


def bonus_earned(offer: RateOffer, worker: Worker, project: Project, *, day: date, now: datetime) -> None:
    """Keep that a bonus was earned, and tell the worker. Whoever calls this has recorded what it pays.

    Args:
        offer: locked by the caller; accepted and not earned yet.
        worker: who earned it.
        project: that it is for.
        day: the pay day that it was recorded on.
        now: the instant.

    """
    offer.earned_at = now
    session().flush()
    audit.record(SYSTEM, "offer.earned", f"offer:{offer.id}", after=values_of(offer), now=now)
    user_id = worker.user_id
    if user_id is not None:
        notify(
            user_id, "bonus.earned", now=now, project=project.code, amount=_money(offer), pieces=offer.pieces,
            first=day_param(offer.valid_from), last=day_param(offer.valid_to), day=day_param(day),
        )  # fmt: skip


def _tell_worker(offer: RateOffer, worker: Worker, project: Project, now: datetime) -> None:
    user_id = worker.user_id
    if user_id is None:
        return
    params: dict[str, Any] = {
        "project": project.code, "amount": _money(offer), "first": day_param(offer.valid_from),
        "last": day_param(offer.valid_to), "reason": offer.reason,
    }  # fmt: skip
    if offer.kind == "bonus":
        notify(user_id, "offer.bonus", now=now, **params, pieces=offer.pieces)
    else:
        notify(user_id, "offer.rate", now=now, **params, unit=unit_param(offer.unit))


def _tell_proposer(
    offer: RateOffer, worker: Worker, project: Project, kind: str, *, now: datetime, **params: Any
) -> None:
    if session().get(User, offer.proposed_by) is not None:
        notify(
            offer.proposed_by, kind, now=now, link=f"/manage/projects/{project.code}/offers",
            worker=worker.external_id, project=project.code, outcome=term_param(OUTCOMES[offer.state]), **params,
        )  # fmt: skip


def _money(offer: RateOffer) -> dict[str, Any]:
    return money_param(Money.of_micros(offer.amount, offer.currency))


def _log(actor: Actor, action: str, offer: RateOffer, before: str, reason: str, now: datetime) -> None:
    audit.record(
        actor, f"offer.{action}", f"offer:{offer.id}", before={"state": before}, after={"state": offer.state},
        reason=reason, now=now,
    )  # fmt: skip
