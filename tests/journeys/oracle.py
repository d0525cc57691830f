"""A second opinion on files of Amazon Mechanical Turk: what is in them, and what money must come out.

It shares no code with the product, on purpose, and none may be added: it stands on csv, decimal, fractions and zoneinfo
alone. It is slow and plain; where it and the product disagree one of them is wrong.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

HOURS = {"UTC": 0, "GMT": 0, "PST": -8, "PDT": -7, "EST": -5, "EDT": -4, "CET": 1, "CEST": 2}
CENTS = {"VND": Decimal(1), "KWD": Decimal("0.001")}  # the smallest unit of money; 0.01 of all the others here


@dataclass(frozen=True)
class Piece:
    """One assignment, as its file tells it."""

    source: str
    worker: str
    status: str
    claimed: datetime | None
    submitted: datetime
    approved: datetime | None
    seconds: int | None
    reward: Decimal | None

    @property
    def accepted_at(self) -> datetime | None:
        """The instant that decides the pay day; None for work that is not accepted."""
        return (self.approved or self.submitted) if self.status == "Approved" else None


@dataclass(frozen=True)
class Reading:
    """A whole file."""

    rows: int
    no_work: int
    pieces: Sequence[Piece]

    @property
    def accepted(self) -> list[Piece]:
        """The work that is paid."""
        return [piece for piece in self.pieces if piece.accepted_at]


@dataclass(frozen=True)
class Price:
    """What a piece, or an hour, of work earns."""

    kind: str
    currency: str
    rate: Decimal


@dataclass(frozen=True)
class CardLine:
    """A line of a rate card; an empty country means any, and so does an empty project."""

    project: str
    country: str
    price: Price
    valid_from: date


@dataclass(frozen=True)
class Pay:
    """Who is paid in what, where her days begin, and what it takes to be paid."""

    zone: str
    open_day: date  # when the work came in
    currency_of: Mapping[str, str]
    group_currency: str = "USD"
    minimum: Decimal = Decimal(0)
    opened_later: Mapping[str, date] = field(
        default_factory=dict
    )  # the open day for work that came in later, by source


Rates = Mapping[tuple[date, str, str], Decimal]
Nets = dict[date, dict[str, Decimal]]


def read(path: Path) -> Reading:
    """Read a web download, a file of the command-line tools, a dump of the SDK or a file of Turkle."""
    csv.field_size_limit(10**9)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header = stream.readline()
        stream.seek(0)
        reader = csv.reader(stream, delimiter="\t" if header.count("\t") > header.count(",") else ",")
        names = [name.strip().lower() for name in next(reader)]
        table = [dict(zip(names, cells, strict=False)) for cells in reader if any(cells)]
    turkle = "assignmentstatus" not in names
    work = [row for row in table if row.get("assignmentid") or row.get("workerid") or row.get("assignmentstatus")]
    return Reading(len(table), len(table) - len(work), [_piece(row, turkle=turkle) for row in work])


def _piece(row: Mapping[str, str], *, turkle: bool) -> Piece:
    def time(*names: str) -> datetime | None:
        text = next((row[name] for name in names if row.get(name)), "")
        return instant(text) if text else None

    claimed, submitted = time("accepttime", "assignmentaccepttime"), time("submittime", "assignmentsubmittime")
    assert submitted
    reward = row.get("reward", "").removeprefix("$").replace(",", "")
    return Piece(
        row["assignmentid"], row["workerid"], "Approved" if turkle else row["assignmentstatus"].capitalize(),
        claimed, submitted, time("approvaltime", "assignmentapprovaltime"), _seconds(row, claimed, submitted),
        Decimal(reward) if reward else None,
    )  # fmt: skip


def _seconds(row: Mapping[str, str], claimed: datetime | None, submitted: datetime) -> int | None:
    if row.get("worktimeinseconds"):
        return int(Decimal(row["worktimeinseconds"]))
    if row.get("timespent"):
        days, _, clock = row["timespent"].partition(" days ")
        hours, minutes, seconds = clock.split(":")
        return int(days) * 86_400 + int(hours) * 3_600 + int(minutes) * 60 + int(Decimal(seconds))
    return int((submitted - claimed).total_seconds()) if claimed else None


def instant(text: str) -> datetime:
    """Read `Wed Apr 04 10:26:53 PDT 2018`, `2018-04-07 17:27:37 UTC` or `2018-09-18 18:18:35+02:00`."""
    if re.match(r"\d{4}-", text):
        day, _, rest = text.partition(" ")
        if rest.endswith(" UTC"):
            return datetime.fromisoformat(f"{day}T{rest.removesuffix(' UTC')}+00:00")
        return datetime.fromisoformat(text).astimezone(UTC)
    _, month, day, clock, zone, year = text.split()
    number = "JanFebMarAprMayJunJulAugSepOctNovDec".index(month) // 3 + 1
    naive = datetime.fromisoformat(f"{year}-{number:02}-{int(day):02}T{clock}")
    return naive.replace(tzinfo=timezone(timedelta(hours=HOURS[zone]))).astimezone(UTC)


def rounded(amount: Fraction) -> Decimal:
    """Round to the micro, a tie to the even one."""
    return Decimal(round(amount * 1_000_000)).scaleb(-6)


def reward_price(piece: Piece, _country: str, _day: date) -> Price:
    """The file's own reward, in the only currency of MTurk."""
    assert piece.reward is not None
    return Price("piece", "USD", piece.reward)


def card_price(card: Iterable[CardLine]) -> Callable[[Piece, str, date], Price]:
    """Give a function that finds a price: the project's own line first, then the country's, then the latest."""

    def price(_piece: Piece, country: str, day: date) -> Price:
        lines = [line for line in card if line.valid_from <= day and line.country in {"", country}]
        return max(lines, key=lambda line: (bool(line.project), bool(line.country), line.valid_from)).price

    return price


def earned(piece: Piece, price: Price) -> Decimal:
    """What a piece of work earns, rounded when it is accepted."""
    if price.kind == "piece":
        return price.rate
    assert piece.seconds is not None
    return rounded(Fraction(price.rate) * piece.seconds / 3600)


def pay_day(piece: Piece, pay: Pay) -> date:
    """The day of the books that accepted work belongs to."""
    assert piece.accepted_at
    return max(
        pay.opened_later.get(piece.source, pay.open_day), piece.accepted_at.astimezone(ZoneInfo(pay.zone)).date()
    )


def factor(rates: Rates, base: str, quote: str, day: date, middle: str = "EUR") -> Fraction:
    """What one unit is in another currency on a day: the direct rate, else the inverse, else through `middle`."""
    if base == quote:
        return Fraction(1)
    straight = _latest(rates, base, quote, day)
    if straight is not None:
        return straight
    first, second = _latest(rates, base, middle, day), _latest(rates, middle, quote, day)
    assert first is not None
    assert second is not None
    return first * second


def _latest(rates: Rates, base: str, quote: str, day: date) -> Fraction | None:
    known = [on for on, one, other in rates if (one, other) == (base, quote) and day - timedelta(days=7) <= on <= day]
    if known:
        return Fraction(rates[max(known), base, quote])
    known = [on for on, one, other in rates if (one, other) == (quote, base) and day - timedelta(days=7) <= on <= day]
    return 1 / Fraction(rates[max(known), quote, base]) if known else None


def nets(
    pieces: Iterable[Piece],
    pay: Pay,
    rates: Rates,
    price: Callable[[Piece, str, date], Price],
    country_of: Mapping[str, str],
) -> Nets:
    """What each worker earned on each day in the currency that she is paid in."""
    totals: dict[tuple[date, str, str], Decimal] = defaultdict(Decimal)
    for piece in pieces:
        if piece.accepted_at is None:
            continue
        begun = (piece.claimed or piece.submitted).astimezone(ZoneInfo(pay.zone)).date()
        due = price(piece, country_of.get(piece.worker, ""), begun)
        totals[pay_day(piece, pay), piece.worker, due.currency] += earned(piece, due)
    result: Nets = defaultdict(lambda: defaultdict(Decimal))
    for (day, worker, currency), total in totals.items():
        wanted = pay.currency_of.get(worker, pay.group_currency)
        result[day][worker] += rounded(Fraction(total) * factor(rates, currency, wanted, day))
    return {day: dict(workers) for day, workers in result.items()}


@dataclass(frozen=True)
class Books:
    """What is paid out on each day, and what is left."""

    orders: Mapping[tuple[date, str], Decimal]
    balances: Mapping[str, Decimal]


def payouts(worked: Nets, pay: Pay, rates: Rates) -> Books:
    """Release the days in order: each pays what can be sent of the whole balance, if that reaches the minimum."""
    balances: dict[str, Decimal] = defaultdict(Decimal)
    orders = {}
    for day in sorted(worked):
        for worker, net in worked[day].items():
            currency = pay.currency_of.get(worker, pay.group_currency)
            balances[worker] += net
            cent = CENTS.get(currency, Decimal("0.01"))
            sendable = balances[worker] // cent * cent
            least = (
                rounded(Fraction(pay.minimum) * factor(rates, pay.group_currency, currency, day)) if pay.minimum else 0
            )
            if sendable > 0 and sendable >= least:
                orders[day, worker] = sendable
                balances[worker] -= sendable
    return Books(orders, dict(balances))
