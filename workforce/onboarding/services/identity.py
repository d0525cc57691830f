"""An applicant shows who she is; a recruiter, or a provider, says whether it is enough."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import SYSTEM, Actor
from workforce.core.blind import blind
from workforce.core.crypto import decrypt, encrypt
from workforce.core.db import session, transaction
from workforce.core.errors import DaybookError, Invalid, NotFound
from workforce.core.sweep import Sweep
from workforce.notifications.services import notify
from workforce.onboarding.models import Application, IdentityCheck, IdentityPicture
from workforce.onboarding.queries.applications import application_by_id, own_application
from workforce.onboarding.queries.facts import latest_check
from workforce.onboarding.rules.matching import number_key
from workforce.onboarding.rules.states import OPEN
from workforce.onboarding.services.decide import OwnApplication, settle
from workforce.onboarding.services.matches import note_matches
from workforce.onboarding.services.providers import Document, Verdict, chosen_provider, provider_named

KINDS: Final = ("passport", "id_card", "driving_licence", "residence_permit")
MOST_BYTES: Final = 2 * 1024 * 1024
# What a picture begins with; what it calls itself is not believed.
_BEGINNINGS: Final = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


class IdentityShown(DaybookError):
    code = "identity_shown"
    template = N_("Your document is with us already. You see on your application's page what became of it.")


class NotOpen(DaybookError):
    code = "application_closed"
    template = N_("Your application is not open, so nothing can be added to it. Its page says what you can do.")


class NoPicture(DaybookError):
    code = "no_picture"
    status = 400
    template = N_("This is no picture that we can show. Send a JPEG, PNG or WebP file of at most 2 MB.")


class CheckDecided(DaybookError):
    code = "check_decided"
    template = N_("This document was decided on already. Look at the application again.")


@dataclass(frozen=True)
class Shown:
    """What an applicant hands in.

    Attributes:
        country: that issued the document.
        kind: one of KINDS.
        number: of the document.
        picture: its bytes; empty for a video call.
        by_call: does she want to show it in a call?
        note: when she can be called.

    """

    country: str
    kind: str
    number: str
    picture: bytes = b""
    by_call: bool = False
    note: str = ""


def media_type(content: bytes) -> str:
    """Give the media type of a picture by its own beginning.

    Raises:
        NoPicture: it is none, or too large.

    """
    if not content or len(content) > MOST_BYTES:
        raise NoPicture
    found = next((kind for start, kind in _BEGINNINGS if content.startswith(start)), "")
    if not found and content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        found = "image/webp"
    if not found:
        raise NoPicture
    return found


def show_identity(actor: Actor, shown: Shown, *, now: datetime) -> IdentityCheck:
    """Hand in a document to the provider that checks now.

    Raises:
        NotOpen: the application is decided or withdrawn.
        IdentityShown: one is being looked at, or was approved.
        NoPicture, Invalid: what was handed in cannot be used.

    """
    application = own_application(actor, lock=True)
    if application.state not in OPEN:
        raise NotOpen
    before = latest_check(application.id)
    if before is not None and before.state != "refused":
        raise IdentityShown
    key = number_key(shown.country, shown.kind, shown.number)
    if shown.kind not in KINDS or not key or not (shown.picture or shown.by_call):
        raise Invalid(field="document", problem="needs a kind, a number, and a picture or a call")
    kind = media_type(shown.picture) if shown.picture else ""
    check = IdentityCheck(
        application_id=application.id, provider=chosen_provider().name, country=shown.country, kind=shown.kind,
        number=encrypt(shown.number.strip(), about=number_about(application.id)), document_key=blind(key, "document"),
        by_call=shown.by_call, note=shown.note.strip(), submitted_at=now,
    )  # fmt: skip
    session().add(check)
    session().flush()
    if kind:
        content = encrypt(base64.b64encode(shown.picture).decode(), about=number_about(application.id))
        session().add(IdentityPicture(check_id=check.id, media_type=kind, content=content))
        session().flush()
    note_matches(application, now=now)
    audit.record(actor, "identity.show", f"application:{application.id}", after={"kind": shown.kind}, now=now)
    return check


def decide_identity(actor: Actor, check_id: int, *, approved: bool, reason: str, now: datetime) -> None:
    """Say whether a document is enough.

    Args:
        actor: a recruiter.
        check_id: of the check.
        approved: is it she?
        reason: why not; the applicant reads it.
        now: the instant.

    Raises:
        NotFound: there is no such check.
        OwnApplication: it is the actor's own.
        CheckDecided: somebody was quicker.
        Invalid: a refusal wants a reason.

    """
    actor.must("onboarding:identity:review")
    known = session().get(IdentityCheck, check_id)
    if known is None:
        raise NotFound(thing="document", name=check_id)
    application = application_by_id(known.application_id, lock=True)
    if actor.id is not None and actor.id == application.user_id:
        raise OwnApplication
    _decided(actor, application, known, Verdict(approved, reason=reason.strip()), now)


def _decided(actor: Actor, application: Application, check: IdentityCheck, verdict: Verdict, now: datetime) -> None:
    session().refresh(check)
    if check.state != "waiting":
        raise CheckDecided
    if not verdict.approved and not verdict.reason:
        raise Invalid(field="reason", problem="say why, so that she can send something better")
    check.state = "approved" if verdict.approved else "refused"
    check.decided_at, check.decided_by, check.reason = now, actor.id, verdict.reason
    check.reference = verdict.reference
    session().flush()
    subject = f"application:{application.id}"
    audit.record(actor, "identity.decide", subject, after={"state": check.state}, reason=verdict.reason, now=now)
    if verdict.approved:
        notify(application.user_id, "application.identity_approved", link="/me/application", now=now)
        settle(application, now=now)
    else:
        notify(
            application.user_id, "application.identity_refused", link="/me/application/identity", reason=verdict.reason,
            now=now,
        )  # fmt: skip


def read_number(check: IdentityCheck) -> str:
    """Give the number of a document in the clear."""
    return decrypt(check.number, about=number_about(check.application_id))


def read_picture(actor: Actor, application_id: int, check_id: int, *, now: datetime) -> tuple[str, bytes]:
    """Give the picture of a document; who looked at it goes into the audit log.

    Returns:
        media type and bytes.

    Raises:
        NotFound: there is none at this application.

    """
    actor.must("onboarding:identity:review")
    check = session().get(IdentityCheck, check_id)
    picture = session().get(IdentityPicture, check_id)
    if check is None or picture is None or check.application_id != application_id:
        raise NotFound(thing="picture", name=check_id)
    audit.record(actor, "identity.read", f"application:{application_id}", now=now)
    return picture.media_type, base64.b64decode(decrypt(picture.content, about=number_about(application_id)))


def ask_providers(*, now: datetime) -> int:
    """Ask the providers that are no people what they say. Takes its own transactions: call it outside one.

    Returns:
        how many checks were decided.

    Raises:
        SomeFailed: of single checks a provider could not be asked, or its verdict not be kept.

    """
    found = Sweep()
    for check_ids in found.pages("identity check", _waiting):
        for check_id in check_ids:
            with found.item(f"identity check {check_id}"):
                found.done += _ask(check_id, now)
    return found.end()


def _waiting(after: int, limit: int) -> Sequence[int]:
    query = select(IdentityCheck.id).where(
        IdentityCheck.state == "waiting", IdentityCheck.provider != "manual", IdentityCheck.id > after
    )
    return session().scalars(query.order_by(IdentityCheck.id).limit(limit)).all()


def _ask(check_id: int, now: datetime) -> bool:
    with transaction():
        known = session().get_one(IdentityCheck, check_id)
        document = _document(known)
    verdict = provider_named(known.provider).verdict(document)
    if verdict is None:
        return False
    with transaction():
        application = application_by_id(known.application_id, lock=True)
        check = session().get_one(IdentityCheck, check_id, populate_existing=True)
        if check.state != "waiting":  # somebody was quicker
            return False
        _decided(SYSTEM, application, check, verdict, now)
    return True


def _document(check: IdentityCheck) -> Document:
    picture = session().get(IdentityPicture, check.id)
    about = number_about(check.application_id)
    return Document(
        key=f"identity-{check.id}", name=application_by_id(check.application_id).name, country=check.country,
        kind=check.kind, number=read_number(check), media_type=picture.media_type if picture else "",
        picture=base64.b64decode(decrypt(picture.content, about=about)) if picture else b"",
    )  # fmt: skip


def number_about(application_id: int) -> str:
    """Give what the encrypted papers of an application are bound to."""
    return f"identity:{application_id}"
