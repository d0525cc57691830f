import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Supervises the children it is told and notes that it is called back.
SUPERVISOR = """
import sys
from pathlib import Path
from workforce.core.processes import Child, supervise
beat = Path("beat")
names = sys.argv[1:]
sys.exit(supervise(
    [Child(name, [sys.executable, "-S", name + ".py"]) for name in names],
    beat.touch,
))
"""
# Notes its process id and its child's, then waits; the file is renamed so that it is never read half-written.
PARENT = """
import os, pathlib, subprocess, sys
below = subprocess.Popen(["sleep", "300"])
note = pathlib.Path("{name}.tmp")
note.write_text(f"{{os.getpid()}} {{below.pid}}")
note.rename("{name}.pids")
print("hello from {name}", flush=True)
below.wait()
"""


def eventually(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline, clock = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        clock.wait(0.02)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Stage:
    """A folder with the children's programs, and the supervisor that runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("web", "jobs"):
            (folder / f"{name}.py").write_text(PARENT.format(name=name))
        (folder / "broken.py").write_text("raise SystemExit(3)")
        self.process: subprocess.Popen[str] | None = None

    def start(self, *names: str) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, *names],
            cwd=self.folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return self.process

    def pids(self, name: str) -> list[int]:
        note = self.folder / f"{name}.pids"
        eventually(note.exists)
        return [int(word) for word in note.read_text().split()]

    def all_gone(self, pids: list[int]) -> bool:
        return not any(is_there(pid) for pid in pids)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    if made.process and made.process.poll() is None:
        made.process.terminate()
        made.process.communicate(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_children_run_until_a_signal_and_then_end(stage: Stage, number: signal.Signals) -> None:
    process = stage.start("web", "jobs")
    pids = stage.pids("web") + stage.pids("jobs")
    eventually((stage.folder / "beat").exists)
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert sorted(output.split("\n")[:2]) == ["hello from jobs", "hello from web"]
    eventually(lambda: stage.all_gone(pids))


@pytest.mark.parametrize("victim", ["child", "minder"])
def test_a_killed_child_starts_again_and_leaves_nothing_behind(stage: Stage, victim: str) -> None:
    process = stage.start("web", "jobs")
    before, other = stage.pids("web"), stage.pids("jobs")
    (stage.folder / "web.pids").unlink()
    os.kill(before[0] if victim == "child" else os.getpgid(before[0]), signal.SIGKILL)
    after = stage.pids("web")
    assert not set(before) & set(after)
    eventually(lambda: stage.all_gone(before))
    assert is_there(other[0])
    assert stage.pids("jobs") == other
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert "web died with status" in errors
    eventually(lambda: stage.all_gone(after + other))


def test_a_child_that_dies_again_and_again_ends_the_whole(stage: Stage) -> None:
    process = stage.start("jobs", "broken")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "broken died 5 times within 30 seconds, the last time with status 3; giving up" in errors
    eventually(lambda: stage.all_gone(stage.pids("jobs")))


def test_a_killed_supervisor_takes_its_children_along(stage: Stage) -> None:
    process = stage.start("web", "jobs")
    pids = stage.pids("web") + stage.pids("jobs")
    process.kill()
    process.communicate(timeout=30)
    eventually(lambda: stage.all_gone(pids))
