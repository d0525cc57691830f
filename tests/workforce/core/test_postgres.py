import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from workforce.core.postgres import EmbeddedServer, EmbeddedServerError

ROOT = Path(__file__).resolve().parents[3]
# Takes a lease, says so, keeps it until its input closes.
HOLDER = """
import sys
from pathlib import Path
from workforce.core.postgres import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), durable=False)
print(server.acquire(), flush=True)
sys.stdin.read()
server.release()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of its own, closed to others, as root's folders often are; no server outlives the test."""
    above = Path(tempfile.mkdtemp(prefix="daybook-test-", dir="/tmp"))
    place = above / "with a space" / "postgres"
    yield place
    if (pid := postmaster(place)) and is_there(pid):
        os.kill(pid, signal.SIGINT)
        eventually(lambda: not is_there(pid))
    for sockets in Path("/tmp").glob("daybook-*-" + EmbeddedServer(place)._sockets.name.rsplit("-", 1)[1]):
        shutil.rmtree(sockets)
    shutil.rmtree(above)


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


def postmaster(folder: Path) -> int | None:
    try:
        return int((folder / "data/postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, NotADirectoryError):
        return None


def alive(folder: Path) -> int:
    pid = postmaster(folder)
    assert pid is not None
    return pid


def query(url: str, *statements: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url.replace("+psycopg", "")) as link:
        for statement in statements[:-1]:
            link.execute(statement)
        return link.execute(statements[-1]).fetchall()


def holder(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def says(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def ended(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=30)
    return process.returncode


def test_a_fresh_server_is_durable_private_and_stops_cleanly(folder: Path) -> None:
    server = EmbeddedServer(folder)
    url = server.acquire()
    pid = alive(folder)
    assert server.acquire() == url, "taking the lease twice is harmless"
    shown = "SELECT name, setting FROM pg_settings WHERE name = ANY('{%s}')"
    assert dict(query(url, shown % "fsync,synchronous_commit,full_page_writes,listen_addresses,TimeZone,jit")) == {
        "TimeZone": "UTC", "fsync": "on", "full_page_writes": "on", "jit": "off", "listen_addresses": "",
        "synchronous_commit": "on",
    }  # fmt: skip
    made = "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()"
    assert query(url, made) == [("UTF8", "C")]
    assert server._sockets.stat().st_mode & 0o777 == 0o700
    assert (folder / "data").stat().st_uid == server._sockets.stat().st_uid != 0
    server.release()
    eventually(lambda: not is_there(pid))
    assert postmaster(folder) is None
    assert "database system is shut down" in (folder / "server.log").read_text()
    assert not server._sockets.exists()
    server.release()


def test_two_processes_that_start_at_once_share_one_server_and_the_last_one_stops_it(folder: Path) -> None:
    first, second = holder(folder), holder(folder)
    assert says(first) == says(second) != ""
    pid = alive(folder)
    assert (folder / "server.log").read_text().count("ready to accept connections") == 1
    assert ended(first) == 0
    assert is_there(pid)
    assert ended(second) == 0
    eventually(lambda: not is_there(pid))


def test_a_killed_server_is_started_again_with_what_was_committed(folder: Path) -> None:
    server = EmbeddedServer(folder)
    url = server.acquire()
    query(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (42) RETURNING n")
    # A statement that runs on in a backend after its postmaster has died: its shared memory stays in use.
    busy = psycopg.connect(url.replace("+psycopg", ""))

    def keep_busy() -> None:
        with pytest.raises(psycopg.Error):
            busy.execute("SELECT sum(n) FROM kept, generate_series(1, 1000000000) AS g")

    sleeper = threading.Thread(target=keep_busy)
    sleeper.start()
    eventually(lambda: query(url, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT sum%' AND state = 'active'"))
    pid = alive(folder)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not server._listening())
    server.ensure_running()
    assert alive(folder) != pid
    assert query(url, "SELECT n FROM kept") == [(42,)]
    sleeper.join()
    busy.close()
    server.release()


def test_a_killed_holder_gives_its_lease_back(folder: Path) -> None:
    killed = holder(folder)
    url = says(killed)
    pid = alive(folder)
    killed.kill()
    ended(killed)
    server = EmbeddedServer(folder, durable=False)
    assert server.acquire() == url
    assert alive(folder) == pid
    server.release()
    eventually(lambda: not is_there(pid))


def test_leftovers_of_a_killed_start_do_not_hinder_the_next(folder: Path) -> None:
    half = folder / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    server = EmbeddedServer(folder, durable=False)
    server.acquire()
    server.release()
    assert not half.exists()
    # The process id in a stale file has been given to another living program, of the account that the server has.
    owner = pwd.getpwuid((folder / "data").stat().st_uid)
    server._sockets.mkdir()
    with subprocess.Popen(["sleep", "60"], user=owner.pw_uid if os.geteuid() == 0 else None) as other:
        for file in (folder / "data/postmaster.pid", server._sockets / ".s.PGSQL.5432.lock"):
            file.write_text(f"{other.pid}\n{folder / 'data'}\n1\n5432\n{server._sockets}\n\n  1 1\nready\n")
        assert query(server.acquire(), "SELECT 1") == [(1,)]
        assert other.poll() is None
        other.kill()
    server.release()


def test_a_server_whose_sockets_were_swept_away_comes_back(folder: Path) -> None:
    server = EmbeddedServer(folder, durable=False)
    url = server.acquire()
    shutil.rmtree(server._sockets)
    server.ensure_running()
    assert query(url, "SELECT 1") == [(1,)]
    server.release()


def test_sockets_of_servers_that_were_killed_are_removed_at_the_next_start_and_no_others(folder: Path) -> None:
    def made(name: str, seconds: int) -> Path:
        place = other._sockets.with_name(other._sockets.name[:-12] + name)
        place.mkdir()
        (place / ".s.PGSQL.5432.lock").touch()
        os.utime(place, (time.time() - seconds, time.time() - seconds))
        return place

    server, other = EmbeddedServer(folder, durable=False), EmbeddedServer(folder.with_name("other"), durable=False)
    url = other.acquire()
    os.utime(other._sockets, (0, 0))
    old, starting = made("0123456789ab", 3600), made("ba9876543210", 5)
    elsewhere = made("notours", 3600)
    try:
        server.acquire()
        assert not old.exists()
        assert starting.exists(), "its server may be about to listen"
        assert elsewhere.exists()
        assert query(url, "SELECT 1") == [(1,)]
    finally:
        server.release()
        other.release()
        for place in (old, starting, elsewhere):
            shutil.rmtree(place, ignore_errors=True)
    assert not other._sockets.exists()


def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data/letter.txt").write_text("dear")
    with pytest.raises(EmbeddedServerError, match="move it away"):
        EmbeddedServer(folder, durable=False).acquire()
    assert (folder / "data/letter.txt").read_text() == "dear"


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    server = EmbeddedServer(folder, durable=False)
    server.acquire()
    server.release()
    (folder / "data/postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match=r"(?s)no_such_setting.*server\.log"):
        server.acquire()
    with pytest.raises(EmbeddedServerError, match="acquire"):
        server.ensure_running()
