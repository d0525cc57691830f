"""What somebody can be paid in, and in which zone a day can be counted; and that history outlives a currency."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pycountry
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import signed_in
from tests.factories import NOW, make_group, make_project, make_user, make_work, make_worker
from workforce.core import money
from workforce.core.clock import is_timezone
from workforce.core.db import rows, transaction
from workforce.core.money import Money, is_currency
from workforce.projects.queries import project_by_code
from workforce.workers.queries import worker_by_external_id
from wsgi import cli

CODES = sorted(one.alpha_3 for one in pycountry.currencies)
SHARED = {"XAF", "XCD", "XCG", "XOF", "XPF"}
NO_MONEY = ["XAU", "XAG", "XPD", "XPT", "XDR", "XSU", "XUA", "XAD", "XBA", "XBB", "XBC", "XBD", "XTS", "XXX",
            "USN", "CLF", "UYI", "UYW", "COU", "CHE", "CHW", "BOV", "MXV"]  # fmt: skip
SignIn = Callable[[str], FlaskClient]


@pytest.mark.parametrize("code", [*NO_MONEY, "usd", "US", "USDD", "UЅD", "", "A1B"])
def test_nobody_is_paid_in_metal_funds_or_no_code(code: str) -> None:
    assert not is_currency(code)


def test_everybody_is_paid_in_money_that_circulates() -> None:
    assert {code for code in CODES if is_currency(code)} == {
        code for code in CODES if code not in NO_MONEY and (not code.startswith("X") or code in SHARED)
    }
    assert SHARED & set(CODES) == {code for code in SHARED if is_currency(code)}


NO_ZONES = ["localtime", "Factory", "posixrules", "posix/Africa/Nairobi", "right/UTC", "", "Nairobi"]


@pytest.mark.parametrize("name", NO_ZONES)
def test_what_is_no_zone(name: str) -> None:
    assert not is_timezone(name)


def test_every_zone_is_one_that_can_be_counted_in() -> None:
    zones = [name for name in available_timezones() if is_timezone(name)]
    assert {"Africa/Nairobi", "Asia/Ho_Chi_Minh", "UTC"} <= set(zones)
    assert len(zones) > 400
    offsets = [NOW.astimezone(ZoneInfo(name)).utcoffset() or timedelta(0) for name in zones]
    assert max(offsets) == timedelta(hours=14)


@pytest.mark.parametrize(("zone", "currency", "named"), [("localtime", "KES", "localtime"), ("UTC", "XAU", "XAU")])
def test_no_group_is_made_with_one_of_those(fresh_app: Flask, zone: str, currency: str, named: str) -> None:
    status, said = run(fresh_app, "groups", "create", "XX", "--timezone", zone, "--currency", currency)
    assert (status, named in said) == (1, True)


@pytest.fixture
def withdrawn(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Give an application with a day that was closed in a currency which is no currency any more."""
    with fresh_app.app_context(), transaction():
        group = make_group("BG", timezone="Europe/Sofia", currency="EUR")
        worker = make_worker(group, "W1", email="w@example.com")
        make_work(make_project(), worker, rate="5", currency="EUR")
        for role, email in (("finance", "f1@example.com"), ("finance", "f2@example.com"), ("worker", "w@example.com")):
            make_user(role, email)
    assert run(fresh_app, "close", "--group", "BG", "--day", "2026-11-18")[0] == 0
    real = pycountry.currencies.get
    monkeypatch.setattr(
        type(pycountry.currencies), "get",
        lambda _self, **asked: None if asked.get("alpha_3") == "EUR" else real(**asked),
    )  # fmt: skip
    money.is_currency.cache_clear()
    yield fresh_app
    monkeypatch.undo()
    money.is_currency.cache_clear()


def run(app: Flask, *words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(cli, list(words), obj=lambda: app)
    return answer.exit_code, answer.output


def test_a_currency_that_is_withdrawn_keeps_its_history(withdrawn: Flask) -> None:
    assert not is_currency("EUR")
    name = "BG-2026-11-18"
    for words in (
        ["groups", "list"], ["runs", "list"], ["runs", "show", name],
        ["runs", "approve", name, "--as", "f1@example.com"],
        ["runs", "release", name, "--as", "f2@example.com"], ["payouts", "send"], ["ledger", "check"],
    ):  # fmt: skip
        assert run(withdrawn, *words)[0] == 0, words
    pages = {
        "f1@example.com": ["/finance/runs", f"/finance/runs/{name}", "/finance/payouts"],
        "w@example.com": ["/me/earnings", "/me/earnings/2026-11-18", f"/me/payslips/{name}"],
    }
    for email, addresses in pages.items():
        browser = signed_in(withdrawn, email)
        assert [browser.get(one, follow_redirects=True).status_code for one in addresses] == [200] * len(addresses)
    assert run(withdrawn, "groups", "create", "XX", "--timezone", "UTC", "--currency", "EUR")[0] == 1


def test_work_in_a_withdrawn_currency_is_still_converted_exported_and_taken_by_new_workers(
    withdrawn: Flask, tmp_path: Path
) -> None:
    with withdrawn.app_context(), transaction():
        make_work(project_by_code("FALCON"), worker_by_external_id("W1"), rate="3", currency="USD")
    workers = tmp_path / "workers.csv"
    workers.write_text("external_id,group\nW2,BG\n")
    assert run(withdrawn, "import", "workers", str(workers))[0] == 0
    rates = tmp_path / "rates.csv"
    rates.write_text("date,base,quote,rate,source\n2026-11-19,USD,EUR,0.5,bank\n2026-11-19,ITL,USD,0.5,bank\n")
    code, told = run(withdrawn, "fx", "import", str(rates))
    assert code == 1
    assert "'ITL' is no money that people are paid in" in told
    assert run(withdrawn, "close", "--group", "BG", "--day", "2026-11-19")[0] == 0
    with withdrawn.app_context(), transaction():
        paid = rows("SELECT currency, net FROM payslip WHERE pay_day = '2026-11-19'")
    assert [tuple(row) for row in paid] == [("EUR", 1_500_000)]
    for what in ("payslips", "lines", "payouts", "journal"):
        out = str(tmp_path / f"{what}.csv")
        assert (
            run(withdrawn, "runs", "export", "BG-2026-11-19", "--what", what, "--format", "csv", "--out", out)[0] == 0
        )


def test_an_amount_has_a_code_of_three_letters() -> None:
    assert Money.of_micros(1_000_000, "ITL").currency == "ITL"
    with pytest.raises(ValueError, match="not a code"):
        Money.of_micros(1, "euro")
