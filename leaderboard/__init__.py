"""Seasons, standings and the paid leave that they award."""

from collections.abc import Sequence
from typing import Final

import click
from flask import Flask

COMMANDS: Final[Sequence[click.Command]] = ()


def init_app(app: Flask) -> None:
    """Add the pages of this package."""
