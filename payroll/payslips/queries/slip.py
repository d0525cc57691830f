"""Reads for one payslip of a worker: why this amount, and where the money is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Final

from payroll.closing.rules import an_hour, parse_run_name, run_name
from payroll.fx.queries import rates_for
from payroll.fx.rules import convert
from payroll.payouts.queries import PAYSLIP_STATE, PAYSLIP_STATE_JOINS, orders_after
from payroll.payslips.queries.pieces import Place
from payroll.payslips.rules import Converted, legs_of
from workforce.core.db import rows, session
from workforce.core.money import Money
from workforce.paydays.models import PayGroup


@dataclass(frozen=True, slots=True)
class Slip:
    """A payslip, and where its money is.

    Attributes:
        group: the pay group.
        day: of its books.
        currency: that she is paid in.
        pieces: how many it is made of.
        gross: earned before deductions.
        deductions: as a positive amount.
        net: what is hers.
        state: one of the contract's payout states.
        closed_at: when the day was closed.
        due_at: by when it is promised.
        release_id: number of its release in the ledger, None before it.
        held: codes of the errors that hold it.
        seconds: measured working time.
        asked: is somebody about to send the failed payout again?

    """

    group: PayGroup
    day: date
    currency: str
    pieces: int
    gross: Money
    deductions: Money
    net: Money
    state: str
    closed_at: datetime
    due_at: datetime
    release_id: int | None
    held: Sequence[str]
    seconds: int
    asked: bool

    @property
    def hourly(self) -> Money | None:
        """What an hour of it came to, before deductions; None where no time was measured."""
        pay = an_hour(self.gross.micros, self.seconds)
        return None if pay is None else Money.of_micros(pay, self.currency)

    @property
    def run(self) -> str:
        """The name of its run."""
        return run_name(self.group.code, self.day)


_SLIP: Final = f"""
    SELECT slip.group_id, slip.pay_day, slip.currency, slip.pieces, slip.gross, slip.deductions, slip.net,
           {PAYSLIP_STATE}, run.closed_at, run.due_at, released.entry_id,
           ARRAY(SELECT error.code FROM run_exception error
                  WHERE error.group_id = slip.group_id AND error.pay_day = slip.pay_day
                    AND error.worker_id = slip.worker_id AND error.severity = 'error' AND error.resolved_at IS NULL
                  ORDER BY error.id),
           (SELECT COALESCE(sum(line.seconds), 0)::bigint FROM payslip_line line
             WHERE line.group_id = slip.group_id AND line.pay_day = slip.pay_day AND line.worker_id = slip.worker_id),
           EXISTS (SELECT FROM payout_request asked WHERE asked.order_id = cover.id AND asked.state = 'proposed')
      FROM payslip slip
      JOIN pay_group ON pay_group.id = slip.group_id
      JOIN payroll_run run ON run.group_id = slip.group_id AND run.pay_day = slip.pay_day
      {PAYSLIP_STATE_JOINS}
     WHERE pay_group.code = :group AND slip.pay_day = :day AND slip.worker_id = :worker
"""  # noqa: S608 -- constants


def payslip_of(worker_id: int, name: str) -> Slip | None:
    """Give a worker's payslip of a run, or None: there is no such run, or it is none of hers."""
    parts = parse_run_name(name)
    if parts is None or run_name(*parts) != name:  # a day has one spelling
        return None
    found = rows(_SLIP, worker=worker_id, group=parts[0], day=parts[1])
    if not found:
        return None
    group_id, day, currency, pieces, gross, deductions, net, *rest = found[0]
    gross, deductions, net = (Money.of_micros(amount, currency) for amount in (gross, deductions, net))
    return Slip(session().get_one(PayGroup, group_id), day, currency, pieces, gross, deductions, net, *rest)


@dataclass(frozen=True, slots=True)
class RateLine:
    """What was done at one rate in a project.

    Attributes:
        project: its code name.
        currency: of the rate.
        kind: piece, hourly, onboarding, bonus or correction.
        unit: piece, hourly, onboarding or bonus: what the rate is for.
        pieces: how many.
        quantity: pieces, or seconds; negative in a correction.
        rate: a piece or an hour.
        earned: in the rate currency.
        corrects: for a correction, the day that it corrects.

    """

    project: str
    currency: str
    kind: str
    unit: str
    pieces: int
    quantity: int
    rate: Money
    earned: Money
    corrects: Place | None


# Without work there is no rate: an amount of another kind stands in a line of the payslip alone.
_RATE_LINES: Final = """
    SELECT project.code, work.currency, work.kind, COALESCE(old.kind, work.kind), count(*),
           sum(work.quantity)::bigint, work.rate, sum(work.amount)::bigint, old_group.code, old.pay_day
      FROM accepted_work work
      JOIN project ON project.id = work.project_id
      LEFT JOIN accepted_work old ON old.submission_id = work.submission_id AND old.id = work.corrects_id
      LEFT JOIN pay_group old_group ON old_group.id = old.group_id
     WHERE work.group_id = :group AND work.pay_day = :day AND work.worker_id = :worker
     GROUP BY project.code, work.currency, work.kind, old.kind, work.rate, old_group.code, old.pay_day
     ORDER BY project.code, work.kind DESC, work.currency, old.pay_day, work.rate
"""


def rate_lines(worker_id: int, slip: Slip) -> list[RateLine]:
    """Give what a payslip is made of, one line for each project, kind and rate."""
    found = rows(_RATE_LINES, worker=worker_id, group=slip.group.id, day=slip.day)
    return [
        RateLine(
            project, currency, kind, unit, count, quantity, Money.of_micros(rate, currency),
            Money.of_micros(amount, currency), None if old_day is None else Place(old_group, old_day),
        )
        for project, currency, kind, unit, count, quantity, rate, amount, old_group, old_day in found
    ]  # fmt: skip


def conversions(slip: Slip, lines: Sequence[RateLine]) -> list[Converted]:
    """Give how a payslip's total in each rate currency became an amount in hers, by the rates that its run locked."""
    found = rows(
        "SELECT base, numerator, denominator, source, legs FROM run_fx_rate"
        " WHERE group_id = :group AND pay_day = :day AND quote = :quote",
        group=slip.group.id, day=slip.day, quote=slip.currency,
    )  # fmt: skip
    locked = {base: (Fraction(int(above), int(below)), source, legs) for base, above, below, source, legs in found}
    amounts: dict[str, int] = {}
    for line in lines:
        amounts[line.currency] = amounts.get(line.currency, 0) + line.earned.micros
    made = []
    for base in sorted(amounts, key=lambda code: (code != slip.currency, code)):
        factor, source, legs = (Fraction(1), "", []) if base == slip.currency else locked[base]
        made.append(Converted(base, slip.currency, amounts[base], factor, source, legs_of(base, legs)))
    return made


_PIECES_SUM: Final = """
    SELECT COALESCE(sum(CASE WHEN work.currency = :currency THEN work.amount
                             ELSE half_even(work.amount * fx.numerator, fx.denominator) END), 0)::bigint
      FROM accepted_work work
      LEFT JOIN run_fx_rate fx ON fx.group_id = work.group_id AND fx.pay_day = work.pay_day AND fx.base = work.currency
                              AND fx.quote = :currency
     WHERE work.group_id = :group AND work.pay_day = :day AND work.worker_id = :worker
"""


def sum_of_pieces(worker_id: int, slip: Slip) -> Money:
    """Give what a payslip's pieces come to when each is converted and rounded by itself."""
    found = rows(_PIECES_SUM, worker=worker_id, group=slip.group.id, day=slip.day, currency=slip.currency)
    return Money.of_micros(found[0][0], slip.currency)


@dataclass(frozen=True, slots=True)
class Sent:
    """A payout that took a payslip's amount along.

    Attributes:
        made_by: the day whose release made it.
        amount: of the whole payout.
        state: of the contract's payouts.
        rail: that it took.
        reference: the rail's own number of it.
        failure: why the rail declined it: a stable code.
        sent_at: when it was first tried.
        settled_at: when it was paid or declined.
        number: 2 and so on for what was sent again.

    """

    made_by: Place
    amount: Money
    state: str
    rail: str
    reference: str
    failure: str
    sent_at: datetime | None
    settled_at: datetime | None
    number: int


@dataclass(frozen=True, slots=True)
class Carried:
    """How a worker's balance came to what it was after a payslip was released.

    Attributes:
        before: the balance before it.
        sent: the payout that was made then; zero if there was none.
        after: before + net − sent.

    """

    before: Money
    sent: Money
    after: Money


def payouts_of(worker_id: int, slip: Slip) -> list[Sent]:
    """Return the payouts that took a payslip's amount along: those that failed, and the last one."""
    if slip.release_id is None:
        return []
    return [
        Sent(
            Place(code, one.pay_day), Money.of_micros(one.amount, one.currency), one.state, one.rail, one.reference,
            one.failure, one.sent_at, one.settled_at, one.number,
        )
        for one, code in orders_after(worker_id, slip.currency, slip.release_id)
    ]  # fmt: skip


def carried_of(worker_id: int, slip: Slip) -> Carried | None:
    """Give how a worker's balance changed when a payslip was released, or None before that."""
    if slip.release_id is None:
        return None
    ((before, sent),) = rows(
        """
        SELECT (SELECT COALESCE(-sum(amount), 0)::bigint FROM posting
                 WHERE party_id = :worker AND account = 'payable' AND currency = :currency AND entry_id < :release),
               (SELECT COALESCE(sum(amount), 0)::bigint FROM payout_order
                 WHERE group_id = :group AND pay_day = :day AND worker_id = :worker AND currency = :currency
                   AND number = 1)
        """,
        worker=worker_id, currency=slip.currency, release=slip.release_id, group=slip.group.id, day=slip.day,
    )  # fmt: skip
    after = before + slip.net.micros - sent
    return Carried(*(Money.of_micros(amount, slip.currency) for amount in (before, sent, after)))


def least_payout(group: PayGroup, currency: str, day: date) -> Money:
    """Give a group's least payout in a currency on a day; zero where no exchange rate is at hand, as payouts do."""
    if group.currency == currency or not group.minimum:
        return Money.of_micros(group.minimum, currency)
    chosen = rates_for(day).choose(group.currency, currency)
    return Money.of_micros(convert(group.minimum, chosen.factor) if chosen else 0, currency)
