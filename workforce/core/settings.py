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

ENVIRONMENTS: Final = ("production", "demo", "test")
RAILS: Final = ("sandbox",)
KNOWN: Final = frozenset({
    "DAYBOOK_ENV", "DAYBOOK_INSTANCE", "DAYBOOK_KEYS", "DAYBOOK_NOW", "DAYBOOK_RAIL", "DAYBOOK_SANDBOX",
    "DAYBOOK_FX_SOURCE",
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
        database_url: a PostgreSQL 15 to 18 server, or None for the embedded one.
        secret_key: signs sessions and tokens.
        now: the instant at which the clock stands still (tests and demos), or None for real time.
        rail: the rail that new payout orders take.
        sandbox: how the sandbox rail behaves.
        fx_source: the source whose rates price a day, or None for any (the youngest rate wins).

    """

    environment: str = "production"
    instance: Path = field(default_factory=lambda: Path.cwd() / "instance")
    database_url: str | None = None
    secret_key: str = ""
    now: datetime | None = None
    rail: str = "sandbox"
    sandbox: SandboxPolicy = SandboxPolicy()
    fx_source: str | None = None

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
        Checked settings. A secret key that is not given is made once and kept in the instance folder.

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
        database_url=_database_url(env.get("DATABASE_URL", "")),
        secret_key=_secret_key(env.get("SECRET_KEY", ""), instance),
        now=_now(env.get("DAYBOOK_NOW", ""), environment),
        rail=rail,
        sandbox=_sandbox(env.get("DAYBOOK_SANDBOX", "")),
        fx_source=env.get("DAYBOOK_FX_SOURCE") or None,
    )


def _database_url(text: str) -> str | None:
    if not text:
        return None
    scheme, _, rest = text.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or not rest:
        raise SettingsError(
            "DATABASE_URL", "must be a PostgreSQL address, such as postgresql://user:password@host/name"
        )
    try:
        _ = urlsplit(text).port
    except ValueError as error:
        raise SettingsError("DATABASE_URL", f"has a port that is no number ({error})") from error
    return f"postgresql+psycopg://{rest}"


def _secret_key(text: str, instance: Path) -> str:
    if text:
        if len(text) < 16:
            raise SettingsError("SECRET_KEY", "must be at least 16 characters; `openssl rand -hex 32` makes one")
        return text
    try:
        key = _kept_key(instance)
    except OSError as error:
        raise SettingsError("DAYBOOK_INSTANCE", f"names a folder that cannot be used ({error})") from error
    if len(key) < 16:
        raise SettingsError("SECRET_KEY", f"is kept in {instance / 'secret_key'}, which is damaged: remove that file")
    return key


def _kept_key(instance: Path) -> str:
    """Read the key that is kept in the instance folder, making it where there is none."""
    path = instance / "secret_key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".secret_key.", dir=instance)  # for its owner only
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
