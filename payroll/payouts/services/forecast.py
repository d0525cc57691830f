"""What a run's release will send, said before two people decide: what becomes of the day's net, currency by currency.

It follows `prepare`, which makes the orders. The job computes it once a run is closed, and again when something has
happened since that it rests on; the approval keeps a copy, and the release computes it anew.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import aliased

from payroll.closing.models import Payslip, Run, RunException
from payroll.closing.queries import find_run
from payroll.closing.rules import run_name
from payroll.ledger.models import Entry, Posting
from payroll.ledger.queries import balances_of
from payroll.payouts.models import Forecast, PayslipRelease
from payroll.payouts.queries import releasable
from payroll.payouts.rules import sendable
from payroll.payouts.services.turns import in_turn, least_payouts
from workforce.core.db import session, transaction
from workforce.core.sweep import Sweep
from workforce.paydays.models import PayGroup

WORKERS_AT_ONCE: Final = 2_000
SETTLING: Final = timedelta(minutes=5)
_AHEAD: Final = ("computed", "approved")


@dataclass(slots=True)
class _Sums:
    """What `Forecast` keeps of one currency, in micros."""

    earned: int = 0
    carried: int = 0
    held: int = 0
    below: int = 0
    remainders: int = 0
    total: int = 0
    payouts: int = 0


def foresee_runs(*, now: datetime) -> int:
    """Compute what is expected of every run that is not released, where nobody has or something has happened since.

    Takes its own transactions: call it outside one. Where no more than balances have moved, which they do all the time
    while payouts are on their way, it waits for some minutes; an approval does not.

    Args:
        now: the instant.

    Returns:
        the number of runs.

    Raises:
        SomeFailed: at the end, naming the runs that could not be foreseen.

    """
    found = Sweep()
    names: list[str] = []
    with found.item("the list of runs"), transaction():
        names = _stale(now - SETTLING)
    for name in names:
        with found.item(f"run {name}"):
            with transaction():
                foresee(name, now=now)
            found.done += 1
    return found.end()


def foresee(name: str, *, now: datetime) -> None:
    """Compute what is expected of a run that is not released, and keep it. A run that is released keeps what it has.

    Args:
        name: of the run.
        now: the instant.

    Raises:
        NotFound: there is no such run.

    """
    run, group = find_run(name)
    # Kept off while it is written: two at once would write the same.
    session().refresh(run, with_for_update={"key_share": True})
    if run.state in _AHEAD:
        _keep(run, "expected", _sums(run, group, _expected), now)


def keep_approved(run: Run, now: datetime) -> None:
    """Keep what is expected of a run as what its approval was given to, computed anew where anything happened since.

    Args:
        run: locked, and just approved.
        now: the instant.

    """
    name = run_name(session().get_one(PayGroup, run.group_id).code, run.pay_day)
    if name in _stale(now):
        foresee(name, now=now)
    columns = list(Forecast.__table__.columns)
    kept = [literal("approved") if column.name == "stage" else column for column in columns]
    copied = select(*kept).where(_of(run), Forecast.stage == "expected")
    session().execute(insert(Forecast).from_select([column.name for column in columns], copied))


def keep_released(name: str, *, now: datetime) -> None:
    """Compute what the release of a run sends, before the first of its orders is made, and keep it. Once."""
    run, group = find_run(name)
    session().refresh(run, with_for_update={"key_share": True})
    begun = select(PayslipRelease.worker_id).where(
        PayslipRelease.group_id == run.group_id, PayslipRelease.pay_day == run.pay_day
    )
    if run.state != "released" or session().scalar(_stored(run, "released").limit(1)):
        return
    if session().scalar(begun.limit(1)) is None:
        _keep(run, "released", _sums(run, group, _going), now)


# Gives, of some payslips, what goes along with each: the balance before it, in micros, by worker and currency.
Carried = Callable[[Run, Sequence[Any]], Mapping[tuple[int, str], int]]


def _sums(run: Run, group: PayGroup, carry: Carried) -> dict[str, _Sums]:
    """Add up, some thousand workers at a time, what becomes of a run's payslips that are not released."""
    sums: defaultdict[str, _Sums] = defaultdict(_Sums)
    least: dict[str, int] = {}
    for slips in _slips(run):
        balances = carry(run, [slip for slip in slips if not slip.held])
        new = {slip.currency for slip in slips} - least.keys()
        least |= least_payouts(group, run.pay_day, new) if new else {}
        for slip in slips:
            one = sums[slip.currency]
            one.earned += slip.net
            if slip.held:
                one.held += slip.net
                continue
            carried = balances.get((slip.worker_id, slip.currency), 0)
            amount = sendable(slip.net + carried, slip.currency, least[slip.currency])
            one.carried += carried
            one.total += amount
            if amount:
                one.payouts += 1
                one.remainders += slip.net + carried - amount
            else:
                one.below += slip.net + carried
    return sums


def _slips(run: Run) -> Iterator[Sequence[Any]]:
    """Give a run's payslips that are not released: worker_id, currency, net, and is it held."""
    not_released, not_held = releasable(Payslip)
    query = (
        select(Payslip.worker_id, Payslip.currency, Payslip.net, (~not_held).label("held"))
        .where(Payslip.group_id == run.group_id, Payslip.pay_day == run.pay_day, not_released)
        .order_by(Payslip.worker_id)
        .limit(WORKERS_AT_ONCE)
    )
    after = 0
    while slips := session().execute(query.where(Payslip.worker_id > after)).all():
        yield slips
        after = slips[-1].worker_id


def _expected(run: Run, slips: Sequence[Any]) -> Mapping[tuple[int, str], int]:
    """Carry each balance in the earliest run that is not released."""
    other, its_run = aliased(Payslip), aliased(Run)
    ids = [slip.worker_id for slip in slips]
    query = (
        select(Payslip.worker_id, Payslip.currency)
        .join(other, (other.worker_id == Payslip.worker_id) & (other.currency == Payslip.currency))
        .join(its_run, (its_run.group_id == other.group_id) & (its_run.pay_day == other.pay_day))
        .where(Payslip.group_id == run.group_id, Payslip.pay_day == run.pay_day, Payslip.worker_id.in_(ids))
        .where(its_run.state.in_([*_AHEAD, "released"]), in_turn(other) < in_turn(Payslip), *releasable(other))
    )
    later = {(worker_id, currency) for worker_id, currency in session().execute(query)}
    return {key: amount for key, amount in _balances(ids).items() if key not in later}


def _going(run: Run, slips: Sequence[Any]) -> Mapping[tuple[int, str], int]:
    """Carry what stands there when the payslip's turn comes, after all others that are released and go before it."""
    other, its_run = aliased(Payslip), aliased(Run)
    ids = [slip.worker_id for slip in slips]
    query = (
        select(other.worker_id, other.currency, other.net, PayGroup, other.pay_day)
        .join(Payslip, (Payslip.worker_id == other.worker_id) & (Payslip.currency == other.currency))
        .join(its_run, (its_run.group_id == other.group_id) & (its_run.pay_day == other.pay_day))
        .join(PayGroup, PayGroup.id == other.group_id)
        .where(Payslip.group_id == run.group_id, Payslip.pay_day == run.pay_day, Payslip.worker_id.in_(ids))
        .where(its_run.state == "released", in_turn(other) < in_turn(Payslip), *releasable(other))
        .order_by(other.worker_id, in_turn(other))
    )
    balances, least = dict(_balances(ids)), dict[tuple[int, date, str], int]()
    for worker_id, currency, net, group, day in session().execute(query):
        key = (group.id, day, currency)
        if key not in least:
            least[key] = least_payouts(group, day, {currency})[currency]
        before = balances.get((worker_id, currency), 0) + net
        balances[worker_id, currency] = before - sendable(before, currency, least[key])
    return balances


def _balances(worker_ids: Sequence[int]) -> Mapping[tuple[int, str], int]:
    """Give what is payable to workers, in micros: what is owed stands on the credit side."""
    return {key: -amount for key, amount in balances_of("payable", worker_ids).items()}


def _keep(run: Run, stage: str, sums: dict[str, _Sums], now: datetime) -> None:
    session().execute(delete(Forecast).where(_of(run), Forecast.stage == stage))
    seen = session().scalar(select(func.max(Entry.id))) or 0
    values = [
        {"group_id": run.group_id, "pay_day": run.pay_day, "stage": stage, "currency": currency, "computed_at": now,
         "entry_id": seen, **asdict(one)}
        for currency, one in sorted(sums.items())
    ]  # fmt: skip
    if values:
        session().execute(insert(Forecast), values)


def _stale(settled: datetime) -> list[str]:
    """Give the runs that are not released of which nothing is kept, or of which something happened since.

    That is: another one was released, an exception of it was resolved, or balances moved.

    Args:
        settled: balances count that moved since something was kept before this instant.

    """
    released = select(func.max(Run.released_at)).scalar_subquery()
    resolved = (
        select(func.max(RunException.resolved_at))
        .where(RunException.group_id == Run.group_id, RunException.pay_day == Run.pay_day)
        .scalar_subquery()
    )
    kept = aliased(Forecast)
    moved = select(Posting.entry_id).where(Posting.entry_id > kept.entry_id, Posting.account == "payable").exists()
    query = (
        select(PayGroup.code, Run.pay_day)
        .distinct()
        .join(PayGroup, PayGroup.id == Run.group_id)
        .outerjoin(
            kept, (kept.group_id == Run.group_id) & (kept.pay_day == Run.pay_day) & (kept.stage == "expected")
        )
        .where(
            Run.state.in_(_AHEAD),
            kept.currency.is_(None) | (kept.computed_at < released) | (kept.computed_at < resolved)
            | ((kept.computed_at <= settled) & moved),
        )
        .order_by(Run.pay_day, PayGroup.code)
    )  # fmt: skip
    return [run_name(code, day) for code, day in session().execute(query)]


def _of(run: Run) -> Any:
    return (Forecast.group_id == run.group_id) & (Forecast.pay_day == run.pay_day)


def _stored(run: Run, stage: str) -> Any:
    return select(Forecast.currency).where(_of(run), Forecast.stage == stage)
