"""An import that is taken in wholly or not at all is killed at a commit: it is finished, or nothing of it was kept."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.conftest import close_app, make_app
from tests.factories import make_group, make_project
from workforce.core.auth import SYSTEM
from workforce.core.clock import now
from workforce.core.db import rows, transaction
from workforce.core.scheduler import run_job
from workforce.imports.queries import unfinished
from workforce.imports.services import Pay, WorkImport, WorkReport, import_work
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code

pytestmark = pytest.mark.crash
ROOT = Path(__file__).resolve().parents[2]
ROWS = 20
POINTS = 6
KILLED = -signal.SIGKILL
# The same piece again, so that a part taken in twice would show.
LINES = [
    *(f"S{number},W{number % 7},submitted,2026-11-18T09:00:00Z,,0.05,USD" for number in range(ROWS // 2)),
    *(
        f"S{number},W{number % 7},accepted,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z,0.05,USD"
        for number in range(ROWS // 2)
    ),
]
DONE = (ROWS // 2, ROWS // 2, 7)


def take() -> WorkReport:
    """Import the file in parts of three."""
    with transaction():
        project, group = project_by_code("FALCON"), group_by_code("KE")
        what = WorkImport("csv", project, Pay.REWARD, group, all_or_nothing=True, rows_a_transaction=3)
    text = "\n".join(["source,worker,status,submitted_at,decided_at,reward,currency", *LINES])
    return import_work(SYSTEM, BytesIO(text.encode()), what, now=now())


def child(url: str, folder: str, number: int) -> None:
    """Import in this process, which ends itself before its commit of this number; print how many there were."""
    app, passed = make_app(url, Path(folder)), [0]

    def note(_connection: object) -> None:
        passed[0] += 1
        if passed[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "commit", note)
    with app.app_context():
        take()
    print(passed[0])


def in_child(url: str, folder: Path, number: int = 0) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, __file__, url, str(folder), str(number)]
    return subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=120, check=False)


def kept(app: Flask) -> tuple[int, int, int]:
    """Give the numbers of submissions, of accepted pieces, and of workers."""
    with app.app_context(), transaction():
        (found,) = rows("""
            SELECT (SELECT count(*) FROM submission), (SELECT count(*) FROM accepted_work),
                   (SELECT count(*) FROM worker)
        """)
    return (found[0], found[1], found[2])


def test_whoever_is_killed_leaves_all_or_nothing_to_whoever_comes(
    make_database: Callable[..., str], template: str, worker_id: str, tmp_path: Path
) -> None:
    name, seen = f"daybook_crash_import_{worker_id}", set[str]()

    def stage() -> tuple[str, Flask]:
        url = make_database(name, template)
        app = make_app(url, tmp_path)
        with app.app_context(), transaction():
            make_group()
            make_project()
        return url, app

    url, app = stage()
    commits = int(in_child(url, tmp_path).stdout)
    assert kept(app) == DONE
    close_app(app)
    for place in range(POINTS):
        url, app = stage()
        number = 1 + (commits - 1) * place // (POINTS - 1)
        assert in_child(url, tmp_path, number).returncode == KILLED
        before = kept(app)
        with app.app_context():
            with transaction():
                left = unfinished()
            seen.add("nothing" if not left and before == (0, 0, 0) else "done" if not left else "a part")
            assert left or before in {(0, 0, 0), DONE}
            if place % 2:
                assert run_job("finish-imports").outcome == "done"
            report = take()
        assert report.rows == report.imported + report.already_there + report.corrected == ROWS
        assert kept(app) == DONE
        close_app(app)
    assert seen >= {"nothing", "a part"}


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2], int(sys.argv[3]))
