"""What the top-ups add to `daybook ledger check`: each is what accepted work, floors and locked rates make of it.

The statements share nothing with those of the close.
"""

from typing import Final

from i18n.locale import N_
from payroll.ledger.queries import SLIP_JOINS, SLIP_NAME, Check, guarded, told

# Each project of a worker's day that a floor was held against, in the currency that she is paid in; the sums of these
# rows are not those of the day, since every total is rounded once.
_DUE: Final = """
    SELECT slip.group_id, slip.pay_day, slip.worker_id, work.project_id, sum(work.seconds) AS seconds,
           half_even(sum(work.seconds) * floor.rate * COALESCE(min(way.numerator), 1),
                     3600 * COALESCE(min(way.denominator), 1)) AS due
      FROM payslip slip
      JOIN hourly_floor floor ON floor.id = slip.floor_id
      JOIN accepted_work work ON work.group_id = slip.group_id AND work.pay_day = slip.pay_day
                             AND work.worker_id = slip.worker_id AND work.floored
      LEFT JOIN run_fx_rate way ON way.group_id = slip.group_id AND way.pay_day = slip.pay_day
                               AND way.base = floor.currency AND way.quote = slip.currency
     GROUP BY slip.group_id, slip.pay_day, slip.worker_id, floor.rate, ROLLUP (work.project_id)
"""
_EARNED: Final = """
    SELECT group_id, pay_day, worker_id, project_id, sum(converted) AS earned
      FROM (SELECT slip.group_id, slip.pay_day, slip.worker_id, work.project_id, work.currency,
                   CASE WHEN work.currency = slip.currency THEN sum(work.amount)
                        ELSE half_even(sum(work.amount) * min(fx.numerator), min(fx.denominator)) END AS converted
              FROM payslip slip
              JOIN accepted_work work ON work.group_id = slip.group_id AND work.pay_day = slip.pay_day
                                     AND work.worker_id = slip.worker_id AND work.floored
              LEFT JOIN run_fx_rate fx ON fx.group_id = slip.group_id AND fx.pay_day = slip.pay_day
                                      AND fx.base = work.currency AND fx.quote = slip.currency
             WHERE slip.floor_id IS NOT NULL
             GROUP BY GROUPING SETS (
                   (slip.group_id, slip.pay_day, slip.worker_id, work.currency, slip.currency),
                   (slip.group_id, slip.pay_day, slip.worker_id, work.currency, slip.currency, work.project_id))) each
     GROUP BY group_id, pay_day, worker_id, project_id
"""
_WANTED: Final = f"""
    SELECT whole.group_id, whole.pay_day, whole.worker_id, worst.project_id, slip.currency, slip.floor_id, floor.rate,
           floor.currency AS rate_currency, whole.seconds, whole.due, whole.earned, whole.due - whole.earned AS amount
      FROM (SELECT * FROM ({_DUE}) hours JOIN ({_EARNED}) pay USING (group_id, pay_day, worker_id)
             WHERE hours.project_id IS NULL AND pay.project_id IS NULL AND due > earned) whole
      JOIN payslip slip USING (group_id, pay_day, worker_id)
      JOIN hourly_floor floor ON floor.id = slip.floor_id
      JOIN (SELECT group_id, pay_day, worker_id, (array_agg(project_id ORDER BY due - earned DESC, project_id))[1]
                   AS project_id
              FROM ({_DUE}) hours JOIN ({_EARNED}) pay USING (group_id, pay_day, worker_id, project_id)
             GROUP BY group_id, pay_day, worker_id) worst USING (group_id, pay_day, worker_id)
"""  # noqa: S608 -- constants
_TOP_UPS: Final = f"""
    SELECT {SLIP_NAME} AS payslip, COALESCE(slip.wanted_in, slip.said_in, slip.paid_in) AS currency,
           COALESCE(slip.wanted, 0) AS wanted_micros, COALESCE(slip.said, 0) AS said_micros,
           COALESCE(slip.line, 0) AS line_micros
      FROM (SELECT group_id, pay_day, worker_id, wanted.amount AS wanted, wanted.currency AS wanted_in,
                   said.amount AS said, said.currency AS said_in, line.amount AS line, line.currency AS paid_in
              FROM ({_WANTED}) wanted
              FULL JOIN floor_top_up said USING (group_id, pay_day, worker_id)
              FULL JOIN (SELECT group_id, pay_day, worker_id, min(project_id) AS project_id, sum(amount) AS amount,
                                min(currency) AS currency, sum(quantity) AS seconds, sum(pieces + payslip_line.seconds)
                                AS counted
                           FROM payslip_line WHERE kind = 'topup' GROUP BY group_id, pay_day, worker_id) line
                   USING (group_id, pay_day, worker_id)
             WHERE (wanted.project_id, wanted.currency, wanted.seconds, wanted.floor_id, wanted.rate,
                    wanted.rate_currency, wanted.due, wanted.earned, wanted.amount)
                   IS DISTINCT FROM
                   (said.project_id, said.currency, said.seconds, said.floor_id, said.rate,
                    said.rate_currency, said.due, said.earned, said.amount)
                OR (wanted.project_id, wanted.currency, wanted.seconds, wanted.amount)
                   IS DISTINCT FROM (line.project_id, line.currency, line.seconds, line.amount)
                OR line.counted <> 0) slip
      {SLIP_JOINS}
     ORDER BY slip.group_id, slip.pay_day, slip.worker_id
"""  # noqa: S608 -- constants

# A floor that a payslip was held against is one that its run locked, and that one is of the country and in force.
_FLOORS: Final = f"""
    SELECT {SLIP_NAME} AS payslip
      FROM payslip slip
      {SLIP_JOINS}
     WHERE slip.floor_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM run_floor
                         JOIN hourly_floor floor ON floor.id = run_floor.floor_id
                          AND floor.country = run_floor.country AND floor.valid_from <= run_floor.pay_day
                        WHERE run_floor.group_id = slip.group_id AND run_floor.pay_day = slip.pay_day
                          AND run_floor.floor_id = slip.floor_id)
     ORDER BY slip.group_id, slip.pay_day, slip.worker_id
"""  # noqa: S608 -- constants

CHECKS: Final[tuple[Check, ...]] = (
    guarded("guards of top-ups", "hourly_floor", "run_floor", "floor_top_up"),
    told("top-ups", _TOP_UPS, N_(
        "Payslip %(payslip)s is topped up by %(line)s %(currency)s, explained as %(said)s;"
        " by the hourly floor it must be %(wanted)s."
    )),
    told("floors", _FLOORS, N_("Payslip %(payslip)s was held against an hourly floor that its run did not lock.")),
)  # fmt: skip
