"""Deciding what becomes of the rows of a chunk, by what is known of them. Nothing is read or written here."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from i18n.locale import N_
from workforce.core.errors import DaybookError
from workforce.core.money import to_micros
from workforce.imports.rules import (
    Refusal,
    State,
    Warned,
    WorkRow,
    is_another_piece,
    require_reward,
    transition,
)
from workforce.imports.services.asked import Pay, WorkImport
from workforce.imports.services.facts import Facts, Known, Piece
from workforce.paydays.models import PayGroup
from workforce.rates.rules import LevelNotHeld, basis
from workforce.rates.services import Quote, quote
from workforce.tasks import services as tasks
from workforce.tasks.rules import earned, moved


@dataclasses.dataclass(frozen=True)
class Good:
    """A row that can be taken in.

    Attributes:
        row: the row.
        stranger: is it new work of a worker who is not known yet?
        piece: what it makes of the piece of work; None where it tells nothing new.

    """

    row: WorkRow
    stranger: bool
    piece: Piece | None


@dataclasses.dataclass
class Plan:
    """What becomes of the rows of a chunk.

    Attributes:
        good: rows that can be taken in.
        refused: rows that cannot, with the reason.
        warnings: what a person should know of good rows.
        fresh: new work, each with the external id of its worker; who is not known yet has the number 0 in it.
        verdicts: what is decided on work that is known.

    """

    good: list[Good] = dataclasses.field(default_factory=list)
    refused: list[Refusal] = dataclasses.field(default_factory=list)
    warnings: list[Warned] = dataclasses.field(default_factory=list)
    fresh: list[tuple[str, tasks.NewWork]] = dataclasses.field(default_factory=list)
    verdicts: list[tasks.Verdict] = dataclasses.field(default_factory=list)

    @property
    def strangers(self) -> set[str]:
        """The external ids of workers whom it makes known: only those of whom some work is taken in."""
        return {one.row.worker for one in self.good if one.stranger}

    @property
    def already_there(self) -> int:
        """How many rows tell nothing new."""
        return len(self.good) - len(self.fresh) - len(self.verdicts)


def decide(what: WorkImport, chunk: Sequence[WorkRow], facts: Facts, *, now: datetime) -> Plan:
    """Decide and price a chunk, row by row.

    Args:
        what: the import.
        chunk: rows, of which no two are of one source.
        facts: what is known of them.
        now: the instant.

    """
    return _Planner(what, facts, now).plan(chunk)


class _Planner:
    def __init__(self, what: WorkImport, facts: Facts, now: datetime) -> None:
        self._what, self._facts, self._now = what, facts, now

    def plan(self, chunk: Sequence[WorkRow]) -> Plan:
        plan, told = Plan(), set[str]()
        for row in chunk:
            try:
                self._one(row, plan)
            except _Refused as refused:
                plan.refused.append(refused.refusal)
            else:
                plan.warnings += self._facts.spellings.warnings(row, told)
        return plan

    def _one(self, row: WorkRow, plan: Plan) -> None:
        refusal = self._facts.spellings.refusal(row)
        if refusal is not None:
            raise _Refused(refusal)
        if row.source in self._facts.own:
            template = N_(
                "Daybook itself recorded the piece “%(value)s”, as paid training or a bonus. A file cannot change it:"
                " give the piece another id if it is another one."
            )
            raise _Refused(Refusal(row.number, row.column("source"), "own_id", template, {"value": row.source}))
        worker, before = self._worker(row), self._facts.pieces.get(row.source)
        piece: Piece | None
        if before is None:
            work = self._new(row, worker)
            plan.fresh.append((row.worker, work))
            carded = work.quote.rate_id is not None or work.quote.offer_id is not None
            piece = Piece(
                None, row.worker, row.state, work.quote.kind, work.quote.rate, work.quote.currency, carded,
                work.seconds, row.submitted_at, row.verdict_at,
            )  # fmt: skip
        else:
            verdict = self._again(row, worker, before)
            plan.verdicts += [verdict] if verdict else []
            piece = _after(before, verdict) if verdict else None
        plan.good.append(Good(row, before is None and worker.id is None, piece))

    def _group(self, worker: Known) -> PayGroup:
        return self._facts.groups[worker.group_id]

    def _worker(self, row: WorkRow) -> Known:
        if row.worker in self._facts.workers:
            return self._facts.workers[row.worker]
        if self._what.group is None:
            template = N_(
                "Worker %(worker)s is not known. Name the pay group for new workers with --group, or import the workers"
                " first."
            )
            params = {"worker": row.worker}
            raise _Refused(Refusal(row.number, row.column("worker"), "unknown_worker", template, params))
        return Known(None, self._what.group.id)

    def _new(self, row: WorkRow, worker: Known) -> tasks.NewWork:
        price = self._price(row, worker)
        work = tasks.NewWork(
            source=row.source, worker_id=worker.id or 0, group=self._group(worker), state=row.state, quote=price,
            seconds=_seconds(row, price), claimed_at=row.claimed_at, submitted_at=row.submitted_at,
            decided_at=row.verdict_at, reason=row.reason,
        )  # fmt: skip
        _must_be_payable(row, price.kind, work.quantity, price.rate)
        return work

    def _price(self, row: WorkRow, worker: Known) -> Quote:
        if self._what.pay is Pay.REWARD:
            refusal = require_reward(row)
            if refusal is not None or row.reward is None or row.reward_currency is None:
                raise _Refused(refusal or Refusal(row.number, row.column("reward"), "no_reward", "", {}))
            return Quote("piece", to_micros(row.reward), row.reward_currency)
        held, offers = self._facts.certified.get(worker.user_id or 0, ()), self._facts.offers.get(worker.id or 0, ())
        begun = row.claimed_at or row.submitted_at
        try:
            by = basis(held, begun, self._group(worker).timezone, told=row.level)
            return quote(self._facts.card, self._what.project, basis=by, country=worker.country, offers=offers)
        except LevelNotHeld as error:
            raise _refused(row, "level", error) from error
        except DaybookError as error:
            raise _refused(row, "rate", error) from error

    def _again(self, row: WorkRow, worker: Known, known: Piece) -> tasks.Verdict | None:
        """Return what a file decides on work that is there, None where it tells nothing new."""
        if is_another_piece(known.submitted_at, row.submitted_at):
            template = N_(
                "A piece with this id was submitted at %(known)s UTC, this one at %(told)s UTC. Two pieces cannot have"
                " one id: were the ids changed by a spreadsheet?"
            )
            params = {"known": _shown(known.submitted_at), "told": _shown(row.submitted_at)}
            raise _Refused(Refusal(row.number, row.column("source"), "other_time", template, params))
        if known.worker != row.worker:
            template = N_("This piece of work is known as another worker's. An assignment belongs to one worker.")
            raise _Refused(Refusal(row.number, row.column("worker"), "other_worker", template))
        rate, seconds = self._as_told(row, known)
        _must_be_payable(row, known.kind, seconds if known.kind == "hourly" else 1, rate)
        repriced = known.rate != rate or (known.kind == "hourly" and known.seconds != seconds)
        action = transition(
            cast("State", known.state),
            row.state,
            repriced=repriced,
            decided_before=known.decided_at,
            decided_now=row.decided_at,
        )
        if action == "already_there":
            return None
        if action == "undated":
            template = N_(
                "The verdict of this piece is another one than before, and the file does not say since when. Fill"
                " in its time: else nobody can say which of the two is the newer."
            )
            raise _Refused(Refusal(row.number, row.column(f"{row.state}_at"), "no_verdict_time", template))
        at = self._now if action == "reprice" else row.verdict_at or self._now
        return tasks.Verdict(known.id or 0, action, self._group(worker), at, row.reason, rate, seconds)

    def _as_told(self, row: WorkRow, known: Piece) -> tuple[int, int]:
        """Give the rate and seconds as the file now tells them; a price off the rate card stays frozen."""
        told = self._what.pay is Pay.REWARD and not known.carded and row.reward is not None
        if told and row.reward_currency != known.currency:
            template = N_("The reward of this piece was in %(known)s before. A currency cannot be corrected by a file.")
            params = {"known": known.currency}
            raise _Refused(Refusal(row.number, row.column("reward"), "other_currency", template, params))
        rate = to_micros(row.reward) if told and row.reward is not None else known.rate
        return rate, known.seconds if row.seconds is None else row.seconds


def _after(piece: Piece, verdict: tasks.Verdict) -> Piece:
    """Give what a verdict makes of a piece, as tasks.decide does."""
    state = moved(piece.state, verdict.action)
    if verdict.action != "reprice":
        piece = dataclasses.replace(piece, state=state, decided_at=verdict.at)
    if state == "accepted" and verdict.rate is not None and verdict.seconds is not None:
        piece = dataclasses.replace(piece, rate=verdict.rate, seconds=verdict.seconds)
    return piece


def _must_be_payable(row: WorkRow, kind: str, quantity: int, rate: int) -> None:
    """Refuse a row that earns more than can be paid."""
    try:
        earned(kind, quantity, rate)
    except DaybookError as error:
        raise _refused(row, "reward", error) from error


def _seconds(row: WorkRow, price: Quote) -> int:
    if row.seconds is None and price.kind == "hourly":
        template = N_("The rate is an hourly one, and the file does not say how long the work took.")
        raise _Refused(Refusal(row.number, row.column("seconds"), "no_seconds", template))
    return row.seconds or 0


def _shown(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _refused(row: WorkRow, word: str, error: DaybookError) -> "_Refused":
    return _Refused(Refusal(row.number, row.column(word), error.code, error.template, error.params))


class _Refused(Exception):
    """A row cannot be taken in."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.code)
