"""Balances, and the accounts' codes."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select

from payroll.ledger.models import Posting
from workforce.core.db import rows, session

# The code of an account, such as payable:W17. The tables are joined on the party, whose kind the account tells.
ACCOUNT_CODE: Final = """
    posting.account || ':' || COALESCE(
        CASE WHEN posting.account = 'cost' THEN project.code
             WHEN posting.account IN ('accrued', 'payable') THEN worker.external_id
             ELSE party.name END, '?' || posting.party_id)
"""
ACCOUNT_JOINS: Final = """
      LEFT JOIN project ON posting.account = 'cost' AND project.id = posting.party_id
      LEFT JOIN worker ON posting.account IN ('accrued', 'payable') AND worker.id = posting.party_id
      LEFT JOIN party ON posting.account IN ('exchange', 'clearing', 'funds') AND party.id = posting.party_id
"""


def balances_of(account: str, parties: Collection[int]) -> dict[tuple[int, str], int]:
    """Give the balances of some parties' accounts of a kind, by party and currency, in micros (debit positive)."""
    query = (
        select(Posting.party_id, Posting.currency, func.sum(Posting.amount))
        .where(Posting.account == account, Posting.party_id.in_(parties))
        .group_by(Posting.party_id, Posting.currency)
    )
    return {(party, currency): int(amount) for party, currency, amount in session().execute(query)}


def all_balances() -> list[tuple[str, str, int]]:
    """Give every account's code, currency and balance in micros (debit positive), where it is not zero."""
    found = rows(
        f"""
        SELECT {ACCOUNT_CODE}, posting.currency, posting.amount
          FROM (SELECT account, party_id, currency, sum(amount)::bigint AS amount FROM posting
                 GROUP BY account, party_id, currency HAVING sum(amount) <> 0) posting
          {ACCOUNT_JOINS}
         ORDER BY 1, 2
        """  # noqa: S608 -- constants
    )
    return [(code, currency, amount) for code, currency, amount in found]
