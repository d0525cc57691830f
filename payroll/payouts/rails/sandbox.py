"""The sandbox rail: moves no money, keeps books of its own, and misbehaves on demand.

Which orders are declined or time out is told by a hash of the key, so that the same orders meet the same fate.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final

from sqlalchemy.dialects.postgresql import insert

from payroll.payouts.models import SandboxTransfer
from payroll.payouts.rails.port import RailTimeout, Transfer
from payroll.payouts.rules import Answer
from workforce.core.db import session, transaction
from workforce.core.settings import SandboxPolicy

_SHARES: Final = 10**8


def _share(salt: str, key: str) -> Decimal:
    """Give a number from 0 to 1 that belongs to a key for good."""
    return Decimal(int.from_bytes(sha256(f"{salt}:{key}".encode()).digest()[:8], "big") % _SHARES) / _SHARES


class SandboxRail:
    """A bank that is not there; see `Rail` for what it promises."""

    name = "sandbox"

    def __init__(self, policy: SandboxPolicy) -> None:
        self._policy = policy

    def send(self, transfer: Transfer, now: datetime) -> Answer:
        """Take a transfer, once; see `Rail.send`."""
        key = transfer.idempotency_key
        with transaction():
            known = self._noted(transfer)
            times_out = known.calls == 1 and self._times_out(key)
            # Of the calls without an answer, half were lost on their way in and half on their way back.
            if known.settles_at is None and not (times_out and _share("lost", key) < Decimal("0.5")):
                known.settles_at = now + timedelta(seconds=self._policy.delay)
            answer = self._answer(known, now)
        if times_out or answer is None:
            raise RailTimeout
        return answer

    def find(self, idempotency_key: str, now: datetime) -> Answer | None:
        """Tell what became of a transfer; see `Rail.find`."""
        with transaction():
            known = session().get(SandboxTransfer, idempotency_key)
            return self._answer(known, now) if known else None

    def _noted(self, transfer: Transfer) -> SandboxTransfer:
        note = insert(SandboxTransfer).values(
            idempotency_key=transfer.idempotency_key, currency=transfer.currency, amount=transfer.amount, calls=1
        )
        # The same key from two callers at once is one transfer.
        again = note.on_conflict_do_update(
            index_elements=["idempotency_key"], set_={"calls": SandboxTransfer.calls + 1}
        )
        return session().scalars(again.returning(SandboxTransfer), execution_options={"populate_existing": True}).one()

    def _times_out(self, key: str) -> bool:
        low = self._policy.declined
        return low <= _share("fate", key) < low + self._policy.timeout

    def _answer(self, known: SandboxTransfer, now: datetime) -> Answer | None:
        if known.settles_at is None:
            return None
        reference = f"sbx_{known.idempotency_key[:16]}"
        if now < known.settles_at:
            return Answer("wait", reference)
        if _share("fate", known.idempotency_key) < self._policy.declined:
            return Answer("fail", reference, "declined")
        return Answer("pay", reference)
