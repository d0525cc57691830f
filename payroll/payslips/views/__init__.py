"""A worker's pages, and the downloads of finance."""

from flask import Flask

from payroll.payslips.views import downloads, me


def init_app(app: Flask) -> None:
    """Add these pages."""
    me.init_app(app)
    downloads.init_app(app)
