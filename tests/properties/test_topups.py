"""Top-ups against arithmetic of the test's own: random days of pieces, hours, floors and rates, in exact fractions."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from payroll.closing.services import Policy, close_day
from payroll.ledger.queries import problems
from tests.factories import DAY, NOW, fx_sources, make_fx, make_group, make_project, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, run, session, transaction
from workforce.core.money import Money, from_micros
from workforce.paydays.models import PayGroup
from workforce.rates.services import Quote
from workforce.rates.services.floors import add_floor
from workforce.tasks.models import Submission
from workforce.tasks.services import NewWork, OpenDays, accept, record_work, reprice, reverse

NEXT = DAY + timedelta(days=1)
COUNTRIES = ["KE", "VN", "US", ""]  # nobody enters a floor for the last one
PAID_IN = ["KES", "VND", "USD", "KES"]
PRICED_IN = ["USD", "EUR", "KES"]
RATES = {("USD", "KES"): Decimal("129.2537"), ("USD", "VND"): Decimal("25411.25"), ("EUR", "USD"): Decimal("1.0847"),
         ("EUR", "KES"): Decimal("140.21"), ("EUR", "VND"): Decimal("27563.7"), ("VND", "KES"): Decimal("0.0050865"),
         }  # fmt: skip
_numbers = count(1)


@dataclass(frozen=True)
class Piece:
    """A piece of work, and what becomes of it on its day or on the next one."""

    worker: int
    project: int
    currency: str
    kind: str
    seconds: int
    rate: int
    carded: bool
    fate: str
    later: bool
    new_rate: int
    new_seconds: int

    def counted(self) -> list[tuple[int, int, int]]:
        """Give what a floor counts of it: day 0 or 1, seconds and amount."""
        first = self._counts(0, self.rate, self.seconds)
        match self.fate, self.later:
            case "reversed", False:
                return []
            case "accepted again", False:
                return first
            case "accepted again", True:  # it lost nothing on its day, and is not made up for twice
                return first
            case "repriced", False:
                return self._counts(0, self.new_rate, self.new_seconds)
            case _:
                return first

    def _counts(self, day: int, rate: int, seconds: int) -> list[tuple[int, int, int]]:
        if not self.carded or self.kind == "bonus" or not seconds:
            return []
        amount = round(Fraction(rate * seconds, 3600)) if self.kind == "hourly" else rate
        return [(day, seconds, amount)]


MICROS = st.integers(0, 30) | st.integers(0, 9_000_000) | st.integers(0, 10**6).map(lambda odd: 2 * odd + 1)
SECONDS = st.integers(0, 20_000) | st.sampled_from([0, 1800, 3600, 5400])
PIECES = st.builds(
    Piece, worker=st.integers(0, 3), project=st.integers(0, 2), currency=st.sampled_from(PRICED_IN),
    kind=st.sampled_from(["piece", "piece", "hourly", "bonus"]), seconds=SECONDS, rate=MICROS,
    carded=st.sampled_from([True, True, True, False]),
    fate=st.sampled_from(["kept", "kept", "kept", "reversed", "repriced", "accepted again"]), later=st.booleans(),
    new_rate=MICROS, new_seconds=SECONDS,
)  # fmt: skip
FLOORS = st.lists(
    st.tuples(st.sampled_from(COUNTRIES[:3]), st.sampled_from(["USD", "KES", "VND"]), st.integers(1, 300_000_000),
              st.integers(-40, 2)),
    max_size=5, unique_by=lambda one: (one[0], one[3]),
)  # fmt: skip


def factor(base: str, quote: str) -> Fraction:
    """Give the exact factor of two currencies: direct, else the other way round."""
    if base == quote:
        return Fraction(1)
    if (base, quote) in RATES:
        return Fraction(RATES[base, quote])
    return 1 / Fraction(RATES[quote, base])


def expected(pieces: list[Piece], floors: list[tuple[str, str, int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
    """Give the project and amount of each top-up by day (0 or 1) and worker."""
    made = {}
    for day in (0, 1):
        for worker, (country, paid_in) in enumerate(zip(COUNTRIES, PAID_IN, strict=True)):
            held = max(
                (one for one in floors if one[0] == country and one[3] <= day), key=lambda one: one[3], default=None
            )
            lines = [
                (piece.project, piece.currency, seconds, amount) for piece in pieces if piece.worker == worker
                for on, seconds, amount in piece.counted() if on == day
            ]  # fmt: skip
            if held is None or not lines:
                continue

            def short(
                its: list[tuple[int, str, int, int]],
                held: tuple[str, str, int, int] = held,
                paid_in: str = paid_in,
            ) -> int:
                due = round(Fraction(sum(line[2] for line in its) * held[2], 3600) * factor(held[1], paid_in))
                totals: dict[str, int] = defaultdict(int)
                for _, currency, _, amount in its:
                    totals[currency] += amount
                return due - sum(round(amount * factor(one, paid_in)) for one, amount in totals.items())

            if short(lines) > 0:
                touched = {one[0] for one in lines}
                own = {project: short([one for one in lines if one[0] == project]) for project in touched}
                bearer = min(own, key=lambda project: (-own[project], project))
                made[day, worker] = (bearer, short(lines))
    return made


def record(pieces: list[Piece], group: PayGroup, projects: list[int], workers: list[int]) -> list[Submission]:
    """Record the work, and what becomes of it on the same day; give the pieces that wait for the next one."""
    noon, later = datetime.combine(DAY, time(9), UTC), []
    for piece in pieces:
        source = f"S{next(_numbers)}"
        price = Quote(piece.kind, piece.rate, piece.currency, 7 if piece.carded else None)
        work = NewWork(source=source, worker_id=workers[piece.worker], group=group, state="accepted", quote=price,
                       seconds=piece.seconds, claimed_at=None, submitted_at=noon, decided_at=noon)  # fmt: skip
        record_work(projects[piece.project], [work], OpenDays())
        made = session().scalars(select(Submission).where(Submission.source == source)).one()
        if piece.later:
            later.append(made)
        else:
            change(piece, made, group, noon)
    return later


def change(piece: Piece, made: Submission, group: PayGroup, at: datetime) -> None:
    """Let happen to a piece what it was drawn to meet."""
    if piece.fate in {"reversed", "accepted again"}:
        reverse(SYSTEM, made, group, OpenDays(), decided_at=at, reason="", now=NOW)
    if piece.fate == "accepted again":
        accept(SYSTEM, made, group, OpenDays(), decided_at=at, now=NOW)
    if piece.fate == "repriced":
        reprice(SYSTEM, made, group, OpenDays(), rate=piece.new_rate, seconds=piece.new_seconds, at=at, now=NOW)


@settings(max_examples=25)  # each closes two days
@given(pieces=st.lists(PIECES, min_size=1, max_size=12), floors=FLOORS, size=st.integers(1, 5))
def test_top_ups_are_what_exact_fractions_say(
    context: Flask, pieces: list[Piece], floors: list[tuple[str, str, int, int]], size: int
) -> None:
    number = next(_numbers)
    with transaction():
        for (base, quote), rate in RATES.items():
            for day in (DAY, NEXT):
                make_fx(base, quote, f"{rate:f}", day=day, source=f"s{number}")
        group = make_group(f"G{number}", timezone="UTC")
        projects = [make_project(f"P{number}-{place}").id for place in range(3)]
        workers = [
            make_worker(group, f"W{number}-{place}", currency=currency, country=country).id
            for place, (country, currency) in enumerate(zip(COUNTRIES, PAID_IN, strict=True))
        ]
        run("ALTER TABLE hourly_floor DISABLE TRIGGER only_grows")  # those of the example before
        run("ALTER TABLE run_floor DISABLE TRIGGER only_grows")
        run(
            "UPDATE hourly_floor SET valid_from = valid_from + :far WHERE valid_from < '2100-01-01'",
            far=50_000 + 100 * number,
        )
        run("ALTER TABLE hourly_floor ENABLE TRIGGER only_grows")
        run("ALTER TABLE run_floor ENABLE TRIGGER only_grows")
        for country, currency, micros, ahead in floors:
            money = Money(from_micros(micros), currency)
            add_floor(SYSTEM, country=country, money=money, valid_from=DAY + timedelta(days=ahead), now=NOW)
        later = record(pieces, group, projects, workers)
    policy = Policy(workers_a_chunk=size)
    with fx_sources(f"s{number}"):
        close_day(SYSTEM, f"G{number}", DAY, now=NOW, policy=policy)
    with transaction():
        group = session().get_one(PayGroup, group.id)
        waiting = iter(later)
        for piece in pieces:
            if piece.later:
                made = session().merge(next(waiting))
                change(piece, made, group, datetime.combine(NEXT, time(9), UTC))
    with fx_sources(f"s{number}"):
        close_day(SYSTEM, f"G{number}", NEXT, now=NOW, policy=policy)
    with transaction():
        found = {
            ((day - DAY).days, workers.index(worker)): (projects.index(project), amount)
            for day, worker, project, amount in rows(
                "SELECT pay_day, worker_id, project_id, amount FROM payslip_line"
                " WHERE kind = 'topup' AND group_id = :group",
                group=group.id,
            )
        }
        assert found == expected(pieces, floors)
        explained = rows(
            "SELECT pay_day, worker_id, amount, due - earned FROM floor_top_up WHERE group_id = :group", group=group.id
        )
        assert {((day - DAY).days, workers.index(worker)): amount for day, worker, amount, _ in explained} == {
            key: amount for key, (_, amount) in found.items()
        }
        assert not [one for one in problems() if f"G{number}" in one]
