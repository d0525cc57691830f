"""A file's way through the commands, from the import to the payment, compared with the oracle at every place."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.journeys import oracle
from tests.journeys.conftest import Shell

QUIET: Final = date(2020, 1, 1)  # an open day for files in which nothing is accepted


@dataclass(frozen=True)
class Setting:
    """A pay group, and how a file is paid in it."""

    code: str
    zone: str
    currency: str
    minimum: str
    pay: str  # reward or rates
    late: bool  # the books open in the middle of the file, and not with its first day

    @classmethod
    def of(cls, number: int, name: str) -> "Setting":
        """Give each file another setting."""
        zones = ("Africa/Nairobi", "America/Los_Angeles", "Asia/Ho_Chi_Minh", "Asia/Kuwait", "Pacific/Kiritimati")
        groups = (("KE", "KES", "20"), ("VN", "VND", "15000"), ("KW", "KWD", "0.2"), ("US", "USD", "0"))
        code, currency, minimum = groups[number % 4]
        rates = "sdk" in name or "turkle" in name or number % 3 == 2
        return cls(code, zones[number % 5], currency, minimum, "rates" if rates else "reward", late=number % 2 == 1)


@dataclass(frozen=True)
class Crowd:
    """The workers of a file: every other one is known before, with a country and a currency of her own."""

    country_of: Mapping[str, str]
    currency_of: Mapping[str, str]

    @classmethod
    def of(cls, reading: oracle.Reading) -> "Crowd":
        """Deal countries and currencies out."""
        known = sorted({piece.worker for piece in reading.pieces})[::2]
        return cls(
            dict(zip(known, cycle(("KE", "VN", "", "KW", "VE")), strict=False)),
            dict(zip(known, cycle(("KES", "VND", "KWD", "USD")), strict=False)),
        )

    def rows(self, group: str) -> list[list[str]]:
        """Give the list of workers to import."""
        header = ["external_id", "name", "email", "country", "currency", "group", "locale"]
        return [
            header,
            *([one, "", "", self.country_of[one], self.currency_of[one], group, ""] for one in self.country_of),
        ]


def card(day: date) -> list[oracle.CardLine]:
    """Give a rate card with a decoy, two currencies, both kinds, and a change on a day."""
    long_ago = date(2010, 1, 1)
    return [
        oracle.CardLine(
            "", "KE", oracle.Price("hourly", "USD", Decimal(99)), long_ago
        ),  # the project's own lines come first
        oracle.CardLine("FALCON", "", oracle.Price("piece", "USD", Decimal("0.033333")), long_ago),
        oracle.CardLine("FALCON", "KE", oracle.Price("hourly", "KES", Decimal("731.17")), long_ago),
        oracle.CardLine("FALCON", "KE", oracle.Price("piece", "USD", Decimal("0.012345")), day),
        oracle.CardLine("FALCON", "VN", oracle.Price("hourly", "USD", Decimal("3.777777")), long_ago),
    ]


def rates(first: date, last: date) -> oracle.Rates:
    """Give rates for every fourth day: direct, inverse, and through the euro, and the ways do not agree."""
    published = (
        ("USD", "KES", "129.253741"),
        ("VND", "USD", "0.0000379817"),
        ("EUR", "USD", "1.0831"),
        ("EUR", "KWD", "0.33271"),
        ("EUR", "KES", "141.07"),
        ("EUR", "VND", "27433.5"),
    )
    return {
        (day, base, quote): round(Decimal(rate) * (1 + Decimal(step) / 97), 12)
        for step, day in enumerate(_days(first - timedelta(days=3), last, 4))
        for base, quote, rate in published
    }


def _days(first: date, last: date, step: int = 1) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(0, (last - first).days + 1, step))


def accepted_days(pieces: Sequence[oracle.Piece], zone: str) -> list[date]:
    """Give the local dates on which work was accepted."""
    return sorted({piece.accepted_at.astimezone(ZoneInfo(zone)).date() for piece in pieces if piece.accepted_at})


class Journey:
    """One file's way from the import to the payment, with what the oracle expects of it."""

    def __init__(self, daybook: Shell, setting: Setting, reading: oracle.Reading) -> None:
        self.daybook, self.setting, self.reading = daybook, setting, reading
        self.days = accepted_days(reading.accepted, setting.zone) or [QUIET]
        self.open_day = self.days[len(self.days) // 2] if setting.late else self.days[0]
        self.crowd = Crowd.of(reading)
        self.card = card(self.days[len(self.days) // 2])
        self.rates = rates(self.open_day, self.days[-1])
        self.pay = oracle.Pay(
            setting.zone, self.open_day, self.crowd.currency_of, setting.currency, Decimal(setting.minimum)
        )

    def set_up(self) -> None:
        """Create the group, the project, the workers that are known, the rate card and the exchange rates."""
        setting, daybook = self.setting, self.daybook
        daybook(
            "groups", "create", setting.code, "--timezone", setting.zone, "--currency", setting.currency,
            "--open-day", self.open_day, "--minimum", setting.minimum,
        )  # fmt: skip
        daybook("projects", "create", "FALCON", "--customer", "Some Customer Ltd")
        daybook("import", "workers", daybook.write("workers.csv", self.crowd.rows(setting.code)))
        lines = [
            [one.project, "", one.country, one.price.kind, one.price.currency, one.price.rate, one.valid_from]
            for one in self.card
        ]
        daybook(
            "import",
            "rates",
            daybook.write(
                "card.csv", [["project", "level", "country", "kind", "currency", "rate", "valid_from"], *lines]
            ),
        )
        fx = [[day, base, quote, f"{rate:f}", "bank"] for (day, base, quote), rate in self.rates.items()]
        daybook("fx", "import", daybook.write("fx.csv", [["date", "base", "quote", "rate", "source"], *fx]))

    def take(self, path: Path) -> Any:
        """Import the work."""
        return self.daybook(
            "import",
            "work",
            path,
            "--format",
            "mturk",
            "--project",
            "FALCON",
            "--pay",
            self.setting.pay,
            "--group",
            self.setting.code,
        )

    def price(self, piece: oracle.Piece, country: str, day: date) -> oracle.Price:
        """Give what the oracle says that a piece of this file earns."""
        by_card = oracle.card_price(self.card)
        return by_card(piece, country, day) if self.setting.pay == "rates" else oracle.reward_price(piece, country, day)

    def expected(self, pieces: Sequence[oracle.Piece]) -> oracle.Nets:
        """Give what the oracle says that each worker is paid for each day."""
        return oracle.nets(pieces, self.pay, self.rates, self.price, self.crowd.country_of)

    def pay_out(self) -> list[str]:
        """Close, approve, release day by day, and send; give the names of the runs."""
        daybook, code = self.daybook, self.setting.code
        daybook("close", "--group", code, "--through", self.days[-1])
        names = [run["run"] for run in daybook("runs", "list")["runs"]]
        if names:
            first, second = daybook.people()
            daybook("runs", "approve", *names, "--as", first)
            daybook("runs", "release", *names, "--as", second)
        daybook("payouts", "send")
        return names

    def currency(self, worker: str) -> str:
        """Give what a worker is paid in."""
        return self.crowd.currency_of.get(worker, self.setting.currency)


def check_money(journey: Journey, names: Sequence[str], worked: oracle.Nets, accepted: Sequence[oracle.Piece]) -> None:
    """Compare every export and every balance with the oracle."""
    export = journey.daybook.export
    check_payslips(journey, names, worked)
    lines = [line for name in names for line in export(name, "lines")]
    check_lines(lines, accepted, worked)
    books = oracle.payouts(worked, journey.pay, journey.rates)
    orders = [order for name in names for order in export(name, "payouts")]
    paid = {(date.fromisoformat(one["run"][-10:]), one["worker"]): Decimal(one["amount"]) for one in orders}
    assert paid == books.orders
    assert {one["state"] for one in orders} <= {"paid"}
    assert {(one["worker"], one["currency"]) for one in orders} <= {
        (worker, journey.currency(worker)) for _, worker in books.orders
    }
    journal = [row for name in names for row in export(name, "journal")]
    check_journal(journal, journey, worked, books)


def check_payslips(journey: Journey, names: Sequence[str], worked: oracle.Nets) -> None:
    """Each worker's net of each day, in the currency that she is paid in, to the micro."""
    slips = [slip for name in names for slip in journey.daybook.export(name, "payslips")]
    assert {(slip["day"], slip["worker"]): Decimal(slip["net"]) for slip in slips} == {
        (day.isoformat(), worker): net for day, workers in worked.items() for worker, net in workers.items()
    }
    for slip in slips:
        assert slip["run"] == f"{journey.setting.code}-{slip['day']}"
        assert slip["currency"] == journey.currency(slip["worker"])
        assert Decimal(slip["gross"]) - Decimal(slip["deductions"]) == Decimal(slip["net"])
        assert slip["payout_state"] in {"paid", "carried"}


def check_lines(lines: Sequence[Mapping[str, str]], accepted: Sequence[oracle.Piece], worked: oracle.Nets) -> None:
    """Every accepted piece stands on one line, and the lines sum to the payslips."""
    assert Counter(line["source"] for line in lines if line["kind"] != "rounding") == Counter(
        one.source for one in accepted
    )
    sums: Counter[tuple[str, str]] = Counter()
    for line in lines:
        sums[line["run"][-10:], line["worker"]] += Decimal(line["converted"])  # type: ignore[assignment]
    assert dict(sums) == {
        (day.isoformat(), worker): net for day, workers in worked.items() for worker, net in workers.items()
    }


def check_journal(
    journal: Sequence[Mapping[str, str]], journey: Journey, worked: oracle.Nets, books: oracle.Books
) -> None:
    """Debits equal credits in each currency; what is left of a worker's pay stands in her balance, and nowhere else."""
    debited: Counter[str] = Counter()
    credited: Counter[str] = Counter()
    for row in journal:
        debited[row["currency"]] += Decimal(row["debit"] or 0)  # type: ignore[assignment]
        credited[row["currency"]] += Decimal(row["credit"] or 0)  # type: ignore[assignment]
    assert debited == credited
    assert bool(debited) == bool(worked)
    balances = journey.daybook("ledger", "balances")["balances"]
    sums: Counter[str] = Counter()
    for one in balances:
        sums[one["currency"]] += Decimal(one["balance"])  # type: ignore[assignment]
    assert not any(sums.values())
    left = {
        one["account"].removeprefix("payable:"): -Decimal(one["balance"])
        for one in balances
        if one["account"].startswith("payable:")
    }
    assert left == {worker: balance for worker, balance in books.balances.items() if balance}
    assert not [one for one in balances if one["account"].startswith(("accrued:", "clearing:"))]
    assert journey.daybook("ledger", "check")["ok"] is True
