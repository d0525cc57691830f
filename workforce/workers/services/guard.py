"""What is paid keeps a worker's country, currency and group as they are while a day of hers is being computed."""

from collections.abc import Callable
from typing import Final

from workforce.workers.models import Worker

PayGuard = Callable[[Worker], None]
_guards: Final[dict[str, PayGuard]] = {}


def guard_pay(name: str, guard: PayGuard) -> None:
    """Have something asked before what a worker is paid by changes, once however often an application is made.

    Args:
        name: of the feature that asks.
        guard: raises a DaybookError where the change must wait, and holds until the transaction ends what it found.

    """
    _guards[name] = guard


def must_not_compute(worker: Worker) -> None:
    """Refuse while a day of hers is being computed, and keep it from beginning until the transaction ends."""
    for guard in _guards.values():
        guard(worker)
