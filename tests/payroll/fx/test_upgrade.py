"""A database with rates in it is brought up to date: names of sources get one spelling, and no value is lost."""

from collections.abc import Callable
from pathlib import Path

import flask_migrate
from alembic.script import ScriptDirectory

from tests.conftest import close_app, make_app
from workforce.core.db import rows, run, transaction
from workforce.core.migrate import FOLDER, differences

NAME = "exchange_rates_are_corrected_by_two"
LOADED = [
    ("ecb", "KES", "129"), ("ecb", "PKR", "281"),
    ("ECB", "KES", "129"), ("ECB", "VND", "26000"),  # the same where both know a rate: one source
    ("Bank", "KES", "130"), ("Bank", "PKR", "280"),
    ("BANK", "KES", "131"),  # another value: two sources
    ("XE", "KES", "129.5"),
]  # fmt: skip


def test_sources_that_agree_become_one_and_those_that_do_not_stay_two(
    make_database: Callable[..., str], worker_id: str, tmp_path: Path
) -> None:
    app = make_app(make_database(f"daybook_fx_{worker_id}"), tmp_path)
    (mine,) = (one for one in ScriptDirectory(str(FOLDER)).walk_revisions() if NAME in one.path)
    with app.app_context():
        flask_migrate.upgrade(directory=str(FOLDER), revision=str(mine.down_revision))
        with transaction():
            for source, quote, rate in LOADED:
                run(
                    "INSERT INTO fx_rate (source, base, quote, day, rate, created_at)"
                    " VALUES (:source, 'USD', :quote, '2026-11-18', CAST(:rate AS numeric), now())",
                    source=source, quote=quote, rate=rate,
                )  # fmt: skip
        flask_migrate.upgrade(directory=str(FOLDER))
        with transaction():
            found = rows("SELECT source, quote, rate::text FROM fx_rate WHERE revision = 1 ORDER BY 1, 2")
            guards = rows("SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'fx_rate'::regclass AND NOT tgisinternal")
        assert differences() == []
    close_app(app)
    assert [tuple(one) for one in found] == [
        ("bank", "KES", "130"), ("bank", "PKR", "280"), ("bank-2", "KES", "131"),
        ("ecb", "KES", "129"), ("ecb", "PKR", "281"), ("ecb", "VND", "26000"),
        ("xe", "KES", "129.5"),
    ]  # fmt: skip
    assert [one[0] for one in guards] in (["O"], [b"O"])
