"""Taking chunks of a file of work in: new work is recorded with its price, known work is corrected.

A chunk is priced and decided without locks. Then a short transaction takes them in their order, sees that nothing moved
that the decision rests on, and writes. Pay groups come last, so that a daily close waits for the writing alone.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select

from workforce.core import audit, locks
from workforce.core.auth import Actor
from workforce.core.db import session, transaction
from workforce.core.errors import Collision
from workforce.imports.models import ImportFile, ImportRow
from workforce.imports.rules import Refusal, WorkRow
from workforce.imports.services.asked import Pay, WorkImport
from workforce.imports.services.facts import Facts, look
from workforce.imports.services.plan import Plan, decide
from workforce.rates.queries import hold_card
from workforce.tasks import services as tasks
from workforce.workers.queries import workers_by_external_id
from workforce.workers.services import add_unknown_workers

# How often what a chunk rests on may move between looking and locking before somebody is told to try again.
_TRIES: Final = 10


@dataclass(frozen=True)
class Importer:
    """Takes chunks in.

    Attributes:
        actor: who imports.
        what: what is imported, and how.
        now: the instant.

    """

    actor: Actor
    what: WorkImport
    now: datetime

    def plan(self, chunk: Sequence[WorkRow], file_id: int | None = None) -> tuple[Facts, Plan]:
        """Look and decide, without a lock; see facts.look."""
        with transaction():
            facts = look(self.what, chunk, file_id)
        return facts, decide(self.what, chunk, facts, now=self.now)

    def take(self, chunk: Sequence[WorkRow], file_id: int | None = None) -> "Taken | None":
        """Take a chunk in, in a transaction of its own.

        Args:
            chunk: rows, of which no two are of one source.
            file_id: of the file that they are staged in, whose first rows they are; or None.

        Returns:
            what became of them; None where somebody else has taken staged ones in meanwhile.

        Raises:
            Collision: what is known of them keeps changing.

        """
        for _ in range(_TRIES):
            facts, plan = self.plan(chunk)
            with suppress(tasks.WorkerMoved), transaction():  # between the last look and the lock: look again
                # The same file may be on its way in twice. The second one waits, and then finds what the first brought.
                locks.exclusive(locks.IMPORT, self.what.project.id)
                if file_id is not None and _first_rows(file_id, chunk[-1].number) != len(chunk):
                    return None
                self._hold(plan)
                if look(self.what, chunk) == facts:
                    taken = Taken(facts, plan, self._write(plan, facts))
                    if file_id is not None:
                        _settle(file_id, chunk[-1].number, taken)
                    return taken
        raise Collision

    def _hold(self, plan: Plan) -> None:
        """Lock what the plan rests on, but for the open days."""
        if self.what.pay is Pay.RATES:
            hold_card(self.what.project.id)
        if plan.strangers:
            locks.exclusive(locks.WORKERS, 0)
        tasks.lock_submissions([one.submission_id for one in plan.verdicts])

    def _write(self, plan: Plan, facts: Facts) -> int:
        """Do what was decided, and give the number of workers who were made known."""
        ids: dict[str, int] = {}
        if plan.strangers and self.what.group is not None:
            group = facts.groups[self.what.group.id]
            add_unknown_workers(self.actor, plan.strangers, group, now=self.now)
            ids = {name: worker.id for name, worker in workers_by_external_id(plan.strangers).items()}
        work = [replace(one, worker_id=ids.get(name, one.worker_id)) for name, one in plan.fresh]
        if work or plan.verdicts:
            counts = {"imported": len(work), "corrected": len(plan.verdicts)}
            subject, after = f"project:{self.what.project.code}", {"format": self.what.format, "pay": self.what.pay}
            audit.record(self.actor, "work.import", subject, after=after | counts, now=self.now)
        open_days = tasks.OpenDays()
        open_days.hold([one.group for one in work] + [one.group for one in plan.verdicts])
        tasks.record_work(self.what.project.id, work, open_days)
        late = tasks.decide(self.actor, plan.verdicts, open_days, now=self.now)
        assert not late, "the submissions are held since it was decided what to do with them"
        return len(ids)


@dataclass(frozen=True)
class Taken:
    """What became of a chunk.

    Attributes:
        facts: what was known.
        plan: what was done.
        workers_created: workers who were made known.

    """

    facts: Facts
    plan: Plan
    workers_created: int


def _first_rows(file_id: int, last: int) -> int:
    """Count the staged rows up to a number."""
    query = select(func.count()).where(ImportRow.file_id == file_id, ImportRow.number <= last)
    return session().scalars(query).one()


def _settle(file_id: int, last: int, taken: Taken) -> None:
    """Count what became of the first rows of a file, and remove them, with their being taken in."""
    file, plan = session().get_one(ImportFile, file_id, populate_existing=True), taken.plan
    file.imported += len(plan.fresh)
    file.corrected += len(plan.verdicts)
    file.already_there += plan.already_there
    file.workers_created += taken.workers_created
    file.refused = file.refused + [document(one) for one in plan.refused]
    session().execute(delete(ImportRow).where(ImportRow.file_id == file_id, ImportRow.number <= last))
    if not file.left:
        file.state = "done"


def document(refusal: Refusal) -> dict[str, object]:
    """Give a refusal as it is kept with its file; its parameters are text and numbers, and what is shown as text."""
    params = {key: value if isinstance(value, int) else str(value) for key, value in refusal.params.items()}
    return {
        "number": refusal.number, "field": refusal.field, "code": refusal.code, "template": refusal.template,
        "params": params,
    }  # fmt: skip
