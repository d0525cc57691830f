"""Rate cards: lines that are never changed, and the price that is quoted from them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from tests.factories import NOW, make_project
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.errors import Invalid
from workforce.core.money import Money
from workforce.projects.models import Project
from workforce.rates.models import Rate
from workforce.rates.queries import rate_card
from workforce.rates.rules import Basis
from workforce.rates.services import NoRate, Quote, RateDiffers, add_rate, quote

Add = Callable[..., bool]
DAY = date(2026, 11, 1)


@pytest.fixture
def project(context: Flask) -> Project:
    with transaction():
        return make_project()


@pytest.fixture
def add(context: Flask) -> Add:
    """Give `add_rate` with values that are good, but for those that are given."""

    def enter(project: Project | None = None, **given: Any) -> bool:
        values: dict[str, Any] = {
            "level": "", "country": "", "kind": "piece", "money": Money(Decimal("0.05"), "USD"),
            "valid_from": DAY, "now": NOW,
        }  # fmt: skip
        with transaction():
            return add_rate(SYSTEM, project, **values | given)

    return enter


def priced(project: Project, day: date = DAY, level: str = "", country: str = "") -> int:
    """Give the rate that is quoted, in micros."""
    with transaction():
        return quote(rate_card(project.id), project, basis=Basis(day, frozenset({level})), country=country).rate


def test_a_line_is_kept_and_the_log_tells_of_it(add: Add, project: Project) -> None:
    assert add(project, level="expert", country="KE", kind="hourly", money=Money(Decimal("7.5"), "EUR"))
    with transaction():
        (line,) = rate_card(project.id)
        event = session().query(AuditEvent).filter_by(action="rate.add").one()
        found = quote([line], project, basis=Basis(DAY, frozenset({"expert"})), country="KE")
    assert found == Quote("hourly", 7_500_000, "EUR", line.id)
    assert (event.subject, event.after["rate"], event.after["currency"]) == ("project:FALCON", 7_500_000, "EUR")


def test_the_same_line_again_is_no_news_and_another_rate_of_that_date_is_refused(add: Add, project: Project) -> None:
    for where in (project, None):
        assert add(where)
        assert not add(where)
        for other in (
            {"money": Money(Decimal("0.06"), "USD")},
            {"money": Money(Decimal("0.05"), "EUR")},
            {"kind": "hourly"},
        ):
            with pytest.raises(RateDiffers, match="2026-11-01"):
                add(where, **other)
        assert add(where, level="expert")
        assert add(where, country="KE")
        assert add(where, valid_from=date(2026, 11, 2), money=Money(Decimal("0.06"), "USD"))
    with transaction():
        assert session().query(Rate).count() == 8


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "bonus"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"money": Money(Decimal("-0.000001"), "USD")}, "rate"),
        ({"country": "KEN"}, "country"),
        ({"country": "ke"}, "country"),
        ({"country": "XX"}, "country"),
        ({"level": "x" * 41}, "level"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name_and_nothing_is_kept(
    add: Add, project: Project, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        add(project, **given)
    assert refusal.value.params["field"] == field
    with transaction():
        assert rate_card(project.id) == []


def test_work_for_nothing_and_work_for_less_than_a_cent_can_be_offered(add: Add, project: Project) -> None:
    assert add(project, money=Money(Decimal(0), "USD"))
    assert add(project, country="KE", money=Money(Decimal("0.0125"), "USD"))
    assert priced(project) == 0
    assert priced(project, country="KE") == 12_500


def test_a_later_line_takes_over_on_its_day_and_never_before(add: Add, project: Project) -> None:
    add(project)
    add(project, valid_from=date(2026, 11, 10), money=Money(Decimal("0.07"), "USD"))
    assert priced(project, date(2026, 11, 9)) == 50_000
    assert priced(project, date(2026, 11, 10)) == 70_000
    with pytest.raises(NoRate, match="FALCON"):
        priced(project, date(2026, 10, 31))


def test_the_most_exact_line_wins_project_then_level_then_country(add: Add, project: Project) -> None:
    lines = [(None, "", ""), (None, "", "KE"), (None, "expert", ""), (None, "expert", "KE"), (project, "", ""),
             (project, "", "KE"), (project, "expert", ""), (project, "expert", "KE")]  # fmt: skip
    for cents, (where, level, country) in enumerate(lines, start=1):
        add(where, level=level, country=country, money=Money(Decimal(cents), "USD"))
        # Each one that comes is more exact than all before it.
        assert priced(project, level="expert", country="KE") == cents * 1_000_000
    assert priced(project, level="expert", country="PH") == 7_000_000
    assert priced(project, level="novice", country="KE") == 6_000_000
    assert priced(project) == 5_000_000
    with transaction():
        other = make_project("ROBIN")
    assert priced(other, level="novice", country="KE") == 2_000_000


def test_an_exact_line_wins_over_a_younger_one_that_is_not(add: Add, project: Project) -> None:
    add(project, level="expert", money=Money(Decimal(9), "USD"))
    add(project, valid_from=date(2026, 11, 15), money=Money(Decimal(1), "USD"))
    assert priced(project, date(2026, 11, 20), level="expert") == 9_000_000


def test_another_projects_lines_are_not_on_the_card(add: Add, project: Project) -> None:
    with transaction():
        other = make_project("ROBIN")
    add(other)
    with transaction():
        assert rate_card(project.id) == []
    with pytest.raises(NoRate) as refusal:
        priced(project, level="expert", country="KE")
    assert {"FALCON", "2026-11-01"} <= set(str(refusal.value).split())
    assert "daybook import rates" in str(refusal.value)
