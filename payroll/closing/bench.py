"""`daybook bench close`: a pay group's day, closed as it is closed every day."""

import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

from payroll.closing.services import close_day
from workforce.core.auth import SYSTEM
from workforce.core.bench import Bench, BenchWrong, Measured, Say, peak_rss_mb, server_memory, settle
from workforce.core.db import connect, direct_url, rows, run, transaction

_DAY: Final = date(2026, 1, 5)
_NOW: Final = datetime(2026, 1, 6, 1, tzinfo=UTC)
_PIECES: Final = 10  # a worker, on four projects

# Six pay currencies in one group. Nine projects in ten pay in USD, four of the forty in the worker's own currency, and
# four by the hour. Work arrives in no order of workers, as when a crowd works at once: the harder case for a close.
_DATA: Final = (
    "INSERT INTO customer (name) VALUES ('Bench')",
    """
    INSERT INTO project (code, customer_id, state, title, description, languages, countries, budget_currency,
                         alarm_percent, told_percent, created_at)
    SELECT 'P' || p, customer.id, 'open', '', '', '{}', '{}', '', 80, 0, :now FROM customer, generate_series(1, 40) p
    """,
    """
    INSERT INTO pay_group (code, timezone, currency, cutoff, terms, minimum, close, calendar, open_day)
    VALUES ('BENCH', 'UTC', 'USD', '00:00', 1, 0, 'manual', '', :day)
    """,
    """
    INSERT INTO worker (external_id, name, email, country, currency, group_id, locale, timezone, status)
    SELECT 'W' || w, 'Worker ' || w, '', '', (ARRAY['USD', 'KES', 'PHP', 'VND', 'INR', 'EUR'])[1 + w % 6], pay_group.id,
           '', '', 'active'
      FROM pay_group, generate_series(1, CAST(:size AS int)) w
     ORDER BY w
    """,
    """
    INSERT INTO fx_rate (source, base, quote, day, revision, rate, created_at)
    SELECT 'bench', 'USD', quote, :day, 1, rate, :now
      FROM (VALUES ('KES', 129.2537), ('PHP', 58.913), ('VND', 25411.25), ('INR', 87.0145), ('EUR', 0.92173))
           AS given (quote, rate)
    """,
    """
    INSERT INTO accepted_work (group_id, pay_day, worker_id, submission_id, project_id, kind, quantity, rate, currency,
                               amount, accepted_at, seconds)
    SELECT worker.group_id, :day, worker.id, worker.id * :pieces + k, p,
           CASE WHEN p % 10 = 0 THEN 'hourly' ELSE 'piece' END, CASE WHEN p % 10 = 0 THEN 60 + k * 90 ELSE 1 END,
           30000 + p * 317, CASE WHEN p > 36 THEN worker.currency ELSE 'USD' END, 30000 + p * 317 + worker.id % 101,
           CAST(:day AS timestamp) AT TIME ZONE 'UTC' + k * interval '1 hour', 60 + k * 90
      FROM worker, generate_series(0, :pieces - 1) k, LATERAL (SELECT 1 + (worker.id * 7 + k % 4) % 40 AS p) project
     ORDER BY hashint8(worker.id * :pieces + k)
    """,
)

# Payslips, their pieces, entries that do not balance, and currencies of which not all was posted.
_FOUND: Final = """
    WITH wrong AS (SELECT entry_id FROM posting GROUP BY entry_id, currency HAVING sum(amount) <> 0),
         lost AS (SELECT currency, sum(amount) FROM accepted_work GROUP BY currency
                  EXCEPT
                  SELECT currency, sum(amount) FROM posting WHERE account = 'cost' GROUP BY currency)
    SELECT count(*), sum(pieces), (SELECT count(*) FROM wrong), (SELECT count(*) FROM lost) FROM payslip
"""

# The bare work: read what a day comes to, in order, and write the rows.
_AGGREGATES: Final = """
    COPY (SELECT worker_id, project_id, currency, kind, count(*), sum(quantity)::bigint, sum(amount)::bigint,
                 sum(seconds)::bigint
            FROM accepted_work WHERE pay_day = '2026-01-05'
           GROUP BY worker_id, project_id, currency, kind
           ORDER BY worker_id, project_id, currency, kind) TO STDOUT
"""
# What a close writes, in the order of each table's key.
_TABLES: Final = {
    "payslip_line": "worker_id, project_id, currency, kind",
    "payslip": "worker_id",
    "ledger_entry": "id",
    "posting": "entry_id, account, party_id, currency",
}
_BLOCK: Final = 1 << 17


def measure_close(size: int, say: Say) -> Measured:
    """Close a day of a number of workers with ten pieces of accepted work each, and then write the same rows bare.

    Args:
        size: workers.
        say: is told what is going on.

    Raises:
        BenchWrong: the close lost or doubled something.

    """
    say(f"making {_PIECES * size:,} pieces")
    with transaction():
        for statement in _DATA:
            run(statement, day=_DAY, now=_NOW, size=size, pieces=_PIECES)
    with connect(direct_url()) as connection:
        connection.execute("VACUUM (ANALYZE)")  # as autovacuum does in the course of a day
        settled = settle(connection)
    say("closing")
    with server_memory() as server:
        begun = time.perf_counter()
        close_day(SYSTEM, "BENCH", _DAY, now=_NOW)
        seconds = time.perf_counter() - begun
    peak, taken = peak_rss_mb(), server()
    written = _check(size)
    say("writing the same rows bare")
    bound = _lower_bound()
    notes = [f"Beside its buffers the server took {taken:.0f} MB for it."] if taken else []
    if not settled:
        notes.append("The database account may not ask for checkpoints, so that the times share some writes.")
    return Measured(written, seconds, bound, peak, notes)


def _check(size: int) -> int:
    """See that a close lost nothing, and count what it wrote."""
    with transaction():
        ((payslips, pieces, unbalanced, lost),) = rows(_FOUND)
        counts = [rows(f"SELECT count(*) FROM {table}") for table in _TABLES]  # noqa: S608 -- constants
    if (payslips, pieces, unbalanced, lost) != (size, _PIECES * size, 0, 0):
        problem = f"{payslips} payslips of {pieces} pieces, {unbalanced} entries off, {lost} currencies not whole"
        raise BenchWrong(name="close", problem=problem)
    return sum(int(count) for ((count,),) in counts)


def _lower_bound() -> float:
    """Time reading the aggregates and copying the rows, on one connection, into tables of the same keys."""
    with ExitStack() as stack:
        connection = stack.enter_context(connect(direct_url()))
        files = {table: stack.enter_context(tempfile.TemporaryFile()) for table in _TABLES}
        connection.execute("CREATE SCHEMA bare")
        cursor = connection.cursor()
        for table, file in files.items():
            like = f"CREATE TABLE bare.{table} (LIKE {table} INCLUDING DEFAULTS INCLUDING INDEXES)"
            cursor.execute(like.encode())
            kept = f"COPY (SELECT * FROM {table} ORDER BY {_TABLES[table]}) TO STDOUT"  # noqa: S608 -- constants
            with cursor.copy(kept.encode()) as out:
                file.writelines(out)
            file.seek(0)
        settle(connection)
        begun = time.perf_counter()
        with cursor.copy(_AGGREGATES) as out:
            for _ in out:
                pass
        with connection.transaction():
            for table, file in files.items():
                with cursor.copy(f"COPY bare.{table} FROM STDIN".encode()) as into:
                    for block in iter(partial(file.read, _BLOCK), b""):
                        into.write(block)
        return time.perf_counter() - begun


CLOSE: Final = Bench("close", "workers", measure_close)
