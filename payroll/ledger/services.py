"""What is done with the ledger: post an entry, reverse one. Nothing is ever changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from payroll.ledger.models import LEDGER_ENTRY_ID, Entry, Party, Posting
from payroll.ledger.rules import Line, balanced
from workforce.core.db import session


@dataclass(frozen=True)
class Draft:
    """An entry to be posted.

    Attributes:
        source: what it is made from; unique, so that nothing is posted twice.
        kind: payslip, release, order, settlement, failure or reversal.
        group_id: of the run that it belongs to.
        day: of the run.
        lines: its postings.

    """

    source: str
    kind: str
    group_id: int
    day: date
    lines: Sequence[Line]


def post(drafts: Sequence[Draft], *, now: datetime) -> list[int]:
    """Post entries, all their postings in one statement.

    Args:
        drafts: at least one posting each.
        now: the instant of posting.

    Returns:
        the ids of the entries, in the same order.

    Raises:
        Unbalanced: an entry does not sum to zero in each currency.
        sqlalchemy.exc.IntegrityError: an entry of the same source is posted already.

    """
    if not drafts:
        return []
    lines = [balanced(draft.source, draft.lines) for draft in drafts]
    ids = entry_ids(len(drafts))
    session().execute(
        insert(Entry),
        [{"id": key, "source": draft.source, "kind": draft.kind, "group_id": draft.group_id, "day": draft.day,
          "posted_at": now}
         for key, draft in zip(ids, drafts, strict=True)],
    )  # fmt: skip
    values = [{"entry_id": key, **line._asdict()} for key, its in zip(ids, lines, strict=True) for line in its]
    # One statement, however many there are: the database checks the balance at the end of each statement.
    session().execute(
        text(
            "INSERT INTO posting (entry_id, account, party_id, currency, amount) SELECT * FROM unnest("
            "CAST(:entry_id AS bigint[]), CAST(:account AS text[]), CAST(:party_id AS bigint[]),"
            " CAST(:currency AS text[]), CAST(:amount AS bigint[]))"
        ),
        {name: [value[name] for value in values] for name in ("entry_id", "account", "party_id", "currency", "amount")},
    )
    return ids


def reverse(entry_id: int, source: str, *, now: datetime) -> int:
    """Post the opposite of an entry, which stays as it is.

    Args:
        entry_id: of the entry to be reversed.
        source: unique, for the reversal.
        now: the instant of posting.

    Returns:
        the id of the reversal.

    Raises:
        sqlalchemy.exc.NoResultFound: there is no such entry.

    """
    entry = session().get_one(Entry, entry_id)
    found = session().scalars(select(Posting).where(Posting.entry_id == entry_id))
    lines = [Line(one.account, one.party_id, one.currency, -one.amount) for one in found]
    return post([Draft(source, "reversal", entry.group_id, entry.day, lines)], now=now)[0]


def entry_ids(count: int) -> list[int]:
    """Take numbers for entries from the ledger's sequence."""
    query = select(LEDGER_ENTRY_ID.next_value()).select_from(func.generate_series(1, count))
    return list(session().scalars(query))


def party(name: str) -> int:
    """Give the number of a rail or of a source of exchange rates, making one for a new name."""
    session().execute(upsert(Party).values(name=name).on_conflict_do_nothing(index_elements=["name"]))
    return session().scalars(select(Party.id).where(Party.name == name)).one()
