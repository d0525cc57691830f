"""The installed `daybook` command, in processes of its own, on an embedded database of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.journeys.conftest import WORK_KEYS

WORK: Final = Path(__file__).parent / "samples" / "work.csv"


def _console(environment: dict[str, str], *words: object, stdin: str = "", status: int = 0) -> Any:
    script = shutil.which("daybook", path=str(Path(sys.executable).parent))
    assert script, "`pip install -e .` puts the daybook command beside the interpreter"
    done = subprocess.run(
        [script, *map(str, words), "--json"],
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    log = Path(environment["DAYBOOK_INSTANCE"]) / "postgres" / "server.log"
    why = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
    assert done.returncode == status, (done.stderr, why)
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_the_real_command_works_on_an_instance_of_its_own(tmp_path: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DAYBOOK_", "DATABASE_URL"))
    }
    environment |= {
        "DAYBOOK_INSTANCE": str(tmp_path / "instance"),
        "DAYBOOK_ENV": "test",
        "DAYBOOK_NOW": "2026-11-20T12:00:00Z",
    }

    def daybook(*words: object, stdin: str = "", status: int = 0) -> Any:
        return _console(environment, *words, stdin=stdin, status=status)

    daybook("db", "upgrade")
    daybook("groups", "create", "KE", "--timezone", "Africa/Nairobi", "--currency", "KES", "--open-day", "2026-11-16")
    daybook("projects", "create", "FALCON", "--customer", "Acme Ltd")
    imported = daybook(
        "import", "work", WORK, "--format", "csv", "--project", "FALCON", "--pay", "reward", "--group", "KE"
    )
    assert (list(imported), imported["imported"]) == (WORK_KEYS, 5)
    assert "daybook fx import" in daybook("close", "--group", "KE", "--through", "2026-11-17", status=1)
    fx = tmp_path / "fx.csv"
    fx.write_text("date,base,quote,rate,source\n2026-11-15,USD,KES,129.2537,bank\n", encoding="utf-8")
    daybook("fx", "import", fx)
    runs = daybook("close", "--group", "KE", "--through", "2026-11-17")["runs"]
    assert [(run["run"], run["totals"][0]["net"]) for run in runs] == [
        ("KE-2026-11-16", "11.804148"),
        ("KE-2026-11-17", "4.304148"),
    ]
    balances = daybook("ledger", "balances")["balances"]
    assert {"account": "accrued:W1", "currency": "KES", "balance": "-8.608296"} in balances
