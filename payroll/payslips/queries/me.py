"""Reads for a worker's own earnings: what each day earned, and where it stands. Everything begins with the worker."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from payroll.closing.rules import an_hour, run_name
from payroll.payouts.queries import PAYSLIP_STATE, PAYSLIP_STATE_JOINS
from workforce.core.db import rows
from workforce.core.money import Money
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import due_at

DAYS_A_PAGE: Final = 14
CHART_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Line:
    """What a day earned in a project, in one rate currency and of one kind.

    Attributes:
        group_id: of the pay group.
        day: of its books.
        project: its code name.
        currency: of the rate.
        kind: piece, hourly, onboarding, bonus, correction or topup.
        pieces: how many.
        quantity: pieces, or seconds of work paid by the hour.
        amount: micros of the rate currency.
        seconds: measured working time.

    """

    group_id: int
    day: date
    project: str
    currency: str
    kind: str
    pieces: int
    quantity: int
    amount: int
    seconds: int

    @property
    def earned(self) -> Money:
        """What it earned."""
        return Money.of_micros(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class Day:
    """A worker's day in a pay group.

    Attributes:
        day: the date in the group's zone.
        group: the pay group.
        run: the name of its run, empty while the day is open.
        state: accepted while the day is open, then one of the contract's payout states.
        net: what it earned in her currency; None while the day is open, since nothing is converted yet.
        due_at: by when it is promised.
        paid_at: when it was paid, if it was.
        lines: what it is made of.
        waits: asked where somebody is about to send its failed payout again, checked where the rail has not answered.

    """

    day: date
    group: PayGroup
    run: str
    state: str
    net: Money | None
    due_at: datetime
    paid_at: datetime | None
    lines: Sequence[Line]
    waits: str = ""

    @property
    def totals(self) -> list[Money]:
        """What it earned in each rate currency."""
        return totals(self.lines)

    @property
    def seconds(self) -> int:
        """Measured working time."""
        return sum(line.seconds for line in self.lines)

    @property
    def hourly(self) -> Money | None:
        """What an hour of it came to; None while the day is open, and where no time was measured."""
        pay = None if self.net is None else an_hour(self.net.micros, self.seconds)
        return None if pay is None or self.net is None else Money.of_micros(pay, self.net.currency)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a worker's money is, in each currency.

    Attributes:
        accrued: in closed days that are not released yet.
        held: in closed days that must be looked at first.
        sent: in payouts that are prepared or under way.
        paid: since the month began.
        carried: released and in no payout; negative where more was taken back than earned.

    """

    accrued: Sequence[Money]
    held: Sequence[Money]
    sent: Sequence[Money]
    paid: Sequence[Money]
    carried: Sequence[Money]

    @property
    def on_the_way(self) -> list[Money]:
        """What is closed and neither paid nor held nor carried."""
        return _summed((one.currency, one.micros) for one in (*self.accrued, *self.sent))


def totals(lines: Iterable[Line]) -> list[Money]:
    """Sum lines by rate currency."""
    return _summed((line.currency, line.amount) for line in lines)


def _summed(amounts: Iterable[tuple[str, int]]) -> list[Money]:
    found: dict[str, int] = {}
    for currency, amount in amounts:
        found[currency] = found.get(currency, 0) + amount
    return [Money.of_micros(found[currency], currency) for currency in sorted(found)]


# Days that have no payslip, or not yet: they begin with the group's open day, or with the day that is being computed.
_OPEN_LINES: Final = """
    SELECT work.group_id, work.pay_day, project.code, work.currency, work.kind, work.pieces, work.quantity, work.amount,
           work.seconds
      FROM (SELECT pay_group.id,
                   COALESCE((SELECT min(pay_day) FROM payroll_run
                              WHERE payroll_run.group_id = pay_group.id AND state = 'computing'), open_day) AS first_day
              FROM pay_group) open
     CROSS JOIN LATERAL (
            SELECT group_id, pay_day, project_id, currency, kind, count(*) AS pieces, sum(quantity)::bigint AS quantity,
                   sum(amount)::bigint AS amount, sum(seconds)::bigint AS seconds
              FROM accepted_work
             WHERE worker_id = :worker AND group_id = open.id AND pay_day >= open.first_day
             GROUP BY group_id, pay_day, project_id, currency, kind) work
      JOIN project ON project.id = work.project_id
     WHERE NOT EXISTS (SELECT FROM payslip
                        WHERE payslip.group_id = work.group_id AND payslip.pay_day = work.pay_day
                          AND payslip.worker_id = :worker)
     ORDER BY work.pay_day DESC, work.group_id, project.code, work.kind DESC, work.currency
"""


def open_lines(worker_id: int) -> list[Line]:
    """Give what a worker earned on days that have no payslip yet."""
    return [Line(*row) for row in rows(_OPEN_LINES, worker=worker_id)]


_KEYS: Final = """
    SELECT group_id, pay_day, count(*) OVER ()
      FROM (SELECT * FROM unnest(CAST(:groups AS bigint[]), CAST(:days AS date[])) AS open (group_id, pay_day)
             UNION ALL
            SELECT group_id, pay_day FROM payslip WHERE worker_id = :worker) every
     ORDER BY pay_day DESC, group_id
     LIMIT :limit OFFSET :offset
"""
_CLOSED: Final = f"""
    SELECT slip.group_id, slip.pay_day, slip.currency, slip.net, {PAYSLIP_STATE}, run.due_at, paid.settled_at,
           CASE WHEN cover.state = 'unknown' THEN 'checked'
                WHEN EXISTS (SELECT FROM payout_request asked
                              WHERE asked.order_id = cover.id AND asked.state = 'proposed') THEN 'asked'
                ELSE '' END
      FROM unnest(CAST(:groups AS bigint[]), CAST(:days AS date[])) AS wanted (group_id, pay_day)
      JOIN payslip slip ON slip.group_id = wanted.group_id AND slip.pay_day = wanted.pay_day
                       AND slip.worker_id = :worker
      JOIN payroll_run run ON run.group_id = slip.group_id AND run.pay_day = slip.pay_day
      {PAYSLIP_STATE_JOINS}
      LEFT JOIN payout_order paid ON paid.id = cover.id AND paid.state = 'paid'
"""  # noqa: S608 -- constants
_CLOSED_LINES: Final = """
    SELECT line.group_id, line.pay_day, project.code, line.currency, line.kind, line.pieces, line.quantity, line.amount,
           line.seconds
      FROM unnest(CAST(:groups AS bigint[]), CAST(:days AS date[])) AS wanted (group_id, pay_day)
      JOIN payslip_line line ON line.group_id = wanted.group_id AND line.pay_day = wanted.pay_day
                            AND line.worker_id = :worker
      JOIN project ON project.id = line.project_id
     ORDER BY project.code, line.kind DESC, line.currency
"""


def days(
    worker_id: int, groups: Mapping[int, PayGroup], open_work: Sequence[Line], *, offset: int, limit: int
) -> tuple[list[Day], int]:
    """Give a page of a worker's days, the youngest first, in three queries.

    Args:
        worker_id: whose days.
        groups: all pay groups by id.
        open_work: her lines of open days.
        offset: how many days to pass over.
        limit: how many days to give.

    Returns:
        the days, and how many there are in all.

    """
    lines: dict[tuple[int, date], list[Line]] = {}
    for line in open_work:
        lines.setdefault((line.group_id, line.day), []).append(line)
    found = rows(
        _KEYS, worker=worker_id, limit=limit, offset=offset,
        groups=[group_id for group_id, _ in lines], days=[day for _, day in lines],
    )  # fmt: skip
    keys = [(group_id, day) for group_id, day, _ in found]
    closed = _closed(worker_id, groups, keys)
    page = [closed.get(key) or _open_day(groups[key[0]], key[1], lines[key]) for key in keys]
    return page, found[0][2] if found else 0


def days_on(worker_id: int, groups: Mapping[int, PayGroup], day: date) -> list[Day]:
    """Give a worker's day in each pay group that she worked in on it; one group, but for a worker who changed hers.

    Args:
        worker_id: whose day.
        groups: all pay groups by id.
        day: of the books.

    """
    found = _closed(worker_id, groups, [(group_id, day) for group_id in groups])
    lines: dict[int, list[Line]] = {}
    for line in open_lines(worker_id):
        if line.day == day:
            lines.setdefault(line.group_id, []).append(line)
    still_open = {(group_id, day): _open_day(groups[group_id], day, its) for group_id, its in lines.items()}
    return [one for _, one in sorted((found | still_open).items())]


def _open_day(group: PayGroup, day: date, lines: Sequence[Line]) -> Day:
    return Day(day, group, "", "accepted", None, due_at(group, day), None, lines)


def _closed(
    worker_id: int, groups: Mapping[int, PayGroup], keys: Sequence[tuple[int, date]]
) -> dict[tuple[int, date], Day]:
    wanted = {"worker": worker_id, "groups": [key[0] for key in keys], "days": [key[1] for key in keys]}
    lines: dict[tuple[int, date], list[Line]] = {}
    for row in rows(_CLOSED_LINES, **wanted):
        lines.setdefault((row[0], row[1]), []).append(Line(*row))
    return {
        (group_id, day): Day(
            day, groups[group_id], run_name(groups[group_id].code, day), state, Money.of_micros(net, currency), due,
            paid_at, lines.get((group_id, day), []), waits,
        )
        for group_id, day, currency, net, state, due, paid_at, waits in rows(_CLOSED, **wanted)
    }  # fmt: skip


_STANDING: Final = """
    SELECT CASE WHEN slip.held THEN 'held' ELSE 'accrued' END, slip.currency, sum(slip.net)::bigint
      FROM (SELECT payslip.currency, payslip.net,
                   EXISTS (SELECT FROM run_exception error
                            WHERE error.group_id = payslip.group_id AND error.pay_day = payslip.pay_day
                              AND error.worker_id = :worker AND error.severity = 'error'
                              AND error.resolved_at IS NULL) AS held
              FROM payslip
              JOIN payroll_run run ON run.group_id = payslip.group_id AND run.pay_day = payslip.pay_day
             WHERE payslip.worker_id = :worker AND run.state IN ('computing', 'computed', 'approved', 'released')
               AND NOT EXISTS (SELECT FROM payslip_release released
                                WHERE released.group_id = payslip.group_id AND released.pay_day = payslip.pay_day
                                  AND released.worker_id = :worker)) slip
     GROUP BY 1, 2
     UNION ALL
    SELECT 'sent', currency, sum(amount)::bigint FROM payout_order
     WHERE worker_id = :worker AND state IN ('created', 'sent', 'unknown') GROUP BY currency
     UNION ALL
    SELECT 'paid', currency, sum(amount)::bigint FROM payout_order
     WHERE worker_id = :worker AND state = 'paid' AND settled_at >= :month GROUP BY currency
     UNION ALL
    SELECT 'carried', currency, -sum(amount)::bigint FROM posting
     WHERE party_id = :worker AND account = 'payable' GROUP BY currency HAVING sum(amount) <> 0
"""


def standing(worker_id: int, month: datetime) -> Standing:
    """Give where a worker's money is.

    Args:
        worker_id: whose.
        month: the instant at which the month began, for what was paid in it.

    """
    found: dict[str, list[Money]] = {name: [] for name in ("accrued", "held", "sent", "paid", "carried")}
    for place, currency, amount in rows(_STANDING, worker=worker_id, month=month):
        found[place].append(Money.of_micros(amount, currency))
    return Standing(**{place: sorted(amounts, key=lambda one: one.currency) for place, amounts in found.items()})


_EARNED: Final = """
    SELECT pay_day, sum(net)::bigint
      FROM payslip
     WHERE worker_id = :worker AND currency = :currency
       AND pay_day > (SELECT max(pay_day) FROM payslip WHERE worker_id = :worker AND currency = :currency) - :days
     GROUP BY pay_day
"""


def earned_by_day(worker_id: int, currency: str) -> list[tuple[date, Money]]:
    """Give what each day earned in one currency, over the days up to the last payslip, days without work included."""
    found = dict[date, int](rows(_EARNED, worker=worker_id, currency=currency, days=CHART_DAYS))
    if not found:
        return []
    last = max(found)
    every = [last - timedelta(days=back) for back in range((last - min(found)).days, -1, -1)]
    return [(day, Money.of_micros(found.get(day, 0), currency)) for day in every]
