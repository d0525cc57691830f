"""What the environment may say, read once and checked at start."""

import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.exc import ArgumentError

from workforce.core.db import parameters

ENVIRONMENTS: Final = ("production", "demo", "test")
RAILS: Final = ("sandbox",)
KNOWN: Final = frozenset({
    "DAYBOOK_ENV", "DAYBOOK_INSTANCE", "DAYBOOK_KEYS", "DAYBOOK_NOW", "DAYBOOK_RAIL", "DAYBOOK_SANDBOX",
    "DAYBOOK_FX_SOURCE", "DAYBOOK_PROXIES", "DAYBOOK_URL",
})  # fmt: skip


class SettingsError(Exception):
    """A variable of the environment has a value that Daybook cannot run with; the message names it."""

    def __init__(self, variable: str, problem: str) -> None:
        self.variable = variable
        super().__init__(f"{variable}: {problem}")


@dataclass(frozen=True)
class SandboxPolicy:
    """How the sandbox rail misbehaves.

    Attributes:
        declined: share of orders that the rail declines, 0 to 1.
        timeout: share of orders whose first call gets no answer, 0 to 1.
        delay: seconds between the rail's taking an order and its payment.

    """

    declined: Decimal = Decimal(0)
    timeout: Decimal = Decimal(0)
    delay: int = 0


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one installation and another.

    Attributes:
        environment: production, demo or test.
        instance: folder for the embedded database and the generated secret key.
        database_url: a PostgreSQL 15 to 18 server, or the pooler before it, or None for the embedded one.
        direct_url: the server itself, where database_url leads to a pooler, or None.
        pooled: does database_url lead to a pooler that gives each transaction whatever connection is free?
        secret_key: signs sessions and tokens.
        now: the instant at which the clock stands still (tests and demos), or None for real time.
        rail: the rail that new payout orders take.
        sandbox: how the sandbox rail behaves.
        fx_sources: whose exchange rates may price a day, the best first; none for all (the newest rates win).
        mail_url: the server that mail is sent through, or None to write it into the instance folder.
        url: where people find this installation; links in mails begin with it.
        keys: encrypt what is stored encrypted; the first one encrypts, each decrypts.
        redis_url: where processes share their counts of tries, or None for each to count by itself.
        metrics: the folder in which web processes on this machine add up what they count, or None for each alone.
        proxies: how many proxies of ours stand in front, each of which adds the address that it was asked from.

    """

    environment: str = "production"
    instance: Path = field(default_factory=lambda: Path.cwd() / "instance")
    database_url: str | None = None
    direct_url: str | None = None
    pooled: bool = False
    secret_key: str = ""
    now: datetime | None = None
    rail: str = "sandbox"
    sandbox: SandboxPolicy = SandboxPolicy()
    fx_sources: tuple[str, ...] = ()
    mail_url: str | None = None
    url: str = "http://127.0.0.1:8000"
    keys: tuple[str, ...] = ()
    redis_url: str | None = None
    metrics: Path | None = None
    proxies: int = 0

    @property
    def demo(self) -> bool:
        """Is this a demonstration, whose logins may be shown?"""
        return self.environment == "demo"


def load_settings(environ: Mapping[str, str] | None = None, *, root: Path | None = None) -> Settings:
    """Read the settings out of the environment.

    Args:
        environ: the variables; the process's own by default.
        root: the folder that `instance/` stands in by default; that of wsgi.py.

    Returns:
        Checked settings. Keys that are not given are made once and kept in the instance folder.

    Raises:
        SettingsError: a variable that starts with DAYBOOK_ is unknown, or a value cannot be used; by name.

    """
    env = os.environ if environ is None else environ
    unknown = sorted(name for name in env if name.startswith("DAYBOOK_") and name not in KNOWN)
    if unknown:
        raise SettingsError(unknown[0], f"is not a setting of Daybook; known are {', '.join(sorted(KNOWN))}")
    environment = env.get("DAYBOOK_ENV", "production")
    if environment not in ENVIRONMENTS:
        raise SettingsError("DAYBOOK_ENV", f"must be one of {', '.join(ENVIRONMENTS)}, not {environment!r}")
    instance = Path(env.get("DAYBOOK_INSTANCE") or (root or Path(__file__).parents[2]) / "instance")
    rail = env.get("DAYBOOK_RAIL") or "sandbox"
    if rail not in RAILS:
        raise SettingsError("DAYBOOK_RAIL", f"must be one of {', '.join(RAILS)}, not {rail!r}")
    return Settings(
        environment=environment,
        instance=instance.resolve(),
        database_url=_database_url("DATABASE_URL", env),
        direct_url=_direct_url(env),
        pooled=_pooled(env.get("DATABASE_POOLED", "")),
        secret_key=_secret_key(env.get("SECRET_KEY", ""), instance),
        now=_now(env.get("DAYBOOK_NOW", ""), environment),
        rail=rail,
        sandbox=_sandbox(env.get("DAYBOOK_SANDBOX", "")),
        fx_sources=_fx_sources(env.get("DAYBOOK_FX_SOURCE", "")),
        mail_url=_mail_url(env.get("MAIL_URL", "")),
        url=_url(env.get("DAYBOOK_URL", "")),
        keys=_keys(env.get("DAYBOOK_KEYS", ""), instance),
        redis_url=_redis_url(env.get("REDIS_URL", "")),
        metrics=_metrics(env.get("PROMETHEUS_MULTIPROC_DIR", "")),
        proxies=_proxies(env.get("DAYBOOK_PROXIES", "")),
    )


def _database_url(name: str, env: Mapping[str, str]) -> str | None:
    text = env.get(name, "")
    if not text:
        return None
    scheme, _, rest = text.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or not rest:
        raise SettingsError(name, "must be a PostgreSQL address, such as postgresql://user:password@host/name")
    if "," in urlsplit(text).netloc.rpartition("@")[2]:
        raise SettingsError(name, "names several hosts as ?host=a:5432&host=b:5432, not with a comma")
    try:
        _ = urlsplit(text).port
    except ValueError as error:
        raise SettingsError(name, f"has a port that is no number ({error})") from error
    url = f"postgresql+psycopg://{rest}"
    try:
        parameters(url)
    except (ArgumentError, ValueError) as error:
        raise SettingsError(name, f"cannot be read ({error})") from error
    return url


def _direct_url(env: Mapping[str, str]) -> str | None:
    url = _database_url("DATABASE_DIRECT_URL", env)
    if url and not env.get("DATABASE_URL"):
        raise SettingsError("DATABASE_DIRECT_URL", "says how to get past the pooler of DATABASE_URL, which is not set")
    return url


def _pooled(text: str) -> bool:
    if text not in {"", "0", "1"}:
        raise SettingsError("DATABASE_POOLED", f"must be 1 behind a pooler, else 0, not {text!r}")
    return text == "1"


def _url(text: str) -> str:
    if not text:
        return Settings.url
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError("DAYBOOK_URL", "must be where people find Daybook, such as https://pay.example.com")
    return text.rstrip("/")


def _metrics(text: str) -> Path | None:
    """Look at what the library of the counters reads by itself."""
    if not text:
        return None
    if not os.access(text, os.W_OK | os.X_OK):
        raise SettingsError("PROMETHEUS_MULTIPROC_DIR", f"must be a folder that can be written to, not {text!r}")
    return Path(text)


def _fx_sources(text: str) -> tuple[str, ...]:
    if not text.strip():
        return ()
    sources = tuple(part.strip().lower() for part in text.split(","))
    if not all(sources):
        raise SettingsError("DAYBOOK_FX_SOURCE", "must name sources of exchange rates, the best first, such as ecb,xe")
    if len(set(sources)) < len(sources):
        raise SettingsError("DAYBOOK_FX_SOURCE", "names a source twice")
    return sources


def _mail_url(text: str) -> str | None:
    if not text:
        return None
    wanted = "must be the address of a mail server, such as smtp://user:password@host:587?from=pay@example.com"
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise SettingsError("MAIL_URL", f"{wanted} ({error})") from error
    if not known:
        raise SettingsError("MAIL_URL", wanted)
    return text


def _secret_key(text: str, instance: Path) -> str:
    if text:
        if len(text) < 16:
            raise SettingsError("SECRET_KEY", "must be at least 16 characters; `openssl rand -hex 32` makes one")
        return text
    key = _kept_key(instance, "secret_key")
    if len(key) < 16:
        raise SettingsError("SECRET_KEY", f"is kept in {instance / 'secret_key'}, which is damaged: remove that file")
    return key


def _keys(text: str, instance: Path) -> tuple[str, ...]:
    if not text.strip():
        kept = _kept_key(instance, "data_key")
        if len(kept) < 32:
            # No advice to remove it: what it encrypted could never be read again.
            raise SettingsError(
                "DAYBOOK_KEYS", f"is kept in {instance / 'data_key'}, which is damaged: restore that file"
            )
        return (kept,)
    keys = tuple(part.strip() for part in text.split(","))
    if any(len(key) < 32 for key in keys):
        raise SettingsError(
            "DAYBOOK_KEYS",
            "must be keys of at least 32 characters with commas between; `openssl rand -hex 32` makes one",
        )
    if len(set(keys)) < len(keys):
        raise SettingsError("DAYBOOK_KEYS", "names a key twice")
    return keys


def _redis_url(text: str) -> str | None:
    if not text:
        return None
    wanted = "must be the address of a Redis server, such as redis://host:6379/0"
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"redis", "rediss", "redis+unix"} and parts.port != 0
    except ValueError as error:
        raise SettingsError("REDIS_URL", f"{wanted} ({error})") from error
    if not known or not (parts.hostname or parts.path):
        raise SettingsError("REDIS_URL", wanted)
    return text


def _proxies(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and int(text) <= 9):
        raise SettingsError(
            "DAYBOOK_PROXIES", f"must be how many proxies of yours stand in front, 0 to 9, not {text!r}"
        )
    return int(text)


def _kept_key(instance: Path, name: str) -> str:
    """Read a key that is kept in the instance folder, making it where there is none."""
    try:
        return _read_or_make(instance, name)
    except OSError as error:
        raise SettingsError("DAYBOOK_INSTANCE", f"names a folder that cannot be used ({error})") from error


def _read_or_make(instance: Path, kept: str) -> str:
    path = instance / kept
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{kept}.", dir=instance)  # for its owner only
        draft = Path(name)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            path.hardlink_to(draft)  # of two processes that start at once the first one's key is kept
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def _now(text: str, environment: str) -> datetime | None:
    if not text:
        return None
    if environment == "production":
        raise SettingsError("DAYBOOK_NOW", "stops the clock and is refused unless DAYBOOK_ENV is test or demo")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            "DAYBOOK_NOW", f"must be an ISO 8601 instant such as 2026-11-20T18:00:00Z ({error})"
        ) from error
    if instant.tzinfo is None:
        raise SettingsError("DAYBOOK_NOW", "must say its zone, such as 2026-11-20T18:00:00Z")
    return instant.astimezone(UTC)


def _sandbox(text: str) -> SandboxPolicy:
    values: dict[str, Decimal] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = part.partition("=")
        if name not in {"declined", "timeout", "delay"}:
            raise SettingsError("DAYBOOK_SANDBOX", f"knows declined, timeout and delay, not {name!r}")
        try:
            values[name] = Decimal(number)
        except InvalidOperation as error:
            raise SettingsError("DAYBOOK_SANDBOX", f"{name} must be a number, not {number!r}") from error
        limit = 86_400 if name == "delay" else 1
        if not (values[name].is_finite() and 0 <= values[name] <= limit):
            raise SettingsError("DAYBOOK_SANDBOX", f"{name} must lie between 0 and {limit}, not {number}")
    if values.get("declined", Decimal(0)) + values.get("timeout", Decimal(0)) > 1:
        raise SettingsError("DAYBOOK_SANDBOX", "declined and timeout may not exceed 1 together")
    return SandboxPolicy(
        values.get("declined", Decimal(0)), values.get("timeout", Decimal(0)), int(values.get("delay", 0))
    )
