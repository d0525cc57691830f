"""Servers of their own for the tests of several machines, and the command as it runs on each machine."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.machines.servers import POOLER, Pooler, Program, Server
from workforce.core.postgres_files import open_way, server_account

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that the servers' account gets into; it does not get into pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="daybook-machines-"))
    open_way(made, server_account(made))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def programs(folder: Path) -> Iterator[list[Program]]:
    """Give a list of what is to be ended at the end."""
    started: list[Program] = []
    yield started
    for one in started:
        one.kill()


@pytest.fixture
def server(folder: Path, programs: list[Program]) -> Server:
    """Give a server of one's own; it need not be that of the other tests."""
    made = Server(folder / "primary")
    programs.append(made)
    with made.link() as link:
        link.execute("CREATE DATABASE daybook")
    return made


@pytest.fixture
def standby(folder: Path, programs: list[Program], server: Server) -> Server:
    """Give its synchronous standby."""
    made = Server(folder / "standby", copy_of=server)
    programs.append(made)
    server.wait_for(made)
    return made


@pytest.fixture
def pooler(folder: Path, programs: list[Program], server: Server) -> Pooler:
    """Give a pooler before the server, where one is installed."""
    if POOLER is None:
        pytest.skip("pgbouncer is not on this machine")
    made = Pooler(folder / "pooler", server, size=3)
    programs.append(made)
    return made


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def daybook(tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts the command: its words, where its errors go to, and its environment."""
    started: list[subprocess.Popen[str]] = []
    names = ("DAYBOOK_", "DATABASE_", "PG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(names)}
    kept |= {"DAYBOOK_ENV": "test", "DAYBOOK_INSTANCE": str(tmp_path / "instance")}

    def start(*words: object, errors: IO[str] | int = subprocess.PIPE, **environment: str) -> subprocess.Popen[str]:
        command = [str(Path(sys.executable).with_name("daybook")), *map(str, words)]
        one = subprocess.Popen(
            command, cwd=ROOT, env=kept | environment, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=errors,
        )  # fmt: skip
        started.append(one)
        return one

    yield start
    for one in started:
        one.kill()
        one.communicate()
