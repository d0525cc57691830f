"""`daybook rates` and `daybook offers`."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from workforce.core import clock
from workforce.core.auth import SYSTEM, Actor
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.core.errors import Invalid
from workforce.core.money import Money, check_currency, plain
from workforce.identity.queries import user_by_email
from workforce.projects.models import Project
from workforce.projects.queries import project_by_code
from workforce.rates.models import RateOffer
from workforce.rates.queries import all_offers, offers_on, rate_card
from workforce.rates.services import Terms, add_rate, decide_offer, first_day, propose_offer
from workforce.workers.models import Worker
from workforce.workers.queries import worker_by_external_id

rates = click.Group("rates", help="Rate cards: what a task or an hour earns, from a date.")
offers = click.Group("offers", help="Offers to single workers: proposed by one person, approved by another.")
AS = click.option("--as", "email", required=True, help="E-mail address of the account that does it.")


@command(rates, "show")
@click.argument("project")
def show(project: str) -> Result:
    """Show every line of the card of PROJECT, those for any project included."""
    with transaction():
        lines = sorted(
            rate_card(project_by_code(project).id), key=lambda one: (one.valid_from, one.level, one.country, one.id)
        )
        today = first_day(clock.now())
    found = [
        {"project": project if one.project_id else "", "level": one.level, "country": one.country, "kind": one.kind,
         "currency": one.currency, "rate": plain(one.rate), "valid_from": one.valid_from.isoformat()}
        for one in lines
    ]  # fmt: skip
    columns = ["from", "project", "level", "country", "kind", "#rate", "currency"]
    cells = [[row[key] for key in ("valid_from", "project", "level", "country", "kind", "rate", "currency")]
             for row in found]  # fmt: skip
    return Result({"project": project, "today": today.isoformat(), "rates": found}, [table(project, columns, cells)])


@command(rates, "add")
@click.argument("project")
@click.option("--rate", required=True, help="What a task or an hour earns, such as 0.35.")
@click.option("--currency", required=True, help="ISO 4217, such as USD.")
@click.option("--from", "valid_from", required=True, help="First day that it holds on, such as 2026-11-20.")
@click.option("--kind", type=click.Choice(["piece", "hourly"]), default="piece", show_default=True)
@click.option("--level", default="", help="Certification level; any by default.")
@click.option("--country", default="", help="Two letters, such as KE; any by default.")
@click.option("--reason", required=True, help="Why; everybody concerned reads it.")
@click.option("--as", "email", help="E-mail address of the account that does it; Daybook itself by default.")
def add(
    project: str, rate: str, currency: str, valid_from: str, kind: str, level: str, country: str, reason: str,
    email: str | None,
) -> Result:  # fmt: skip
    """Add a line to the card of PROJECT, or of every project where PROJECT is `*`, and tell whoever is concerned."""
    money, day = _money("rate", rate, currency), _day("from", valid_from)
    if not reason.strip():
        raise Invalid(field="reason", problem="say why: everybody concerned reads it")
    with transaction():
        found: Project | None = None if project == "*" else project_by_code(project)
        new = add_rate(
            _actor(email), found, level=level, country=country, kind=kind, money=money, valid_from=day, reason=reason,
            ahead=True, now=clock.now(),
        )  # fmt: skip
    return Result({"project": project, "new": new}, ["added" if new else "the very same line is there already"])


@command(offers, "list")
@click.option("--project", help="Code name; offers of every project by default.")
def listing(project: str | None) -> Result:
    """List offers, the latest first, at most a thousand."""
    with transaction():
        limit = 1000
        rows, count = (
            offers_on(project_by_code(project).id, start=0, limit=limit) if project else all_offers(limit=limit)
        )
        found = [_document(*row) for row in rows]
    columns = ["#id", "worker", "project", "kind", "#amount", "currency", "from", "to", "#pieces", "state"]
    keys = ("id", "worker", "project", "kind", "amount", "currency", "valid_from", "valid_to", "pieces", "state")
    cells = [[str(row[key]) for key in keys] for row in found]
    return Result({"count": count, "offers": found}, [table(f"{count} offers", columns, cells)])


@command(offers, "propose")
@click.argument("project")
@click.argument("worker")
@click.option("--kind", type=click.Choice(["personal_rate", "bonus"]), required=True)
@click.option("--unit", type=click.Choice(["piece", "hourly"]), help="Of a personal rate.")
@click.option("--amount", required=True, help="A task or an hour, or the whole bonus, such as 0.35.")
@click.option("--currency", required=True, help="ISO 4217, such as USD.")
@click.option("--from", "valid_from", required=True, help="First day, such as 2026-11-20.")
@click.option("--to", "valid_to", required=True, help="Last day; it can be accepted until then.")
@click.option("--pieces", type=int, default=0, help="Of a bonus: how many tasks are to be accepted.")
@click.option("--reason", required=True, help="Why; the worker reads it.")
@AS
def propose(project: str, worker: str, email: str, reason: str, **given: Any) -> Result:
    """Propose an offer on PROJECT to WORKER; somebody else approves it."""
    terms = Terms(
        given["kind"], _money("amount", given["amount"], given["currency"]), _day("from", given["valid_from"]),
        _day("to", given["valid_to"]), unit=given["unit"] or "", pieces=given["pieces"],
    )  # fmt: skip
    with transaction():
        offer = propose_offer(
            _actor(email), project_by_code(project), worker_by_external_id(worker), terms, reason=reason,
            now=clock.now(),
        )  # fmt: skip
    return Result({"id": offer.id, "state": offer.state}, [f"offer {offer.id} waits for a second person"])


@command(offers, "approve")
@click.argument("offer", type=click.IntRange(1, 2**63 - 1))
@click.option("--reason", default="", help="Why.")
@AS
def approve(offer: int, email: str, reason: str) -> Result:
    """Approve OFFER as the second person: the worker is told, and it binds."""
    with transaction():
        found = decide_offer(_actor(email), offer, approve=True, reason=reason, now=clock.now())
    return Result({"id": found.id, "state": found.state}, [f"offer {offer} is approved"])


def _actor(email: str | None) -> Actor:
    return SYSTEM if email is None else user_by_email(email).actor


def _parsed(field: str, text: str, read: Callable[[str], Any], problem: str) -> Any:
    try:
        return read(text)
    except (ValueError, InvalidOperation):
        raise Invalid(field=field, problem=f"{text!r} {problem}") from None


def _money(field: str, text: str, currency: str) -> Money:
    check_currency(currency)
    made: Money = _parsed(
        field, text, lambda one: Money(Decimal(one), currency), "is no amount with at most six decimals, such as 0.35"
    )
    return made


def _day(field: str, text: str) -> date:
    made: date = _parsed(field, text, date.fromisoformat, "is no date such as 2026-11-20")
    return made


def _document(offer: RateOffer, worker: Worker, project: Project) -> dict[str, Any]:
    return {
        "id": offer.id, "worker": worker.external_id, "project": project.code, "kind": offer.kind, "unit": offer.unit,
        "amount": plain(offer.amount), "currency": offer.currency, "valid_from": offer.valid_from.isoformat(),
        "valid_to": offer.valid_to.isoformat(), "pieces": offer.pieces,
        "state": "earned" if offer.earned_at else offer.state, "reason": offer.reason,
    }  # fmt: skip
