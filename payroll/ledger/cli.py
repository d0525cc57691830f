"""`daybook ledger`."""

import click

from payroll.ledger.queries import all_balances, entry_count, problems
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.core.money import plain

ledger = click.Group("ledger", help="The books.")


@command(ledger, "balances")
def balances() -> Result:
    """Print every account's balance; debits are positive."""
    with transaction():
        found = all_balances()
    document = [{"account": code, "currency": currency, "balance": plain(amount)} for code, currency, amount in found]
    rows = [[one["account"], one["currency"], one["balance"]] for one in document]
    return Result({"balances": document}, [table("Balances", ["account", "currency", "#balance"], rows)])


@command(ledger, "check")
def check() -> Result:
    """Prove the books against themselves and against everything that they were made from."""
    with transaction():
        entries, found = entry_count(), problems()
    document = {"ok": not found, "entries": entries, "problems": found}
    return Result(
        document, [f"{entries} entries: {'the books are whole' if not found else 'the books are not whole'}."], found
    )
