"""Reads on exchange rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from payroll.fx.models import FxChange, FxRate
from payroll.fx.rules import MAX_AGE, Published, Rates
from workforce.core.db import session
from workforce.core.errors import NotFound

_order: Final[list[str]] = []


@dataclass(frozen=True, slots=True)
class Key:
    """What a source gives one rate for."""

    source: str
    base: str
    quote: str
    day: date

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.base}/{self.quote} of {self.day} by {self.source}"


def set_order(sources: Sequence[str]) -> None:
    """Say which sources may be used, the best first; none for all (DAYBOOK_FX_SOURCE)."""
    _order[:] = [source.lower() for source in sources]


def order() -> tuple[str, ...]:
    """Return the sources that may be used, the best first; none for all."""
    return tuple(_order)


def rates_for(day: date) -> Rates:
    """Return every rate that can price a day, and in which order sources are asked.

    Args:
        day: of a pay group's books.

    """
    query = _within(_newest(), FxRate, day)
    return Rates(day, [_published(rate) for rate in session().scalars(query)], order())


def waiting_for(day: date) -> list[Published]:
    """Return the rates that could price a day, were they not waiting for a person since they are far from the last."""
    query = _within(select(FxChange).where(FxChange.kind == "far", FxChange.state == "proposed"), FxChange, day)
    return [Published(one.source, one.base, one.quote, one.day, one.rate, one.id) for one in session().scalars(query)]


def sources_without_rates() -> list[str]:
    """Return those of the sources to be used that have never given a rate."""
    known = set(session().scalars(select(FxRate.source).where(FxRate.source.in_(_order)).distinct()))
    return [source for source in _order if source not in known]


def revisions(key: Key) -> list[FxRate]:
    """Return a rate's values, the newest first."""
    query = select(FxRate).where(*_is(FxRate, key)).order_by(FxRate.revision.desc())
    return list(session().scalars(query))


def changes_of(key: Key) -> list[FxChange]:
    """Return what was ever proposed for a rate or waited for a person, the newest first."""
    return list(session().scalars(select(FxChange).where(*_is(FxChange, key)).order_by(FxChange.id.desc())))


def open_changes() -> list[FxChange]:
    """Return the corrections and rates that wait for a person, the oldest first."""
    return list(session().scalars(select(FxChange).where(FxChange.state == "proposed").order_by(FxChange.id)))


def open_change(day: date, base: str, quote: str, source: str) -> FxChange:
    """Return what waits for a person for a rate: its correction, else the rate itself.

    Raises:
        NotFound: nothing does.

    """
    key = Key(source, base, quote, day)
    found = [one for one in changes_of(key) if one.state == "proposed"]
    if not found:
        raise NotFound(thing="waiting rate", name=str(key))
    return min(found, key=lambda one: one.kind != "correction")


def last_before(key: Key) -> Published | None:
    """Return the rate that a new one is compared with: the source's newest one of the pair before it, either way round.

    The first rate of a pair has none, and is not compared with other sources': an official rate and a market's may be
    far from each other for good.
    """
    pair, turned = ((FxRate.base == a) & (FxRate.quote == b) for a, b in ((key.base, key.quote), (key.quote, key.base)))
    query = (
        select(FxRate)
        .where(FxRate.source == key.source, FxRate.day < key.day, pair | turned)
        .order_by(FxRate.day.desc(), pair.desc(), FxRate.revision.desc())
    )
    found = session().scalars(query.limit(1)).first()
    return _published(found) if found else None


def listing(source: str, currency: str, *, limit: int, offset: int) -> tuple[list[FxRate], int]:
    """Return the rates that count, the newest day first, and how many there are.

    Args:
        source: only its rates; empty for all.
        currency: only pairs with it; empty for all.
        limit: so many at most.
        offset: so many are passed over.

    """
    query = _newest()
    if source:
        query = query.where(FxRate.source == source)
    if currency:
        query = query.where(or_(FxRate.base == currency, FxRate.quote == currency))
    newest = query.subquery()
    found = aliased(FxRate, newest)
    page = select(found).order_by(found.day.desc(), found.source, found.base, found.quote).limit(limit).offset(offset)
    return list(session().scalars(page)), session().scalar(select(func.count()).select_from(newest)) or 0


def sources() -> list[str]:
    """Return every source that has given a rate."""
    return list(session().scalars(select(FxRate.source).distinct().order_by(FxRate.source)))


def corrected_from(rates: Sequence[FxRate]) -> dict[tuple[Any, ...], Decimal]:
    """Return what stood there before, by source, base, quote and day, for those of some rates that were corrected."""
    keys = [(one.source, one.base, one.quote, one.day, one.revision - 1) for one in rates if one.revision > 1]
    query = select(FxRate).where(
        tuple_(FxRate.source, FxRate.base, FxRate.quote, FxRate.day, FxRate.revision).in_(keys)
    )
    return {(one.source, one.base, one.quote, one.day): one.rate for one in session().scalars(query)}


def _newest() -> Select[FxRate]:
    """Select the revision of each rate that counts."""
    key = (FxRate.source, FxRate.base, FxRate.quote, FxRate.day)
    return select(FxRate).ext(distinct_on(*key)).order_by(*key, FxRate.revision.desc())


def _within(query: Any, table: Any, day: date) -> Any:
    """Narrow a query to what can price a day, by the sources that may be used."""
    query = query.where(table.day.between(day - MAX_AGE, day))
    return query.where(table.source.in_(_order)) if _order else query


def _is(table: Any, key: Key) -> tuple[Any, ...]:
    return (table.source == key.source, table.base == key.base, table.quote == key.quote, table.day == key.day)


def _published(rate: FxRate) -> Published:
    return Published(rate.source, rate.base, rate.quote, rate.day, rate.rate)
