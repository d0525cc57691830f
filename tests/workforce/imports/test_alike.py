"""Different pieces and different people do not become one, whatever a spreadsheet or a keyboard did to their ids."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.factories import NOW, make_group, make_project, make_worker
from tests.factories.projects import make_manager
from workforce.core import migrate
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, run, session, transaction
from workforce.imports.services import Pay, WorkImport, WorkReport, import_work, import_workers
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project

HEAD = "source,worker,status,submitted_at,decided_at,reward,currency\n"
MTURK = (
    "AssignmentId,WorkerId,AssignmentStatus,AcceptTime,SubmitTime,ApprovalTime,RejectionTime,Reward,Approve,Reject\n"
)
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def ready(app: Flask) -> Flask:
    """Give an application with a group and a project."""
    with app.app_context(), transaction():
        make_group()
        make_project()
    return app


def take(app: Flask, *lines: str, head: str = HEAD, form: str = "csv", pay: Pay = Pay.REWARD) -> WorkReport:
    with app.app_context():
        with transaction():
            project, group = session().query(Project).one(), session().query(PayGroup).one()
        what = WorkImport(form, project, pay, group)
        return import_work(SYSTEM, BytesIO((head + "\n".join(lines)).encode()), what, now=NOW)


def paid(app: Flask) -> dict[str, int]:
    with app.app_context(), transaction():
        found = rows("SELECT s.source, sum(w.amount) AS sum FROM accepted_work w JOIN submission s ON s.id ="
                     " w.submission_id GROUP BY 1")  # fmt: skip
        return {one.source: int(one.sum) for one in found}


def first(report: WorkReport) -> tuple[int, str, str]:
    [one] = report.refused
    return one.number, one.field, one.code


def test_a_verdict_that_changed_without_its_time_is_refused_by_its_column(ready: Flask) -> None:
    at, later = "2026-11-16T10:00:00Z", "2026-11-16T12:00:00Z"
    take(ready, f"V1,W6,accepted,{at},{later},0.05,USD", f"V2,W6,rejected,{at},{later},0.05,USD")
    report = take(ready, f"V1,W6,rejected,{at},,0.05,USD", f"V2,W6,accepted,{at},,0.05,USD", head=HEAD)
    assert [(one.number, one.field, one.code) for one in report.refused] == [
        (1, "decided_at", "no_verdict_time"), (2, "decided_at", "no_verdict_time"),
    ]  # fmt: skip
    assert (report.corrected, paid(ready)) == (0, {"V1": 50_000})
    assert take(ready, f"V1,W6,rejected,{at},2026-11-16T13:00:00Z,0.05,USD").corrected == 1


def test_the_column_of_the_verdict_is_named_as_the_file_spells_it(ready: Flask) -> None:
    row = "A1,W1,{},2026-11-16T08:00:00Z,2026-11-16T09:00:00Z,{},{},$0.05,,"
    take(ready, row.format("Approved", "2026-11-16T10:00:00Z", ""), head=MTURK, form="mturk")
    report = take(ready, row.format("Rejected", "", ""), head=MTURK, form="mturk")
    assert first(report) == (1, "RejectionTime", "no_verdict_time")


def test_a_first_verdict_needs_no_time(ready: Flask) -> None:
    take(ready, "V1,W6,submitted,2026-11-16T10:00:00Z,,0.05,USD", "V2,W6,submitted,2026-11-16T10:00:00Z,,0.05,USD")
    report = take(ready, "V1,W6,accepted,2026-11-16T10:00:00Z,,0.05,USD", "V2,W6,rejected,2026-11-16T10:00:00Z,,,")
    assert (report.corrected, report.refused, paid(ready)) == (2, [], {"V1": 50_000})


def test_one_id_with_two_times_of_submission_is_two_pieces(ready: Flask) -> None:
    report = take(
        ready, "P1,W1,accepted,2026-11-16T10:00:00Z,,0.05,USD", "P1,W1,accepted,2026-11-16T11:30:00Z,,0.07,USD"
    )
    assert (first(report), report.imported, paid(ready)) == ((2, "source", "other_time"), 1, {"P1": 50_000})
    again = take(ready, "P1,W1,accepted,2026-11-16T10:00:04Z,,0.05,USD")
    assert (again.already_there, again.refused) == (1, [])


def test_ids_of_a_spreadsheet_are_refused_and_the_good_row_is_kept(ready: Flask) -> None:
    report = take(
        ready, "1.23457E+17,W3,accepted,2026-11-16T10:00:00Z,,0.05,USD",
        "60e12,W3,accepted,2026-11-16T10:00:00Z,,0.07,USD",
        '"=""00123""",\'007,accepted,2026-11-16T10:00:00Z,,0.01,USD',
    )  # fmt: skip
    assert (first(report), paid(ready)) == ((1, "source", "mangled_id"), {"60e12": 70_000, "00123": 10_000})


def test_two_spellings_of_one_name_are_one_worker(ready: Flask) -> None:
    report = take(
        ready, "U1,jos\u00e9,accepted,2026-11-16T10:00:00Z,,0.05,USD",
        "U2,jose\u0301,accepted,2026-11-16T10:00:00Z,,0.05,USD"
    )  # fmt: skip
    assert (report.imported, report.workers_created) == (2, 1)
    assert take(ready, "U1,jose\u0301,accepted,2026-11-16T10:00:00Z,,0.05,USD").already_there == 1


def test_twins_of_before_are_refused_both_and_listed(ready: Flask) -> None:
    take(
        ready,
        "U\u00e9,W1,accepted,2026-11-16T10:00:00Z,,0.05,USD",
        "X1,jos\u00e9,accepted,2026-11-16T10:00:00Z,,0.05,USD",
    )
    with ready.app_context(), transaction():
        group = session().query(PayGroup).one()
        make_worker(group, "W2")
        run("UPDATE worker SET external_id = 'jose\u0301' WHERE external_id = 'W2'")
        take_over = text("UPDATE submission SET source = :source WHERE source = 'X1'")
        session().execute(take_over, {"source": "Ue\u0301"})
    report = take(
        ready, "U\u00e9,W1,rejected,2026-11-16T10:00:00Z,2026-11-17T10:00:00Z,0.05,USD",
        "Ue\u0301,W1,accepted,2026-11-16T10:00:00Z,,0.05,USD", "N1,jos\u00e9,accepted,2026-11-16T10:00:00Z,,0.05,USD",
    )  # fmt: skip
    assert [(one.number, one.field, one.code) for one in report.refused] == [
        (1, "source", "two_spellings"), (2, "source", "two_spellings"), (3, "worker", "two_spellings"),
    ]  # fmt: skip
    with ready.app_context(), transaction():
        listed = migrate.looked_at()["twins"]
    assert [line.partition(":")[0].split()[0] for line in listed] == ["project", "workers"]
    assert "FALCON" in listed[0]


def test_ids_that_differ_by_case_or_width_are_warned_of(ready: Flask) -> None:
    at = "accepted,2026-11-16T10:00:00Z,,0.05,USD"
    report = take(ready, f"a1,W1,{at}", f"A1,W1,{at}", f"B1,ｗ9,{at}")
    assert (report.imported, [(one.number, one.field, one.code) for one in report.warnings]) == (
        3, [(1, "source", "alike")],
    )  # fmt: skip
    later = take(ready, f"B2,W9,{at}", f"ｂ1,W1,{at}")
    assert [(one.number, one.field) for one in later.warnings] == [(1, "worker"), (2, "source")]
    assert (
        later.document()["warnings"][0]["message"] == "“W9” and “ｗ9” differ only by case or width. Are they the same?"
    )


def test_verdicts_that_were_not_sent_to_mturk_are_told_once(ready: Flask) -> None:
    row = "A%d,W1,Submitted,2026-11-16T08:00:00Z,2026-11-16T09:00:00Z,,,$0.05,x,"
    report = take(ready, row % 1, row % 2, head=MTURK, form="mturk")
    assert (report.imported, [(one.number, one.field, one.code) for one in report.warnings]) == (
        2, [(1, "Approve", "verdict_not_sent")],
    )  # fmt: skip


def test_a_missing_reward_is_named_as_the_file_spells_it(ready: Flask) -> None:
    row = "A1,W1,Approved,2026-11-16T08:00:00Z,2026-11-16T09:00:00Z,2026-11-16T10:00:00Z,,,,"
    assert first(take(ready, row, head=MTURK, form="mturk")) == (1, "Reward", "no_reward")


def test_a_page_shows_the_warnings(ready: Flask, sign_in: SignIn) -> None:
    with ready.app_context(), transaction():
        email = make_manager(session().query(Project).one()).email
    at = "accepted,2026-11-16T10:00:00Z,,0.05,USD"
    sent = {"format": "csv", "project": "FALCON", "pay": "reward", "group": "KE",
            "file": (BytesIO(f"{HEAD}a1,W1,{at}\nA1,W1,{at}\n".encode()), "x.csv")}  # fmt: skip
    assert "differ only by case or width" in sign_in(email).post("/manage/imports", data=sent).text


LIST = "external_id,name,email,country,currency,group,locale\n"


@pytest.mark.usefixtures("ready")
def test_a_list_names_its_bad_rows_and_keeps_the_others(context: Flask) -> None:
    with transaction():
        make_group("PK", timezone="Asia/Karachi", currency="PKR")
    bad = ["L1," + "Wolfe" * 50 + ",,KE,USD,KE,", "L2,,,KEN,USD,KE,", "1.2E+9,,,KE,USD,KE,", "L0,Good,,KE,USD,PK,"]
    lines = ["L0,Good,,KE,USD,KE,", *bad, "L9,Good,,KE,USD,KE,", "l9,Good,,KE,USD,KE,"]
    report = import_workers(SYSTEM, BytesIO((LIST + "\n".join(lines)).encode()), now=NOW)
    assert [(one.number, one.field) for one in report.refused] == [
        (2, "name"), (3, "country"), (4, "external_id"), (5, "group"),
    ]  # fmt: skip
    assert "KE, not PK" in report.refused[3].message()
    assert (report.imported, [(one.number, one.code) for one in report.warnings]) == (3, [(7, "alike")])
    with transaction():
        assert rows("SELECT count(*) FROM worker")[0][0] == 3
