"""`daybook workers`: their accounts and profiles."""

from typing import Any

import click

from workforce.core import clock
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.identity.cli import AS, acting
from workforce.identity.queries import user_by_email
from workforce.workers import queries, services
from workforce.workers.models import ProfileChange
from workforce.workers.rules import FIELDS

workers = click.Group("workers", help="Who is paid: their accounts and profiles.")
_REASON = click.option("--reason", required=True, help="Why; it is kept.")
_NUMBER = click.argument("request", type=click.IntRange(1, 2**63 - 1))


@command(workers, "show")
@click.argument("worker")
def show(worker: str) -> Result:
    """Show what is known of WORKER, and what was changed."""
    with transaction():
        one = queries.listed_one(worker)
        changes = queries.changes_of(one.worker.id)
    known = {
        "worker": one.worker.external_id, "name": one.worker.name, "country": one.worker.country, "group": one.group,
        "currency": one.worker.currency, "account": one.account, "email": one.worker.email,
    }  # fmt: skip
    documents = [_document(change, worker) for change in changes]
    return Result(
        known | {"changes": documents}, [*(f"{key}: {value or '–'}" for key, value in known.items()), _table(documents)]
    )


@command(workers, "link")
@click.argument("worker")
@click.argument("account")
@_REASON
@AS
def link(worker: str, account: str, reason: str, email: str) -> Result:
    """Have WORKER sign in with the account of the address ACCOUNT. Both accounts are told."""
    with transaction():
        services.link(acting(email), worker, user_by_email(account).id, reason=reason, now=clock.now())
        one = queries.listed_one(worker)
    return Result({"worker": worker, "account": one.account}, [f"{worker} signs in as {one.account}"])


@command(workers, "change")
@click.argument("worker")
@click.option("--name", default="", help="As the worker writes it.")
@click.option("--country", default="", help="ISO 3166 code, such as KE.")
@click.option("--group", default="", help="Code of the pay group.")
@click.option("--currency", default="", help="ISO 4217 code of what the worker is paid in.")
@_REASON
@AS
def change(worker: str, reason: str, email: str, **wanted: str) -> Result:
    """Change what is known of WORKER, for every day that is still open."""
    with transaction():
        made = services.change_profile(acting(email), worker, wanted, reason=reason, now=clock.now())
        documents = [_document(one, worker) for one in made]
    return Result({"changes": documents}, [_table(documents)])


@command(workers, "requests")
def requests() -> Result:
    """List the changes that workers ask for."""
    with transaction():
        documents = [_document(one, worker) for one, worker in queries.asked_changes()]
    return Result({"changes": documents}, [_table(documents)])


@command(workers, "grant")
@_NUMBER
@click.option("--reason", default="", help="An answer that the worker reads.")
@AS
def grant(request: int, reason: str, email: str) -> Result:
    """Make the change that a worker asked for with REQUEST."""
    return _answer(request, email, reason, grant=True)


@command(workers, "refuse")
@_NUMBER
@_REASON
@AS
def refuse(request: int, reason: str, email: str) -> Result:
    """Refuse what a worker asked for with REQUEST."""
    return _answer(request, email, reason, grant=False)


def _answer(request: int, email: str, reason: str, *, grant: bool) -> Result:
    with transaction():
        made = services.answer_change(acting(email), request, grant=grant, reason=reason, now=clock.now())
        document = {"id": made.id, "state": made.state}
    return Result(document, [f"request {request} is {made.state}"])


def _document(one: ProfileChange, worker: str) -> dict[str, Any]:
    return {
        "id": one.id, "worker": worker, "field": one.field, "before": one.before, "after": one.after,
        "state": one.state, "reason": one.reason, "answer": one.answer,
        "open_day": one.open_day.isoformat() if one.open_day else None,
    }  # fmt: skip


def _table(documents: list[dict[str, Any]]) -> Any:
    rows = [
        (str(one["id"]), one["worker"], one["field"], one["before"], one["after"], one["state"], one["reason"])
        for one in documents
    ]
    return table(
        f"{len(rows)} changes of {', '.join(FIELDS)}", ["id", "worker", "what", "from", "to", "state", "why"], rows
    )
