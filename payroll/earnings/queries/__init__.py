"""Reads on what is earned."""

from payroll.earnings.queries.day import DAY_LINES, DAY_PIECES, chunk_bounds, currency_pairs, floored_places

__all__ = ["DAY_LINES", "DAY_PIECES", "chunk_bounds", "currency_pairs", "floored_places"]
