"""At which level imported work is priced: by her certifications on the day it was begun, else by what the file says."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask

from tests.factories import NOW, make_group, make_project
from tests.factories.rates import day, make_line, make_participant
from tests.factories.skills import make_certification, make_test
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, run, session, transaction
from workforce.imports.services import Pay, WorkImport, WorkReport, import_work
from workforce.projects.models import Project, Requirement

# 01:30 of the 19th in Manila.
BEGUN = datetime.fromisoformat("2026-11-18T17:30:00+00:00")


def given(app: Flask, papers: list[tuple[str, date | None, datetime]]) -> None:
    """Make W1 with certifications (level, last day, granted), and a card that pays level L1 20, L2 30, others 10."""
    with app.app_context(), transaction():
        project = make_project()
        worker, user = make_participant(project, make_group("PH", timezone="Asia/Manila", currency="USD"), country="PH")
        run("UPDATE worker SET external_id = 'W1' WHERE id = :id", id=worker.id)
        for level, rate in (("", "0.10"), ("L1", "0.20"), ("L2", "0.30")):
            make_line(project, rate, level=level, valid_from=day(-60))
        for level, last, granted in papers:
            test = make_test(level=level)
            session().add(Requirement(project_id=project.id, test_id=test.id))
            session().flush()
            made = make_certification(test, user.id, expires_on=last)
            made.granted_at = granted


def taken(app: Flask, level: str) -> tuple[WorkReport, list[int]]:
    with app.app_context():
        with transaction():
            what = WorkImport("csv", session().query(Project).one(), Pay.RATES)
        at = f"{BEGUN:%Y-%m-%dT%H:%M:%SZ}"
        file = f"source,worker,status,submitted_at,decided_at,level\nA1,W1,accepted,{at},{at},{level}\n"
        report = import_work(SYSTEM, BytesIO(file.encode()), what, now=NOW)
        with transaction():
            return report, [amount for (amount,) in rows("SELECT amount FROM accepted_work")]


EARLY = NOW - timedelta(days=20)
CASES = {
    "none held, none said": ([], "", 100_000),
    "none held, the file says": ([], "L2", 300_000),
    "one held, none said": ([("L1", None, EARLY)], "", 200_000),
    "two held, none said: the one that pays most": ([("L1", None, EARLY), ("L2", None, EARLY)], "", 300_000),
    "two held, the file chooses": ([("L1", None, EARLY), ("L2", None, EARLY)], "L1", 200_000),
    "lapsed by then": ([("L2", date(2026, 11, 18), EARLY)], "", 100_000),
    "its last day, in her zone": ([("L2", date(2026, 11, 19), EARLY)], "", 300_000),
    "granted since, none said": ([("L1", None, NOW), ("L2", None, NOW + timedelta(hours=1))], "", 200_000),
    "granted since, the file says": ([("L1", None, NOW)], "L2", 300_000),
}


@pytest.mark.parametrize(("papers", "level", "paid"), CASES.values(), ids=CASES)
def test_work_is_priced_by_what_she_held_when_she_began(
    app: Flask, papers: list[tuple[str, date | None, datetime]], level: str, paid: int
) -> None:
    given(app, papers)
    assert taken(app, level)[1] == [paid]


def test_a_level_that_she_did_not_hold_refuses_the_row_by_name(app: Flask) -> None:
    given(app, [("L1", None, EARLY)])
    report, paid = taken(app, "L2")
    assert paid == []
    assert report.document()["refused"] == [{
        "row": 1, "field": "level",
        "message": "The file says level “L2”, and on Nov 19, 2026 this worker held L1. Correct the level, leave it"
                   " empty, or grant the certification.",
    }]  # fmt: skip
