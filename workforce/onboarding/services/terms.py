"""The terms that applicants agree to, version by version."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from i18n.locale import LOCALES
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import Invalid
from workforce.onboarding.models import TermsVersion


def publish_terms(actor: Actor, texts: Mapping[str, str], *, now: datetime) -> TermsVersion:
    """Publish a new version of the terms; who agreed to an older one did not agree to it.

    Args:
        actor: who does it.
        texts: the text by language; English must be among them, since it stands in for the others.
        now: the instant.

    Raises:
        Invalid: a language is unknown, a text is empty, or English is missing.

    """
    clean = {locale: text.strip() for locale, text in texts.items()}
    unknown = sorted(set(clean) - set(LOCALES))
    if unknown:
        raise Invalid(field="language", problem=f"{unknown[0]!r} is none of {', '.join(LOCALES)}")
    if not clean.get("en") or not all(clean.values()):
        raise Invalid(field="text", problem="every text must say something, and English must be among them")
    number = (session().scalar(select(func.max(TermsVersion.number))) or 0) + 1
    made = TermsVersion(number=number, texts=clean, published_at=now)
    session().add(made)
    session().flush()
    audit.record(actor, "terms.publish", f"terms:{number}", after={"languages": sorted(clean)}, now=now)
    return made
