"""Paid training: what a project asks of its workers before they begin, at a fixed price shown before it starts."""
