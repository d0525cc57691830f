"""`daybook projects`."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.core.errors import Invalid
from workforce.core.money import Money, check_currency
from workforce.identity.cli import AS, acting
from workforce.projects.queries import project_by_code, project_of
from workforce.projects.queries import projects as all_projects
from workforce.projects.services import Details, add_member, change_state, create_project

projects = click.Group("projects", help="Projects, by code name.")
members = click.Group("member", help="Who runs a project and reviews its work.")
projects.add_command(members)
REASON = click.option("--reason", required=True, help="Why; it is kept in the log, and told to those whom it concerns.")


@command(projects, "create")
@click.argument("code")
@click.option("--customer", required=True, help="The customer's real name; workers never see it.")
@click.option("--title", default="", help="What the work is, in a few plain words.")
@click.option("--description", default="", help="What somebody does, in some sentences.")
@click.option("--language", "languages", multiple=True, help="Of the work, such as vi; may be given again.")
@click.option("--country", "countries", multiple=True, help="Whose people may join; may be given again.")
@click.option("--target", type=click.IntRange(1), help="How many accepted pieces are wanted.")
@click.option("--deadline", type=click.DateTime(["%Y-%m-%d"]), help="The last day of the work.")
@click.option("--budget", nargs=2, metavar="AMOUNT CURRENCY", help="What it may cost, such as 25000 USD.")
@click.option("--alarm", type=click.IntRange(1, 99), default=80, show_default=True, help="Per cent of it at which its"
              " managers are told.")  # fmt: skip
@click.option("--seconds", type=click.IntRange(1), help="How long a task should take.")
@click.option("--draft", is_flag=True, help="Leave it a draft, rather than open at once.")
def create(code: str, customer: str, draft: bool, **values: Any) -> Result:
    """Create the project CODE, open at once."""
    with transaction():
        made = create_project(
            SYSTEM, code, customer=customer, now=clock.now(), details=_details(**values), opened=not draft
        )
        state = made.state
    return Result({"code": code, "customer": customer, "state": state}, [f"{code} created"])


@command(projects, "list")
def list_projects() -> Result:
    """List the projects."""
    with transaction():
        found = [(one.code, one.state, one.title) for one in all_projects()]
    document = {"projects": [{"code": code, "state": state, "title": title} for code, state, title in found]}
    return Result(document, [table("Projects", ["code", "state", "work"], found)] if found else [])


def _change(code: str, action: str, email: str, reason: str) -> Result:
    with transaction():
        actor = acting(email)
        actor.must("projects:project:write")
        project = project_of(actor, code)
        change_state(actor, project, action, reason=reason, now=clock.now())
        state = project.state
    return Result({"code": code, "state": state}, [f"{code} is {state}"])


@command(projects, "open")
@click.argument("code")
@AS
@REASON
def open_project(code: str, email: str, reason: str) -> Result:
    """Open CODE: workers see it, join it and take tasks."""
    return _change(code, "open", email, reason)


@command(projects, "pause")
@click.argument("code")
@AS
@REASON
def pause(code: str, email: str, reason: str) -> Result:
    """Pause CODE: nobody joins it or takes a task; what is handed in is reviewed and paid."""
    return _change(code, "pause", email, reason)


@command(projects, "close")
@click.argument("code")
@AS
@REASON
def close(code: str, email: str, reason: str) -> Result:
    """Close CODE for good, and tell everybody who takes part; what is handed in is reviewed and paid."""
    return _change(code, "close", email, reason)


@command(members, "add")
@click.argument("code")
@click.argument("email")
@click.option("--part", required=True, type=click.Choice(["manager", "reviewer"]))
@click.option("--reason", default="command line", show_default=True, help="Why; it is kept in the log.")
def add(code: str, email: str, part: str, reason: str) -> Result:
    """Make the account EMAIL a manager or a reviewer of CODE."""
    with transaction():
        new = add_member(SYSTEM, project_by_code(code), email, part=part, reason=reason, now=clock.now())
    said = f"{email} is a {part} of {code} {'now' if new else 'already'}"
    return Result({"code": code, "email": email, "part": part, "added": new}, [said])


def _details(
    *, languages: tuple[str, ...], countries: tuple[str, ...], deadline: datetime | None,
    budget: tuple[str, str] | None, alarm: int, seconds: int | None, **values: Any,
) -> Details:  # fmt: skip
    return Details(
        languages=languages, countries=countries, deadline=deadline.date() if deadline else None,
        budget=_money(*budget) if budget else None, alarm_percent=alarm, expected_seconds=seconds, **values,
    )  # fmt: skip


def _money(amount: str, currency: str) -> Money:
    check_currency(currency, "budget")
    try:
        return Money(Decimal(amount), currency)
    except (InvalidOperation, ValueError) as error:
        raise Invalid(field="budget", problem=f"{amount!r} is no amount, such as 25000.00") from error
