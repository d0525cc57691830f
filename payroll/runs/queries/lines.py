"""What a run pays for, piece by piece, each with what it is in the currency that its worker is paid in."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from payroll.closing.models import Run, RunFxRate
from workforce.core.db import session, stream
from workforce.core.money import half_even

# A factor that nobody published as it stands, such as an inverse, is shown with so many digits.
_TWELVE_DIGITS: Final = Context(prec=12, rounding=ROUND_HALF_EVEN)
_ONE: Final = Decimal(1)

# In the order of the key, so that nothing is sorted and the first row comes at once.
_PIECES: Final = """
    SELECT work.worker_id, worker.external_id AS worker, submission.source, work.kind, project.code AS project,
           work.quantity, submission.kind AS priced_by, work.rate, work.currency AS base, work.amount,
           slip.currency AS quote, slip.net, work.accepted_at, top.amount AS topped, top.seconds AS top_seconds,
           top.rate AS top_rate, top.rate_currency AS top_currency, bearer.code AS bearer
      FROM accepted_work work
      JOIN payslip slip ON slip.group_id = :group AND slip.pay_day = :day AND slip.worker_id = work.worker_id
      JOIN worker ON worker.id = work.worker_id
      JOIN project ON project.id = work.project_id
      JOIN submission ON submission.id = work.submission_id
      LEFT JOIN floor_top_up top ON top.group_id = :group AND top.pay_day = :day AND top.worker_id = work.worker_id
      LEFT JOIN project bearer ON bearer.id = top.project_id
     WHERE work.group_id = :group AND work.pay_day = :day
"""
_ORDER: Final = " ORDER BY work.worker_id, work.id"


class Untrue(AssertionError):
    """The lines of a worker do not add up to her payslip; nothing may be shown of them."""


@dataclass(frozen=True, slots=True)
class LockedRate:
    """An exchange rate as a run locked it.

    Attributes:
        base: what the work was priced in.
        quote: what the worker is paid in.
        numerator: of the exact factor.
        denominator: of the exact factor.
        source: who published the rates that it is made of.
        legs: those rates: base, quote, rate and day of each.

    """

    base: str
    quote: str
    numerator: int
    denominator: int
    source: str
    legs: Sequence[Mapping[str, Any]]

    @property
    def direct(self) -> bool:
        """Is it a published rate as it stands?"""
        return len(self.legs) == 1 and self.legs[0]["base"] == self.base

    @property
    def shown(self) -> Decimal:
        """The factor as it is written down: to the digit where it was published, else to twelve digits."""
        if self.direct:
            return Decimal(self.legs[0]["rate"])
        return _TWELVE_DIGITS.divide(Decimal(self.numerator), Decimal(self.denominator))

    def convert(self, micros: int) -> int:
        """Convert micros of the base to micros of the quote, half-even, rounded once."""
        return half_even(micros * self.numerator, self.denominator)


class Line(NamedTuple):
    """A piece of accepted work, a top-up to the hourly floor, or what rounding makes of pieces in one rate currency.

    Attributes:
        worker: external id.
        source: id in the tool that the piece came from; topup for a top-up; empty for a rounding.
        kind: piece, hourly, onboarding, bonus, correction, topup or rounding.
        project: code; empty for a rounding.
        quantity: pieces or seconds; None for a rounding.
        unit: piece or second; empty for a rounding.
        rate: micros a piece or an hour; None for a rounding.
        rate_currency: what it is priced in; for a top-up, what the floor is given in.
        amount: micros of the rate currency; of a top-up, what is added, in the currency that the worker is paid in.
        fx_rate: the factor as it is written down.
        currency: what the worker is paid in.
        converted: micros of that.
        accepted_at: none for a rounding.

    """

    worker: str
    source: str
    kind: str
    project: str
    quantity: int | None
    unit: str
    rate: int | None
    rate_currency: str
    amount: int
    fx_rate: Decimal
    currency: str
    converted: int
    accepted_at: datetime | None

    @property
    def base(self) -> str:
        """What its amount is in."""
        return self.currency if self.kind == "topup" else self.rate_currency


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a worker earned in one rate currency, and what it is in the currency that she is paid in; all in micros.

    Attributes:
        base: the rate currency.
        amount: the total in it.
        fx_rate: the factor as it is written down.
        currency: that she is paid in.
        pieces: the sum of the pieces, each converted by itself.
        rounding: what that lacks, or has too much.

    """

    base: str
    amount: int
    fx_rate: Decimal
    currency: str
    pieces: int
    rounding: int

    @property
    def converted(self) -> int:
        """The total, converted once."""
        return self.pieces + self.rounding


def conversions_of(lines: Sequence[Line]) -> list[Conversion]:
    """Give the totals of a worker's lines, one a rate currency."""
    made = []
    for base in sorted({line.base for line in lines}):
        its = [line for line in lines if line.base == base]
        rounding = sum(line.converted for line in its if line.kind == "rounding")
        amount, converted = sum(line.amount for line in its), sum(line.converted for line in its)
        made.append(Conversion(base, amount, its[0].fx_rate, its[0].currency, converted - rounding, rounding))
    return made


def locked_rates(group_id: int, days: Sequence[date]) -> dict[date, dict[tuple[str, str], LockedRate]]:
    """Give the rates that a group's runs locked, by day and by base and quote."""
    query = select(RunFxRate).where(RunFxRate.group_id == group_id, RunFxRate.pay_day.in_(days))
    found: dict[date, dict[tuple[str, str], LockedRate]] = {day: {} for day in days}
    for one in session().scalars(query.order_by(RunFxRate.base, RunFxRate.quote)):
        rate = LockedRate(one.base, one.quote, int(one.numerator), int(one.denominator), one.source, one.legs)
        found[one.pay_day][one.base, one.quote] = rate
    return found


def lines_of(run: Run, worker_id: int | None = None) -> Iterator[Line]:
    """Give the pieces of a run worker by worker, and after those of a worker her top-up and roundings, in flat memory.

    There is a rounding in each rate currency whose pieces, each converted by itself, do not add up to the conversion
    of their total. So what is converted adds up to the worker's net exactly.

    Args:
        run: computed.
        worker_id: of one worker only.

    Raises:
        Untrue: it does not add up.

    """
    rates = locked_rates(run.group_id, [run.pay_day])[run.pay_day]
    where: dict[str, Any] = {"group": run.group_id, "day": run.pay_day}
    query = _PIECES
    if worker_id is not None:
        query += " AND work.worker_id = :worker"
        where["worker"] = worker_id
    pieces = stream(query + _ORDER, **where)
    for _, its in groupby(pieces, attrgetter("worker_id")):
        yield from _with_roundings(its, rates)


def _with_roundings(pieces: Iterator[Any], rates: Mapping[tuple[str, str], LockedRate]) -> Iterator[Line]:
    """Give a worker's pieces as lines, and after them her top-up and the roundings."""
    totals: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    piece: Any = None
    for piece in pieces:
        rate = rates[piece.base, piece.quote] if piece.base != piece.quote else None
        converted = rate.convert(piece.amount) if rate else piece.amount
        totals[piece.base] += piece.amount
        sums[piece.base] += converted
        yield Line(
            piece.worker, piece.source, piece.kind, piece.project, piece.quantity,
            "second" if piece.priced_by == "hourly" else "piece", piece.rate, piece.base, piece.amount,
            rate.shown if rate else _ONE, piece.quote, converted, piece.accepted_at,
        )  # fmt: skip
    if piece.topped is not None:
        yield Line(
            piece.worker, "topup", "topup", piece.bearer, piece.top_seconds, "second", piece.top_rate,
            piece.top_currency, piece.topped, _ONE, piece.quote, piece.topped, None,
        )  # fmt: skip
    net = piece.topped or 0
    for base in sorted(totals):
        rate = rates[base, piece.quote] if base != piece.quote else None
        total = rate.convert(totals[base]) if rate else totals[base]
        net += total
        if rate and total != sums[base]:
            off = total - sums[base]
            yield Line(piece.worker, "", "rounding", "", None, "", None, base, 0, rate.shown, piece.quote, off, None)
    if net != piece.net:
        raise Untrue(f"the lines of {piece.worker} come to {net} micros, her payslip to {piece.net}")
