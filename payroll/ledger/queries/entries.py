"""The agreement of entries with what they were made from, whatever that is."""

from typing import Final

from i18n.locale import N_
from payroll.ledger.queries.balances import ACCOUNT_CODE, ACCOUNT_JOINS
from payroll.ledger.queries.checks import Check, told

# The name by which a finding speaks of `slip` (a payslip, a release or an order), as in the sources of entries.
SLIP_RUN: Final = "COALESCE(pay_group.code, '?' || slip.group_id) || '-' || to_char(slip.pay_day, 'YYYY-MM-DD')"
SLIP_WORKER: Final = "COALESCE(worker.external_id, '?' || slip.worker_id)"
SLIP_NAME: Final = f"{SLIP_RUN} || ':' || {SLIP_WORKER}"
SLIP_JOINS: Final = """
      LEFT JOIN pay_group ON pay_group.id = slip.group_id
      LEFT JOIN worker ON worker.id = slip.worker_id
"""

# The source of an entry as it would be written today, where the id in it was put into one form of Unicode (NFC) after
# it was booked. Two spellings of one id that both stay are told apart.
_SOURCE: Final = """CASE WHEN source IS NFC NORMALIZED
                             OR EXISTS (SELECT FROM worker WHERE external_id IS NOT NFC NORMALIZED
                                           AND strpos(source, external_id) > 0)
                        THEN source ELSE normalize(source, NFC) END"""
_BOOKED: Final = f"""(SELECT id, {_SOURCE} AS source, kind, group_id, day FROM ledger_entry
                       WHERE kind = ANY(CAST(:kinds AS text[])))"""  # noqa: S608 -- constants

_ENTRIES: Final = """
    SELECT COALESCE(wanted.source, entry.source) AS entry,
           CASE WHEN entry.id IS NULL THEN 'missing' WHEN wanted.source IS NULL THEN 'unasked' ELSE 'other' END
           AS finding
      FROM ({entries}) wanted
      FULL JOIN {booked} entry ON entry.source = wanted.source
     WHERE entry.id IS NULL OR wanted.source IS NULL OR wanted.entry_id <> entry.id
        OR (wanted.kind, wanted.group_id, wanted.day) IS DISTINCT FROM (entry.kind::text, entry.group_id, entry.day)
     ORDER BY 1
"""
_SENTENCES: Final = {
    "missing": N_("Entry %(entry)s is missing from the books."),
    "unasked": N_("Entry %(entry)s stands in the books, and nothing asks for it."),
    "other": N_("Entry %(entry)s has another number, kind, group or day than what it was made from."),
}

# An entry that is missing or that nothing asks for is one finding, and not one more for each of its postings.
_POSTINGS: Final = """
    SELECT entry.source AS entry, {code} AS account, posting.currency, posting.wanted AS wanted_micros,
           posting.stands AS stands_micros
      FROM (SELECT entry_id, account, party_id, currency, COALESCE(wanted.amount, 0) AS wanted,
                   COALESCE(stands.amount, 0) AS stands
              FROM ({postings}) wanted
              FULL JOIN (SELECT posting.entry_id, posting.account::text AS account, posting.party_id, posting.currency,
                                posting.amount
                           FROM posting
                           JOIN {booked} entry ON entry.id = posting.entry_id
                           JOIN ({entries}) asked ON asked.source = entry.source) stands
                   USING (entry_id, account, party_id, currency)
             WHERE wanted.amount IS DISTINCT FROM stands.amount) posting
      JOIN ledger_entry entry ON entry.id = posting.entry_id
      {joins}
     ORDER BY posting.entry_id, 2
"""


def agreement(name: str, kinds: tuple[str, ...], entries: str, postings: str) -> list[Check]:
    """Make the checks that the entries of some kinds are exactly those that they must be, to the micro.

    Args:
        name: of the checks.
        kinds: of entries; every entry of them must be asked for.
        entries: SQL for the entries that must be there: source, kind, group_id, day, and entry_id, which may be null.
        postings: SQL for their postings: entry_id, account, party_id, currency, amount (not 0).

    """
    compared = _POSTINGS.format(
        entries=entries, booked=_BOOKED, postings=postings, code=ACCOUNT_CODE, joins=ACCOUNT_JOINS
    )  # fmt: skip
    sentence = N_("Entry %(entry)s has %(stands)s %(currency)s on %(account)s; it must be %(wanted)s.")
    return [
        told(f"{name} entries", _ENTRIES.format(entries=entries, booked=_BOOKED), _SENTENCES, kinds=list(kinds)),
        told(f"{name} postings", compared, sentence, kinds=list(kinds)),
    ]
