"""Reads on payouts: where each payslip's money is, and what became of the orders."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from payroll.closing.models import Payslip, Run, RunException
from payroll.closing.rules import an_hour, run_name
from payroll.ledger.queries import ACCOUNT_CODE, ACCOUNT_JOINS
from payroll.payouts.models import Attempt, Order, PayslipRelease
from payroll.payouts.rules import order_name
from workforce.core.db import rows, session
from workforce.paydays.models import PayGroup

# Where a payslip's money is, as SQL over `slip` (a row of payslip): the names are those of the public contract.
# A release comes before the order that covers it in the ledger's numbering, since both are numbered under the lock of
# the worker. The first order of a whole balance after it took it along; if that one failed, the one that took its money
# did, and so on.
PAYSLIP_STATE_JOINS: Final = """
      LEFT JOIN payslip_release released ON released.group_id = slip.group_id AND released.pay_day = slip.pay_day
                                        AND released.worker_id = slip.worker_id
      LEFT JOIN LATERAL (
            SELECT state, id, taken_by FROM payout_order
             WHERE payout_order.worker_id = slip.worker_id AND payout_order.currency = slip.currency
               AND payout_order.entry_id > released.entry_id AND payout_order.resends_id IS NULL
             ORDER BY entry_id
             LIMIT 1) first_order ON true
      LEFT JOIN LATERAL (
            WITH RECURSIVE way AS (
                  SELECT id, state, taken_by, 1 AS step FROM payout_order WHERE id = first_order.taken_by
                   UNION ALL
                  SELECT later.id, later.state, later.taken_by, step + 1
                    FROM way JOIN payout_order later ON later.id = way.taken_by)
            SELECT state, id FROM way ORDER BY step DESC LIMIT 1) last_order ON first_order.taken_by IS NOT NULL
      CROSS JOIN LATERAL (
            SELECT COALESCE(last_order.state, first_order.state) AS state,
                   COALESCE(last_order.id, first_order.id) AS id) cover
"""
PAYSLIP_STATE: Final = """
    CASE WHEN released.entry_id IS NULL AND EXISTS (
                SELECT FROM run_exception held
                 WHERE held.group_id = slip.group_id AND held.pay_day = slip.pay_day AND held.worker_id = slip.worker_id
                   AND held.severity = 'error' AND held.resolved_at IS NULL) THEN 'held'
         WHEN released.entry_id IS NULL THEN 'accrued'
         WHEN cover.state IS NULL THEN 'carried'
         WHEN cover.state = 'created' THEN 'payable'
         WHEN cover.state IN ('sent', 'unknown') THEN 'sent'
         WHEN cover.state = 'paid' THEN 'paid'
         ELSE 'failed' END
"""

STATES: Final = ("created", "sent", "unknown", "paid", "failed", "returned", "cancelled")


@dataclass(frozen=True, slots=True)
class StateSum:
    """Orders in one state and currency, and the sum of their amounts in micros."""

    state: str
    currency: str
    orders: int
    amount: int


@dataclass(frozen=True, slots=True)
class SlipRow:
    """A payslip as finance sees it; amounts in micros of the currency.

    Attributes:
        worker_id: number of the worker.
        worker: external id.
        name: as the worker wrote it, perhaps empty.
        state: one of the contract's payout states.
        seconds: measured working time.

    """

    worker_id: int
    worker: str
    name: str
    currency: str
    pieces: int
    gross: int
    deductions: int
    net: int
    state: str
    entry_id: int | None
    release_id: int | None
    seconds: int

    @property
    def hourly(self) -> int | None:
        """What an hour of the day came to, as far as hours were measured; in micros."""
        return an_hour(self.gross, self.seconds)


@dataclass(frozen=True, slots=True)
class LineRow:
    """What a payslip has in one project, rate currency and kind; the amount in micros of the currency."""

    project: str
    kind: str
    currency: str
    pieces: int
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A posting with its account's code; micros, debits positive."""

    entry: int
    kind: str
    account: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with the run that it belongs to, its worker, and each try to send it."""

    order: Order
    run: str
    worker: str
    attempts: Sequence[Attempt] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The order as people write it."""
        return order_name(self.run, self.worker, self.order.number)


def releasable(slip: type[Payslip]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return what must hold of a payslip that a released run can move on: it is not released yet, and nothing holds it.

    Args:
        slip: the table, or an alias of it.

    """
    released, error = aliased(PayslipRelease), aliased(RunException)
    held = select(error).where(_same(error, slip), error.severity == "error", error.resolved_at.is_(None))
    return ~select(released).where(_same(released, slip)).exists(), ~held.exists()


def _same(table: type[PayslipRelease] | type[RunException], slip: type[Payslip]) -> ColumnElement[bool]:
    return (
        (table.group_id == slip.group_id) & (table.pay_day == slip.pay_day) & (table.worker_id == slip.worker_id)
    )  # fmt: skip


def preparing(run: Run) -> int:
    """Return how many payslips of a released run wait for their order to be made."""
    if run.state != "released":
        return 0
    query = select(func.count()).select_from(Payslip)
    of_run = (Payslip.group_id == run.group_id, Payslip.pay_day == run.pay_day)
    return session().scalars(query.where(*of_run, *releasable(Payslip))).one()


def sums_of_run(run: Run) -> list[StateSum]:
    """Give a run's orders by state and currency."""
    found = rows(
        """
        SELECT state, currency, count(*), sum(amount)::bigint FROM payout_order
         WHERE group_id = :group AND pay_day = :day
         GROUP BY state, currency
        """,
        group=run.group_id, day=run.pay_day,
    )  # fmt: skip
    return _sums(found)


def sums_since(day: date) -> list[StateSum]:
    """Give the orders of the days from one on by state and currency, and of all days those that are under way."""
    found = rows(
        """
        SELECT state, currency, count(*), sum(amount)::bigint
          FROM (SELECT payout.state, payout.currency, payout.amount
                  FROM payroll_run run
                  JOIN payout_order payout ON payout.group_id = run.group_id AND payout.pay_day = run.pay_day
                 WHERE run.pay_day >= :day
                 UNION ALL
                SELECT state, currency, amount FROM payout_order
                 WHERE state IN ('created', 'sent', 'unknown') AND pay_day < :day) payout
         GROUP BY state, currency
        """,
        day=day,
    )
    return _sums(found)


def _sums(found: Sequence[Any]) -> list[StateSum]:
    sums = [StateSum(*row) for row in found]
    return sorted(sums, key=lambda one: (STATES.index(one.state), one.currency))


# The page is cut out first, so that only its payslips are asked for where their money is.
_SLIPS: Final = f"""
    SELECT slip.worker_id, slip.external_id, slip.name, slip.currency, slip.pieces, slip.gross, slip.deductions,
           slip.net, {PAYSLIP_STATE}, slip.entry_id, released.entry_id,
           (SELECT COALESCE(sum(line.seconds), 0)::bigint FROM payslip_line line
             WHERE line.group_id = slip.group_id AND line.pay_day = slip.pay_day AND line.worker_id = slip.worker_id),
           slip.every
      FROM (SELECT payslip.*, worker.external_id, worker.name, count(*) OVER () AS every
              FROM payslip
              JOIN worker ON worker.id = payslip.worker_id
             WHERE payslip.group_id = :group AND payslip.pay_day = :day
               AND {{condition}}
             ORDER BY payslip.worker_id
             LIMIT :limit OFFSET :offset) slip
      {PAYSLIP_STATE_JOINS}
     ORDER BY slip.worker_id
"""  # noqa: S608 -- constants
_SLIPS_FOUND: Final = _SLIPS.format(condition="strpos(lower(worker.external_id), lower(:search)) > 0")
_SLIP_OF: Final = _SLIPS.format(condition="worker.external_id = :search")


def slips(run: Run, *, search: str, limit: int, offset: int) -> tuple[list[SlipRow], int]:
    """Give a page of a run's payslips, and how many there are.

    Args:
        run: computed.
        search: part of the worker's external id in any letters; empty finds all.
        limit: how many at most.
        offset: how many to pass over.

    """
    found = rows(_SLIPS_FOUND, group=run.group_id, day=run.pay_day, search=search, limit=limit, offset=offset)
    return [SlipRow(*row[:-1]) for row in found], found[0].every if found else 0


def slip_of(run: Run, worker: str) -> SlipRow | None:
    """Give the payslip of the worker with an external id in a run, if there is one."""
    found = rows(_SLIP_OF, group=run.group_id, day=run.pay_day, search=worker, limit=1, offset=0)
    return SlipRow(*found[0][:-1]) if found else None


def lines_of_slip(run: Run, slip: SlipRow) -> list[LineRow]:
    """Give the lines that the close wrote for a payslip."""
    found = rows(
        """
        SELECT COALESCE(project.code, ''), line.kind, line.currency, line.pieces, line.quantity, line.amount
          FROM payslip_line line
          LEFT JOIN project ON project.id = line.project_id
         WHERE line.group_id = :group AND line.pay_day = :day AND line.worker_id = :worker
         ORDER BY 1, line.kind DESC, line.currency
        """,
        group=run.group_id, day=run.pay_day, worker=slip.worker_id,
    )  # fmt: skip
    return [LineRow(*row) for row in found]


def postings_of(slip: SlipRow) -> list[PostingRow]:
    """Give the postings of a payslip's entry, and of the entry of its release."""
    found = rows(
        f"""
        SELECT entry.id, entry.kind, {ACCOUNT_CODE}, posting.currency, posting.amount
          FROM ledger_entry entry
          JOIN posting ON posting.entry_id = entry.id
          {ACCOUNT_JOINS}
         WHERE entry.id = ANY(CAST(:entries AS bigint[]))
         ORDER BY entry.id, posting.amount < 0, 3, posting.currency
        """,  # noqa: S608 -- constants
        entries=[one for one in (slip.entry_id, slip.release_id) if one is not None],
    )
    return [PostingRow(*row) for row in found]


_WAY: Final = """
    WITH RECURSIVE way AS (
          (SELECT id, taken_by, 1 AS step FROM payout_order
            WHERE worker_id = :worker AND currency = :currency AND entry_id > :release AND resends_id IS NULL
            ORDER BY entry_id LIMIT 1)
           UNION ALL
          SELECT later.id, later.taken_by, step + 1 FROM way JOIN payout_order later ON later.id = way.taken_by)
    SELECT id FROM way ORDER BY step DESC LIMIT 20
"""


def orders_after(worker_id: int, currency: str, release_id: int) -> list[tuple[Order, str]]:
    """Return the orders that took a release along, each with its group's code: those that failed, and the last one.

    Args:
        worker_id: whose.
        currency: of the payslip.
        release_id: number of its release in the ledger.

    """
    way = [row[0] for row in rows(_WAY, worker=worker_id, currency=currency, release=release_id)]
    query = select(Order, PayGroup.code).join(PayGroup, PayGroup.id == Order.group_id).where(Order.id.in_(way))
    found = {order.id: (order, code) for order, code in session().execute(query)}
    return [found[key] for key in reversed(way)]


def orders_of(slip: SlipRow) -> list[OrderRow]:
    """Return the orders that took a payslip's amount along, with each try to send them."""
    if slip.release_id is None:
        return []
    made = orders_after(slip.worker_id, slip.currency, slip.release_id)
    tries: defaultdict[int, list[Attempt]] = defaultdict(list)
    attempts = select(Attempt).where(Attempt.order_id.in_([order.id for order, _ in made]))
    for attempt in session().scalars(attempts.order_by(Attempt.number)):
        tries[attempt.order_id].append(attempt)
    return [OrderRow(order, run_name(code, order.pay_day), slip.worker, tries[order.id]) for order, code in made]
