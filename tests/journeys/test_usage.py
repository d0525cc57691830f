"""What there is to say on the command line, and how wrong usage ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from tests.journeys.conftest import Shell
from wsgi import cli

WORK: Final = Path(__file__).parent / "samples" / "work.csv"
RUN: Final = "KE-2026-11-16"


def _commands(group: click.Group = cli) -> Iterator[list[str]]:
    for name, one in group.commands.items():
        yield from ([name, *words] for words in _commands(one)) if isinstance(one, click.Group) else [[name]]


def test_every_command_of_the_contract_is_there_and_takes_json() -> None:
    there = {" ".join(words) for words in _commands()}
    assert there >= {
        "up", "demo", "db upgrade", "db check", "users create", "groups create", "projects create", "import workers",
        "import rates", "import work", "fx import", "close", "runs list", "runs show", "runs approve", "runs release",
        "runs export", "payouts send", "payouts poll", "payouts resend", "payouts send-balance", "payouts refuse",
        "payouts balances", "ledger check", "ledger balances", "jobs list", "jobs run",
        "jobs start", "bench", "users list", "users grant", "users reset-second-factor", "mail list", "mail send",
        "projects list", "projects open", "projects pause", "projects close", "projects member add", "rates show",
        "rates add", "offers list", "offers propose", "offers approve", "import floors", "applications list",
        "applications decide", "applications terms", "campaigns create", "campaigns list", "tests list", "tests show",
        "certifications grant", "certifications list",
    }  # fmt: skip


@pytest.mark.parametrize("words", [words for words in _commands() if words[0] != "i18n"], ids=" ".join)
def test_help_starts_nothing_and_wrong_usage_is_status_2(words: list[str], daybook: Shell) -> None:
    helped = daybook.run(*words, "--help", as_json=False)
    assert (helped.status, helped.stderr) == (0, "")
    assert "--json" in helped.stdout
    wrong = daybook.run(*words, "--nonsense")
    assert (wrong.status, wrong.stdout) == (2, "")


@pytest.mark.parametrize(
    "words",
    [
        ["close", "--group", "KE"],
        ["close", "--group", "KE", "--day", "2026-11-16", "--through", "2026-11-16"],
        ["close", "--group", "KE", "--day", "yesterday"],
        ["runs", "approve", RUN],
        ["runs", "approve", "--as", "a@example.com"],
        ["import", "work", "nowhere.csv", "--format", "csv", "--project", "FALCON"],
        ["import", "work", str(WORK), "--format", "excel", "--project", "FALCON"],
        ["import", "work", str(WORK), "--format", "csv", "--project", "FALCON", "--pay", "gold"],
        ["users", "create", "a@example.com", "--role", "emperor", "--password-stdin"],
        ["groups", "create", "KE", "--timezone", "UTC"],
        ["runs", "export", RUN, "--what", "gossip", "--format", "csv", "--out", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2(words: list[str], daybook: Shell) -> None:
    answer = daybook.run(*words)
    assert (answer.status, answer.stdout) == (2, "")
