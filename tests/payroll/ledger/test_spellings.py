"""An id that is put into one form of Unicode after it was booked leaves the books whole."""

import unicodedata

import pytest

from payroll.closing.services import close_day
from payroll.ledger.queries import problems
from payroll.payouts.services import release_run
from payroll.runs.services import approve
from tests.factories import DAY, NOW, finance, make_group, make_project, make_work, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import run, transaction

ODD, PLAIN = unicodedata.normalize("NFD", "Wé1"), unicodedata.normalize("NFC", "Wé1")
NAME = f"KE-{DAY}"


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("twin", [False, True])
@pytest.mark.parametrize("paid", [False, True])
def test_books_are_whole_after_an_id_was_normalised(paid: bool, twin: bool) -> None:
    with transaction():
        group, project = make_group(), make_project()
        for name in (ODD, PLAIN) if twin else (ODD,):
            make_work(project, make_worker(group, name), rate="10", currency="KES")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    if paid:
        with transaction():
            approve(finance(1), NAME, now=NOW)
        release_run(finance(2), NAME, rail="sandbox", now=NOW)
    with transaction():
        if not twin:  # two spellings that are both known stay as they are
            run("UPDATE worker SET external_id = normalize(external_id, NFC)")
        assert problems() == []
        run("UPDATE worker SET external_id = external_id || 'x'")
        assert problems() != []
