"""`daybook users`, and how other commands name who acts."""

import sys

import click

from workforce.core import clock
from workforce.core.auth import SYSTEM, Actor
from workforce.core.commands import Result, command
from workforce.core.db import transaction
from workforce.core.errors import Invalid
from workforce.core.permissions import ROLES
from workforce.identity.queries import user_by_email
from workforce.identity.services import create_user

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
    """Create an account for EMAIL. A worker's account belongs to the worker of that address."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        raise Invalid(field="password", problem="give it on standard input with --password-stdin")
    with transaction():
        user = create_user(SYSTEM, email, role=role, password=password, now=clock.now())
    return Result({"email": user.email, "role": role}, [f"{user.email} may sign in as {role}"])
