"""What every rail promises."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from payroll.payouts.rules import Answer


class RailTimeout(Exception):
    """No answer came: the rail may have taken the transfer or not."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a rail is asked to send.

    Attributes:
        idempotency_key: the same for every try of the same order.
        currency: ISO 4217.
        amount: micros, a multiple of the smallest step that the rail can send.

    """

    idempotency_key: str
    currency: str
    amount: int


class Rail(Protocol):
    """A way on which money leaves. Called outside every transaction."""

    name: str

    def send(self, transfer: Transfer, now: datetime) -> Answer:
        """Ask the rail to send; with the same key it sends at most once, and answers as it did.

        Raises:
            RailTimeout: no answer came. Ask with `find` before anything else.

        """

    def find(self, idempotency_key: str, now: datetime) -> Answer | None:
        """Ask what became of a transfer; None where the rail never took it.

        Raises:
            RailTimeout: no answer came.

        """
