"""What the scheduler does with files of work."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from workforce.core import clock
from workforce.core.sweep import Sweep
from workforce.imports.queries import files_after
from workforce.imports.services.staging import discard, finish

# Nobody reads a file for so long: whoever did was interrupted, and nothing of it was kept.
_ABANDONED: Final = timedelta(days=1)


def finish_imports() -> int:
    """Take in what is left of files whose taking in was begun, and discard what was left behind before that.

    Several may be at a file at once, so that this does not ask whether somebody still is.

    Returns:
        how many rows were taken in, and files discarded.

    Raises:
        SomeFailed: single files could not be finished.

    """
    found, now = Sweep(), clock.now()
    _each(found, "applying", now, finish)
    _each(found, "staging", now - _ABANDONED, discard)
    return found.end()


def _each(found: Sweep, state: str, begun_before: datetime, call: Callable[[int], int]) -> None:
    for ids in found.pages("import", partial(files_after, state=state, begun_before=begun_before)):
        for file_id in ids:
            with found.item(f"import {file_id}"):
                found.done += call(file_id)
