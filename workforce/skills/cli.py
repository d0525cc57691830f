"""`daybook tests` and `daybook certifications`."""

from typing import Any

import click

from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.identity.queries import user_by_email
from workforce.skills import queries
from workforce.skills.queries.certifications import Held, listed
from workforce.skills.queries.tests import Tally, published_locales, tallies_by_test, tallies_by_version, versions
from workforce.skills.queries.tests import tests as some_tests
from workforce.skills.services import grant

tests = click.Group("tests", help="Skills tests and what became of the attempts at them.")
certifications = click.Group("certifications", help="Who is certified in what.")
LIMIT = click.option(
    "--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="How many at most."
)


@command(tests, "list")
@LIMIT
def list_tests(limit: int) -> Result:
    """List the tests, with what became of the attempts at them."""
    with transaction():
        found = some_tests(start=0, limit=limit)
        tallies, locales = tallies_by_test([one.id for one in found]), published_locales([one.id for one in found])
        documents: list[dict[str, Any]] = [
            {
                "code": one.code, "title": one.title, "level": one.level, "languages": locales.get(one.id, []),
                "retired": one.retired_at is not None, **_counts(tallies.get(one.id, Tally())),
            }
            for one in found
        ]  # fmt: skip
    rows = [
        [one["code"], one["title"], one["level"], ", ".join(one["languages"]), *(str(one[name]) for name in _COUNTS)]
        for one in documents
    ]
    columns = ["code", "title", "level", "languages", *(f"#{name}" for name in _COUNTS)]
    return Result({"tests": documents}, [table("Tests", columns, rows)])


@command(tests, "show")
@click.argument("code")
def show(code: str) -> Result:
    """Show the test CODE with its versions."""
    with transaction():
        test = queries.test_by_code(code)
        tallies = tallies_by_version(test.id)
        documents = [
            {
                "language": one.locale, "number": one.number, "state": one.state, "title": one.title,
                "minutes": one.minutes, "pass_percent": one.pass_percent, **_counts(tallies.get(one.id, Tally())),
            }
            for one in versions(test.id)
        ]  # fmt: skip
    names = ("language", "number", "state", "title", "minutes", "pass_percent", *_COUNTS)
    rows = [[str(one[name]) for name in names] for one in documents]
    about = {"code": test.code, "title": test.title, "level": test.level, "valid_months": test.valid_months}
    return Result({**about, "versions": documents}, [table(f"{test.code}: {test.title}", names, rows)])


@command(certifications, "grant")
@click.argument("email")
@click.argument("test")
@click.option("--kind", type=click.Choice(["worker", "grader"]), required=True, help="May do the work, or grade it.")
@click.option("--reason", required=True, help="Why; its holder reads it.")
def give(email: str, test: str, kind: str, reason: str) -> Result:
    """Certify EMAIL in what the test TEST is about, without an attempt at it."""
    with transaction():
        found = queries.test_by_code(test)
        made = grant(SYSTEM, user_by_email(email).id, found, kind, reason=reason, now=clock.now())
        last = made.expires_on.isoformat() if made.expires_on else None
    document = {"email": email, "test": test, "kind": kind, "level": made.level, "expires_on": last}
    return Result(document, [f"{email} is certified as {kind} in {test}, {f'to {last}' if last else 'for ever'}"])


@command(certifications, "list")
@click.option("--test", help="Only of this test.")
@click.option("--email", default="", help="Only of accounts whose address begins so.")
@click.option("--all", "every", is_flag=True, help="Those that have ended, too.")
@LIMIT
def list_certifications(test: str | None, email: str, every: bool, limit: int) -> Result:
    """List certifications, the youngest first."""
    with transaction():
        test_id = queries.test_by_code(test).id if test else None
        found = listed(
            on=clock.now().date(), test_id=test_id, state="all" if every else "valid", email=email, limit=limit
        )
        documents = [_document(one) for one in found]
    names = ("email", "test", "kind", "level", "state", "granted_at", "expires_on")
    rows = [[str(one[name] or "") for name in names] for one in documents]
    return Result({"certifications": documents}, [table("Certifications", names, rows)])


_COUNTS = ("attempts", "passed", "failed", "grading")


def _counts(tally: Tally) -> dict[str, int]:
    return {name: getattr(tally, name) for name in _COUNTS}


def _document(held: Held) -> dict[str, str | None]:
    one = held.certification
    return {
        "email": held.email, "test": held.test.code, "kind": one.kind, "level": one.level, "state": held.state,
        "granted_at": one.granted_at.isoformat(), "expires_on": one.expires_on.isoformat() if one.expires_on else None,
        "reason": one.reason,
    }  # fmt: skip
