"""`daybook users`, and how other commands name who acts."""

import sys

import click

from workforce.core import clock
from workforce.core.auth import SYSTEM, Actor
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.core.errors import Invalid
from workforce.core.permissions import ROLES
from workforce.identity import services
from workforce.identity.queries import user_by_email
from workforce.identity.queries.people import count_people, people
from workforce.identity.services import create_user
from workforce.identity.services.roles import grant_role

users = click.Group("users", help="Accounts to sign in with.")
AS = click.option("--as", "email", required=True, metavar="EMAIL", help="The person who does this.")


def acting(email: str) -> Actor:
    """Give the person whom --as names, within a transaction that is open or in one of its own.

    Raises:
        NotFound: there is no such account.

    """
    return user_by_email(email).actor


@command(users, "create")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(list(ROLES)))
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(email: str, role: str, password_stdin: bool) -> Result:
    """Create an account for EMAIL. A worker's account is linked to the worker whom a list names with that address."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        raise Invalid(field="password", problem="give it on standard input with --password-stdin")
    with transaction():
        user = create_user(SYSTEM, email, role=role, password=password, now=clock.now())
    return Result({"email": user.email, "role": role}, [f"{user.email} may sign in as {role}"])


@command(users, "reset-second-factor")
@click.argument("email")
@click.option("--reason", default="lost", show_default=True, help="Why, for the audit log.")
def reset_second_factor(email: str, reason: str) -> Result:
    """Take the second factor of EMAIL away, when it is lost; all sessions end."""
    with transaction():
        user = services.reset_second_factor(SYSTEM, email, reason=reason, now=clock.now())
        lines = [f"{user.email} signs in with the password alone, and is signed out everywhere"]
        if user.needs_second_factor:
            lines.append("A second factor must be set up before the first page")
    return Result({"email": user.email, "needs_second_factor": user.needs_second_factor}, lines)


@command(users, "list")
@click.option("--role", type=click.Choice(list(ROLES)), help="Only those who have this role.")
@click.option("--prefix", default="", help="Only those whose address begins with this.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def list_users(role: str | None, prefix: str, limit: int) -> Result:
    """Show accounts, their roles, and whether they have a second factor."""
    with transaction():
        found = people(prefix=prefix, role=role or "", limit=limit, offset=0)
        every = count_people(prefix=prefix, role=role or "")
    document = [
        {"email": one.email, "roles": one.roles, "active": one.active, "second_factor": one.second_factor}
        for one in found
    ]
    rows = [
        (one.email, ", ".join(one.roles), "open" if one.active else "shut", "yes" if one.second_factor else "no")
        for one in found
    ]
    shown = table(f"{len(found)} of {every}", ["email", "roles", "account", "second factor"], rows)
    return Result({"count": every, "users": document}, [shown])


@command(users, "grant")
@click.argument("email_of")
@click.argument("role", type=click.Choice(list(ROLES)))
@AS
@click.option("--reason", required=True, help="Why, in at least 10 characters; kept in the audit log.")
def grant(email_of: str, role: str, email: str, reason: str) -> Result:
    """Give the person EMAIL_OF the ROLE."""
    with transaction():
        found = user_by_email(email_of)
        user = grant_role(acting(email), found.id, role, reason=reason, now=clock.now())
        document = {"email": user.email, "roles": sorted(one.name for one in user.roles)}
        missing = user.needs_second_factor and not user.has_second_factor
    words = f"{user.email} is {role} now"
    lines = [f"{words}, and must set up a second factor before any page opens" if missing else words]
    return Result(document, lines)
