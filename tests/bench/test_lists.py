"""Each list page is measured, sends as many statements for few applicants as for many, and answers."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from workforce.core import bench, clock, demo
from workforce.core.db import rows, session, transaction
from workforce.onboarding import bench as lists
from workforce.onboarding.demo import STEP
from workforce.onboarding.models import IdentityCheck
from workforce.onboarding.services.identity import read_number
from wsgi import cli, create_app


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_WORKERS": 12, "_DAYS": 4, "_TIMES": 1}.items():
        monkeypatch.setattr(lists, name, value)


def test_the_slowest_list_is_told_as_the_contract_says(fresh_database: str, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": fresh_database, "DAYBOOK_INSTANCE": str(tmp_path), "DAYBOOK_ENV": "test"}
    answer = CliRunner(env=environment).invoke(cli, ["bench", "lists", "--size", "20", "--json"])
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    assert (document["name"], document["size"]) == ("lists", 20)
    assert min(document["seconds"], document["lower_bound_seconds"], document["rows_per_second"], document["ratio"]) > 0


def test_every_list_has_as_many_queries_for_many_as_for_few(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workforce.onboarding.demo._WALKED", 60)
    with (
        fresh_app.app_context(), bench.own_database(create_app) as own, own.app_context(),
        bench.connect() as connection,
    ):  # fmt: skip
        lists.make_demo(60, _silent)
        few = {page.path: page.queries for page in lists.measured(connection, _silent)}
        STEP.make(demo.Demo(workers=12, days=4, seed=7, now=clock.now(), applicants=600), lambda _done, _every: None)
        many = {page.path: page.queries for page in lists.measured(connection, _silent)}
        shared = few.keys() & many.keys()
        assert len(shared) > len(few) * 3 // 4
        assert {path: few[path] for path in shared} == {path: many[path] for path in shared}
        assert max(many.values()) <= 20
        _whole()


def _whole() -> None:
    """See that copies are people as good as their models: papers that can be read, in the states that there are."""
    with transaction():
        people = "SELECT count(*), count(DISTINCT email), count(DISTINCT user_id) FROM application"
        assert rows(people) == [(601,) * 3]  # with the one whose login is shown
        lost = "SELECT 1 FROM application WHERE state = 'accepted' AND worker_id IS NULL"
        assert not rows(lost)
        check = session().query(IdentityCheck).order_by(IdentityCheck.id.desc()).first()
        assert check is not None
        assert read_number(check).startswith("N")
        assert rows("SELECT 1 FROM application_match WHERE application_id > 60 LIMIT 1")


def _silent(_words: str) -> None:
    return None
