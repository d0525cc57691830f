"""What a worker is shown for work that she begins now is what that work is paid, to the micro."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from itertools import count

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from i18n import formats
from tests.conftest import signed_in
from tests.factories import make_group, make_project
from tests.factories.rates import TODAY, day, make_participant
from tests.factories.skills import make_test
from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, session, transaction
from workforce.core.money import Money
from workforce.imports.services import Pay, WorkImport, import_work
from workforce.projects.models import Project, Requirement
from workforce.projects.queries import pay_of
from workforce.rates.models import Rate
from workforce.rates.queries import holding
from workforce.skills.models import Certification, SkillTest
from workforce.workers.queries import worker_by_external_id

ZONES = ["Asia/Manila", "America/Caracas", "Pacific/Kiritimati", "Africa/Nairobi"]
LEVELS = ["", "L1", "L2"]
_numbers = count(1)


@dataclass(frozen=True)
class Line:
    """A line of a card, so many days from today."""

    level: str
    country: str
    rate: int
    offset: int


@dataclass(frozen=True)
class Paper:
    """A certification: granted some hours before now, ended some hours later, lapsing some days from today."""

    test: int
    granted: int
    ended: int | None
    expires: int | None


LINES = st.builds(
    Line, level=st.sampled_from(LEVELS), country=st.sampled_from(["", "PH", "KE"]),
    rate=st.integers(1, 3_000_000), offset=st.integers(-3, 2),
)  # fmt: skip
PAPERS = st.builds(
    Paper, test=st.integers(0, 2), granted=st.integers(0, 60), ended=st.none() | st.integers(0, 40),
    expires=st.none() | st.integers(-1, 2),
)  # fmt: skip


@settings(max_examples=25)
@given(
    lines=st.lists(LINES, max_size=7, unique_by=lambda one: (one.level, one.country, one.offset)),
    papers=st.lists(PAPERS, max_size=3, unique_by=lambda one: one.test),
    zone=st.sampled_from(ZONES), country=st.sampled_from(["PH", "KE", "VN"]), hour=st.integers(0, 23),
)  # fmt: skip
def test_pages_show_what_an_import_pays(
    app: Flask, lines: list[Line], papers: list[Paper], zone: str, country: str, hour: int
) -> None:
    now = datetime.combine(TODAY, time(hour, 30), UTC)
    clock.freeze(now)
    with app.app_context(), transaction():
        number = next(_numbers)
        group = make_group(f"G{number}", timezone=zone, currency="USD", open_day=day(-5))
        project = make_project(f"SHOWN-{number}")
        project.title, project.description = "t", "d"
        worker, user = make_participant(project, group, country=country)
        session().add_all(
            Rate(project_id=project.id, level=one.level, country=one.country, kind="piece", currency="USD",
                 rate=one.rate, valid_from=day(one.offset), reason="", created_at=now)
            for one in lines
        )  # fmt: skip
        tests = [make_test(f"shown-{number}-{level.lower()}x", level=level) for level in LEVELS]
        session().add_all(Requirement(project_id=project.id, test_id=test.id) for test in tests)
        session().add_all(_paper(one, tests, user.id, now) for one in papers)
        name, code, email = worker.external_id, project.code, user.email
    with app.app_context():
        with transaction():
            mine, asked = worker_by_external_id(name), session().scalars(select(Project).where(Project.code == code))
            held = holding(mine, list(asked), now)
            shown = next((one.money for one in held.values() if not one.least), None)
            told = [pay[0].money for pay in pay_of(mine, [_project(code)], now).values() if not pay[0].least]
        assert told == ([shown] if shown else [])
        with transaction():
            what = WorkImport("csv", _project(code), Pay.RATES)
        at = f"{now:%Y-%m-%dT%H:%M:%SZ}"
        file = f"source,worker,status,submitted_at,claimed_at,decided_at\nA1,{name},accepted,{at},{at},{at}\n"
        report = import_work(SYSTEM, BytesIO(file.encode()), what, now=now)
        with transaction():
            paid = rows(
                "SELECT line.amount, line.currency FROM accepted_work line JOIN worker ON worker.id = line.worker_id"
                " WHERE worker.external_id = :name", name=name,
            )  # fmt: skip
    assert [Money.of_micros(*row) for row in paid] == ([shown] if shown else []), report.refused
    browser = signed_in(app, email)
    pages = [browser.get(address).text for address in ("/me/rates", "/me/projects", f"/me/projects/{code}")]
    if shown:
        words = formats.rate(shown.amount, shown.currency, "piece", "en")
        assert [words in page for page in pages] == [True, True, True]


def _project(code: str) -> Project:
    return session().scalars(select(Project).where(Project.code == code)).one()


def _paper(one: Paper, tests: list[SkillTest], user_id: int, now: datetime) -> Certification:
    test, granted = tests[one.test], now - timedelta(hours=one.granted)
    ended = granted + timedelta(hours=one.ended) if one.ended is not None else None
    ended = ended if ended is not None and ended <= now else None
    return Certification(
        user_id=user_id, test_id=test.id, kind="worker", level=test.level, granted_at=granted, revoked_at=ended,
        ended="revoked" if ended else "", expires_on=None if one.expires is None else day(one.expires), reason="",
    )  # fmt: skip
