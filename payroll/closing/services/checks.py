"""What the daily close adds to `daybook ledger check`: all accepted work is on a payslip, once, and in the books.

The conversion is computed again here, from the lines and the locked rates, by statements of their own.
"""

from typing import Final

from i18n.locale import N_
from payroll.closing.services import floor_checks
from payroll.ledger.queries import SLIP_JOINS, SLIP_NAME, Check, agreement, guarded, told

# Accepted work against its submission: the frozen price, half-even, or nothing where the work does not stand. No
# product is near the limits of bigint: `tasks.rules.earned` sees to it.
_WORK: Final = """
    SELECT submission.source, project.code AS project, priced.wanted AS wanted_micros, priced.stands AS stands_micros,
           priced.currency
      FROM (SELECT submission_id, currency, COALESCE(price.amount, 0) AS wanted, COALESCE(work.amount, 0) AS stands
              FROM (SELECT id AS submission_id, currency,
                           CASE WHEN state <> 'accepted' THEN 0
                                WHEN kind = 'hourly'
                                THEN product / 3600 + (2 * (product % 3600) + product / 3600 % 2 > 3600)::int
                                ELSE rate END AS amount
                      FROM (SELECT *, seconds * rate AS product FROM submission) submission) price
              FULL JOIN (SELECT submission_id, currency, sum(amount) AS amount FROM accepted_work
                          GROUP BY submission_id, currency) work USING (submission_id, currency)
             WHERE COALESCE(price.amount, 0) <> COALESCE(work.amount, 0)) priced
      LEFT JOIN submission ON submission.id = priced.submission_id
      LEFT JOIN project ON project.id = submission.project_id
     ORDER BY priced.submission_id, priced.currency
"""

# Work of closed days against lines of payslips, but for top-ups, which have checks of their own. What a
# run still has to compute is not lost.
_LINES: Final = f"""
    SELECT {SLIP_NAME} AS payslip, slip.kind, COALESCE(project.code, '?' || slip.project_id) AS project, slip.currency,
           CASE WHEN slip.in_line IS NULL THEN 'lost' ELSE 'other' END AS finding,
           COALESCE(slip.in_line, 0) AS line_micros, slip.line_pieces, COALESCE(slip.worked, 0) AS work_micros,
           slip.work_pieces
      FROM (SELECT group_id, pay_day, worker_id, project_id, currency, kind, line.amount AS in_line,
                   work.amount AS worked, COALESCE(line.pieces, 0) AS line_pieces,
                   COALESCE(work.pieces, 0) AS work_pieces
              FROM (SELECT line.group_id, line.pay_day, line.worker_id, line.project_id, line.currency,
                           line.kind::text AS kind, line.pieces, line.quantity, line.amount, line.seconds
                      FROM payslip_line line
                      JOIN pay_group ON pay_group.id = line.group_id AND line.pay_day < pay_group.open_day
                     WHERE line.kind <> 'topup') line
              FULL JOIN (SELECT work.group_id, work.pay_day, work.worker_id, work.project_id, work.currency,
                                work.kind::text AS kind, count(*) AS pieces, sum(work.quantity) AS quantity,
                                sum(work.amount) AS amount, sum(work.seconds) AS seconds
                           FROM accepted_work work
                           JOIN pay_group ON pay_group.id = work.group_id AND work.pay_day < pay_group.open_day
                          GROUP BY 1, 2, 3, 4, 5, 6) work
                   USING (group_id, pay_day, worker_id, project_id, currency, kind)
             WHERE (line.pieces, line.quantity, line.amount, line.seconds)
                   IS DISTINCT FROM (work.pieces, work.quantity, work.amount, work.seconds)) slip
      LEFT JOIN payroll_run run ON run.group_id = slip.group_id AND run.pay_day = slip.pay_day
      {SLIP_JOINS}
      LEFT JOIN project ON project.id = slip.project_id
     WHERE slip.in_line IS NOT NULL OR run.state IS DISTINCT FROM 'computing'
        OR EXISTS (SELECT FROM run_chunk chunk
                    WHERE chunk.group_id = slip.group_id AND chunk.pay_day = slip.pay_day
                      AND chunk.first_worker_id
                          = (SELECT max(first) FROM unnest(run.bounds) first WHERE first <= slip.worker_id))
     ORDER BY slip.group_id, slip.pay_day, slip.worker_id, slip.project_id
"""  # noqa: S608 -- constants

# What a worker earned in each rate currency, converted at the locked rate, as the close must have done it.
_CONVERTED: Final = """
    SELECT total.*, fx.party_id, total.currency <> total.paid_in AS exchanged,
           CASE WHEN total.currency = total.paid_in THEN total.amount
                ELSE half_even(total.amount * fx.numerator, fx.denominator) END AS converted,
           CASE WHEN total.currency = total.paid_in THEN total.deducted
                WHEN total.deducted = 0 THEN 0
                ELSE half_even(total.deducted * fx.numerator, fx.denominator) END AS deducted_converted
      FROM (SELECT group_id, pay_day, worker_id, line.currency, slip.currency AS paid_in, slip.entry_id,
                   sum(line.pieces) AS pieces, sum(line.amount) AS amount,
                   COALESCE(-sum(line.amount) FILTER (WHERE line.kind = 'deduction'), 0) AS deducted
              FROM payslip_line line
              LEFT JOIN payslip slip USING (group_id, pay_day, worker_id)
             GROUP BY group_id, pay_day, worker_id, line.currency, slip.currency, slip.entry_id) total
      LEFT JOIN run_fx_rate fx ON fx.group_id = total.group_id AND fx.pay_day = total.pay_day
                              AND fx.base = total.currency AND fx.quote = total.paid_in
"""
_SLIPS: Final = f"""
    SELECT {SLIP_NAME} AS payslip, COALESCE(slip.currency, '?') AS currency, slip.pieces, slip.gross AS gross_micros,
           slip.deductions AS deductions_micros, slip.net AS net_micros, slip.line_pieces,
           slip.converted AS converted_micros, slip.deducted AS deducted_micros
      FROM (SELECT group_id, pay_day, worker_id, slip.currency, COALESCE(slip.pieces, 0) AS pieces,
                   COALESCE(slip.gross, 0) AS gross, COALESCE(slip.deductions, 0) AS deductions,
                   COALESCE(slip.net, 0) AS net, COALESCE(total.pieces, 0) AS line_pieces,
                   COALESCE(total.converted, 0) AS converted, COALESCE(total.deducted, 0) AS deducted
              FROM payslip slip
              FULL JOIN (SELECT group_id, pay_day, worker_id, sum(pieces) AS pieces, sum(converted) AS converted,
                                sum(deducted_converted) AS deducted
                           FROM ({_CONVERTED}) each GROUP BY group_id, pay_day, worker_id) total
                   USING (group_id, pay_day, worker_id)
             WHERE (slip.pieces, slip.gross, slip.deductions, slip.net)
                   IS DISTINCT FROM
                   (total.pieces, total.converted + total.deducted, total.deducted, total.converted)) slip
      {SLIP_JOINS}
     ORDER BY slip.group_id, slip.pay_day, slip.worker_id
"""  # noqa: S608 -- constants

_DAYS: Final = f"""
    SELECT {SLIP_NAME} AS payslip,
           CASE WHEN run.state IS NULL THEN 'no_run' ELSE 'open' END AS finding
      FROM payslip slip
      LEFT JOIN payroll_run run ON run.group_id = slip.group_id AND run.pay_day = slip.pay_day
      {SLIP_JOINS}
     WHERE run.state IS NULL OR slip.pay_day >= pay_group.open_day
     ORDER BY slip.group_id, slip.pay_day, slip.worker_id
"""  # noqa: S608 -- constants

_RUNS: Final = """
    SELECT COALESCE(pay_group.code, '?' || total.group_id) || '-' || to_char(total.pay_day, 'YYYY-MM-DD') AS run,
           total.*
      FROM (SELECT group_id, pay_day, currency, COALESCE(said.workers, 0) AS workers,
                   COALESCE(said.net, 0) AS net_micros, COALESCE(slips.workers, 0) AS slips,
                   COALESCE(slips.net, 0) AS slips_net_micros
              FROM run_total said
              FULL JOIN (SELECT group_id, pay_day, currency, count(*) AS workers, sum(gross) AS gross,
                                sum(deductions) AS deductions, sum(net) AS net
                           FROM payslip GROUP BY group_id, pay_day, currency) slips USING (group_id, pay_day, currency)
             WHERE (said.workers, said.gross, said.deductions, said.net)
                   IS DISTINCT FROM (slips.workers, slips.gross, slips.deductions, slips.net)) total
      LEFT JOIN pay_group ON pay_group.id = total.group_id
      LEFT JOIN payroll_run run ON run.group_id = total.group_id AND run.pay_day = total.pay_day
     WHERE run.state IS DISTINCT FROM 'computing'
     ORDER BY 1, total.currency
"""

_ENTRIES: Final = f"""
    SELECT 'payslip:' || {SLIP_NAME} AS source, 'payslip' AS kind, slip.group_id, slip.pay_day AS day, slip.entry_id
      FROM payslip slip {SLIP_JOINS}
     WHERE slip.entry_id IS NOT NULL
"""  # noqa: S608 -- constants
_POSTINGS: Final = f"""
    SELECT slip.entry_id, 'cost' AS account, line.project_id AS party_id, line.currency, sum(line.amount) AS amount
      FROM payslip slip JOIN payslip_line line USING (group_id, pay_day, worker_id)
     WHERE slip.entry_id IS NOT NULL
     GROUP BY slip.entry_id, line.project_id, line.currency HAVING sum(line.amount) <> 0
     UNION ALL
    SELECT entry_id, 'accrued', worker_id, currency, -net FROM payslip WHERE entry_id IS NOT NULL AND net <> 0
     UNION ALL
    SELECT entry_id, 'exchange', party_id, side.currency, sum(side.amount)
      FROM ({_CONVERTED}) each
     CROSS JOIN LATERAL (VALUES (currency, -amount), (paid_in, converted)) AS side (currency, amount)
     WHERE exchanged AND entry_id IS NOT NULL
     GROUP BY entry_id, party_id, side.currency HAVING sum(side.amount) <> 0
"""  # noqa: S608 -- constants
_UNPOSTED: Final = f"""
    SELECT {SLIP_NAME} AS payslip
      FROM payslip slip {SLIP_JOINS}
     WHERE slip.entry_id IS NULL
       AND (slip.net <> 0
            OR EXISTS (SELECT FROM payslip_line line
                        WHERE line.group_id = slip.group_id AND line.pay_day = slip.pay_day
                          AND line.worker_id = slip.worker_id
                        GROUP BY line.project_id, line.currency HAVING sum(line.amount) <> 0))
     ORDER BY 1
"""  # noqa: S608 -- constants

# Accepted work stands on one line, which no correction points at.
_STANDING: Final = """
    SELECT submission.source, project.code AS project
      FROM submission
      JOIN project ON project.id = submission.project_id
      LEFT JOIN accepted_work line ON line.submission_id = submission.id AND line.id = submission.accepted_line_id
       AND line.kind <> 'correction'
     WHERE submission.state = 'accepted'
       AND (line.id IS NULL OR EXISTS (SELECT FROM accepted_work taken WHERE taken.submission_id = submission.id
                                          AND taken.corrects_id = line.id))
     ORDER BY submission.id
"""

CHECKS: Final[tuple[Check, ...]] = (
    guarded("guards of payslips", "payslip", "payslip_line", "run_chunk", "run_fx_rate", "run_total"),
    told("work", _WORK, N_(
        "Work %(source)s of %(project)s must be paid %(wanted)s %(currency)s; accepted work for it comes to %(stands)s."
    )),
    told("standing lines", _STANDING, N_("Work %(source)s of %(project)s is accepted, and its line was taken back.")),
    told("payslip lines", _LINES, {
        "lost": N_(
            "Payslip %(payslip)s leaves out accepted work: %(work_pieces)s × %(kind)s for %(project)s, "
            "%(work)s %(currency)s. Nothing pays it."
        ),
        "other": N_(
            "Payslip %(payslip)s says %(line_pieces)s × %(kind)s for %(project)s, %(line)s %(currency)s; "
            "the accepted work is %(work_pieces)s, %(work)s."
        ),
    }),
    told("payslips", _SLIPS, N_(
        "Payslip %(payslip)s says %(pieces)s pieces, gross %(gross)s, deductions %(deductions)s, net %(net)s "
        "%(currency)s; its lines come to %(line_pieces)s pieces, deductions %(deducted)s, net %(converted)s."
    )),
    told("payslip days", _DAYS, {
        "open": N_("Payslip %(payslip)s is for a day that is still open."),
        "no_run": N_("Payslip %(payslip)s belongs to no run."),
    }),
    told("run totals", _RUNS, N_(
        "Run %(run)s says %(workers)s workers and net %(net)s %(currency)s; "
        "its payslips are %(slips)s with net %(slips_net)s."
    )),
    told("unposted payslips", _UNPOSTED, N_("Payslip %(payslip)s is not in the books.")),
    *floor_checks.CHECKS,
    *agreement("payslip", ("payslip",), _ENTRIES, _POSTINGS),
)  # fmt: skip
