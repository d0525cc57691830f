"""Reads on runs for the people who approve and release them."""

from payroll.runs.queries.lines import Conversion, Line, LockedRate, conversions_of, lines_of, locked_rates
from payroll.runs.queries.listing import STATES, RunRow, groups_with_runs, run_lists
from payroll.runs.queries.page import Change, Issue, RunPage, run_page

__all__ = [
    "STATES",
    "Change",
    "Conversion",
    "Issue",
    "Line",
    "LockedRate",
    "RunPage",
    "RunRow",
    "conversions_of",
    "groups_with_runs",
    "lines_of",
    "locked_rates",
    "run_lists",
    "run_page",
]
