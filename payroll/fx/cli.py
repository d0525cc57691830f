"""`daybook fx`."""

from pathlib import Path

import click

from payroll.fx.services import add_rate
from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command
from workforce.imports.cli import FILE, list_result
from workforce.imports.readers.tabular import Row
from workforce.imports.services import take_list
from workforce.imports.services.lists import exact_number, iso_date

fx = click.Group("fx", help="Exchange rates, dated and by source.")


@command(fx, "import")
@click.argument("file", type=FILE)
def import_(file: Path) -> Result:
    """Import exchange rates from the CSV FILE: date,base,quote,rate,source."""
    now = clock.now()

    def take(row: Row) -> bool:
        return add_rate(
            SYSTEM, day=row.required("date", iso_date), base=row.required("base", str),
            quote=row.required("quote", str),
            rate=row.required("rate", exact_number), source=row.required("source", str), now=now,
        )  # fmt: skip

    with file.open("rb") as stream:
        columns = ["date", "base", "quote", "rate", "source"]
        return list_result(take_list(stream, columns, columns, "fx", take))
