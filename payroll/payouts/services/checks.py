"""What payouts add to `daybook ledger check`: releases and orders are in the books once, and nothing was sent twice."""

from typing import Final

from i18n.locale import N_
from payroll.ledger.queries import SLIP_JOINS, SLIP_NAME, SLIP_RUN, SLIP_WORKER, Check, agreement, guarded, told

# A release moves the payslip's net, if there is one to be moved.
_RELEASED: Final = """
    SELECT released.group_id, released.pay_day, released.worker_id, released.entry_id, paid.currency, paid.net
      FROM payslip_release released JOIN payslip paid USING (group_id, pay_day, worker_id) WHERE paid.net <> 0
"""
_RELEASE_ENTRIES: Final = f"""
    SELECT 'release:' || {SLIP_NAME} AS source, 'release' AS kind, slip.group_id, slip.pay_day AS day, slip.entry_id
      FROM ({_RELEASED}) slip {SLIP_JOINS}
"""  # noqa: S608 -- constants
_RELEASE_POSTINGS: Final = f"""
    SELECT slip.entry_id, side.account, slip.worker_id AS party_id, slip.currency, side.amount
      FROM ({_RELEASED}) slip
     CROSS JOIN LATERAL (VALUES ('accrued', slip.net), ('payable', -slip.net)) AS side (account, amount)
"""  # noqa: S608 -- constants

_UNFOUNDED: Final = f"""
    SELECT {SLIP_NAME} AS payslip, slip.finding
      FROM (SELECT released.group_id, released.pay_day, released.worker_id,
                   CASE WHEN paid.net IS NULL THEN 'no_payslip' ELSE 'no_run' END AS finding
              FROM payslip_release released
              LEFT JOIN payslip paid USING (group_id, pay_day, worker_id)
              LEFT JOIN payroll_run run ON run.group_id = released.group_id AND run.pay_day = released.pay_day
             WHERE paid.net IS NULL OR run.state IS NULL OR run.state NOT IN ('released', 'settled')
             UNION ALL
            SELECT placed.group_id, placed.pay_day, placed.worker_id, 'no_release'
              FROM payout_order placed
             WHERE NOT EXISTS (
                     SELECT FROM payslip_release released
                      WHERE (released.group_id, released.pay_day, released.worker_id)
                            = (placed.group_id, placed.pay_day, placed.worker_id))) slip
      {SLIP_JOINS}
     ORDER BY slip.group_id, slip.pay_day, slip.worker_id
"""  # noqa: S608 -- constants

# An order is in the books from when it is made, and its end from when it is known.
_ENDED: Final = """
    SELECT *, CASE state WHEN 'paid' THEN 'settlement' WHEN 'failed' THEN 'failure' END AS end_kind FROM payout_order
"""
_ORDER_ENTRIES: Final = f"""
    SELECT CASE slip.number WHEN 1 THEN 'order:' || {SLIP_NAME}
                            ELSE 'order:' || {SLIP_RUN} || '/' || {SLIP_WORKER} || '/' || slip.number END AS source,
           'order' AS kind, slip.group_id, slip.pay_day AS day, slip.entry_id
      FROM payout_order slip {SLIP_JOINS}
     UNION ALL
    SELECT end_kind || ':' || idempotency_key, end_kind, group_id, pay_day, NULL
      FROM ({_ENDED}) ended WHERE end_kind IS NOT NULL
"""  # noqa: S608 -- constants
_ORDER_POSTINGS: Final = f"""
    SELECT placed.entry_id, side.account, side.party_id, placed.currency, side.amount
      FROM payout_order placed
      JOIN party ON party.name = placed.rail
     CROSS JOIN LATERAL (
            VALUES ('payable', worker_id, amount), ('clearing', party.id, -amount)
           ) AS side (account, party_id, amount)
     UNION ALL
    SELECT entry.id, side.account, side.party_id, ended.currency, side.amount
      FROM ({_ENDED}) ended
      JOIN ledger_entry entry ON entry.source = ended.end_kind || ':' || ended.idempotency_key
      JOIN party ON party.name = ended.rail
     CROSS JOIN LATERAL (
            VALUES ('clearing', party.id, ended.amount),
                   (CASE ended.state WHEN 'paid' THEN 'funds' ELSE 'payable' END,
                    CASE ended.state WHEN 'paid' THEN party.id ELSE ended.worker_id END, -ended.amount)
           ) AS side (account, party_id, amount)
"""  # noqa: S608 -- constants

_CLEARING: Final = """
    SELECT rail, currency, COALESCE(stands.amount, 0) AS stands_micros,
           COALESCE(under_way.amount, 0) AS wanted_micros
      FROM (SELECT party.name::text AS rail, posting.currency, -sum(posting.amount) AS amount
              FROM posting JOIN party ON party.id = posting.party_id
             WHERE posting.account = 'clearing'
             GROUP BY party.name, posting.currency) stands
      FULL JOIN (SELECT rail::text AS rail, currency, sum(amount) AS amount FROM payout_order
                  WHERE state IN ('created', 'sent', 'unknown')
                  GROUP BY rail, currency) under_way USING (rail, currency)
     WHERE COALESCE(stands.amount, 0) <> COALESCE(under_way.amount, 0)
     ORDER BY 1, 2
"""

# Orders and releases of a worker are numbered under her lock: when an order took its number, all that it could see
# had a lower one. So what was payable just after it, summed by number, was never less than nothing.
_OVERDRAWN: Final = """
    SELECT entry.source AS entry, payable.currency, payable.taken AS amount_micros, -payable.balance AS over_micros
      FROM (SELECT entry_id, currency, amount AS taken,
                   -sum(amount) OVER (PARTITION BY party_id, currency ORDER BY entry_id) AS balance
              FROM posting WHERE account = 'payable') payable
      JOIN ledger_entry entry ON entry.id = payable.entry_id AND entry.kind = 'order'
     WHERE payable.balance < 0
     ORDER BY payable.entry_id
"""

# What is sent again was approved by two people, and what was taken along left with a later order of the same balance.
_SENT_AGAIN: Final = f"""
    SELECT {SLIP_RUN} || '/' || {SLIP_WORKER} || '/' || slip.number AS payout, slip.finding
      FROM (SELECT again.*, 'no_request' AS finding
              FROM payout_order again
             WHERE again.number > 1
               AND NOT EXISTS (
                     SELECT FROM payout_request asked
                      WHERE asked.made_id = again.id AND asked.state = 'approved'
                        AND (asked.worker_id, asked.currency::text) = (again.worker_id, again.currency::text)
                        AND asked.order_id IS NOT DISTINCT FROM again.resends_id)
             UNION ALL
            SELECT failed.*, 'no_taker'
              FROM payout_order failed
              LEFT JOIN payout_order taker ON taker.id = failed.taken_by
             WHERE failed.taken_by IS NOT NULL
               AND ((taker.worker_id, taker.currency) IS DISTINCT FROM (failed.worker_id, failed.currency)
                    OR taker.entry_id <= failed.entry_id OR taker.resends_id <> failed.id)) slip
      {SLIP_JOINS}
     ORDER BY slip.id
"""  # noqa: S608 -- constants

CHECKS: Final[tuple[Check, ...]] = (
    guarded("guards of releases", "payslip_release"),
    told("releases", _UNFOUNDED, {
        "no_payslip": N_("%(payslip)s was released, and there is no such payslip."),
        "no_run": N_("Payslip %(payslip)s was released before its run."),
        "no_release": N_("There is an order for %(payslip)s, which was never released."),
    }),
    *agreement("release", ("release",), _RELEASE_ENTRIES, _RELEASE_POSTINGS),
    *agreement("order", ("order", "settlement", "failure"), _ORDER_ENTRIES, _ORDER_POSTINGS),
    told("clearing", _CLEARING, N_(
        "%(stands)s %(currency)s are under way on clearing:%(rail)s; open orders come to %(wanted)s."
    )),
    told("sent again", _SENT_AGAIN, {
        "no_request": N_("Payout %(payout)s was made by nobody's request that a second person approved."),
        "no_taker": N_("The money of payout %(payout)s is said to have left with an order that cannot have taken it."),
    }),
    told("overdrawn", _OVERDRAWN, N_(
        "Entry %(entry)s sent %(amount)s %(currency)s, %(over)s more than was payable then."
    )),
)  # fmt: skip
