"""Each list page is measured, sends as many statements for few applicants as for many, and answers."""

import pytest
from flask import Flask

from workforce.core import bench, clock, demo
from workforce.core.db import connect, direct_url
from workforce.onboarding import bench as lists
from workforce.onboarding.demo import STEP
from wsgi import create_app


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_WORKERS": 12, "_DAYS": 4, "_TIMES": 1}.items():
        monkeypatch.setattr(lists, name, value)


def test_every_list_has_as_many_queries_for_many_as_for_few(fresh_app: Flask) -> None:
    with (
        fresh_app.app_context(), bench.own_database(create_app) as own, own.app_context(),
        connect(direct_url()) as connection,
    ):  # fmt: skip
        lists.make_demo(20, _silent)
        few = {page.path: page.queries for page in lists.measured(connection, _silent)}
        STEP.make(demo.Demo(workers=12, days=4, seed=7, now=clock.now(), applicants=75), lambda _done, _every: None)
        many = {page.path: page.queries for page in lists.measured(connection, _silent)}
        shared = few.keys() & many.keys()
        assert len(shared) > len(few) * 3 // 4
        assert {path: few[path] for path in shared} == {path: many[path] for path in shared}
        assert max(many.values()) <= 20


def _silent(_words: str) -> None:
    return None
