"""How often something may be tried: by address and by account, counted in memory or in a Redis that processes share."""

import hashlib
import math
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog
from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter

from i18n.locale import N_
from workforce.core.errors import DaybookError
from workforce.core.settings import Settings, SettingsError

log = structlog.get_logger()
T = TypeVar("T")
_EXTENSION: Final = "daybook_limiter"
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


def by_address() -> str | None:
    """Count by where a request comes from."""
    return get_remote_address()


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
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    # Tests sign in as fast as they can; those of the limits switch them on.
    app.config["COUNT_TRIES"] = settings.environment != "test"
    try:
        app.extensions[_EXTENSION] = Limiter(get_remote_address, app=app, strategy="moving-window")
    except ConfigurationError as problem:
        raise SettingsError("REDIS_URL", f"cannot be used: {problem}") from problem
