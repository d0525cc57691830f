"""What a new line of a card would do, decided before it is written: whom it concerns, and whether it may be."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product

from i18n.locale import N_
from workforce.core.errors import DaybookError
from workforce.paydays.queries import groups
from workforce.rates.queries import Person, Slice, concerned, lines_by_id, rate_card, rate_cards, work
from workforce.rates.rules import NOTICE, Change, RateLine, change, refused_by_notice, rewrites, today


class BeforeToday(DaybookError):
    code = "rate_before_today"
    template = N_("A rate is never changed backwards: give %(today)s or a later day, not %(day)s.")


class RateBackwards(DaybookError):
    code = "rate_backwards"
    template = N_(
        "Work begun on or after %(day)s has been priced by the card already, and this line would have priced it"
        " otherwise. A rate is never changed backwards: give %(today)s or a later day."
    )


class NoticeNeeded(DaybookError):
    code = "notice_needed"
    template = N_(
        "This line pays somebody less, or in another unit or currency, from %(day)s. Whoever is concerned is told"
        " %(days)s days ahead: give %(first)s or a later day."
    )


@dataclass(frozen=True)
class Effect:
    """What a line changes for somebody."""

    person: Person
    change: Change


@dataclass(frozen=True)
class Group:
    """What a line changes for as many people, all of whom earn the same without it.

    Attributes:
        people: how many.
        change: what it changes for them.

    """

    people: int
    change: Change


def first_day(now: datetime) -> date:
    """Give today as rate cards know it: the latest date that it is in any pay group's zone."""
    return today(now, {group.timezone for group in groups()})


def effects(line: RateLine, *, project_id: int | None, on: date) -> list[Effect]:
    """Give what a line changes for everybody concerned, and refuse one that breaks a promise.

    Args:
        line: not written yet.
        project_id: what it is for; None for every project.
        on: today, as `first_day` gives it.

    Raises:
        RateBackwards: it would have priced work that another line priced already.
        NoticeNeeded: it lowers what somebody is paid before the notice period is over.

    """
    if line.valid_from < on:
        _refuse_rewriting(line, project_id, on)
    people = concerned(project_id, today=on)
    found = _effects(line, people)
    changes = [one.change for one in found]
    if not people and work().any_work(project_id):
        changes = _possible(line, project_id)  # of people who may come back
    allowed = refused_by_notice(changes, on)
    if allowed is not None:
        day = min(one.day for one in changes if one.lowered)
        raise NoticeNeeded(field="valid_from", day=day, days=NOTICE.days, first=allowed)
    return found


def effects_of(line: RateLine, *, part: Slice) -> list[Effect]:
    """Give what a line that was written changes for some of those concerned, beside the card as it was before it.

    Args:
        line: of the card.
        part: some of all workers, at the instant at which the line was written.

    """
    return _effects(line, concerned(line.project_id, today=first_day(part.at), part=part))


def grouped(found: Collection[Effect]) -> list[Group]:
    """Put together those for whom a line changes the same, the greatest group first."""
    counts: dict[tuple[date, int, bool], tuple[int, Change]] = {}
    for one in found:
        key = (one.change.day, one.change.old.id if one.change.old else 0, one.change.lowered)
        counts[key] = (counts.get(key, (0, one.change))[0] + 1, one.change)
    return sorted((Group(*pair) for pair in counts.values()), key=lambda group: -group.people)


def _refuse_rewriting(line: RateLine, project_id: int | None, on: date) -> None:
    """Refuse a line of the past that would have priced, or could have, work which is priced.

    History can be loaded as long as nobody has worked on or after its day, and so can a line for a country or level of
    which no work has come in: it takes nothing from anybody. Work paid by a file's own reward was not priced by a card.
    """
    priced = list(work().priced(project_id, line.valid_from))
    known = lines_by_id({one.rate_id for one in priced})
    if any(rewrites(line, known[one.rate_id], one.country) for one in priced if one.rate_id in known):
        raise RateBackwards(field="valid_from", day=line.valid_from, today=on)


def _effects(line: RateLine, people: Collection[Person]) -> list[Effect]:
    cards = rate_cards({one.project_id for one in people})
    known: dict[tuple[int, str, str], Change | None] = {}
    found = []
    for person in people:
        # Lines of one card are written one after the other, so a later one has a higher number.
        card = [one for one in cards[person.project_id] if not line.id or one.id < line.id]
        changes = []
        for level in person.levels if person.levels is not None else _levels(card, line):
            key = (person.project_id, level, person.country)
            if key not in known:
                known[key] = change(card, line, project_id=key[0], level=level, country=person.country)
            changes.append(known[key])
        chosen = min((one for one in changes if one), key=lambda one: (not one.lowered, one.day), default=None)
        if chosen is not None:
            found.append(Effect(person, chosen))
    return found


def _possible(line: RateLine, project_id: int | None) -> list[Change]:
    """Give what a line changes for any level and country that the card knows of."""
    key = project_id or 0  # a line for every project is looked at beside its like
    card = rate_card(key)
    countries = {"", line.country, *(one.country for one in card)}
    changes = (
        change(card, line, project_id=key, level=level, country=country)
        for level, country in product(_levels(card, line), sorted(countries))
    )
    return [one for one in changes if one is not None]


def _levels(card: Collection[RateLine], line: RateLine) -> list[str]:
    return sorted({"", line.level, *(one.level for one in card)})
