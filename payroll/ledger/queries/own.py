"""What the ledger can prove by itself: every entry balances, nothing hangs in the air, and its guards stand."""

from typing import Final

from i18n.locale import N_
from payroll.ledger.queries.balances import ACCOUNT_CODE, ACCOUNT_JOINS
from payroll.ledger.queries.checks import AFTER_INSERT, BEFORE_ROW_CHANGE, BEFORE_TRUNCATE, Check, guarded, told

_BALANCE: Final = """
    SELECT COALESCE(entry.source, 'number ' || wrong.entry_id) AS entry, wrong.currency, wrong.amount AS amount_micros
      FROM (SELECT entry_id, currency, sum(amount) AS amount
              FROM posting GROUP BY entry_id, currency HAVING sum(amount) <> 0) wrong
      LEFT JOIN ledger_entry entry ON entry.id = wrong.entry_id
     ORDER BY wrong.entry_id, wrong.currency
"""
_BOOKS: Final = """
    SELECT currency, sum(amount) AS amount_micros
      FROM posting GROUP BY currency HAVING sum(amount) <> 0 ORDER BY currency
"""
_ORPHANS: Final = """
    SELECT posting.entry_id AS number, count(*) AS postings
      FROM posting
     WHERE NOT EXISTS (SELECT FROM ledger_entry entry WHERE entry.id = posting.entry_id)
     GROUP BY posting.entry_id ORDER BY posting.entry_id
"""
_EMPTY: Final = """
    SELECT entry.source AS entry
      FROM ledger_entry entry
     WHERE NOT EXISTS (SELECT FROM posting WHERE posting.entry_id = entry.id)
     ORDER BY entry.id
"""
_NOBODY: Final = f"""
    SELECT {ACCOUNT_CODE} AS account, posting.currency, posting.amount AS amount_micros
      FROM (SELECT account, party_id, currency, sum(amount) AS amount
              FROM posting GROUP BY account, party_id, currency) posting
      {ACCOUNT_JOINS}
     WHERE project.id IS NULL AND worker.id IS NULL AND party.id IS NULL
     ORDER BY 1, 2
"""  # noqa: S608 -- constants

# A reversal is the exact opposite of an older entry of its group and day.
_REVERSALS: Final = """
    SELECT reversal.source AS entry
      FROM ledger_entry reversal
     WHERE reversal.kind = 'reversal'
       AND NOT EXISTS (
             SELECT FROM ledger_entry entry
              WHERE entry.group_id = reversal.group_id AND entry.day = reversal.day AND entry.id < reversal.id
                AND NOT EXISTS (
                      SELECT FROM (SELECT * FROM posting WHERE entry_id = entry.id) was
                        FULL JOIN (SELECT * FROM posting WHERE entry_id = reversal.id) undone
                             USING (account, party_id, currency)
                       WHERE was.amount IS DISTINCT FROM -undone.amount))
     ORDER BY reversal.id
"""

CHECKS: Final[tuple[Check, ...]] = (
    guarded("guards", "accepted_work", "audit_event", "fx_rate", "ledger_entry", "posting", "rate"),
    guarded(
        "guards of promises",
        "answer_key",
        "application_match",
        "attempt_score",
        "grading",
        "guideline",
        "guideline_acknowledgement",
        "rate_acknowledgement",
        "rate_notice",
        "tax_form",
        "terms_version",
        "training",
    ),
    guarded("guard of offers", "rate_offer", guard="keep_offer", function="keep_offer", kind=BEFORE_ROW_CHANGE),
    guarded("guard of all offers", "rate_offer", guard="keep_offers", function="keep_offer", kind=BEFORE_TRUNCATE),
    guarded("guard of the balance", "posting", guard="balance", function="check_balance", kind=AFTER_INSERT),
    told("balance", _BALANCE, N_("Entry %(entry)s does not balance: %(currency)s is off by %(amount)s.")),
    told("books", _BOOKS, N_("The books do not sum to zero: %(currency)s is off by %(amount)s.")),
    told(
        "orphans",
        _ORPHANS,
        N_("Entry number %(number)s is missing from the books; %(postings)s postings are left of it."),
    ),
    told("empty", _EMPTY, N_("Entry %(entry)s has no postings.")),
    told("nobody", _NOBODY, N_("Account %(account)s belongs to nobody known; %(amount)s %(currency)s stand on it.")),
    told("reversals", _REVERSALS, N_("Entry %(entry)s is a reversal, but of no entry of its day.")),
)
