"""The close against arithmetic of the test's own: random days, computed again in exact fractions."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from itertools import count

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from payroll.closing.models import Payslip, PayslipLine
from payroll.closing.services import Policy, close_day
from payroll.ledger.queries import problems
from tests.factories import DAY, NOW, fx_sources, make_fx, make_group, make_project, make_work, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, session, transaction
from workforce.core.money import from_micros
from workforce.paydays.models import PayGroup
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays, reprice, reverse

PAID_IN = ["KES", "VND", "KWD", "USD"]
PRICED_IN = ["USD", "EUR", "KES"]
PIVOT = "CHF"  # nobody is paid or priced in it: the source's base, where rates go through one
NOON = datetime.combine(DAY, time(12), UTC)
_numbers = count(1)


@dataclass(frozen=True)
class Piece:
    """A piece of work, and what becomes of it before the day is closed."""

    worker: int
    project: int
    currency: str
    kind: str
    seconds: int
    rate: int
    fate: str
    new_rate: int

    def lines(self) -> list[tuple[str, int]]:
        """Give the kinds and amounts that must stand in the books, by arithmetic of the test's own."""
        first = self._price(self.rate)
        if self.fate == "reversed":
            return [(self.kind, first), ("correction", -first)]
        if self.fate == "repriced":
            return [(self.kind, first), ("correction", -first), (self.kind, self._price(self.new_rate))]
        return [(self.kind, first)]

    def _price(self, rate: int) -> int:
        return round(Fraction(rate * self.seconds, 3600)) if self.kind == "hourly" else rate


# Rates that make ties: an odd number of half micros a piece of work.
MICROS = st.integers(0, 30) | st.integers(0, 50_000_000) | st.integers(0, 10**6).map(lambda odd: 2 * odd + 1)
PIECES = st.builds(
    Piece, worker=st.integers(0, 3), project=st.integers(0, 1), currency=st.sampled_from(PRICED_IN),
    kind=st.sampled_from(["piece", "hourly"]), seconds=st.integers(0, 20_000) | st.sampled_from([1800, 3600, 5400]),
    rate=MICROS, fate=st.sampled_from(["kept", "kept", "reversed", "repriced"]), new_rate=MICROS,
)  # fmt: skip
RATE = st.decimals("0.0001", "30000", places=6).filter(lambda rate: rate > 0) | st.sampled_from(
    [Decimal(2), Decimal("0.5")]
)


@dataclass(frozen=True)
class Market:
    """Exchange rates of one way: each currency's rates are given directly, the other way round, or against a pivot."""

    way: str
    rates: dict[tuple[str, str], Decimal]

    def load(self, source: str) -> None:
        """Load the rates as a source publishes them."""
        for (base, quote), rate in self.rates.items():
            make_fx(base, quote, f"{rate:f}", source=source)

    def factor(self, base: str, quote: str) -> Fraction:
        """Give the exact factor."""
        if base == quote:
            return Fraction(1)
        if (base, quote) in self.rates:
            return Fraction(self.rates[base, quote])
        if (quote, base) in self.rates:
            return 1 / Fraction(self.rates[quote, base])
        return self.factor(base, PIVOT) * self.factor(PIVOT, quote)


@st.composite
def markets(draw: st.DrawFn) -> Market:
    """Draw a market that can convert whatever is priced into whatever is paid."""
    way = draw(st.sampled_from(["direct", "inverse", "through"]))
    pairs = {(base, quote) for base in PRICED_IN for quote in PAID_IN if base != quote}
    if way == "through":
        pairs = {(PIVOT, one) if draw(st.booleans()) else (one, PIVOT) for one in {*PRICED_IN, *PAID_IN}}
    if way == "inverse":
        pairs = {(quote, base) for base, quote in pairs}
    return Market(way, {pair: draw(RATE) for pair in sorted(pairs)})


def record(pieces: list[Piece]) -> tuple[PayGroup, list[int], list[int]]:
    """Record the work through the services; give the group, and the numbers of the workers and projects."""
    number = next(_numbers)
    group = make_group(f"G{number}")
    projects = [make_project(f"P{number}-{place}") for place in range(2)]
    workers = [make_worker(group, f"W{number}-{place}", currency=currency) for place, currency in enumerate(PAID_IN)]
    for piece in pieces:
        source = make_work(
            projects[piece.project], workers[piece.worker], rate=f"{from_micros(piece.rate):f}",
            currency=piece.currency, kind=piece.kind, seconds=piece.seconds,
        )  # fmt: skip
        if piece.fate == "kept":
            continue
        made = session().query(Submission).filter_by(source=source).one()
        if piece.fate == "reversed":
            reverse(SYSTEM, made, group, OpenDays(), decided_at=NOON, reason="", now=NOW)
        else:
            reprice(SYSTEM, made, group, OpenDays(), rate=piece.new_rate, seconds=piece.seconds, at=NOON, now=NOW)
    session().flush()
    return group, [worker.id for worker in workers], [project.id for project in projects]


Postings = dict[int, dict[tuple[str, int, str], int]]


def expected(
    pieces: list[Piece], market: Market, workers: list[int], projects: list[int], exchange: int
) -> tuple[dict[int, int], Postings]:
    """Compute each worker's net and postings again, in exact fractions rounded half-even to the micro."""
    totals: dict[int, Counter[str]] = defaultdict(Counter)
    postings: dict[int, Counter[tuple[str, int, str]]] = defaultdict(Counter)
    for piece in pieces:
        amount = sum(line for _, line in piece.lines())
        totals[piece.worker][piece.currency] += amount
        postings[workers[piece.worker]]["cost", projects[piece.project], piece.currency] += amount
    nets: dict[int, int] = {}
    for place, by_currency in totals.items():
        worker, paid_in = workers[place], PAID_IN[place]
        nets[worker] = 0
        for currency, total in by_currency.items():
            converted = round(total * market.factor(currency, paid_in))
            nets[worker] += converted
            postings[worker]["accrued", worker, paid_in] -= converted
            if currency != paid_in:
                postings[worker]["exchange", exchange, currency] -= total
                postings[worker]["exchange", exchange, paid_in] += converted
    return nets, {worker: {key: one for key, one in sums.items() if one} for worker, sums in postings.items()}


def in_books(group_id: int) -> Postings:
    """Give the postings of each worker's payslip."""
    made: Postings = defaultdict(dict)
    for worker, account, party, currency, amount in rows(
        "SELECT slip.worker_id, account, party_id, posting.currency, amount FROM payslip slip"
        " LEFT JOIN posting USING (entry_id) WHERE group_id = :group", group=group_id,
    ):  # fmt: skip
        made[worker].update({(account, party, currency): amount} if account else {})
    return dict(made)


@given(pieces=st.lists(PIECES, min_size=1, max_size=14), market=markets(), size=st.integers(1, 5))
@settings(max_examples=30)
def test_a_random_day_comes_to_what_exact_fractions_say(
    context: Flask, pieces: list[Piece], market: Market, size: int
) -> None:
    with transaction():
        group, workers, projects = record(pieces)
        source = f"source {group.code}".lower()
        market.load(source)
    with fx_sources(source):
        close_day(SYSTEM, group.code, DAY, now=NOW, policy=Policy(workers_a_chunk=size))
    with transaction():
        party = dict(rows("SELECT name, id FROM party")).get(source, 0)
        nets, postings = expected(pieces, market, workers, projects, party)
        slips = {slip.worker_id: slip for slip in session().query(Payslip).filter_by(group_id=group.id)}
        assert {worker: slip.net for worker, slip in slips.items()} == nets
        assert in_books(group.id) == postings
        assert {worker for worker, slip in slips.items() if slip.entry_id} == {
            worker for worker, its in postings.items() if its
        }
        assert lines_of(group.id) == lines_expected(pieces, workers, projects)
        assert problems() == []


def lines_of(group_id: int) -> dict[tuple[int, int, str, str], tuple[int, int]]:
    """Give what stands in the payslips' lines: pieces and amount."""
    found = session().query(PayslipLine).filter_by(group_id=group_id)
    return {(one.worker_id, one.project_id, one.currency, one.kind): (one.pieces, one.amount) for one in found}


def lines_expected(
    pieces: list[Piece], workers: list[int], projects: list[int]
) -> dict[tuple[int, int, str, str], tuple[int, int]]:
    """Count them again."""
    counted: dict[tuple[int, int, str, str], tuple[int, int]] = {}
    for piece in pieces:
        for kind, amount in piece.lines():
            key = (workers[piece.worker], projects[piece.project], piece.currency, kind)
            before = counted.get(key, (0, 0))
            counted[key] = before[0] + 1, before[1] + amount
    return counted


def test_the_order_of_chunks_and_their_size_change_nothing(context: Flask) -> None:
    pieces = [Piece(worker, worker % 2, "USD", "piece", 60, 12_345 + worker, "kept", 0) for worker in range(4)]
    market = Market("direct", {("USD", quote): Decimal("129.2537") for quote in ("KES", "VND", "KWD")})
    nets = []
    for size in (1, 2, 4):
        with transaction():
            group, workers, _ = record(pieces)
            market.load(f"source {group.code}")
        with fx_sources(f"source {group.code}"):
            close_day(SYSTEM, group.code, DAY, now=NOW, policy=Policy(workers_a_chunk=size))
        with transaction():
            found = dict(rows("SELECT worker_id, net FROM payslip WHERE group_id = :group", group=group.id))
            nets.append([found[worker] for worker in workers])
    assert nets[0] == nets[1] == nets[2]


def test_a_day_without_work_makes_no_run_and_moves_on(context: Flask) -> None:
    with transaction():
        group = make_group("EMPTY")
    assert close_day(SYSTEM, "EMPTY", DAY, now=NOW) == []
    with transaction():
        assert session().get_one(PayGroup, group.id).open_day == date(2026, 11, 19)
        assert rows("SELECT 1 FROM payroll_run WHERE group_id = :group", group=group.id) == []
