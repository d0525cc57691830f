"""Reads on payouts: where each payslip's money is."""

from typing import Final

# Where a payslip's money is, as SQL over `slip` (a row of payslip): the names are those of the public contract.
# A release comes before the order that covers it in the ledger's numbering, since both are numbered under the lock of
# the worker. Of several orders after it, one that failed counts only if no other one took its amount along.
PAYSLIP_STATE_JOINS: Final = """
      LEFT JOIN payslip_release released ON released.group_id = slip.group_id AND released.pay_day = slip.pay_day
                                        AND released.worker_id = slip.worker_id
      LEFT JOIN LATERAL (
            SELECT state, id FROM payout_order
             WHERE payout_order.worker_id = slip.worker_id AND payout_order.currency = slip.currency
               AND payout_order.entry_id > released.entry_id
             ORDER BY state IN ('failed', 'returned', 'cancelled'), entry_id
             LIMIT 1) cover ON true
"""
PAYSLIP_STATE: Final = """
    CASE WHEN released.entry_id IS NULL AND EXISTS (
                SELECT FROM run_exception held
                 WHERE held.group_id = slip.group_id AND held.pay_day = slip.pay_day AND held.worker_id = slip.worker_id
                   AND held.severity = 'error' AND held.resolved_at IS NULL) THEN 'held'
         WHEN released.entry_id IS NULL THEN 'accrued'
         WHEN cover.state IS NULL THEN 'carried'
         WHEN cover.state = 'created' THEN 'payable'
         WHEN cover.state IN ('sent', 'unknown') THEN 'sent'
         WHEN cover.state = 'paid' THEN 'paid'
         ELSE 'failed' END
"""
