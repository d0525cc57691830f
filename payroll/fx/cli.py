"""`daybook fx`."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from i18n.locale import N_
from payroll.fx import queries, services
from payroll.fx.models import FxChange
from payroll.fx.services import add_rate
from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.core.errors import DaybookError, Invalid
from workforce.identity.cli import AS, acting
from workforce.imports.cli import FILE, list_result
from workforce.imports.readers.tabular import Row
from workforce.imports.readers.values import BadValueError
from workforce.imports.rules import Warned
from workforce.imports.services import take_list
from workforce.imports.services.lists import exact_number, iso_date

fx = click.Group("fx", help="Exchange rates, dated and by source, corrected by two people.")
DAY = click.DateTime(["%Y-%m-%d"])
SOURCE = click.option("--source", required=True, help="Who published the rate, such as ecb.")
LISTED = 200


@command(fx, "import")
@click.argument("file", type=FILE)
@click.option("--as", "email", metavar="EMAIL", help="The person who loads it; somebody else confirms what waits.")
def import_(file: Path, email: str | None) -> Result:
    """Import exchange rates from the CSV FILE: date,base,quote,rate,source.

    A rate that is more than 20 percent away from the pair's last one waits until a person confirms it.
    """
    now = clock.now()
    with transaction():
        actor = acting(email) if email else SYSTEM
        if email:
            actor.must("payroll:fx:propose")

    def take(row: Row) -> bool | Warned:
        given: dict[str, Any] = {
            "day": row.required("date", iso_date), "base": row.required("base", str),
            "quote": row.required("quote", str), "source": row.required("source", str),
        }  # fmt: skip
        new = add_rate(actor, **given, rate=row.required("rate", exact_number), now=now)
        return _waits(row, given) or True if new else False

    with file.open("rb") as stream:
        columns = ["date", "base", "quote", "rate", "source"]
        return list_result(take_list(stream, columns, columns, "fx", take))


@command(fx, "correct")
@click.argument("day", metavar="DATE", type=DAY)
@click.argument("base")
@click.argument("quote")
@click.argument("rate")
@SOURCE
@click.option("--reason", required=True, help="What was wrong; kept with the rate.")
@AS
def correct(day: datetime, base: str, quote: str, rate: str, source: str, reason: str, email: str) -> Result:
    """Propose another RATE for a pair and a DATE; the old one counts until a second person confirms it."""
    try:
        number = exact_number(rate)
    except BadValueError as problem:
        raise Invalid(field="rate", problem=f"{rate!r} is no plain decimal number such as 129.67") from problem
    with transaction():
        change = services.correct(
            acting(email), day=day.date(), base=base, quote=quote, rate=number, source=source, reason=reason,
            now=clock.now(),
        )  # fmt: skip
        return _told([change])


@command(fx, "confirm")
@click.argument("what", metavar="NUMBER… | DATE BASE QUOTE", nargs=-1, required=True)
@click.option("--source", default="", help="Who published the rate, where it is named by its date and pair.")
@AS
def confirm(what: tuple[str, ...], source: str, email: str) -> Result:
    """Confirm corrections of another person, or rates that are far from the last one: they count from now on.

    `daybook fx list` numbers what waits.
    """
    return _each(what, source, lambda number: services.confirm(acting(email), number, now=clock.now()))


@command(fx, "refuse")
@click.argument("what", metavar="NUMBER… | DATE BASE QUOTE", nargs=-1, required=True)
@click.option("--source", default="", help="Who published the rate, where it is named by its date and pair.")
@click.option("--reason", default="", help="Why; only who withdraws their own needs none.")
@AS
def refuse(what: tuple[str, ...], source: str, reason: str, email: str) -> Result:
    """Refuse corrections, or rates that are far from the last one, or withdraw one's own; they never count."""
    return _each(what, source, lambda number: services.refuse(acting(email), number, reason=reason, now=clock.now()))


@command(fx, "list")
@click.option("--source", default="", help="Only rates of this source.")
@click.option("--currency", default="", help="Only pairs with this currency.")
def list_(source: str, currency: str) -> Result:
    """List the newest rates that count, and what waits for a person."""
    with transaction():
        rates, every = queries.listing(source.strip().lower(), currency.upper(), limit=LISTED, offset=0)
        waiting = [_document(one) for one in queries.open_changes()]
    shown: list[dict[str, Any]] = [
        {"date": one.day.isoformat(), "base": one.base, "quote": one.quote, "rate": f"{one.rate:f}",
         "source": one.source, "revision": one.revision} for one in rates
    ]  # fmt: skip
    columns = ["date", "base", "quote", "#rate", "source", "#revision"]
    rows = [[str(one[column.removeprefix("#")]) for column in columns] for one in shown]
    lines = [table(f"Exchange rates, {len(rows)} of {every}", columns, rows), _table(waiting)]
    return Result({"rates": shown, "waiting": waiting}, lines)


def _waits(row: Row, given: dict[str, Any]) -> Warned | None:
    """Return the warning about a rate that was just loaded, if it waits for a person."""
    key = services.checked_key(**given)
    waiting = next((one for one in queries.changes_of(key) if one.state == "proposed"), None)
    if waiting is None:
        return None
    template = N_(
        "%(rate)s for %(base)s/%(quote)s is far from the last rate, %(before)s of %(day)s. It waits until a person"
        " confirms it: `daybook fx confirm %(number)s --as EMAIL`."
    )
    values = {
        "rate": f"{waiting.rate:f}", "base": waiting.base, "quote": waiting.quote, "before": f"{waiting.before:f}",
        "day": waiting.before_day.isoformat(), "number": waiting.id,
    }  # fmt: skip
    return Warned(row.number, "rate", "fx_waits", template, values)


def _each(what: Sequence[str], source: str, act: Any) -> Result:
    """Do something with each change that is named; what is refused keeps no other from being done."""
    problems, done = [], list[FxChange]()
    for number in _numbers(what, source):
        try:
            with transaction():
                done.append(act(number))
        except DaybookError as refusal:
            problems.append(str(refusal))
    told = _told(done)
    return Result(told.document, told.lines if done else [], problems)


def _numbers(what: Sequence[str], source: str) -> list[int]:
    if all(word.isascii() and word.isdecimal() and len(word) <= 18 for word in what):
        return [int(word) for word in what]
    if len(what) != 3 or not source:
        raise click.UsageError("give the numbers of changes, or DATE BASE QUOTE and --source")
    try:
        day = date.fromisoformat(what[0])
    except ValueError as problem:
        raise click.UsageError(f"{what[0]!r} is no date such as 2026-11-20") from problem
    with transaction():
        return [queries.open_change(day, what[1], what[2], source.strip().lower()).id]


def _told(changes: Sequence[FxChange]) -> Result:
    documents = [_document(one) for one in changes]
    return Result({"changes": documents}, [_table(documents)])


def _document(one: FxChange) -> dict[str, Any]:
    return {
        "change": one.id, "kind": one.kind, "state": one.state, "date": one.day.isoformat(), "base": one.base,
        "quote": one.quote, "rate": f"{one.rate:f}", "before": f"{one.before:f}", "source": one.source,
        "reason": one.reason,
    }  # fmt: skip


def _table(documents: Sequence[dict[str, Any]]) -> Any:
    columns = ["#change", "kind", "state", "date", "base", "quote", "#rate", "#before", "source", "reason"]
    rows = [[str(one[column.removeprefix("#")]) for column in columns] for one in documents]
    return table("Changes", columns, rows)
