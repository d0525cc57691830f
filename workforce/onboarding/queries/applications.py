"""Reads on single applications, campaigns and terms."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import NotFound
from workforce.identity.models import User
from workforce.onboarding.models import Application, Campaign, TaxForm, TermsVersion
from workforce.projects.models import Project
from workforce.projects.queries import is_open
from workforce.workers.models import Worker
from workforce.workers.queries import readers_settings as workers_settings


def application_of(actor: Actor) -> Application | None:
    """Give a person's own application, if she ever applied."""
    return session().scalar(select(Application).where(Application.user_id == actor.id))


def own_application(actor: Actor, *, lock: bool = False) -> Application:
    """Give a person's own application.

    Raises:
        NotFound: she never applied.

    """
    query = select(Application).where(Application.user_id == actor.id)
    found = session().scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(thing="application", name=actor.email)
    return found


def application_by_id(application_id: int, *, lock: bool = False) -> Application:
    """Give an application.

    Args:
        application_id: its id.
        lock: keep others from deciding on it at the same moment.

    Raises:
        NotFound: there is none.

    """
    query = select(Application).where(Application.id == application_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session().scalar(query)
    if found is None:
        raise NotFound(thing="application", name=application_id)
    return found


def campaign_by_code(code: str) -> Campaign | None:
    """Give the campaign of a code in any letters, or None: a link that was mistyped keeps nobody out."""
    name = code.strip().upper()
    return session().scalar(select(Campaign).where(Campaign.code == name)) if name else None


def open_project(code: str) -> Project | None:
    """Give the project of a code name in any letters if people may join it, or None."""
    name = code.strip().upper()
    found = session().scalar(select(Project).where(Project.code == name)) if name else None
    return found if found is not None and is_open(found) else None


def current_terms() -> TermsVersion:
    """Give the terms that are agreed to now."""
    return session().scalars(select(TermsVersion).order_by(TermsVersion.number.desc()).limit(1)).one()


def terms_by_number(number: int) -> TermsVersion:
    """Give a version of the terms.

    Raises:
        NotFound: there is none.

    """
    found = session().scalar(select(TermsVersion).where(TermsVersion.number == number))
    if found is None:
        raise NotFound(thing="terms", name=number)
    return found


def languages_of(user_id: int) -> dict[str, str] | None:
    """Give the languages that an account's application names with their levels (A1 to C2, native), or None."""
    found = session().scalar(select(Application.languages).where(Application.user_id == user_id))
    return None if found is None else {one["code"]: one["level"] for one in found}


def campaigns() -> Sequence[Campaign]:
    """Give the campaigns that nobody refers others by, youngest first."""
    query = select(Campaign).where(Campaign.referrer_id.is_(None)).order_by(Campaign.id.desc())
    return session().scalars(query).all()


def zone_of_applicant(user_id: int) -> str:
    """Give the time zone of whoever applied with an account; empty where nobody did."""
    return session().scalar(select(Application.timezone).where(Application.user_id == user_id)) or ""


def readers_settings(emails: Collection[str]) -> dict[str, tuple[str, str]]:
    """Give language and time zone of the workers and applicants among some addresses, by address."""
    query = (
        select(User.email, Application.locale, Application.timezone)
        .join(User, User.id == Application.user_id)
        .where(User.email.in_(emails))
    )
    applicants = {email: (locale, zone) for email, locale, zone in session().execute(query)}
    return applicants | workers_settings(emails)


def campaign_of(user_id: int) -> Campaign | None:
    """Give the link by which a worker refers others, if she has one."""
    return session().scalar(select(Campaign).where(Campaign.referrer_id == user_id))


def project_code(application: Application) -> str:
    """Give the code name of the project that an applicant wishes for, or an empty text."""
    if application.project_id is None:
        return ""
    return session().scalars(select(Project.code).where(Project.id == application.project_id)).one()


def campaign_code(application: Application) -> str:
    """Give the code of the campaign that an applicant followed, or an empty text."""
    if application.campaign_id is None:
        return ""
    return session().scalars(select(Campaign.code).where(Campaign.id == application.campaign_id)).one()


def tax_forms(*, search: str, start: int, limit: int) -> tuple[list[tuple[TaxForm, str, str]], int]:
    """Give the tax form that counts of each person, the youngest first: form, address, worker's number or empty.

    Args:
        search: the beginning of an address or a worker's number; empty for all.
        start: how many to pass over.
        limit: how many at most.

    """
    newer = aliased(TaxForm)
    later = select(newer.id).where(newer.user_id == TaxForm.user_id, newer.id > TaxForm.id)
    wanted = [~later.exists()]
    if search:
        email = select(User.id).where(User.email.startswith(search.lower(), autoescape=True))
        number = Worker.external_id.startswith(search.upper(), autoescape=True)
        worker = select(Application.user_id).join(Worker, Worker.id == Application.worker_id).where(number)
        wanted.append(TaxForm.user_id.in_(email.union(worker)))
    count = session().scalar(select(func.count()).select_from(TaxForm).where(*wanted)) or 0
    keys = select(TaxForm.id).where(*wanted).order_by(TaxForm.id.desc()).offset(start).limit(limit)
    query = (
        select(TaxForm, User.email, func.coalesce(Worker.external_id, ""))
        .join(User, User.id == TaxForm.user_id)
        .outerjoin(Application, Application.user_id == User.id)
        .outerjoin(Worker, Worker.id == Application.worker_id)
        .where(TaxForm.id.in_(keys))
        .order_by(TaxForm.id.desc())
    )
    found = session().execute(query).all()
    return [(row[0], row[1], row[2]) for row in found], count
