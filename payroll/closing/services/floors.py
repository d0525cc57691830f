"""The top-up of a close: nobody paid by rates earns less than the hourly floor of her country.

The floors are locked with the day, like the exchange rates, so that a floor that is entered while a run is computed
changes nothing of it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from sqlalchemy import insert

from payroll.closing.models import RunFloor
from payroll.earnings.queries import floored_places
from workforce.core.db import rows, run, session
from workforce.rates.models import HourlyFloor
from workforce.rates.queries.floors import floors_in_force

# What each worker's floored work earned and was due by her floor, in the currency that she is paid in. The row without
# a project is the whole of it; the others say where it falls short. A worker whose country became known only after the
# day was closed may lack a locked rate: no floor held for her then.
_TABLE: Final = """
    CREATE TEMPORARY TABLE day_floor (
        worker_id bigint, project_id bigint, floor_id bigint, rate bigint, rate_currency text, paid_in text,
        seconds bigint, due bigint, earned bigint
    ) ON COMMIT DROP
"""
_FLOORS: Final = """
    INSERT INTO day_floor
    WITH held AS (
        SELECT worker.id AS worker_id, worker.currency AS paid_in, floor.id AS floor_id, floor.rate, floor.currency,
               COALESCE(fx.numerator, 1) AS numerator, COALESCE(fx.denominator, 1) AS denominator
          FROM worker
          JOIN run_floor ON run_floor.group_id = :group AND run_floor.pay_day = :day
                        AND run_floor.country = worker.country
          JOIN hourly_floor floor ON floor.id = run_floor.floor_id
          LEFT JOIN run_fx_rate fx ON fx.group_id = :group AND fx.pay_day = :day
                                  AND fx.base = floor.currency AND fx.quote = worker.currency
         WHERE worker.id BETWEEN :first AND :last AND (floor.currency = worker.currency OR fx.base IS NOT NULL)),
    work AS (
        SELECT worker_id, project_id, currency, sum(seconds) AS seconds, sum(amount) AS amount
          FROM accepted_work
         WHERE group_id = :group AND pay_day = :day AND worker_id BETWEEN :first AND :last AND floored
         GROUP BY GROUPING SETS ((worker_id, project_id, currency), (worker_id, currency))),
    valued AS (
        SELECT work.worker_id, work.project_id, sum(work.seconds) AS seconds,
               sum(CASE WHEN work.currency = held.paid_in THEN work.amount
                        ELSE half_even(work.amount * fx.numerator, fx.denominator) END)::bigint AS earned
          FROM work
          JOIN held ON held.worker_id = work.worker_id
          LEFT JOIN run_fx_rate fx ON fx.group_id = :group AND fx.pay_day = :day
                                  AND fx.base = work.currency AND fx.quote = held.paid_in
         GROUP BY work.worker_id, work.project_id)
    SELECT valued.worker_id, valued.project_id, held.floor_id, held.rate, held.currency, held.paid_in, valued.seconds,
           half_even(valued.seconds * held.rate * held.numerator, 3600 * held.denominator), valued.earned
      FROM valued
      JOIN held ON held.worker_id = valued.worker_id
"""
_TOP_UPS: Final = """
    INSERT INTO floor_top_up (group_id, pay_day, worker_id, project_id, seconds, floor_id, rate, rate_currency,
                              currency, due, earned, amount)
    SELECT :group, :day, whole.worker_id, bearer.project_id, whole.seconds, whole.floor_id, whole.rate,
           whole.rate_currency, whole.paid_in, whole.due, whole.earned, whole.due - whole.earned
      FROM day_floor whole
      JOIN (SELECT DISTINCT ON (worker_id) worker_id, project_id
              FROM day_floor
             WHERE project_id IS NOT NULL
             ORDER BY worker_id, due - earned DESC, project_id) bearer ON bearer.worker_id = whole.worker_id
     WHERE whole.project_id IS NULL AND whole.seconds > 0 AND whole.due > whole.earned
     ORDER BY whole.worker_id
"""
_LINES: Final = """
    INSERT INTO payslip_line (group_id, pay_day, worker_id, project_id, currency, kind, pieces, quantity, amount,
                              seconds)
    SELECT group_id, pay_day, worker_id, project_id, currency, 'topup', 0, seconds, amount, 0
      FROM floor_top_up
     WHERE group_id = :group AND pay_day = :day AND worker_id BETWEEN :first AND :last
     ORDER BY worker_id
"""
_LOCKED: Final = "SELECT EXISTS (SELECT FROM run_floor WHERE group_id = :group AND pay_day = :day)"


def floors_of_day(group_id: int, day: date) -> tuple[Mapping[str, HourlyFloor], set[tuple[str, str]]]:
    """Give the floors that a day must lock, and the exchange rates that they take.

    Args:
        group_id: the pay group.
        day: its day.

    Returns:
        floors by country, those of workers with hours that count; and pairs of a floor's currency and a pay currency.

    """
    in_force = floors_in_force(day)
    places = floored_places(group_id, day) if in_force else set()
    floors = {country: in_force[country] for country, _ in places if country in in_force}
    pairs = {(floors[country].currency, paid_in) for country, paid_in in places if country in floors}
    return floors, {(base, quote) for base, quote in pairs if base != quote}


def lock_floors(group_id: int, day: date, floors: Iterable[HourlyFloor]) -> None:
    """Write down by which floors a run is computed."""
    values = [
        {"group_id": group_id, "pay_day": day, "country": floor.country, "floor_id": floor.id} for floor in floors
    ]
    if values:
        session().execute(insert(RunFloor), sorted(values, key=lambda one: str(one["country"])))


def locks_floors(group_id: int, day: date) -> bool:
    """Say whether a run locked any floor. What has none does not look for hours that fall short."""
    ((locked,),) = rows(_LOCKED, group=group_id, day=day)
    return bool(locked)


def top_up(group_id: int, day: date, first: int, last: int) -> None:
    """Add the top-ups of a chunk to its lines, and leave in the table day_floor which floor held for whom.

    Only for runs that locked floors.

    Args:
        group_id: the pay group.
        day: its day, closed, whose lines are written.
        first: least worker id.
        last: greatest worker id.

    """
    run(_TABLE)
    for statement in (_FLOORS, _TOP_UPS, _LINES):
        run(statement, group=group_id, day=day, first=first, last=last)
