"""A sweep: a job goes over its items, and one that fails keeps no other waiting.

Items are read page by page, each page after the last key of the one before, so that nobody starves behind others,
however many of those stay as they are. Each item has a transaction of its own, or shares one with others where the work
is done in sets; a set that fails is halved until only what fails by itself is left out. What failed is logged with its
traceback and named in the run of the job, which fails, and is met again by the next run.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog

from workforce.core.db import is_away, transaction

log = structlog.get_logger()

PAGE: Final = 500
_LONGEST: Final = 500  # characters of one problem
_NAMED: Final = 20  # items with what went wrong; of more only the number is told
_T = TypeVar("_T")

# Gives the keys of items that are to be done, ascending: those after a key, and at most so many.
Page = Callable[[int, int], Sequence[int]]


class SomeFailed(ExceptionGroup[Exception], RuntimeError):
    """Single items of a sweep failed; all the others were tried.

    Attributes:
        done: how much was done all the same.
        failed: what went wrong, by the name of the item; all of it is in the log.

    """

    done: int
    failed: dict[str, Exception]


@dataclass
class Sweep:
    """What was done, and what failed, so far.

    Attributes:
        done: how much was done, in whatever the job counts.
        failed: what went wrong, by the name of the item.

    """

    done: int = 0
    failed: dict[str, Exception] = field(default_factory=dict)

    def each(self, thing: str, page: Page, call: Callable[[int], int]) -> None:
        """Do items one by one, each in a transaction of its own.

        Args:
            thing: what an item is, such as offer; with the key it is the item's name.
            page: gives the keys.
            call: does one item and gives how much was done: nothing where somebody was quicker.

        Raises:
            SomeFailed: at once where the database is gone.

        """
        for keys in self.pages(thing, page):
            for key in keys:
                with self.item(f"{thing} {key}"):
                    with transaction():
                        made = call(key)
                    self.done += made

    def many(self, thing: str, page: Page, call: Callable[[Sequence[int]], int]) -> None:
        """Do items page by page, for work that is done in sets; otherwise as `each`."""
        for keys in self.pages(thing, page):
            self.done += sum(self.chunk(thing, keys, call))

    def pages(self, thing: str, page: Page, *, size: int = 0) -> Iterator[Sequence[int]]:
        """Give the keys of all items, page by page, each read in a transaction of its own when it is asked for.

        Args:
            thing: what an item is.
            page: gives the keys.
            size: how many at once, PAGE unless told.

        """
        after = 0
        while True:
            keys: Sequence[int] = ()
            with self.item(f"{thing}s after {after}"), transaction():
                keys = page(after, size or PAGE)
            if not keys:
                return
            yield keys
            after = keys[-1]

    def chunk(self, thing: str, keys: Sequence[int], call: Callable[[Sequence[int]], _T]) -> list[_T]:
        """Do some items in one transaction; where that fails, each half of them in one, down to single items.

        Args:
            thing: what an item is.
            keys: of the items.
            call: does them.

        Returns:
            what the calls gave that went well.

        Raises:
            SomeFailed: at once where the database is gone.

        """
        if not keys:
            return []
        try:
            with transaction():
                return [call(keys)]
        except Exception as problem:
            if len(keys) == 1 or is_away(problem):
                with self.item(f"{thing} {keys[0]}"):
                    raise
                return []
            log.warning("halved", item=thing, size=len(keys), problem=words(problem))
        half = len(keys) // 2
        return [*self.chunk(thing, keys[:half], call), *self.chunk(thing, keys[half:], call)]

    def item(self, name: str) -> "_Item":
        """Keep what goes wrong inside `with`, and go on behind it.

        Args:
            name: of the item, for people.

        Raises:
            SomeFailed: at once where the database is gone: nothing else can be tried.

        """
        return _Item(self, name)

    def note(self, name: str, problem: Exception) -> None:
        """Keep what went wrong with an item; see `item`."""
        if isinstance(problem, SomeFailed):  # of a sweep within, which has logged and named each by itself
            self.failed |= problem.failed
        else:
            log.error("an item failed", item=name, exc_info=problem)
            problem.add_note(name)
            self.failed[name] = problem
        if is_away(problem):
            self.end()

    def end(self) -> int:
        """Give how much was done.

        Raises:
            SomeFailed: where items failed; it says how much was done, and names them.

        """
        if not self.failed:
            return self.done
        told = failures(self.failed)
        more = f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        message = f"{self.done} done, {len(told)} failed: {'; '.join(told[:_NAMED])}{more}"
        problem = SomeFailed(message, list(self.failed.values()))
        problem.done, problem.failed = self.done, self.failed
        raise problem


@dataclass(frozen=True)
class _Item:
    sweep: Sweep
    name: str

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, problem: BaseException | None, __: object) -> bool:
        if isinstance(problem, Exception):  # and no Ctrl-C
            self.sweep.note(self.name, problem)
            return True
        return False


def sweep(thing: str, page: Page, call: Callable[[int], int]) -> int:
    """Do items one by one, each in a transaction of its own; see `Sweep.each`. Call it outside a transaction.

    Returns:
        how much was done.

    Raises:
        SomeFailed: single items failed, after all were tried.

    """
    found = Sweep()
    found.each(thing, page, call)
    return found.end()


def sweep_many(thing: str, page: Page, call: Callable[[Sequence[int]], int]) -> int:
    """Do items in sets; see `Sweep.many`, and otherwise as `sweep`."""
    found = Sweep()
    found.many(thing, page, call)
    return found.end()


def failures(failed: Mapping[str, Exception]) -> list[str]:
    """Return a line of plain text for each item that failed, of what went wrong by the name of the item."""
    return [f"{name}: {words(problem)}" for name, problem in failed.items()]


def words(problem: Exception) -> str:
    """Say what went wrong, in a line that the database can hold."""
    return " ".join(f"{type(problem).__name__}: {problem}".replace("\0", "").split())[:_LONGEST]
