"""Runs the scenario again and again in children of its own, each of which may end itself with kill -9 at a point.

A program, so that it forks from one thread, warmed up and without a connection. It reads a line a run from its input,
`KIND NUMBER [VICTIM]` or nothing, and answers with a line: how the child ended, and how many points it passed.
"""

import faulthandler
import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from payroll.payouts.rails import SandboxRail
from tests.conftest import make_app
from tests.crash.scenario import TROUBLE, pipeline, prepare
from workforce.core import migrate
from workforce.core.db import db


class Points:
    """Counts what the child does, and ends it (or its database) at one of these things."""

    def __init__(self, kind: str, number: int, victim: int) -> None:
        self.passed: dict[str, int] = {"statement": 0, "commit": 0, "rail": 0}
        self._at, self._victim = (kind, number), victim

    def note(self, kind: str) -> None:
        """Pass a point: half of them lie before what they are called by, half behind it."""
        self.passed[kind] += 1
        if (kind, self.passed[kind]) == self._at:
            os.kill(self._victim or os.getpid(), signal.SIGKILL)

    def listen(self) -> None:
        """Begin to count."""
        event.listen(Engine, "before_cursor_execute", lambda *_: self.note("statement"))
        event.listen(Engine, "after_cursor_execute", lambda *_: self.note("statement"))
        event.listen(Engine, "commit", lambda *_: self.note("commit"))
        event.listen(Session, "after_commit", lambda *_: self.note("commit"))


class Rail(SandboxRail):
    """The sandbox rail, with a point before and behind each of its calls."""

    def __init__(self, points: Points) -> None:
        super().__init__(TROUBLE)
        self._points = points

    def send(self, *arguments: Any) -> Any:
        self._points.note("rail")
        try:
            return super().send(*arguments)
        finally:
            self._points.note("rail")

    def find(self, *arguments: Any) -> Any:
        self._points.note("rail")
        answer = super().find(*arguments)
        self._points.note("rail")
        return answer


def child(app: Flask, order: str, answer: int) -> int:
    """Run the scenario in a process of its own; 0 if it came to its end."""
    kind, *numbers = order.split() or ["none"]
    number, victim = [*map(int, numbers), 0, 0][:2]
    points = Points(kind, number, victim)
    points.listen()
    try:
        pipeline(app, Rail(points))
    except Exception:  # noqa: BLE001 -- the test looks at the words
        traceback.print_exc()
        return 1
    os.write(answer, json.dumps(points.passed).encode())
    return 0


def main(url: str, instance: str) -> None:
    """Obey, line by line, until the input ends."""
    faulthandler.enable()
    for name, attribute, value in [
        ("payroll.payouts.services.prepare", "WORKERS_A_CHUNK", 10),
        ("payroll.payouts.services.send", "BATCH", 8),
    ]:
        module = importlib.import_module(name)
        assert hasattr(module, attribute)
        setattr(module, attribute, value)
    app = make_app(url, Path(instance))
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "prepare":
            with app.app_context():
                migrate.upgrade()
                prepare(app)
                db.engine.dispose()
            print(json.dumps({"status": 0, "passed": {}}), flush=True)
            continue
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os._exit(child(app, line, writing))
        os.close(writing)
        _, status = os.waitpid(pid, 0)
        with os.fdopen(reading) as words:
            text = words.read()
        print(json.dumps({"status": os.waitstatus_to_exitcode(status), "passed": json.loads(text or "{}")}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
