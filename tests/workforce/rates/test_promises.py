"""What a card promises: nothing backwards, one line a key and day, lower rates well ahead, and everybody told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.factories import NOW, make_group, make_project, make_work, make_worker
from tests.factories.projects import make_manager
from tests.factories.rates import day, make_line, make_participant
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import rows, session, transaction
from workforce.core.errors import Forbidden, NotFound
from workforce.imports.services import Pay, WorkImport, import_rates, import_work
from workforce.notifications.jobs import tell_crowds
from workforce.notifications.models import Message
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project
from workforce.projects.queries import project_by_code
from workforce.rates.models import Rate, RateNotice
from workforce.rates.queries import told_of
from workforce.rates.services import BeforeToday, NoticeNeeded, RateBackwards, RateDiffers, acknowledge


@pytest.fixture
def project(context: Flask) -> Project:
    with transaction():
        return make_project()


@pytest.fixture
def group(context: Flask) -> PayGroup:
    with transaction():
        return make_group()


def worked(project: Project, group: PayGroup, *, ago: int = 2, country: str = "KE", level: str = "") -> None:
    """Let somebody do work so many days ago that the card prices."""
    with transaction():
        make_worker(group, f"W-{country}-{ago}-{level}", country=country)
    at = NOW - timedelta(days=ago)
    row = f"S{country}{ago}{level},W-{country}-{ago}-{level},submitted,{at.isoformat()},{level}"
    file = f"source,worker,status,submitted_at,level\n{row}\n"
    report = import_work(SYSTEM, BytesIO(file.encode()), WorkImport("csv", project, Pay.RATES, group), now=NOW)
    assert (report.imported, report.refused) == (1, []), report.refused


def test_who_set_a_line_and_why_stands_with_it_and_in_the_log(project: Project) -> None:
    with transaction():
        manager = make_manager(project_by_code("FALCON")).actor
        make_line(project, valid_from=day(1), reason="  A new guideline. ", actor=manager)
    with transaction():
        line = session().query(Rate).one()
        event = session().query(AuditEvent).filter_by(action="rate.add").one()
    assert (line.created_by, line.reason, line.created_at) == (manager.id, "A new guideline.", NOW)
    assert (event.actor_id, event.reason) == (manager.id, "A new guideline.")


def test_a_manager_writes_the_cards_of_her_projects_alone(project: Project) -> None:
    with transaction():
        stranger, manager = make_manager().actor, make_manager(project_by_code("FALCON")).actor
    for actor, where, refusal in (
        (stranger, project, NotFound), (manager, None, Forbidden),
        (Actor(7, "x@example.com", frozenset()), project, Forbidden),
    ):  # fmt: skip
        with pytest.raises(refusal), transaction():
            make_line(where, valid_from=day(1), actor=actor)


@pytest.mark.parametrize(("timezone", "today"), [("Africa/Nairobi", 0), ("Pacific/Kiritimati", 1), ("Pacific/Niue", 0)])
def test_no_line_that_looks_ahead_begins_before_today_in_any_group(project: Project, timezone: str, today: int) -> None:
    with transaction():
        make_group("XX", timezone=timezone)
        make_group("UTC", timezone="UTC")
    with pytest.raises(BeforeToday) as refusal, transaction():
        make_line(project, valid_from=day(today - 1), ahead=True)
    assert refusal.value.params["today"] == day(today)
    with transaction():
        assert make_line(project, valid_from=day(today), ahead=True)


def test_history_is_loaded_before_there_is_work_and_not_under_it(project: Project, group: PayGroup) -> None:
    with transaction():
        assert make_line(project, "0.50", valid_from=day(-60))
    worked(project, group, ago=10)
    for offset in (-60, -30, -10):
        with pytest.raises((RateBackwards, RateDiffers)), transaction():
            make_line(project, "0.90", valid_from=day(offset))
    with transaction():
        assert make_line(project, "0.55", valid_from=day(-9))  # after the last work, and a rise
        assert not make_line(project, "0.50", valid_from=day(-60))  # the very same line again is no news


def test_a_line_for_work_that_nobody_did_can_be_added_later(project: Project, group: PayGroup) -> None:
    """So it is when a file was refused for lack of a rate for one country or level."""
    with transaction():
        make_line(project, "0.50", valid_from=day(-60), country="KE", level="L1")
    worked(project, group, ago=10, level="L1")
    with transaction():
        assert make_line(project, "0.40", valid_from=day(-60), country="PH")
        assert make_line(project, "0.60", valid_from=day(-60), country="KE", level="L2")
        assert make_line(project, "0.10", valid_from=day(-60))  # less exact: it could not have priced that work
        assert make_line(None, "0.10", valid_from=day(-60), level="L1")
    with pytest.raises(RateBackwards), transaction():
        make_line(project, "0.60", valid_from=day(-20), country="KE", level="L1")


def test_a_line_for_every_project_is_not_written_under_work_that_such_a_line_priced(
    project: Project, group: PayGroup
) -> None:
    with transaction():
        make_line(None, "0.50", valid_from=day(-60))
    worked(project, group)
    with pytest.raises(RateBackwards), transaction():
        make_line(None, "0.60", valid_from=day(-10))


def test_work_paid_by_a_files_own_reward_was_priced_by_no_card(project: Project, group: PayGroup) -> None:
    with transaction():
        make_work(project, make_worker(group))
        assert make_line(project, "0.50", valid_from=day(-30))


def test_a_lower_rate_needs_seven_days_when_anybody_is_concerned(project: Project, group: PayGroup) -> None:
    with transaction():
        make_line(project, "0.50")
        make_participant(project, group)
    with pytest.raises(NoticeNeeded) as refusal, transaction():
        make_line(project, "0.49", valid_from=day(6), ahead=True)
    assert (refusal.value.params["first"], refusal.value.params["days"]) == (day(7), 7)
    with transaction():
        assert make_line(project, "0.51", valid_from=day(0), ahead=True)
        assert make_line(project, "0.49", valid_from=day(7), ahead=True)


@pytest.mark.parametrize("given", [{"currency": "EUR"}, {"kind": "hourly"}])
def test_another_unit_or_currency_counts_as_lower(project: Project, group: PayGroup, given: dict[str, Any]) -> None:
    with transaction():
        make_line(project, "0.50")
        make_participant(project, group)
    with pytest.raises(NoticeNeeded), transaction():
        make_line(project, "9.00", valid_from=day(1), **given)
    with transaction():
        assert make_line(project, "9.00", valid_from=day(7), **given)


def test_with_nobody_there_a_rate_is_lowered_at_once(project: Project) -> None:
    with transaction():
        make_line(project, "0.50")
        assert make_line(project, "0.10", valid_from=day(0), ahead=True)


@pytest.mark.parametrize("ago", [2, 45])
def test_who_worked_once_is_a_reason_for_notice(project: Project, group: PayGroup, ago: int) -> None:
    with transaction():
        make_line(project, "0.50", valid_from=day(-60))
    worked(project, group, ago=ago)
    with pytest.raises(NoticeNeeded), transaction():
        make_line(project, "0.40", valid_from=day(3))
    with transaction():
        assert make_line(project, "0.40", valid_from=day(7))
    tell_crowds()
    with transaction():
        assert session().query(RateNotice).count() == (ago < 30)


def test_a_line_that_a_more_exact_one_hides_lowers_nobody(project: Project, group: PayGroup) -> None:
    with transaction():
        make_line(None, "0.50")
        make_line(project, "0.40", country="KE")
        make_participant(project, group, country="KE")
        assert make_line(None, "0.10", valid_from=day(1))
        assert rows("SELECT 1 FROM announcement") == []
        make_participant(project, group, country="PH")
    with pytest.raises(NoticeNeeded), transaction():
        make_line(None, "0.05", valid_from=day(2))


def test_a_rise_that_was_announced_is_not_taken_back_without_notice(project: Project, group: PayGroup) -> None:
    """A more exact line may pay more than today's, and less than what was announced for the day after tomorrow."""
    with transaction():
        make_line(project, "0.50")
        make_participant(project, group, country="KE")
        make_line(project, "0.90", valid_from=day(2))
    with pytest.raises(NoticeNeeded) as refusal, transaction():
        make_line(project, "0.60", valid_from=day(1), country="KE")
    assert refusal.value.params["day"] == day(2)


def test_everybody_concerned_is_told_once_of_what_changes_for_her(project: Project, group: PayGroup) -> None:
    with transaction():
        make_line(project, "0.50")
        make_line(project, "0.30", country="PH")
        _, kenyan = make_participant(project, group, country="KE")
        _, filipina = make_participant(project, group, country="PH")
        _, indian = make_participant(project, group, country="IN")
        make_line(project, "0.40", valid_from=day(8), country="KE", reason="Less to read")
        make_line(project, "0.35", valid_from=day(1), country="PH")
    assert tell_crowds() == 2
    assert tell_crowds() == 0
    with transaction():
        messages = {one.user_id: one for one in session().query(Message)}
    assert {user: one.kind for user, one in messages.items()} == {kenyan.id: "rate.lowered", filipina.id: "rate.raised"}
    assert indian.id not in messages
    told = messages[kenyan.id]
    assert told.link == "/me/rates"
    assert (told.params["project"], told.params["reason"]) == ("FALCON", "Less to read")
    assert (told.params["old"]["money"], told.params["new"]["money"]) == (500_000, 400_000)
    assert told.params["day"] == {"day": day(8).isoformat()}


def test_that_she_read_it_is_kept_once_and_counted(project: Project, group: PayGroup) -> None:
    with transaction():
        make_line(project, "0.50")
        _, user = make_participant(project, group)
        _, other = make_participant(project, group)
        make_line(project, "0.40", valid_from=day(8))
    tell_crowds()
    with transaction():
        rate_id = session().query(RateNotice).first().rate_id  # type: ignore[union-attr]
        assert acknowledge(user.actor, rate_id, now=NOW)
        assert not acknowledge(user.actor, rate_id, now=NOW)
        with pytest.raises(NotFound):
            acknowledge(other.actor, rate_id + 1, now=NOW)
        told = told_of(project.id, [rate_id])[rate_id]
    assert (told.told, told.lowered, told.acknowledged) == (2, 2, 1)


def test_a_file_of_rates_is_refused_row_by_row(project: Project, group: PayGroup) -> None:
    with transaction():
        make_line(project, "0.50", valid_from=day(-60))
        make_participant(project, group)
    worked(project, group)
    lines = [
        f"FALCON,,,piece,USD,0.60,{day(-5)}",  # under work
        f"FALCON,,,piece,USD,0.40,{day(2)}",  # too soon
        f"FALCON,,,piece,USD,0.70,{day(-60)}",  # the same day
        f"FALCON,,,piece,XXX,0.70,{day(9)}",
        f"FALCON,,,piece,USD,0.40,{day(9)}",
        f"FALCON,,,piece,USD,0.50,{day(-60)}",
    ]
    file = "\n".join(["project,level,country,kind,currency,rate,valid_from", *lines])
    report = import_rates(SYSTEM, BytesIO(file.encode()), now=NOW)
    assert (report.rows, report.imported, report.already_there) == (6, 1, 1)
    assert [one.code for one in report.refused] == ["rate_backwards", "notice_needed", "rate_differs", "invalid"]


def test_work_that_was_begun_keeps_its_price(project: Project, group: PayGroup) -> None:
    with transaction():
        make_line(project, "0.50", valid_from=day(-60))
    worked(project, group)
    with transaction():
        make_line(project, "0.90", valid_from=day(0))
        assert rows("SELECT rate FROM submission")[0][0] == 500_000


def test_a_workers_level_decides_whether_a_line_concerns_her(project: Project, group: PayGroup) -> None:
    with transaction():
        make_line(project, "0.50", valid_from=day(-60), level="L1")
        make_line(project, "0.70", valid_from=day(-60), level="L2")
    worked(project, group, level="L1")
    with transaction():
        assert make_line(project, "0.60", valid_from=day(1), level="L2", now=datetime(2026, 11, 20, tzinfo=UTC))
    with pytest.raises(NoticeNeeded), transaction():
        make_line(project, "0.40", valid_from=day(1), level="L1")


def test_planning_takes_few_statements_however_many_are_concerned(
    project: Project, group: PayGroup, queries: Callable[[Callable[[], object]], int]
) -> None:
    def once(offset: int) -> int:
        def act() -> None:
            with transaction():
                make_line(project, "0.40", valid_from=day(offset), level=f"L{offset}")

        return queries(act)

    with transaction():
        make_line(project, "0.50")
        make_participant(project, group)
    few = once(8)
    with transaction():
        for _ in range(12):
            make_participant(project, group)
    assert once(9) == few
