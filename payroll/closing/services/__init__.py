"""The daily close."""

from payroll.closing.services.chunks import compute_chunk
from payroll.closing.services.close import Policy, close_day, close_due, close_through

__all__ = ["Policy", "close_day", "close_due", "close_through", "compute_chunk"]
