"""Servers that tests may kill: a PostgreSQL of the wheel, its standby, and a pooler, each on a port of its own."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg

from workforce.core.postgres_files import Account, binaries, open_binaries, server_account

PATIENCE = 60  # seconds
USER = "daybook"


def eventually(condition: Callable[[], object]) -> None:
    deadline, clock = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        clock.wait(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """A program in a folder of its own, run by an account that servers agree to run as."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.account: Account = server_account(folder / "data")
        open_binaries(self.account)
        folder.mkdir()
        self.account.own(folder)
        self.process: subprocess.Popen[bytes] | None = None

    def _as_account(self) -> dict[str, Any]:
        who = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if os.geteuid() == 0 else {}
        return {"cwd": self.folder, "start_new_session": True, **who}

    def begin(self, *words: object) -> None:
        """Start it, to be ended by `kill`; what it says goes to a file beside its data."""
        argv = [str(word) for word in words]
        with (self.folder / "log").open("ab") as log:
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self.process = subprocess.Popen(argv, **streams, **self._as_account())

    def run(self, *words: object) -> None:
        done = subprocess.run(
            [str(word) for word in words], check=False, capture_output=True, text=True, **self._as_account()
        )
        assert done.returncode == 0, done.stderr

    def kill(self) -> None:
        """End it and all that it started at once, as a machine ends that loses its power."""
        if self.process is None:
            return
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for one in family:
            one.suspend()  # so that none of them has time to act on the end of another
        for one in family:
            one.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def answers(self, name: str = "postgres") -> bool:
        try:
            with self.link(name):
                return True
        except psycopg.OperationalError:
            return False

    def link(self, name: str = "postgres") -> psycopg.Connection:
        """Connect to a database of it; each statement is committed by itself."""
        return psycopg.connect(self.url(name), autocommit=True, connect_timeout=5, prepare_threshold=None)

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"


class Server(Program):
    """A PostgreSQL server."""

    def __init__(self, folder: Path, *, copy_of: "Server | None" = None) -> None:
        super().__init__(folder)
        data, programs = folder / "data", binaries()
        if copy_of:
            self.run(
                programs / "pg_basebackup", "--pgdata", data, "--dbname", copy_of.url(""), "--write-recovery-conf",
                "--checkpoint=fast", "--no-sync",
            )  # fmt: skip
        else:
            self.run(
                programs / "initdb", "--pgdata", data, "--username", USER, "--auth=trust", "--encoding=UTF8",
                "--no-locale", "--no-sync",
            )  # fmt: skip
        settings = {"port": self.port, "unix_socket_directories": "", "fsync": "off", "max_connections": 60}
        self.begin(programs / "postgres", "-D", data, *[f"--{name}={value}" for name, value in settings.items()])
        eventually(self.answers)

    def query(self, statement: str, name: str = "postgres") -> Any:
        """Give the first value of the first row, or None where there is none."""
        with self.link(name) as link:
            found = link.execute(statement.encode()).fetchone()
        return found[0] if found else None

    def wait_for(self, standby: "Server") -> None:
        """Answer no commit from now on before the standby has it, too."""
        with self.link() as link:
            link.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            link.execute("SELECT pg_reload_conf()")
        eventually(lambda: self.query("SELECT sync_state FROM pg_stat_replication") == "sync")
        assert standby.query("SELECT pg_is_in_recovery()")


POOLER = shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


class Pooler(Program):
    """A pgbouncer that gives each transaction one of a few connections."""

    def __init__(self, folder: Path, server: Server, *, size: int) -> None:
        super().__init__(folder)
        users = folder / "users"
        users.write_text(f'"{USER}" ""\n')
        settings = {
            "listen_addr": "127.0.0.1", "listen_port": self.port, "unix_socket_dir": "", "pool_mode": "transaction",
            "auth_type": "trust", "auth_file": users, "default_pool_size": size, "max_client_conn": 100,
        }  # fmt: skip
        lines = ["[databases]", f"* = host=127.0.0.1 port={server.port}", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        (folder / "settings").write_text("\n".join(lines))
        self.begin(POOLER, folder / "settings")
        eventually(self.answers)
