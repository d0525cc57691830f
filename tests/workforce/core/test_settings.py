"""The environment is read once and checked at start; whatever cannot be used is refused by its name."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from workforce.core.settings import SandboxPolicy, SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[3]
KEY = "0123456789abcdef"
BAD = [
    ("DAYBOOK_ENV", "prod"),
    ("DAYBOOK_RAIL", "stripes"),
    ("DAYBOOK_NOW", "yesterday"),
    ("DAYBOOK_NOW", "2026-11-20T12:00:00"),
    ("DAYBOOK_NOW", "2026-13-20T12:00:00Z"),
    ("DAYBOOK_SANDBOX", "declined"),
    ("DAYBOOK_SANDBOX", "declined=lots"),
    ("DAYBOOK_SANDBOX", "declined=1.5"),
    ("DAYBOOK_SANDBOX", "declined=-0.1"),
    ("DAYBOOK_SANDBOX", "declined=NaN"),
    ("DAYBOOK_SANDBOX", "delay=Infinity"),
    ("DAYBOOK_SANDBOX", "delay=86401"),
    ("DAYBOOK_SANDBOX", "declined=0.6,timeout=0.6"),
    ("DAYBOOK_SANDBOX", "explodes=1"),
    ("DATABASE_URL", "mysql://localhost/daybook"),
    ("DATABASE_URL", "sqlite:///daybook.db"),
    ("DATABASE_URL", "postgresql://"),
    ("DATABASE_URL", "postgresql://localhost:many/daybook"),
    ("DATABASE_URL", "postgresql://a:5432,b:5432/daybook"),
    ("DATABASE_URL", "postgresql:///daybook?host=a:many&host=b:5432"),
    ("DATABASE_DIRECT_URL", "mysql://localhost/daybook"),
    ("DATABASE_DIRECT_URL", "postgresql://localhost/daybook"),  # past a pooler that is not there
    ("DATABASE_POOLED", "yes"),
    ("SECRET_KEY", "short"),
    ("DAYBOOK_SANBOX", "declined=0.1"),
    ("DAYBOOK_FX_SOURCE", "ecb,,xe"),
    ("DAYBOOK_FX_SOURCE", "ecb,ECB"),
    ("DAYBOOK_KEYS", "short"),
    ("DAYBOOK_KEYS", "a" * 32 + ","),
    ("DAYBOOK_KEYS", "a" * 32 + "," + "a" * 32),
    ("REDIS_URL", "http://localhost"),
    ("REDIS_URL", "redis://localhost:many"),
    ("REDIS_URL", "redis://"),
    ("DAYBOOK_PROXIES", "yes"),
    ("DAYBOOK_PROXIES", "-1"),
    ("DAYBOOK_PROXIES", "10"),
    ("PROMETHEUS_MULTIPROC_DIR", "/no/such/folder"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(name: str, value: str, tmp_path: Path) -> None:
    values = {"DAYBOOK_ENV": "test", "DAYBOOK_INSTANCE": str(tmp_path), "SECRET_KEY": KEY, name: value}
    with pytest.raises(SettingsError, match=rf"^{name}: ") as refusal:
        load_settings(values)
    assert refusal.value.variable == name
    assert "\n" not in str(refusal.value)


def test_a_clock_that_stands_still_is_refused_in_production(tmp_path: Path) -> None:
    values = {"DAYBOOK_INSTANCE": str(tmp_path), "SECRET_KEY": KEY, "DAYBOOK_NOW": "2026-11-20T12:00:00Z"}
    with pytest.raises(SettingsError, match=r"^DAYBOOK_NOW: "):
        load_settings(values)
    assert load_settings(values | {"DAYBOOK_ENV": "demo"}).now == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_an_unknown_variable_is_named_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^DAYBOOK_SANBOX: .*DAYBOOK_SANDBOX"):
        load_settings({"DAYBOOK_INSTANCE": str(tmp_path), "SECRET_KEY": KEY, "DAYBOOK_SANBOX": ""})


def test_good_values_are_read_as_they_are_meant(tmp_path: Path) -> None:
    settings = load_settings({
        "DAYBOOK_ENV": "test", "DAYBOOK_INSTANCE": str(tmp_path), "SECRET_KEY": KEY, "DAYBOOK_FX_SOURCE": "ECB, xe",
        "DAYBOOK_NOW": "2026-11-20T19:00:00+07:00", "DATABASE_URL": "postgres://u:p@h:5433/d?sslmode=require",
        "DAYBOOK_SANDBOX": " declined=0.03, timeout=0.01,delay=60 ",
    })  # fmt: skip
    assert settings.now == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert settings.database_url == "postgresql+psycopg://u:p@h:5433/d?sslmode=require"
    assert settings.sandbox == SandboxPolicy(Decimal("0.03"), Decimal("0.01"), 60)
    assert (settings.fx_sources, settings.secret_key, settings.rail) == (("ecb", "xe"), KEY, "sandbox")
    assert [one.name for one in tmp_path.iterdir()] == ["data_key"], "a key that was given is not kept"


def test_a_pooler_and_the_way_past_it_are_read(tmp_path: Path) -> None:
    settings = load_settings({
        "DAYBOOK_INSTANCE": str(tmp_path), "DATABASE_URL": "postgresql://u@pooler:6432/d", "DATABASE_POOLED": "1",
        "DATABASE_DIRECT_URL": "postgresql://u@/d?host=a:5432&host=b:5433&target_session_attrs=read-write",
    })  # fmt: skip
    assert (settings.pooled, settings.database_url) == (True, "postgresql+psycopg://u@pooler:6432/d")
    assert settings.direct_url == "postgresql+psycopg://u@/d?host=a:5432&host=b:5433&target_session_attrs=read-write"


def test_a_key_that_is_not_given_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    values = {"DAYBOOK_INSTANCE": str(tmp_path / "new" / "instance")}
    key = load_settings(values).secret_key
    path = tmp_path / "new" / "instance" / "secret_key"
    assert len(key) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_settings(values).secret_key == key
    assert sorted(one.name for one in path.parent.iterdir()) == ["data_key", "secret_key"]


def test_a_kept_key_that_is_damaged_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(SettingsError, match=r"^SECRET_KEY: .*remove"):
        load_settings({"DAYBOOK_INSTANCE": str(tmp_path)})


def test_a_key_of_data_that_is_damaged_is_not_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "data_key").write_text("half")
    with pytest.raises(SettingsError, match=r"^DAYBOOK_KEYS: .*restore"):
        load_settings({"DAYBOOK_INSTANCE": str(tmp_path)})


def test_keys_of_data_are_read_in_their_order_and_kept_where_none_is_given(tmp_path: Path) -> None:
    given = {"DAYBOOK_INSTANCE": str(tmp_path), "SECRET_KEY": KEY}
    assert load_settings({**given, "DAYBOOK_KEYS": f"{'b' * 32}, {'a' * 32}"}).keys == ("b" * 32, "a" * 32)
    assert not list(tmp_path.iterdir())
    kept = load_settings(given).keys
    assert load_settings(given).keys == kept
    assert stat.S_IMODE((tmp_path / "data_key").stat().st_mode) == 0o600


def test_an_instance_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"^DAYBOOK_INSTANCE: "):
        load_settings({"DAYBOOK_INSTANCE": str(tmp_path / "file" / "instance")})


START = """
import sys
from workforce.core.settings import load_settings
print("ready", flush=True)
sys.stdin.readline()
print(load_settings({"DAYBOOK_INSTANCE": sys.argv[1]}).secret_key)
"""


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(tmp_path)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    assert [one.stdout and one.stdout.readline() for one in starts] == ["ready\n"] * 4
    for one in starts:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    keys = {one.communicate(timeout=30)[0].strip() for one in starts}
    assert keys == {(tmp_path / "secret_key").read_text()}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data_key", "secret_key"]


def daybook(*arguments: str, folder: Path, **values: str) -> subprocess.CompletedProcess[str]:
    """Run the command in an environment of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAYBOOK_", "PG", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-c", "from wsgi import cli; cli()", *arguments], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=60, env=kept | {"DAYBOOK_ENV": "test", "DAYBOOK_INSTANCE": str(folder)} | values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "does not answer"),
        ({"DAYBOOK_SANDBOX": "declined=2"}, "DAYBOOK_SANDBOX"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/x", "DAYBOOK_NOVV": "1"}, "DAYBOOK_NOVV"),
    ],
)
def test_a_command_that_cannot_begin_says_why_in_one_line(values: dict[str, str], word: str, tmp_path: Path) -> None:
    done = daybook("runs", "list", folder=tmp_path, **values)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("daybook: ")
    assert word in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["runs", "lift"], ["close", "--group", "KE", "--day", "someday"], ["nothing"]])
def test_wrong_usage_is_told_apart_and_needs_no_server(arguments: list[str], tmp_path: Path) -> None:
    done = daybook(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr
    assert not list(tmp_path.iterdir()), "nothing was started or written"
