"""How often something may be tried, by network address and by account.

Tries are counted in the database, which all web processes share, or in a Redis where one is named.
"""

import hashlib
import math
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, TypeVar

import structlog
from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage, MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter, RateLimiter
from sqlalchemy import Index, String
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from i18n.locale import N_
from workforce.core import locks
from workforce.core.db import Base, Id, Instant, rows, run, transaction
from workforce.core.errors import DaybookError
from workforce.core.settings import Settings, SettingsError

log = structlog.get_logger()
T = TypeVar("T")
_EXTENSION: Final = "daybook_limiter"
MOST: Final = 2**31 - 1
# Where the shared counts cannot be reached each process counts by itself.
_alone: Final[RateLimiter] = MovingWindowRateLimiter(MemoryStorage())


class TooManyTries(DaybookError):
    code = "too_many_tries"
    status = 429
    template = N_(
        "That was tried too often, so nothing was done this time. Please wait %(minutes)s min and try again. If it was"
        " not you who tried, you need not do anything."
    )

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(minutes=math.ceil(seconds / 60))


@dataclass(frozen=True)
class Limit:
    """How often something may be sent.

    Attributes:
        name: of what is counted; pages of one name are counted together.
        rate: such as 10 per 15 minutes.
        key: gives what is counted by, or None where there is nothing.

    """

    name: str
    rate: RateLimitItem
    key: Callable[[], str | None]


_limits: Final[defaultdict[str, dict[tuple[str, str], Limit]]] = defaultdict(dict)


class Hit(Base):
    """A try that counts against a limit until its window has passed."""

    __tablename__ = "limit_hit"
    __table_args__ = (Index(None, "key", "at"), Index(None, "at"))

    id: Mapped[Id]
    # The limit and a digest of whom it counts; no address stands in it.
    key: Mapped[str] = mapped_column(String(200))
    # By the database's own clock.
    at: Mapped[Instant]


class DatabaseStorage(Storage, MovingWindowSupport):
    """Counts tries in the table of hits, each time in a transaction of its own that a refused request does not undo."""

    STORAGE_SCHEME = ["database"]  # noqa: RUF012 -- read by the library as it stands

    @property
    def base_exceptions(self) -> type[Exception]:
        """What is raised where the database is away."""
        return OperationalError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a try unless it is one too many; of two at once the second waits for the first."""
        with _apart():
            locks.exclusive(locks.LIMIT, zlib.crc32(key.encode()) - 2**31)
            run("DELETE FROM limit_hit WHERE key = :key AND at <= clock_timestamp() - :window * INTERVAL '1 second'",
                key=key, window=expiry)  # fmt: skip
            ((count,),) = rows("SELECT count(*) FROM limit_hit WHERE key = :key", key=key)
            if count + amount > limit:
                return False
            run("INSERT INTO limit_hit (key, at) SELECT :key, clock_timestamp() FROM generate_series(1, :amount)",
                key=key, amount=amount)  # fmt: skip
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 -- its signature
        """Return when the oldest try that still counts was made, in seconds since 1970, and how many count."""
        with _apart():
            ((oldest, count),) = rows(
                "SELECT min(at), count(*) FROM limit_hit"
                " WHERE key = :key AND at > clock_timestamp() - :window * INTERVAL '1 second'",
                key=key, window=expiry,
            )  # fmt: skip
        return (oldest.timestamp() if oldest else time.time()), count

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count without a limit."""
        self.acquire_entry(key, MOST, expiry, amount)
        return self.get(key)

    def get(self, key: str) -> int:
        """Return how many tries are known."""
        with _apart():
            return int(rows("SELECT count(*) FROM limit_hit WHERE key = :key", key=key)[0][0])

    def get_expiry(self, key: str) -> float:  # noqa: ARG002 -- the library's signature
        """Return now: a window moves on with every instant."""
        return time.time()

    def check(self) -> bool:
        """Say whether tries can be counted."""
        with _apart():
            return bool(rows("SELECT true")[0][0])

    def reset(self) -> int | None:
        """Forget all tries."""
        with _apart():
            return run("DELETE FROM limit_hit")

    def clear(self, key: str) -> None:
        """Forget the tries of one."""
        with _apart():
            run("DELETE FROM limit_hit WHERE key = :key", key=key)


@contextmanager
def _apart() -> Iterator[None]:
    """Do what stands inside in a transaction beside the request's own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 -- Flask's own way
    with app.app_context(), transaction():
        yield


def by_address() -> str | None:
    """Count by where a request comes from: an address of IPv4, or the /64 of IPv6 that one customer is given."""
    text = get_remote_address()
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)


def add_limit(endpoint: str, name: str, rate: str, key: Callable[[], str | None]) -> None:
    """Limit how often a form may be sent, once however often an application is made.

    Args:
        endpoint: that it is sent to.
        name: of what is counted.
        rate: such as 10 per 15 minutes.
        key: gives what is counted by.

    """
    _limits[endpoint][name, rate] = Limit(name, parse(rate), key)


def check() -> None:
    """Count this request, and refuse it where it is one too many.

    Raises:
        TooManyTries: saying how long to wait.

    """
    if request.method in {"GET", "HEAD", "OPTIONS"} or not current_app.config["COUNT_TRIES"]:
        return
    for limit in _limits.get(request.endpoint or "", {}).values():
        key = limit.key()
        if key is not None:
            _hit(limit.rate, limit.name, _digest(key))


def forget(name: str, key: str) -> None:
    """Begin to count anew what belongs to a person, who has just shown that she is who she says."""
    for rates in _limits.values():
        for limit in rates.values():
            if limit.name == name and current_app.config["COUNT_TRIES"]:
                _clear(limit.rate, name, _digest(key))


def _clear(rate: RateLimitItem, *key: str) -> None:
    _try(lambda counts: counts.clear(rate, *key))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _hit(rate: RateLimitItem, *key: str) -> None:
    if not _try(lambda counts: counts.hit(rate, *key)):
        reset = _try(lambda counts: counts.get_window_stats(rate, *key).reset_time)
        log.warning("too many tries", name=key[0])
        raise TooManyTries(max(1, math.ceil((reset or 0) - time.time())))


def _try(call: Callable[[RateLimiter], T]) -> T:
    shared: RateLimiter = current_app.extensions[_EXTENSION].limiter
    try:
        return call(shared)
    except shared.storage.base_exceptions:
        log.exception("shared counts of tries away")
        return call(_alone)


def init_app(app: Flask, settings: Settings) -> None:
    """Count tries for an application.

    Raises:
        SettingsError: the server for the counts cannot be used.

    """
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "database://"
    # Tests sign in as fast as they can; those of the limits switch them on.
    app.config["COUNT_TRIES"] = settings.environment != "test"
    try:
        app.extensions[_EXTENSION] = Limiter(get_remote_address, app=app, strategy="moving-window")
    except ConfigurationError as problem:
        raise SettingsError("REDIS_URL", f"cannot be used: {problem}") from problem
