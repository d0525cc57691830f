"""In which language and zone a worker reads, where her account does not say."""

from flask import g

from workforce.core.http import current_actor
from workforce.workers.queries import reader_settings


def reader_locale() -> str | None:
    """Give the language that is known of the worker who is signed in."""
    return _reader()[0] or None


def reader_timezone() -> str | None:
    """Give the time zone of the worker who is signed in."""
    return _reader()[1] or None


def _reader() -> tuple[str, str]:
    if "reader" not in g:
        actor = current_actor()
        g.reader = reader_settings(actor) if actor.may("me:earnings:read") else ("", "")
    known: tuple[str, str] = g.reader
    return known
