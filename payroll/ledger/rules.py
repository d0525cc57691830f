"""What makes an entry: postings that sum to zero in each currency."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from i18n.locale import N_
from workforce.core.errors import DaybookError

ACCOUNTS: Final = ("cost", "accrued", "payable", "exchange", "clearing", "funds")


class Unbalanced(DaybookError):
    code = "unbalanced"
    status = 500
    template = N_("The entry %(source)s does not balance: %(currency)s is off by %(micros)s micros.")


class Line(NamedTuple):
    """A posting to be made: debits positive, credits negative, in micros.

    Attributes:
        account: one of ACCOUNTS.
        party_id: the project, worker, rail or source that it is the account of.
        currency: ISO 4217.
        amount: micros.

    """

    account: str
    party_id: int
    currency: str
    amount: int


def balanced(source: str, lines: Sequence[Line]) -> list[Line]:
    """Put lines of the same account and currency together, drop the empty ones, and insist on the balance.

    Raises:
        Unbalanced: some currency does not sum to zero.

    """
    sums: Counter[tuple[str, int, str]] = Counter()
    totals: Counter[str] = Counter()
    for line in lines:
        sums[line.account, line.party_id, line.currency] += line.amount
        totals[line.currency] += line.amount
    for currency, total in totals.items():
        if total:
            raise Unbalanced(source=source, currency=currency, micros=total)
    return [Line(*key, amount) for key, amount in sums.items() if amount]
