"""What `close` and `runs show` tell of an exception is what `runs resolve` needs."""

import json
from datetime import UTC, datetime, time, timedelta

from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from tests.factories import DAY, NOW, make_group, make_project, make_user, make_work, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.paydays.models import PayGroup
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays, reverse
from wsgi import cli


def test_an_exception_is_resolved_by_the_number_that_is_shown(fresh_app: Flask) -> None:
    def run(*words: str) -> str:
        answer = CliRunner().invoke(cli, [*words, "--json"], obj=lambda: fresh_app)
        assert answer.exit_code == 0, answer.output
        return answer.stdout

    with fresh_app.app_context(), transaction():
        make_work(make_project(), make_worker(make_group(currency="KES"), "W1"), rate="5", currency="KES")
        make_user("finance", "ann@example.com")
    run("close", "--group", "KE", "--day", str(DAY))
    after = DAY + timedelta(days=1)
    with fresh_app.app_context(), transaction():
        taken, group = session().scalars(select(Submission)).one(), session().scalars(select(PayGroup)).one()
        at = datetime.combine(after, time(9), UTC)
        reverse(SYSTEM, taken, group, OpenDays(), decided_at=at, reason="copied", now=NOW)
    [closed] = json.loads(run("close", "--group", "KE", "--day", str(after)))["runs"]
    shown = json.loads(run("runs", "show", f"KE-{after}"))
    [exception] = closed["exceptions"]
    assert list(exception) == ["id", "severity", "code", "worker", "message"]
    assert shown["exceptions"] == [exception]
    run(
        "runs",
        "resolve",
        f"KE-{after}",
        str(exception["id"]),
        "--reason",
        "Agreed with them.",
        "--as",
        "ann@example.com",
    )
    assert json.loads(run("runs", "show", f"KE-{after}"))["exceptions"] == []
