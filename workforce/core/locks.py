"""Locks that features take, and the one order in which a transaction waits for them.

Whoever holds a lock and waits for another one may be waited for in a circle. Nobody is where everybody waits in one
order: by class, and within a class by ascending key. The functions here see to that. A transaction that asks out of
turn does not wait: it gets what is free, and is refused otherwise.
"""

from collections.abc import Collection, Sequence
from typing import Final, TypeVar

from sqlalchemy import Select, text
from sqlalchemy.exc import OperationalError

from workforce.core.db import session
from workforce.core.errors import Collision

# Classes of advisory locks, as the server knows them; a lock is (class, key), so that two features never share one.
# Pay groups, by id: whoever gives work its pay day shares it, whoever closes a day holds it alone. A close keeps every
# later acceptance waiting while it waits itself: take it as late as can be, and end the transaction soon.
PAY_GROUP: Final = 1
# Held by a session on a connection of its own, and so outside the order.
LEADER: Final = 2
MIGRATION: Final = 3
# Files of work, by project, so that the same file on its way in twice is taken in once.
IMPORT: Final = 4
# Whoever makes workers known, or joins them to accounts, does so alone (key 0).
WORKERS: Final = 5
# Rate cards, by project and 0 for the lines of every project: whoever quotes shares both, whoever adds a line holds one
# alone.
RATES: Final = 6
# Applications by address (a hash of it), so that two at once make one account.
APPLY: Final = 7
# Tries that are counted, by a hash of whom and what.
LIMIT: Final = 8
# Exchange rates (key 0): whoever closes a day shares it, whoever loads or confirms a rate holds it alone, so that a
# close sees a rate either waiting or confirmed.
FX: Final = 9
# Rows of submissions, by id: not advisory ones, but a part of the order, see `rows`.
SUBMISSIONS: Final = -1

ORDER: Final = (LIMIT, APPLY, IMPORT, RATES, WORKERS, SUBMISSIONS, PAY_GROUP, FX)
_HELD: Final = "locks"
_NOT_AVAILABLE: Final = "55P03"
_T = TypeVar("_T")


class OutOfTurn(Collision):
    """A lock that is not free was asked for out of turn, where waiting for it could be for ever."""


def shared(lock: int, *keys: int) -> None:
    """Hold advisory locks together with others until the end of the transaction.

    Args:
        lock: the class.
        keys: of the locks, which are taken in ascending order.

    Raises:
        OutOfTurn: it is not their turn, and somebody else holds one of them.

    """
    _take(lock, keys, alone=False)


def exclusive(lock: int, *keys: int) -> None:
    """Hold advisory locks alone until the end of the transaction; otherwise as `shared`."""
    _take(lock, keys, alone=True)


def rows(lock: int, query: Select[_T], ids: Collection[int]) -> Sequence[_T]:
    """Give rows as they are now, held alone until the end of the transaction.

    Args:
        lock: the class in the order, such as SUBMISSIONS.
        query: gives the rows in the order of their ids, so that no two callers wait for each other.
        ids: theirs.

    Raises:
        OutOfTurn: it is not their turn, and somebody else holds one of them.

    """
    turns = [_in_turn(lock, key, alone=True) for key in sorted(ids)]
    try:
        locked = query.with_for_update(nowait=not all(turns))
        return session().scalars(locked, execution_options={"populate_existing": True}).all()
    except OperationalError as problem:
        if getattr(problem.orig, "sqlstate", None) == _NOT_AVAILABLE:
            raise OutOfTurn from problem
        raise


def _take(lock: int, keys: Collection[int], *, alone: bool) -> None:
    for key in sorted(set(keys)):
        turn = _in_turn(lock, key, alone=alone)
        name = f"pg_{'' if turn else 'try_'}advisory_xact_lock{'' if alone else '_shared'}"
        taken = session().scalar(text(f"SELECT {name}(:lock, :key)"), {"lock": lock, "key": key})
        if not turn and not taken:
            raise OutOfTurn


def _in_turn(lock: int, key: int, *, alone: bool) -> bool:
    """Note that the transaction that is open takes a lock, and tell whether it may wait for it."""
    session().connection()  # the transaction has begun from here on
    current, info = session()().get_transaction(), session().info
    if info.get(_HELD, (None,))[0] is not current:
        info[_HELD] = current, {}
    held: dict[tuple[int, int], bool] = info[_HELD][1]
    place = (ORDER.index(lock), key)
    # What it holds already it need not wait for, unless it shares it and now wants it alone.
    turn = held[place] >= alone if place in held else not held or place > max(held)
    held[place] = alone or held.get(place, False)
    return turn
