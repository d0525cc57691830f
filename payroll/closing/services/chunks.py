"""A chunk of a close: the payslips, lines, entries and postings of a range of workers, in one transaction.

Set-based throughout: work was priced when it was accepted, so that nothing is looked up and nothing is updated here.
Targets are filled in the order of their keys, and the range is repeated for each table, since the planner does not
carry it over (measured: both halve the time).
"""

from datetime import date, datetime
from typing import Final

from payroll.closing.services.floors import top_up
from payroll.earnings.queries import DAY_LINES, DAY_PIECES
from workforce.core.db import rows, run, transaction

_SETTINGS: Final = (
    "SET LOCAL enable_nestloop = off",  # fresh tables are planned as if they were empty
    "SET LOCAL work_mem = '32MB'",  # a chunk is sorted in memory; it takes about ten of it
)

_LINES: Final = f"""
    INSERT INTO payslip_line (group_id, pay_day, worker_id, project_id, currency, kind, pieces, quantity, amount,
                              seconds)
    SELECT :group, :day, line.* FROM ({DAY_LINES}) line
     ORDER BY worker_id, project_id, currency, kind
"""  # noqa: S608 -- a constant

# What each worker earned in each rate currency, and what that is in the currency she is paid in: kept for the length of
# the transaction, since payslips and postings are both made of it and exact division is dear.
_TOTAL_TABLE: Final = """
    CREATE TEMPORARY TABLE day_total (
        worker_id bigint, currency text, paid_in text, party_id bigint, pieces integer,
        amount bigint, converted bigint, deducted bigint, active boolean
    ) ON COMMIT DROP
"""
_TOTALS: Final = """
    INSERT INTO day_total
    SELECT total.worker_id, total.currency, worker.currency, fx.party_id, total.pieces, total.amount,
           CASE WHEN total.currency = worker.currency THEN total.amount
                ELSE half_even(total.amount * fx.numerator, fx.denominator) END,
           CASE WHEN total.currency = worker.currency OR total.deducted = 0 THEN total.deducted
                ELSE half_even(total.deducted * fx.numerator, fx.denominator) END,
           total.active
      FROM (SELECT worker_id, currency, sum(pieces) AS pieces, sum(amount)::bigint AS amount,
                   sum(deducted)::bigint AS deducted, bool_or(amount <> 0) AS active
              FROM (SELECT worker_id, project_id, currency, sum(pieces) AS pieces, sum(amount) AS amount,
                           COALESCE(-sum(amount) FILTER (WHERE kind = 'deduction'), 0) AS deducted
                      FROM payslip_line
                     WHERE group_id = :group AND pay_day = :day AND worker_id BETWEEN :first AND :last
                     GROUP BY worker_id, project_id, currency) each  -- what sums to nothing here has no posting
             GROUP BY worker_id, currency) total
      JOIN worker ON worker.id = total.worker_id AND worker.id BETWEEN :first AND :last
      LEFT JOIN run_fx_rate fx ON fx.group_id = :group AND fx.pay_day = :day
                              AND fx.base = total.currency AND fx.quote = worker.currency
"""

_PAYSLIPS_WITH: Final = """
    INSERT INTO payslip (group_id, pay_day, worker_id, currency, pieces, gross, deductions, net, entry_id, floor_id)
    SELECT :group, :day, worker_id, slip.currency, pieces, net + deductions, deductions, net,
           CASE WHEN active THEN nextval('ledger_entry_id_seq') END, {floor}
      FROM (SELECT worker_id, min(paid_in) AS currency, sum(pieces) AS pieces, sum(converted)::bigint AS net,
                   sum(deducted)::bigint AS deductions, bool_or(active) AS active
              FROM day_total
             GROUP BY worker_id) slip
      {join}
     ORDER BY worker_id
"""
_HELD: Final = """LEFT JOIN (SELECT worker_id, floor_id FROM day_floor WHERE project_id IS NULL) day_floor
             USING (worker_id)"""
# By whether the run locked any floor: one that did not joins nothing.
_PAYSLIPS: Final = {
    False: _PAYSLIPS_WITH.format(floor="NULL", join=""),
    True: _PAYSLIPS_WITH.format(floor="day_floor.floor_id", join=_HELD),
}

_ENTRIES: Final = """
    INSERT INTO ledger_entry (id, source, kind, group_id, day, posted_at)
    SELECT slip.entry_id, 'payslip:' || :run || ':' || worker.external_id, 'payslip', :group, :day, :now
      FROM payslip slip
      JOIN worker ON worker.id = slip.worker_id AND worker.id BETWEEN :first AND :last
     WHERE slip.group_id = :group AND slip.pay_day = :day AND slip.worker_id BETWEEN :first AND :last
       AND slip.entry_id IS NOT NULL
     ORDER BY slip.entry_id
"""

# Cost in the currency that work was priced in; an exchange account takes it, and gives what the worker is paid in.
_POSTINGS: Final = """
    INSERT INTO posting (entry_id, account, party_id, currency, amount)
    SELECT slip.entry_id, side.account, side.party_id, side.currency, sum(side.amount)::bigint
      FROM payslip slip
      JOIN (SELECT worker_id, 'cost' AS account, project_id AS party_id, currency, amount
              FROM payslip_line
             WHERE group_id = :group AND pay_day = :day AND worker_id BETWEEN :first AND :last
             UNION ALL
            SELECT worker_id, 'exchange', party_id, currency, -amount FROM day_total WHERE party_id IS NOT NULL
             UNION ALL
            SELECT worker_id, 'exchange', party_id, paid_in, converted FROM day_total WHERE party_id IS NOT NULL
             UNION ALL
            SELECT worker_id, 'accrued', worker_id, paid_in, -converted FROM day_total) side
        ON side.worker_id = slip.worker_id
     WHERE slip.group_id = :group AND slip.pay_day = :day AND slip.worker_id BETWEEN :first AND :last
       AND slip.entry_id IS NOT NULL
     GROUP BY slip.entry_id, side.account, side.party_id, side.currency
    HAVING sum(side.amount) <> 0
     ORDER BY slip.entry_id, side.account, side.party_id, side.currency
"""

_EXCEPTIONS: Final = """
    INSERT INTO run_exception (group_id, pay_day, severity, code, worker_id, params, reason)
    SELECT :group, :day, 'error', 'negative_net', worker_id,
           jsonb_build_object('net', net, 'currency', currency), ''
      FROM payslip
     WHERE group_id = :group AND pay_day = :day AND worker_id BETWEEN :first AND :last AND net < 0
"""


class Miscounted(AssertionError):
    """A chunk counted other pieces than there are; it was rolled back."""


def compute_chunk(group_id: int, day: date, name: str, first: int, last: int, now: datetime, *, floors: bool) -> int:
    """Compute a chunk of a run in a transaction of its own.

    A second closer of the same chunk waits for the first one and then finds it done.

    Args:
        group_id: the pay group.
        day: its day, closed.
        name: of the run.
        first: least worker id.
        last: greatest worker id.
        now: the instant of posting.
        floors: has the run locked any hourly floor, as services.floors.locks_floors says?

    Returns:
        the number of payslips that were made, 0 if the chunk was done already.

    Raises:
        Miscounted: pieces and lines do not agree.

    """
    values = {"group": group_id, "day": day, "first": first, "last": last, "run": name, "now": now}
    with transaction():
        if not _begin(group_id, day, first, last):
            return 0
        for setting in _SETTINGS:
            run(setting)
        run(_LINES, **values)
        if floors:
            top_up(group_id, day, first, last)
        run(_TOTAL_TABLE)
        run(_TOTALS, **values)
        payslips = run(_PAYSLIPS[floors], **values)
        run(_ENTRIES, **values)
        run(_POSTINGS, **values)
        # The next chunk may come in the same transaction, where tests undo everything.
        run("DROP TABLE day_total, day_floor" if floors else "DROP TABLE day_total")
        run(_EXCEPTIONS, **values)
        _assert_counted(group_id, day, first, last)
    return payslips


def _begin(group_id: int, day: date, first: int, last: int) -> bool:
    """Write the chunk down first: whoever comes second waits here, and finds it done."""
    return bool(
        rows(
            "INSERT INTO run_chunk (group_id, pay_day, first_worker_id, pieces)"  # noqa: S608 -- a constant
            f" VALUES (:group, :day, :first, ({DAY_PIECES})) ON CONFLICT DO NOTHING RETURNING pieces",
            group=group_id, day=day, first=first, last=last,
        )
    )  # fmt: skip


def _assert_counted(group_id: int, day: date, first: int, last: int) -> None:
    """An inner join drops silently what it does not find; so what went in is counted against what came out."""
    ((pieces, in_lines, in_payslips),) = rows(
        """
        SELECT (SELECT pieces FROM run_chunk WHERE group_id = :group AND pay_day = :day AND first_worker_id = :first),
               (SELECT COALESCE(sum(pieces), 0) FROM payslip_line
                 WHERE group_id = :group AND pay_day = :day AND worker_id BETWEEN :first AND :last),
               (SELECT COALESCE(sum(pieces), 0) FROM payslip
                 WHERE group_id = :group AND pay_day = :day AND worker_id BETWEEN :first AND :last)
        """,
        group=group_id, day=day, first=first, last=last,
    )  # fmt: skip
    if not pieces == in_lines == in_payslips:
        raise Miscounted(f"{pieces} pieces, {in_lines} in lines, {in_payslips} in payslips")
