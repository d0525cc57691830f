"""What features that stand higher know: the languages of a person, what a project pays her, how long a task takes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from workforce.projects.models import Project
from workforce.projects.rules import Pay
from workforce.workers.models import Worker

# Gives the languages of an account as BCP 47 tags; None where it knows nothing of her.
LanguageTeller = Callable[[int], Collection[str] | None]
# Gives, for a worker (None: somebody who applies), projects and an instant, what each pays, by the project's id.
QuoteTeller = Callable[[Worker | None, Sequence[Project], datetime], Mapping[int, Sequence[Pay]]]
# Gives, for ids of projects and today's date in UTC, the median seconds of a task; a project without tasks is left out.
MedianTeller = Callable[[Collection[int], date], Mapping[int, int]]

_languages: Final[list[LanguageTeller]] = []
_quotes: Final[list[QuoteTeller]] = []
_medians: Final[list[MedianTeller]] = []


def add_language_teller(teller: LanguageTeller) -> None:
    """Add who knows the languages of people, once however often an application is made."""
    if teller not in _languages:
        _languages.append(teller)


def add_quote_teller(teller: QuoteTeller) -> None:
    """Add who knows what projects pay, once however often an application is made."""
    if teller not in _quotes:
        _quotes.append(teller)


def add_median_teller(teller: MedianTeller) -> None:
    """Add who knows how long tasks take, once however often an application is made."""
    if teller not in _medians:
        _medians.append(teller)


def languages_of(user_id: int | None) -> list[str] | None:
    """Give the languages of an account as BCP 47 tags, sorted; None where nobody knows them."""
    known = [found for teller in _languages if user_id is not None and (found := teller(user_id)) is not None]
    return sorted({tag for found in known for tag in found}) if known else None


def pay_of(worker: Worker | None, projects: Sequence[Project], now: datetime) -> dict[int, list[Pay]]:
    """Give what projects pay for work begun now, by the project's id; no worker stands for somebody who applies."""
    made: dict[int, list[Pay]] = {}
    for teller in _quotes if projects else ():
        for project_id, found in teller(worker, projects, now).items():
            made.setdefault(project_id, []).extend(found)
    return made


def median_seconds(project_ids: Collection[int], today: date) -> dict[int, int]:
    """Give how long a task of projects really takes: the median of accepted ones of late, by the project's id."""
    return {key: value for teller in _medians if project_ids for key, value in teller(project_ids, today).items()}
