"""A project is created, described, opened, paused and closed."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pycountry
from babel import Locale, UnknownLocaleError
from sqlalchemy import select

from i18n.countries import is_country
from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.codes import CODE, NO_CODE
from workforce.core.db import session
from workforce.core.errors import DaybookError, InUse, Invalid
from workforce.core.money import Money
from workforce.projects.models import Customer, Project, ProjectMember, Requirement
from workforce.projects.queries import must_manage
from workforce.projects.rules import is_near

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
MOST: Final = 2_000_000_000
NAMED: Final = "names the customer, whom workers must not learn of"


class Undescribed(DaybookError):
    code = "undescribed"
    template = N_("Say first, in Settings, what the work is: a title and a description. Workers choose by them.")


@dataclass(frozen=True)
class Details:
    """What is said of a project.

    Attributes:
        title: what the work is, in a few plain words.
        description: the same in some sentences.
        languages: BCP 47 tags; none means any.
        countries: ISO 3166 alpha-2; none means any.
        target: accepted pieces that the customer wants.
        deadline: the last day of the work.
        budget: what the work may cost; it never blocks pay.
        alarm_percent: of the budget at which the managers are told, 1 to 99.
        expected_seconds: how long a task should take.

    """

    title: str = ""
    description: str = ""
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    target: int | None = None
    deadline: date | None = None
    budget: Money | None = None
    alarm_percent: int = 80
    expected_seconds: int | None = None


def create_project(
    actor: Actor, code: str, *, customer: str, now: datetime, details: Details | None = None, opened: bool = False
) -> Project:
    """Create a project under a code name, and its customer where the name is new. Who creates it manages it.

    Args:
        actor: who does it.
        code: the code name: capitals, digits, hyphens.
        customer: the customer's real name.
        now: the instant.
        details: what is said of it; can be said later.
        opened: open at once, rather than a draft.

    Raises:
        Invalid: naming the field.
        InUse: the code name is taken.

    """
    name = customer.strip()
    if not name or len(name) > 200:
        raise Invalid(field="customer", problem="must have 1 to 200 characters")
    _check_code(code, name)
    _check(details or Details(), name)
    found = session().scalar(select(Customer).where(Customer.name == name))
    if found is None:
        found = Customer(name=name)
        session().add(found)
        session().flush()
    return _add(actor, code, found.id, details or Details(), now=now, state="open" if opened else "draft")


def revive(actor: Actor, old: Project, code: str, *, now: datetime) -> Project:
    """Create a draft that takes an older project's work up again, with its customer, settings and requirements.

    Args:
        actor: who does it; manages the new one.
        old: the project whose work is done again.
        code: the new code name.
        now: the instant.

    Raises:
        Invalid: the code name is none, or tells who the customer is.
        InUse: the code name is taken.
        NotFound: the old project is not hers.

    """
    must_manage(actor, old)
    _check_code(code, session().get_one(Customer, old.customer_id).name)
    # Its time is over: the new one gets a deadline of its own.
    made = _add(actor, code, old.customer_id, _details(old, deadline=None), now=now, parent_id=old.id)
    tests = session().scalars(select(Requirement.test_id).where(Requirement.project_id == old.id))
    session().add_all([Requirement(project_id=made.id, test_id=test_id) for test_id in tests.all()])
    session().flush()
    return made


def edit_project(actor: Actor, project: Project, details: Details, *, now: datetime) -> bool:
    """Change what is said of a project.

    Args:
        actor: who does it.
        project: of hers.
        details: all of it, as it shall be.
        now: the instant.

    Returns:
        True if anything was changed.

    Raises:
        Invalid: naming the field.
        NotFound: it is not hers.

    """
    locked(actor, project)
    _check(details, session().get_one(Customer, project.customer_id).name)
    if project.state != "draft" and not (details.title and details.description):
        raise Undescribed
    before = _values(project)
    _put(project, details)
    after = _values(project)
    news = {name: value for name, value in after.items() if value != before[name]}
    if news.keys() & {"budget", "budget_currency", "alarm_percent"}:
        project.told_percent = 0  # another budget has alarms of its own
    session().flush()
    if news:
        audit.record(
            actor, "project.edit", f"project:{project.code}", now=now, after=news,
            before={name: before[name] for name in news},
        )  # fmt: skip
    return bool(news)


def locked(actor: Actor, project: Project) -> None:
    """Hold a project alone until the end of the transaction, with its values as they are now.

    Raises:
        NotFound: it is not hers.

    """
    session().refresh(project, with_for_update={"key_share": True})  # pieces of work can point at it meanwhile
    must_manage(actor, project)


def _add(
    actor: Actor, code: str, customer_id: int, details: Details, *, now: datetime, state: str = "draft",
    parent_id: int | None = None,
) -> Project:  # fmt: skip
    project = Project(
        code=code, customer_id=customer_id, state=state, parent_id=parent_id, created_at=now, created_by=actor.id,
        told_percent=0,
    )  # fmt: skip
    _put(project, details)
    session().add(project)
    session().flush()
    if actor.id is not None:
        session().add(
            ProjectMember(project_id=project.id, user_id=actor.id, part="manager", since=now, added_by=actor.id)
        )
        session().flush()
    # The log names the customer by number: who may read the log need not be who may read the name.
    after = {"customer_id": customer_id, "state": state, "parent_id": parent_id, **_values(project)}
    audit.record(actor, "project.create", f"project:{code}", after=after, now=now)
    return project


def _check_code(code: str, customer: str) -> None:
    if not CODE.fullmatch(code):
        raise Invalid(
            field="code",
            problem=f"{code!r} {NO_CODE}",
        )
    if is_near(code, customer):
        raise Invalid(field="code", problem="a code name must not tell who the customer is")
    if session().scalar(select(Project.id).where(Project.code == code)) is not None:
        raise InUse(name=code)


def _check(details: Details, customer: str) -> None:
    """Refuse what is not said well.

    Raises:
        Invalid: naming the field.

    """
    if len(details.title) > 200 or len(details.description) > 10_000:
        raise Invalid(field="title", problem="at most 200 characters, and 10,000 for the description")
    if customer.casefold() in f"{details.title}\n{details.description}".casefold():
        raise Invalid(field="description", problem=NAMED)
    _check_places(details)
    for name, number in (("target", details.target), ("expected_seconds", details.expected_seconds)):
        if number is not None and not 0 < number <= MOST:
            raise Invalid(field=name, problem="must be a whole number above 0")
    if details.budget is not None and details.budget.micros <= 0:
        raise Invalid(field="budget", problem="must be above 0")
    if not 1 <= details.alarm_percent <= 99:
        raise Invalid(field="alarm_percent", problem="must be 1 to 99")


def _check_places(details: Details) -> None:
    for tag in details.languages:
        if not is_language(tag):
            raise Invalid(field="languages", problem=f"{tag!r} is no tag of a language, such as vi or pt-BR")
    for country in details.countries:
        if not is_country(country):
            raise Invalid(field="countries", problem=f"{country!r} is no country of ISO 3166, such as KE")


def is_language(tag: str) -> bool:
    """Is this a BCP 47 tag of a language that is known?"""
    if not _TAG.fullmatch(tag) or len(tag) > 35:
        return False
    language = tag.partition("-")[0].lower()
    if pycountry.languages.get(**{f"alpha_{len(language)}": language}) is not None:
        return True
    try:
        return bool(Locale.parse(language))
    except (UnknownLocaleError, ValueError):
        return False


def _put(project: Project, details: Details) -> None:
    project.title, project.description = details.title.strip(), details.description.strip()
    project.languages, project.countries = list(details.languages), list(details.countries)
    project.target, project.deadline = details.target, details.deadline
    project.budget = details.budget.micros if details.budget else None
    project.budget_currency = details.budget.currency if details.budget else ""
    project.alarm_percent, project.expected_seconds = details.alarm_percent, details.expected_seconds


def _details(project: Project, *, deadline: date | None) -> Details:
    budget = Money.of_micros(project.budget, project.budget_currency) if project.budget else None
    return Details(
        project.title, project.description, tuple(project.languages), tuple(project.countries), project.target,
        deadline, budget, project.alarm_percent, project.expected_seconds,
    )  # fmt: skip


def _values(project: Project) -> dict[str, Any]:
    return {
        "title": project.title, "description": project.description, "languages": list(project.languages),
        "countries": list(project.countries), "target": project.target,
        "deadline": project.deadline.isoformat() if project.deadline else None, "budget": project.budget,
        "budget_currency": project.budget_currency, "alarm_percent": project.alarm_percent,
        "expected_seconds": project.expected_seconds,
    }  # fmt: skip
