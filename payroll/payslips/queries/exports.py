"""The exports of a run, row by row in flat memory: columns, order and values are a public contract."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any, Final

from i18n.locale import N_
from payroll.closing.models import Run
from payroll.closing.queries import find_run
from payroll.ledger.queries import ACCOUNT_CODE, ACCOUNT_JOINS
from payroll.payouts.queries import PAYSLIP_STATE, PAYSLIP_STATE_JOINS
from payroll.runs.queries import lines_of
from workforce.core.db import stream
from workforce.core.errors import DaybookError
from workforce.core.money import plain

# What a spreadsheet would take for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
# Rows are handed on in pieces of so many: a write a row is slow, and all at once is not flat.
_AT_ONCE: Final = 1_000


class StillComputing(DaybookError):
    code = "still_computing"
    template = N_("Run %(run)s is still being computed. Export it when that is done.")


def _text(value: str) -> str:
    """Neutralise what a spreadsheet would take for a formula; a plain number, such as the id -4711, is none."""
    return f"'{value}" if value.startswith(_FORMULA) and not _NUMBER.fullmatch(value) else value


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _decimal(value: Decimal) -> str:
    return f"{value:f}"


_Column = tuple[str, Callable[[Any], str]]

COLUMNS: Final[dict[str, Sequence[_Column]]] = {
    "payslips": (
        ("run", _text), ("worker", _text), ("day", date.isoformat), ("currency", str), ("gross", plain),
        ("deductions", plain), ("net", plain), ("payout_state", str), ("due_at", _instant),
    ),
    "lines": (
        ("run", _text), ("worker", _text), ("source", _text), ("kind", str), ("project", _text), ("quantity", str),
        ("unit", str), ("rate", plain), ("rate_currency", str), ("amount", plain), ("fx_rate", _decimal),
        ("currency", str), ("converted", plain),
    ),
    "payouts": (
        ("run", _text), ("worker", _text), ("rail", str), ("currency", str), ("amount", plain), ("state", str),
        ("attempts", str), ("reference", _text), ("idempotency_key", _text), ("sent_at", _instant),
        ("settled_at", _instant),
    ),
    "journal": (
        ("run", _text), ("entry", str), ("posted_at", _instant), ("account", _text), ("currency", str),
        ("debit", plain), ("credit", plain), ("source", _text),
    ),
}  # fmt: skip

_PAYSLIPS: Final = f"""
    SELECT worker.external_id, slip.pay_day, slip.currency, slip.gross, slip.deductions, slip.net, {PAYSLIP_STATE}
      FROM payslip slip
      JOIN worker ON worker.id = slip.worker_id
      {PAYSLIP_STATE_JOINS}
     WHERE slip.group_id = :group AND slip.pay_day = :day
     ORDER BY slip.worker_id
"""  # noqa: S608 -- constants
_PAYOUTS: Final = """
    SELECT worker.external_id, payout.rail, payout.currency, payout.amount, payout.state,
           (SELECT count(*) FROM payout_attempt WHERE payout_attempt.order_id = payout.id), payout.reference,
           payout.idempotency_key, payout.sent_at, payout.settled_at
      FROM payout_order payout
      JOIN worker ON worker.id = payout.worker_id
     WHERE payout.group_id = :group AND payout.pay_day = :day
     ORDER BY payout.worker_id, payout.number
"""
_JOURNAL: Final = f"""
    SELECT entry.id, entry.posted_at, {ACCOUNT_CODE}, posting.currency, greatest(posting.amount, 0),
           greatest(-posting.amount, 0), entry.source
      FROM ledger_entry entry
      JOIN posting ON posting.entry_id = entry.id
      {ACCOUNT_JOINS}
     WHERE entry.group_id = :group AND entry.day = :day
     ORDER BY entry.id, posting.account, posting.party_id, posting.currency
"""  # noqa: S608 -- constants


def csv_parts(name: str, what: str) -> Iterator[tuple[str, int]]:
    """Give an export as CSV, piece by piece, within the transaction that is open.

    Lines end with a line feed alone; a text that a spreadsheet would take for a formula gets an apostrophe before it.

    Args:
        name: of the run.
        what: payslips, lines, payouts or journal.

    Yields:
        text and the number of rows in it; the header comes first, with none.

    Raises:
        NotFound: there is no such run.
        StillComputing: it is not all there yet.

    """
    run, _ = find_run(name)
    if run.state == "computing":
        raise StillComputing(run=name)
    columns = COLUMNS[what]
    forms = [form for _, form in columns]
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column for column, _ in columns])
    rows = 0
    for row in _rows(run, name, what):
        writer.writerow(["" if value is None else form(value) for form, value in zip(forms, row, strict=True)])
        rows += 1
        if rows == _AT_ONCE:
            yield buffer.getvalue(), rows
            buffer.seek(0)
            buffer.truncate()
            rows = 0
    yield buffer.getvalue(), rows


def _rows(run: Run, name: str, what: str) -> Iterator[Sequence[Any]]:
    where = {"group": run.group_id, "day": run.pay_day}
    match what:
        case "payslips":
            return ((name, *row, run.due_at) for row in stream(_PAYSLIPS, **where))
        case "lines":
            return ((name, *line[:-1]) for line in lines_of(run))
        case "payouts":
            return ((name, *row) for row in stream(_PAYOUTS, **where))
        case _:
            return ((name, *row) for row in stream(_JOURNAL, **where))
