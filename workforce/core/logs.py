"""Logs: one line of JSON an event, on stderr, since stdout belongs to the one document of a command."""

import sys
from typing import Any

import structlog


def init() -> None:
    """Say how events are written, for the whole process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=_on_stderr,
    )


def _on_stderr(*_: Any) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)  # looked up at each event, for it may have been redirected
