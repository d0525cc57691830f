"""What is known of the rows of a chunk: read before anything is decided on them, and again before it is done."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, String, cast, func, select, text

from workforce.core.db import rows, session
from workforce.imports.rules import WorkRow
from workforce.imports.services.asked import Pay, WorkImport
from workforce.imports.services.spellings import Spellings, spellings
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project
from workforce.rates.queries import certified, personal_rates, rate_card
from workforce.rates.rules import Held, PersonalRate, RateLine
from workforce.tasks.models import Submission
from workforce.workers.models import Worker

# What the rows of a file that is being staged will have made of pieces, by the last one that tells of each.
_STAGED: Final = """
SELECT DISTINCT ON (staged.source) staged.source, staged.piece
FROM unnest(CAST(:ids AS text[])) told (id)
JOIN import_row staged ON staged.file_id = :file AND staged.source = told.id
    AND lower(normalize(staged.source, NFKC)) = lower(normalize(told.id, NFKC))
WHERE staged.piece IS NOT NULL
ORDER BY staged.source, staged.number DESC
"""


# Ids of rows under which Daybook itself recorded work in the project: as it is called now, and as training was before
# ids of any length fitted.
_OWN: Final = """
SELECT told.id
FROM unnest(CAST(:ids AS text[])) told (id)
WHERE EXISTS (SELECT FROM submission own
               WHERE own.project_id = :project AND own.origin <> 'import' AND own.source = told.id)
   OR EXISTS (SELECT FROM submission own JOIN worker ON worker.id = own.worker_id
               WHERE told.id LIKE 'training:%:%' AND own.project_id = :project AND own.origin = 'training'
                 AND 'training:' || split_part(own.source, ':', 2) || ':' || worker.external_id = told.id)
"""


@dataclasses.dataclass(frozen=True)
class Known:
    """A worker whom a row names.

    Attributes:
        id: her number; None of one who is not known yet.
        group_id: of her pay group.
        country: as it is known, or empty.
        user_id: of her account, if she has one.

    """

    id: int | None
    group_id: int
    country: str = ""
    user_id: int | None = None


@dataclasses.dataclass(frozen=True)
class Piece:
    """A piece of work that is known, or that rows before will have made.

    Attributes:
        id: the number of the submission; None of one that is not there yet.
        worker: external id of whose it is.
        carded: was it priced by the rate card or an offer?
        others: as in Submission.

    """

    id: int | None
    worker: str
    state: str
    kind: str
    rate: int
    currency: str
    carded: bool
    seconds: int
    submitted_at: datetime
    decided_at: datetime | None

    def document(self) -> dict[str, Any]:
        """Give it as it is staged."""
        return dataclasses.asdict(self)

    @staticmethod
    def of(document: Mapping[str, Any]) -> "Piece":
        """Read what was staged."""
        decided = document["decided_at"]
        times = {
            "submitted_at": datetime.fromisoformat(document["submitted_at"]),
            "decided_at": datetime.fromisoformat(decided) if decided else None,
        }
        return Piece(**{**document, **times})


@dataclasses.dataclass(frozen=True)
class Facts:
    """All that decides what becomes of the rows of a chunk. Equal facts decide the same.

    Attributes:
        card: the project's rate card, where it prices the work.
        workers: those who are known, by external id.
        offers: the personal rates that they accepted, by their id.
        certified: what they hold or once held, by their account.
        pieces: those that are known, by source.
        own: ids under which Daybook itself recorded work in the project.
        elsewhere: how many of the ids are known in other projects, by code.
        spellings: ids that look like others.
        groups: pay groups of the workers, and the one for new ones, by id; a group keeps its zone for good.

    """

    card: Sequence[RateLine]
    workers: Mapping[str, Known]
    offers: Mapping[int, Sequence[PersonalRate]]
    certified: Mapping[int, Sequence[Held]]
    pieces: Mapping[str, Piece]
    own: Collection[str]
    elsewhere: Mapping[str, int]
    spellings: Spellings
    groups: Mapping[int, PayGroup] = dataclasses.field(compare=False)


def look(what: WorkImport, chunk: Sequence[WorkRow], file_id: int | None = None) -> Facts:
    """Read what is known of a chunk's rows; nothing is locked.

    Args:
        what: the import.
        chunk: rows, of which no two are of one source.
        file_id: of a file that is being staged: what its rows so far will have made counts as known; or None.

    """
    # The tables grow with the import: a plan that is kept from when they were small reads all of them for each chunk.
    session().execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    project_id, by_rates = what.project.id, what.pay is Pay.RATES
    workers = _workers({row.worker for row in chunk})
    ids = [one.id for one in workers.values() if one.id is not None] if by_rates else []
    accounts = [one.user_id for one in workers.values() if one.user_id is not None] if by_rates else []
    offers = personal_rates(project_id, ids) if by_rates else {}
    held = certified(accounts, [project_id])
    pieces, elsewhere = _pieces(what, chunk)
    if file_id is not None:
        found = rows(_STAGED, ids=[row.source for row in chunk], file=file_id)
        pieces |= {one.source: Piece.of(one.piece) for one in found}
    groups = {one.group_id for one in workers.values()} | ({what.group.id} if what.group else set())
    query = select(PayGroup).where(PayGroup.id.in_(groups))
    return Facts(
        card=rate_card(project_id) if by_rates else [],
        workers=workers,
        offers={key: sorted(its, key=lambda offer: offer.id) for key, its in offers.items()},
        certified={account: sorted(its, key=repr) for (account, _), its in held.items()},
        pieces=pieces,
        own={name for (name,) in rows(_OWN, ids=[row.source for row in chunk], project=project_id)},
        elsewhere=elsewhere,
        spellings=spellings(project_id, chunk, file_id),
        groups={group.id: group for group in session().scalars(query)},
    )


def _told(ids: Collection[str]) -> Any:
    return select(func.unnest(cast(list(ids), ARRAY(String))))


def _workers(names: Collection[str]) -> dict[str, Known]:
    query = select(Worker.external_id, Worker.id, Worker.group_id, Worker.country, Worker.user_id)
    found = session().execute(query.where(Worker.external_id.in_(_told(names))))
    return {name: Known(key, group, country, account) for name, key, group, country, account in found}


def _pieces(what: WorkImport, chunk: Sequence[WorkRow]) -> tuple[dict[str, Piece], dict[str, int]]:
    """Give the pieces of the project that are known, and how many ids are known in others."""
    carded = Submission.rate_id.is_not(None) | Submission.offer_id.is_not(None)
    query = (
        select(
            Submission.project_id, Submission.source, Submission.id, Worker.external_id, Submission.state,
            Submission.kind, Submission.rate, Submission.currency, carded, Submission.seconds, Submission.submitted_at,
            Submission.decided_at,
        )
        .join(Worker, Worker.id == Submission.worker_id)
        .where(Submission.source.in_(_told([row.source for row in chunk])), Submission.origin == "import")
    )  # fmt: skip
    found = session().execute(query).all()
    others = Counter(project_id for project_id, *_ in found if project_id != what.project.id)
    codes = session().execute(select(Project.id, Project.code).where(Project.id.in_(others))) if others else ()
    pieces = {source: Piece(*values) for project_id, source, *values in found if project_id == what.project.id}
    return pieces, {code: others[project_id] for project_id, code in codes}
