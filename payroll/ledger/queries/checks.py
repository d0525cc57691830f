"""How the books are proved: a register of checks, each of which reads everything and names what is wrong.

The ledger knows only entries and postings. A feature above it, which knows what its entries were made from, adds its
own checks. Each finding is one statement, and so sees one moment even while others post.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from i18n.locale import N_, translate
from workforce.core.db import rows, run
from workforce.core.money import plain

# More findings of one kind are counted as one more: a file of a million lines helps nobody.
LIMIT: Final = 200
MORE: Final = N_("There are more findings of this kind (%(check)s) than the %(limit)s above.")


@dataclass(frozen=True)
class Check:
    """A question put to the books.

    Attributes:
        name: unique; a stable word or two for programs.
        find: gives a sentence for each thing that is wrong, LIMIT + 1 of them at most.

    """

    name: str
    find: Callable[[], Iterable[str]]


_checks: Final[dict[str, Check]] = {}


def add_check(check: Check) -> None:
    """Add a check to those that `problems` asks, once however often an application is made."""
    _checks[check.name] = check


def told(name: str, statement: str, sentence: str | Mapping[str, str], **params: Any) -> Check:
    """Make a check of a statement whose rows are what is wrong.

    Args:
        name: of the check.
        statement: SQL. A column fills the placeholder of its name; one that ends in `_micros` holds an amount, and
            fills the placeholder of its name without the ending, in major units.
        sentence: marked for translation; or several, by what the statement's column `finding` says.
        params: of the statement.

    """
    limited = f"SELECT * FROM ({statement}) found LIMIT {LIMIT + 1}"  # noqa: S608 -- constants of the features

    def find() -> Iterable[str]:
        for row in rows(limited, **params):
            values = {
                key.removesuffix("_micros"): plain(int(value)) if key.endswith("_micros") else value
                for key, value in row._mapping.items()  # noqa: SLF001 -- the public way to a row's names
            }
            yield translate(sentence if isinstance(sentence, str) else sentence[values["finding"]], **values)

    return Check(name, find)


# What a trigger does, as pg_trigger.tgtype has it: a row (1) or a statement; before (2) or after; insert 4, delete 8,
# update 16, truncate 32.
_BEFORE_ANY_CHANGE: Final = 2 + 8 + 16 + 32
AFTER_INSERT: Final = 4
BEFORE_ROW_CHANGE: Final = 1 + 2 + 8 + 16
BEFORE_TRUNCATE: Final = 2 + 32
_GUARDS: Final = """
    SELECT wanted.relation, wanted.guard,
           CASE WHEN guard.tgname IS NULL THEN 'missing'
                WHEN guard.tgenabled NOT IN ('O', 'A') THEN 'disabled'
                ELSE 'other' END AS finding
      FROM unnest(CAST(:relations AS text[])) AS wanted_relation
     CROSS JOIN LATERAL (SELECT wanted_relation AS relation, CAST(:guard AS text) AS guard) wanted
      LEFT JOIN pg_trigger guard ON guard.tgrelid = to_regclass(wanted.relation) AND guard.tgname = wanted.guard
      LEFT JOIN pg_proc called ON called.oid = guard.tgfoid
     WHERE guard.tgname IS NULL OR guard.tgenabled NOT IN ('O', 'A') OR guard.tgtype <> :type
        OR called.proname <> :function OR position('RAISE EXCEPTION' IN called.prosrc) = 0
"""


def guarded(
    name: str, *tables: str, guard: str = "only_grows", function: str = "refuse_change", kind: int = _BEFORE_ANY_CHANGE
) -> Check:
    """Make a check that the triggers stand on tables that keep them as they are. Whoever tampers disables them first.

    Args:
        name: of the check.
        tables: that must have the trigger.
        guard: the trigger's name.
        function: what it calls.
        kind: when it does, as pg_trigger.tgtype has it.

    """
    sentences = {
        "missing": N_("Table %(relation)s is not guarded: its trigger %(guard)s is missing."),
        "disabled": N_("Table %(relation)s is not guarded: its trigger %(guard)s is disabled."),
        "other": N_("Table %(relation)s is not guarded: its trigger %(guard)s is not the one that Daybook made."),
    }
    return told(name, _GUARDS, sentences, relations=list(tables), guard=guard, function=function, type=kind)


def entry_count() -> int:
    """Give the number of entries in the books."""
    ((count,),) = rows("SELECT count(*) FROM ledger_entry")
    return int(count)


def problems() -> list[str]:
    """Put every check to the books; give a sentence for each thing that is wrong, none for books that are whole."""
    # A copy that was just restored has no statistics: the planner takes its tables for empty and walks them in loops.
    run("SET LOCAL enable_nestloop = off")
    run("SET LOCAL work_mem = '64MB'")
    found: list[str] = []
    for check in _checks.values():
        sentences = list(check.find())
        found += sentences[:LIMIT]
        if len(sentences) > LIMIT:
            found.append(translate(MORE, check=check.name, limit=LIMIT))
    return found
