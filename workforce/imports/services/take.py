"""Taking chunks of a file of work in: new work is recorded with its price, known work is corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import select

from i18n.locale import N_
from workforce.core import audit, locks
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError
from workforce.core.money import to_micros
from workforce.imports.rules import Refusal, State, WorkRow, is_another_piece, require_reward, transition
from workforce.imports.services.report import Pay, WorkImport, WorkReport
from workforce.imports.services.spellings import Spellings
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project
from workforce.rates.queries import certified, hold_card, personal_rates
from workforce.rates.rules import Held, LevelNotHeld, PersonalRate, RateLine, basis
from workforce.rates.services import Quote, quote
from workforce.tasks import services as tasks
from workforce.tasks.models import Submission
from workforce.tasks.rules import earned
from workforce.workers.models import Worker
from workforce.workers.queries import workers_by_external_id
from workforce.workers.services import add_unknown_workers


class Importer:
    """Takes chunks of one file in."""

    def __init__(
        self, actor: Actor, what: WorkImport, now: datetime, report: WorkReport, *, keep_numbers: bool
    ) -> None:
        self._actor = actor
        self._what = what
        self._now = now
        self._report = report
        self._good: list[int] | None = [] if keep_numbers else None
        self._groups: dict[int, PayGroup] = {}
        self._offers: dict[int, list[PersonalRate]] = {}
        self._certified: Mapping[tuple[int, int], Sequence[Held]] = {}

    def take(self, chunk: list[WorkRow]) -> None:
        """Take a chunk in, within a transaction that is open."""
        # Emptied between chunks also where the whole file is one transaction, so that memory does not grow with it.
        session().expunge_all()
        self._groups = {}
        # The same file may be on its way in twice. The second one waits, and then finds what the first one brought.
        locks.exclusive(locks.IMPORT, self._what.project.id)
        card = hold_card(self._what.project.id) if self._what.pay is Pay.RATES else []
        workers = workers_by_external_id({row.worker for row in chunk})
        if self._what.pay is Pay.RATES:
            self._offers = personal_rates(self._what.project.id, [worker.id for worker in workers.values()])
            accounts = [worker.user_id for worker in workers.values() if worker.user_id is not None]
            self._certified = certified(accounts, [self._what.project.id])
        known = self._known(chunk)
        open_days = tasks.OpenDays()
        spellings = Spellings(self._what.project.id, chunk)
        fresh: list[tuple[str, tasks.NewWork]] = []
        verdicts: list[tasks.Verdict] = []
        corrected = self._report.corrected
        for row in chunk:
            try:
                refusal = spellings.refusal(row)
                if refusal is not None:
                    raise _Refused(refusal)
                worker = self._worker(row, workers)
                before = known.get(row.source)
                if before is None:
                    fresh.append((row.worker, self._new(row, worker, card)))
                    self._report.imported += 1
                elif (verdict := self._again(row, worker, before)) is not None:
                    verdicts.append(verdict)
            except _Refused as refused:
                self._report.refused.append(refused.refusal)
            else:
                self._report.warnings += spellings.warnings(row)
                if self._good is not None:
                    self._good.append(row.number)
        # Only a worker of whom some work is taken in is made known.
        ids = self._create({name for name, _ in fresh} - workers.keys())
        work = [replace(one, worker_id=ids[name]) if name in ids else one for name, one in fresh]
        tasks.record_work(self._what.project.id, work, open_days)
        late = tasks.decide(self._actor, verdicts, open_days, now=self._now)
        assert not late, "the submissions are held since it was decided what to do with them"
        self._write_down(len(fresh), self._report.corrected - corrected)
        session().flush()

    def hold_back(self) -> None:
        """Say of every good row that it was not taken in either."""
        template = N_("Held back with the whole file, since other rows of it are refused (--all-or-nothing).")
        self._report.refused += [Refusal(number, "", "held_back", template) for number in self._good or ()]
        self._report.refused.sort(key=lambda one: one.number)
        self._report.imported = self._report.corrected = self._report.already_there = 0
        self._report.workers_created = 0

    def _write_down(self, imported: int, corrected: int) -> None:
        if imported or corrected:
            after = {"format": self._what.format, "pay": self._what.pay, "imported": imported, "corrected": corrected}
            audit.record(self._actor, "work.import", f"project:{self._what.project.code}", after=after, now=self._now)

    def _create(self, unknown: set[str]) -> dict[str, int]:
        """Make workers known, and give their ids by external id."""
        if not unknown or self._what.group is None:
            return {}
        made = add_unknown_workers(self._actor, unknown, self._group(self._what.group.id), now=self._now)
        self._report.workers_created += len(made)
        return {name: worker.id for name, worker in workers_by_external_id(unknown).items()}

    def _known(self, chunk: list[WorkRow]) -> dict[str, Submission]:
        sources = [row.source for row in chunk]
        query = select(Submission.id, Submission.project_id)
        found = session().execute(query.where(Submission.source.in_(sources), Submission.origin == "import")).all()
        elsewhere = [project_id for _, project_id in found if project_id != self._what.project.id]
        if elsewhere:
            query_codes = select(Project.id, Project.code).where(Project.id.in_(elsewhere))
            codes: dict[int, str] = dict(session().execute(query_codes).all())
            for project_id in elsewhere:
                self._report.elsewhere[codes[project_id]] = self._report.elsewhere.get(codes[project_id], 0) + 1
        # Held, so that what is decided here still holds when it is done.
        held = tasks.lock_submissions([key for key, project_id in found if project_id == self._what.project.id])
        return {submission.source: submission for submission in held.values()}

    def _group(self, group_id: int) -> PayGroup:
        if group_id not in self._groups:
            self._groups[group_id] = session().get_one(PayGroup, group_id)
        return self._groups[group_id]

    def _worker(self, row: WorkRow, workers: dict[str, Worker]) -> Worker:
        if row.worker in workers:
            return workers[row.worker]
        if self._what.group is None:
            template = N_(
                "Worker %(worker)s is not known. Name the pay group for new workers with --group, or import the workers"
                " first."
            )
            params = {"worker": row.worker}
            raise _Refused(Refusal(row.number, row.column("worker"), "unknown_worker", template, params))
        return Worker(external_id=row.worker, country="", group_id=self._what.group.id)  # of whom nothing is kept yet

    def _new(self, row: WorkRow, worker: Worker, card: Sequence[RateLine]) -> tasks.NewWork:
        group = self._group(worker.group_id)
        price = self._price(row, worker, group, card)
        seconds = self._seconds(row, price)
        work = tasks.NewWork(
            source=row.source, worker_id=worker.id or 0, group=group, state=row.state, quote=price, seconds=seconds,
            claimed_at=row.claimed_at, submitted_at=row.submitted_at, decided_at=row.verdict_at, reason=row.reason,
        )  # fmt: skip
        self._must_be_payable(row, price.kind, work.quantity, price.rate)
        return work

    def _must_be_payable(self, row: WorkRow, kind: str, quantity: int, rate: int) -> None:
        """Refuse a row that earns more than can be paid."""
        try:
            earned(kind, quantity, rate)
        except DaybookError as error:
            raise _refused(row, "reward", error) from error

    def _price(self, row: WorkRow, worker: Worker, group: PayGroup, card: Sequence[RateLine]) -> Quote:
        if self._what.pay is Pay.REWARD:
            refusal = require_reward(row)
            if refusal is not None or row.reward is None or row.reward_currency is None:
                raise _Refused(refusal or Refusal(row.number, row.column("reward"), "no_reward", "", {}))
            return Quote("piece", to_micros(row.reward), row.reward_currency)
        held = self._certified.get((worker.user_id or 0, self._what.project.id), ())
        offers = self._offers.get(worker.id, ())
        try:
            by = basis(held, row.claimed_at or row.submitted_at, group.timezone, told=row.level)
            return quote(card, self._what.project, basis=by, country=worker.country, offers=offers)
        except LevelNotHeld as error:
            raise _refused(row, "level", error) from error
        except DaybookError as error:
            raise _refused(row, "rate", error) from error

    def _seconds(self, row: WorkRow, price: Quote) -> int:
        if row.seconds is None and price.kind == "hourly":
            template = N_("The rate is an hourly one, and the file does not say how long the work took.")
            raise _Refused(Refusal(row.number, row.column("seconds"), "no_seconds", template))
        return row.seconds or 0

    def _again(self, row: WorkRow, worker: Worker, known: Submission) -> tasks.Verdict | None:
        """Return what a file decides on work that is there, None where it tells nothing new."""
        if is_another_piece(known.submitted_at, row.submitted_at):
            template = N_(
                "A piece with this id was submitted at %(known)s UTC, this one at %(told)s UTC. Two pieces cannot have"
                " one id: were the ids changed by a spreadsheet?"
            )
            params = {"known": _shown(known.submitted_at), "told": _shown(row.submitted_at)}
            raise _Refused(Refusal(row.number, row.column("source"), "other_time", template, params))
        if known.worker_id != worker.id:
            template = N_("This piece of work is known as another worker's. An assignment belongs to one worker.")
            raise _Refused(Refusal(row.number, row.column("worker"), "other_worker", template))
        rate, seconds = self._as_told(row, known)
        self._must_be_payable(row, known.kind, seconds if known.kind == "hourly" else 1, rate)
        repriced = known.rate != rate or (known.kind == "hourly" and known.seconds != seconds)
        action = transition(
            cast("State", known.state),
            row.state,
            repriced=repriced,
            decided_before=known.decided_at,
            decided_now=row.decided_at,
        )
        if action == "already_there":
            self._report.already_there += 1
            return None
        if action == "undated":
            template = N_(
                "The verdict of this piece is another one than before, and the file does not say since when. Fill"
                " in its time: else nobody can say which of the two is the newer."
            )
            raise _Refused(Refusal(row.number, row.column(f"{row.state}_at"), "no_verdict_time", template))
        self._report.corrected += 1
        at = self._now if action == "reprice" else row.verdict_at or self._now
        return tasks.Verdict(known.id, action, self._group(worker.group_id), at, row.reason, rate, seconds)

    def _as_told(self, row: WorkRow, known: Submission) -> tuple[int, int]:
        """Give the rate and seconds as the file now tells them; a price off the rate card stays frozen."""
        carded = known.rate_id is not None or known.offer_id is not None
        told = self._what.pay is Pay.REWARD and not carded and row.reward is not None
        if told and row.reward_currency != known.currency:
            template = N_("The reward of this piece was in %(known)s before. A currency cannot be corrected by a file.")
            params = {"known": known.currency}
            raise _Refused(Refusal(row.number, row.column("reward"), "other_currency", template, params))
        rate = to_micros(row.reward) if told and row.reward is not None else known.rate
        return rate, known.seconds if row.seconds is None else row.seconds


def _shown(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _refused(row: WorkRow, word: str, error: DaybookError) -> "_Refused":
    return _Refused(Refusal(row.number, row.column(word), error.code, error.template, error.params))


class _Refused(Exception):
    """A row cannot be taken in."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.code)
