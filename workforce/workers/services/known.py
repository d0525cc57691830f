"""What is done with workers: they are made known, once, from a list or from a file of work."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from i18n.countries import is_country
from i18n.locale import LOCALES, N_
from workforce.core import audit, locks
from workforce.core.auth import Actor
from workforce.core.clock import is_timezone
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.core.money import check_currency
from workforce.identity.rules import canonical_address
from workforce.paydays.models import PayGroup
from workforce.workers.models import Worker
from workforce.workers.queries import workers_by_external_id
from workforce.workers.services.accounts import link_new_worker


class WorkerDiffers(DaybookError):
    code = "worker_differs"
    template = N_("Worker %(worker)s is known with another %(field)s: %(known)s, not %(given)s. It was left as it is.")


@dataclass(frozen=True)
class Profile:
    """What is said of a worker; empty where nothing is said.

    Attributes:
        external_id: the id that labelling tools know the worker by.
        name: as the worker writes it.
        email: any letters.
        country: ISO 3166 alpha-2.
        currency: ISO 4217; empty takes the group's.
        locale: a language that Daybook speaks.
        timezone: IANA name of the zone to show times in.

    """

    external_id: str
    name: str = ""
    email: str = ""
    country: str = ""
    currency: str = ""
    locale: str = ""
    timezone: str = ""


def add_worker(actor: Actor, profile: Profile, group: PayGroup, *, now: datetime) -> bool:
    """Make a worker known, or fill in what was not known of one.

    Args:
        actor: who does it.
        profile: what is said of the worker.
        group: the pay group.
        now: the instant.

    Returns:
        True if anything was new.

    Raises:
        Invalid: naming the field.
        WorkerDiffers: something else is known of the worker; nothing was changed.

    """
    values = _checked(profile, group)
    query = select(Worker).where(Worker.external_id == profile.external_id)
    known = session().scalar(query)
    if known is None or _news(known, values):
        # Whoever writes does so alone, and looks again: the same list may be on its way in twice.
        locks.exclusive(locks.WORKERS, 0)
        known = session().scalar(query, execution_options={"populate_existing": True})
    if known is None:
        _refuse_taken_email(values["email"])
        known = Worker(**values, group_id=group.id)
        session().add(known)
        session().flush()
        audit.record(actor, "worker.create", f"worker:{profile.external_id}", after=values, now=now)
        link_new_worker(actor, known, now)
        return True
    if known.group_id != group.id:
        raise WorkerDiffers(
            worker=known.external_id, field="group", known=session().get_one(PayGroup, known.group_id).code,
            given=group.code,
        )  # fmt: skip
    news = _news(known, values)
    for name, value in news.items():
        if getattr(known, name):
            raise WorkerDiffers(worker=known.external_id, field=name, known=getattr(known, name), given=value)
    if not news:
        return False
    _refuse_taken_email(news.get("email", ""))
    for name, value in news.items():
        setattr(known, name, value)
    session().flush()
    audit.record(actor, "worker.complete", f"worker:{profile.external_id}", after=news, now=now)
    if "email" in news:
        link_new_worker(actor, known, now)
    return True


def add_unknown_workers(actor: Actor, external_ids: Collection[str], group: PayGroup, *, now: datetime) -> list[Worker]:
    """Create workers of whom nothing is known but that a file of work names them.

    Args:
        actor: who does it.
        external_ids: those that were not known a moment ago; another file may be making them known.
        group: their pay group, whose currency they are paid in.
        now: the instant.

    Returns:
        those that were created here.

    """
    locks.exclusive(locks.WORKERS, 0)
    unknown = set(external_ids) - workers_by_external_id(external_ids).keys()
    made = [Worker(external_id=one, currency=group.currency, group_id=group.id) for one in sorted(unknown)]
    session().add_all(made)
    session().flush()
    if made:
        events = [
            {"at": now, "actor_id": actor.id, "actor": actor.email, "action": "worker.create",
             "subject": f"worker:{worker.external_id}", "before": {}, "after": {"group": group.code},
             "reason": "import"}
            for worker in made
        ]  # fmt: skip
        session().execute(insert(audit.AuditEvent), events)
    return made


def _news(known: Worker, values: Mapping[str, str]) -> dict[str, str]:
    """Give what is said of a worker and is not what is known."""
    return {name: value for name, value in values.items() if value and value != getattr(known, name)}


def _checked(profile: Profile, group: PayGroup) -> dict[str, str]:
    if not profile.external_id or len(profile.external_id) > 200:
        raise Invalid(field="external_id", problem="must have 1 to 200 characters")
    # A group keeps the currency that it was made with, whatever has become of it since.
    currency = checked_currency(profile.currency) if profile.currency else group.currency
    country = checked_country(profile.country) if profile.country else ""
    if profile.locale and profile.locale not in LOCALES:
        raise Invalid(field="locale", problem=f"{profile.locale!r} is none of {', '.join(LOCALES)}")
    if profile.timezone and not is_timezone(profile.timezone):
        raise Invalid(
            field="timezone", problem=f"{profile.timezone!r} is no zone of the IANA database, such as Asia/Manila"
        )
    return {
        "external_id": profile.external_id, "name": profile.name, "email": _email(profile.email), "country": country,
        "currency": currency, "locale": profile.locale, "timezone": profile.timezone,
    }  # fmt: skip


def checked_currency(text: str) -> str:
    """Give an ISO 4217 code in capitals.

    Raises:
        Invalid: nobody can be paid in it.

    """
    check_currency(text.upper())
    return text.upper()


def checked_country(text: str) -> str:
    """Give an ISO 3166 alpha-2 code in capitals.

    Raises:
        Invalid: it is none.

    """
    if not is_country(text.upper()):
        raise Invalid(field="country", problem=f"{text!r} is no country of ISO 3166 (two letters, such as KE)")
    return text.upper()


def _email(text: str) -> str:
    address = canonical_address(text) if text else ""
    if address is None:
        raise Invalid(field="email", problem=f"{text!r} is not an email address such as name@example.com")
    return address


def _refuse_taken_email(email: str) -> None:
    if email and session().scalar(select(Worker.id).where(Worker.email == email)) is not None:
        raise Invalid(field="email", problem=f"{email} belongs to another worker")
