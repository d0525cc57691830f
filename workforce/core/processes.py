"""The children of `daybook up`: started together, restarted when they die, ended together.

Each child runs below a minder: this same file, run as a program. The minder's standard input is a pipe that only the
supervisor can write to, and when it closes the minder ends the child: asks first, kills the whole process group later.
So an orderly stop and a kill -9 of the supervisor take one and the same road, on every system, and nothing, such as
granian's workers, is left to hold the port.
"""

import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

_TICK_SECONDS = 0.1
_END_SECONDS = 15.0  # between asking a child to end and killing it
_DEATHS, _WINDOW_SECONDS = 5, 30.0  # so many deaths in so many seconds, and we give up
_FIRST_PAUSE_SECONDS = 0.25  # before a restart; doubles with every further death in the window
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Child:
    """A program to keep running.

    Attributes:
        name: what the log calls it.
        argv: the program and its arguments.

    """

    name: str
    argv: Sequence[str]


@dataclass
class _Kept:
    """A child as the supervisor sees it."""

    child: Child
    minder: subprocess.Popen[bytes] | None = None
    start_at: float = 0.0
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=_DEATHS))

    def tend(self, now: float) -> bool:
        """Start the child when it is due and note when it has died; False when it has died too often."""
        if self.minder is None:
            if now >= self.start_at:
                self.minder = _mind(self.child.argv)
            return True
        status = self.minder.poll()
        if status is None:
            return True
        self.kill()  # the minder itself, or the child without its workers, may have been killed
        self.minder = None
        self.deaths.append(now)
        recent = sum(now - death < _WINDOW_SECONDS for death in self.deaths)
        if recent == _DEATHS:
            _log.error(
                "%s died %d times within %d seconds, the last time with status %d; giving up. What it printed above"
                " says why.", self.child.name, _DEATHS, _WINDOW_SECONDS, status,
            )  # fmt: skip
            return False
        pause = _FIRST_PAUSE_SECONDS * 2 ** (recent - 1)
        self.start_at = now + pause
        _log.warning("%s died with status %d; it starts again in %.2f s.", self.child.name, status, pause)
        return True

    def kill(self) -> None:
        """Kill whatever is left of the child's process group, and collect the minder."""
        if self.minder is None:
            return
        with suppress(ProcessLookupError, PermissionError):  # nothing is left (macOS refuses where Linux finds none)
            os.killpg(self.minder.pid, signal.SIGKILL)
        self.minder.wait()
        if self.minder.stdin:
            self.minder.stdin.close()


def supervise(children: Sequence[Child], each_second: Callable[[], None]) -> int:
    """Run the children until SIGINT, SIGTERM or SIGHUP, then end them; a second signal kills them at once.

    A child that ends, with whatever status, is started again. Call it in the main thread: it takes the signals.

    Args:
        children: what to run; their output passes through, their input is empty.
        each_second: called about once a second; what it raises ends the children and is raised again.

    Returns:
        The exit status: 0 after a signal, 1 when a child died 5 times within 30 seconds.

    Raises:
        OSError: no process can be started at all.

    """
    kept = [_Kept(child) for child in children]
    with _signals() as received:
        try:
            due = time.monotonic()
            while not received:
                now = time.monotonic()
                for one in kept:
                    if not one.tend(now):
                        return 1
                if now >= due:
                    due = now + 1.0
                    each_second()
                time.sleep(_TICK_SECONDS)
            return 0
        finally:
            _end(kept, received)


def _end(kept: Sequence[_Kept], received: Sequence[int]) -> None:
    """Let go of the pipes, so that all minders end their children at the same time, and wait for them."""
    for one in kept:
        if one.minder and one.minder.stdin:
            one.minder.stdin.close()
    deadline = time.monotonic() + _END_SECONDS + 1
    signals = len(received)
    while any(one.minder and one.minder.poll() is None for one in kept):
        if time.monotonic() > deadline or len(received) > signals:
            break
        time.sleep(_TICK_SECONDS)
    for one in kept:
        one.kill()


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect the signals that ask us to stop, instead of dying of them."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _mind(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a minder with its child.

    It leads a session of its own, so that Ctrl-C reaches only the supervisor. -I and -S keep it small and away from
    this folder, whose modules' names would hide those of the standard library.
    """
    minder = [sys.executable, "-I", "-S", __file__, *argv]
    return subprocess.Popen(minder, stdin=subprocess.PIPE, start_new_session=True)


def _minder(argv: Sequence[str]) -> int:
    """Run one child, as the program that _mind() starts; end it when the supervisor lets go of our input."""
    if os.getpgrp() != os.getpid():
        os.setsid()  # started by hand: the group that is killed below must be our own
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
    while child.poll() is None:
        if select.select([sys.stdin], [], [], _TICK_SECONDS)[0]:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(_END_SECONDS)
            os.killpg(0, signal.SIGKILL)  # what is left of the group, and ourselves
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(_minder(sys.argv[1:]))
