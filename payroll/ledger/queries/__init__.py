"""Reads on the ledger: balances, the accounts' codes, and the proof that the books are whole."""

from payroll.ledger.queries.balances import ACCOUNT_CODE, ACCOUNT_JOINS, all_balances, balances_of
from payroll.ledger.queries.checks import Check, add_check, entry_count, guarded, problems, told
from payroll.ledger.queries.entries import SLIP_JOINS, SLIP_NAME, SLIP_RUN, SLIP_WORKER, agreement
from payroll.ledger.queries.own import CHECKS

__all__ = [
    "ACCOUNT_CODE",
    "ACCOUNT_JOINS",
    "CHECKS",
    "SLIP_JOINS",
    "SLIP_NAME",
    "SLIP_RUN",
    "SLIP_WORKER",
    "Check",
    "add_check",
    "agreement",
    "all_balances",
    "balances_of",
    "entry_count",
    "guarded",
    "problems",
    "told",
]
