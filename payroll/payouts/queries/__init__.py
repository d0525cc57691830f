"""Reads on payouts: where each payslip's money is, what became of the orders, and what waits for a person."""

from payroll.payouts.queries.forecasts import Foreseen, foreseen
from payroll.payouts.queries.slips import (
    PAYSLIP_STATE,
    PAYSLIP_STATE_JOINS,
    OrderRow,
    lines_of_slip,
    orders_after,
    orders_of,
    postings_of,
    preparing,
    releasable,
    slip_of,
    slips,
    sums_of_run,
    sums_since,
)
from payroll.payouts.queries.waiting import (
    TROUBLE_SHOWN,
    WAITING_SHOWN,
    RequestRow,
    Trouble,
    Waiting,
    count_requests,
    currencies_back,
    failed_orders,
    find_order,
    names_of,
    open_requests,
    payable,
    request_of_balance,
    request_of_order,
    request_rows,
    troubled,
    waiting_balances,
)

__all__ = [
    "PAYSLIP_STATE", "PAYSLIP_STATE_JOINS", "TROUBLE_SHOWN", "WAITING_SHOWN", "Foreseen",
    "OrderRow", "RequestRow", "Trouble",
    "Waiting", "count_requests", "currencies_back", "failed_orders", "find_order", "foreseen",
    "lines_of_slip", "names_of",
    "open_requests", "orders_after", "orders_of", "payable", "postings_of", "preparing", "releasable",
    "request_of_balance", "request_of_order", "request_rows", "slip_of", "slips", "sums_of_run", "sums_since",
    "troubled", "waiting_balances",
]  # fmt: skip
