"""Tax forms: signed by applicants, stored encrypted, read by those who must, every reading written down."""

import json
from dataclasses import dataclass
from datetime import datetime

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.blind import blind
from workforce.core.crypto import decrypt, encrypt
from workforce.core.db import session
from workforce.core.errors import Invalid, NotFound
from workforce.onboarding.models import TaxForm
from workforce.onboarding.queries.applications import own_application
from workforce.onboarding.rules.matching import number_key
from workforce.onboarding.rules.states import OPEN
from workforce.onboarding.services.decide import settle
from workforce.onboarding.services.identity import NotOpen
from workforce.onboarding.services.matches import note_matches


@dataclass(frozen=True)
class Signed:
    """What stands on a tax form.

    Attributes:
        country: of tax residence, ISO 3166 alpha-2.
        tax_id: the number there.
        name: as on the form.
        signature: her name, typed by her.

    """

    country: str
    tax_id: str
    name: str
    signature: str


def sign_tax_form(actor: Actor, signed: Signed, *, now: datetime) -> TaxForm:
    """Keep a signed tax form; a later one replaces it, and it is kept.

    Raises:
        NotOpen: the application is declined or withdrawn.
        Invalid: something is missing, or the signature is another name.

    """
    application = own_application(actor, lock=True)
    if application.state not in OPEN | {"accepted"}:
        raise NotOpen
    name, signature = " ".join(signed.name.split()), " ".join(signed.signature.split())
    key = number_key(signed.country, "tax", signed.tax_id)
    if not key or not name:
        raise Invalid(field="tax form", problem="needs a country, a tax number and a name")
    if name.casefold() != signature.casefold():
        raise Invalid(field="signature", problem="must be the name as it stands on the form")
    content = {"tax_id": signed.tax_id.strip(), "name": name, "signature": signature}
    form = TaxForm(
        user_id=application.user_id, country=signed.country, signed_at=now, tax_key=blind(key, "tax_id"),
        content=encrypt(json.dumps(content, ensure_ascii=False), about=f"tax:{application.user_id}"),
    )  # fmt: skip
    session().add(form)
    session().flush()
    note_matches(application, now=now)
    audit.record(actor, "tax.sign", f"application:{application.id}", after={"country": signed.country}, now=now)
    settle(application, now=now)
    return form


def read_tax_form(actor: Actor, form_id: int, *, now: datetime) -> tuple[TaxForm, Signed]:
    """Read a tax form; who read it, and when, goes into the audit log.

    Raises:
        Forbidden: the actor may not.
        NotFound: there is none.

    """
    actor.must("onboarding:tax:read")
    form = session().get(TaxForm, form_id)
    if form is None:
        raise NotFound(thing="tax form", name=form_id)
    content = json.loads(decrypt(form.content, about=f"tax:{form.user_id}"))
    audit.record(actor, "tax.read", f"tax_form:{form.id}", now=now)
    return form, Signed(form.country, content["tax_id"], content["name"], content["signature"])
