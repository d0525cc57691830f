"""Lists in our own columns: each good row is taken in, each bad one is named."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final, TypeVar

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from i18n.locale import N_
from workforce.core.auth import Actor
from workforce.core.db import session, transaction
from workforce.core.errors import DaybookError, Invalid, NotFound
from workforce.core.money import Money, check_currency
from workforce.imports.readers.tabular import Format, Row, Table
from workforce.imports.readers.values import BadValueError, plain_amount, shown
from workforce.imports.rules import Refusal, Warned
from workforce.imports.services.report import told
from workforce.imports.services.spellings import TWO_SPELLINGS, looks_like, twin_workers, workers_alike
from workforce.paydays.models import PayGroup
from workforce.paydays.queries import group_by_code
from workforce.projects.models import Project
from workforce.projects.queries import project_by_code
from workforce.rates.services import add_rate
from workforce.rates.services.floors import add_floor
from workforce.workers.services import Profile, add_worker

ROWS_A_TRANSACTION: Final = 500
# The most characters of what a list says of a worker.
LONGEST: Final = {"name": 200, "email": 320, "country": 2, "currency": 3, "locale": 8, "timezone": 64}

log = structlog.get_logger()
T = TypeVar("T")
# Returns whether a row told something new, or what to warn of in one that did.
Take = Callable[[Row], "bool | Warned"]


@dataclass
class ListReport:
    """What became of a list's rows.

    Attributes:
        rows: data rows.
        imported: rows that told something new.
        already_there: rows that told nothing new.
        refused: rows that could not be taken in, with the field and the reason.
        warnings: what a person should know of rows that were taken all the same.

    """

    rows: int = 0
    imported: int = 0
    already_there: int = 0
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Give the report as the contract has it."""
        return {
            "rows": self.rows, "imported": self.imported, "already_there": self.already_there,
            "refused": [told(one) for one in self.refused],
        }  # fmt: skip


def take_list(
    stream: BinaryIO,
    columns: list[str],
    required: list[str],
    name: str,
    take: Take,
    *,
    rows_a_transaction: int = ROWS_A_TRANSACTION,
) -> ListReport:
    """Take a list in, some hundred rows a transaction. Takes its own transactions: call it outside one.

    Args:
        stream: CSV, read once.
        columns: those that the list may have.
        required: those that it must have.
        name: of the list, for the message about a wrong file.
        take: takes one row in; True if it told something new, or a warning about what it told. It raises DaybookError
            or BadValueError for a bad row, before it writes anything.
        rows_a_transaction: 1 where each row takes locks of its own, which the next one would take out of turn.

    Raises:
        FileProblem: the file cannot be read (any further); rows before that are kept.

    """
    table = Table(stream)
    table.resolve(Format(name, {column: (column,) for column in columns}, required))
    report, rows, ended = ListReport(), table.rows(), False
    while not ended:
        with transaction():
            for _ in range(rows_a_transaction):
                row = next(rows, None)
                if row is None:
                    ended = True
                    break
                _one(row, take, report)
    return report


def import_workers(actor: Actor, stream: BinaryIO, *, now: datetime) -> ListReport:
    """Take in a list of workers: external_id, name, email, country, currency, group, locale and, if known, timezone.

    A worker who is known already is completed where something was not known; what is known is never changed by a list.

    Raises:
        FileProblem: the file cannot be read.

    """
    groups: dict[str, PayGroup] = {}

    with transaction():
        twins = twin_workers()

    def take(row: Row) -> bool | Warned:
        code = row.required("group", str)
        if code not in groups:
            groups[code] = _found("group", lambda: group_by_code(code))
        profile = Profile(
            row.identifier("external_id"),
            **{word: row.checked(word, most) for word, most in LONGEST.items()},
        )
        if profile.external_id in twins:
            raise row.bad("external_id", "two_spellings", TWO_SPELLINGS, value=profile.external_id)
        alike = workers_alike([profile.external_id])
        new = add_worker(actor, profile, groups[code], now=now)
        if new and alike:
            other = alike[profile.external_id]
            return looks_like(row.number, row.spelled["external_id"], profile.external_id, other)
        return new

    columns = ["external_id", "name", "email", "country", "currency", "group", "locale", "timezone"]
    return take_list(stream, columns, ["external_id", "group"], "workers", take)


def import_rates(actor: Actor, stream: BinaryIO, *, now: datetime) -> ListReport:
    """Take in a rate card: project, level, country, kind, currency, rate, valid_from.

    Raises:
        FileProblem: the file cannot be read.

    """
    projects: dict[str, Project] = {}

    def take(row: Row) -> bool:
        code = row.checked("project")
        if code and code not in projects:
            projects[code] = _found("project", lambda: project_by_code(code))
        currency = row.required("currency", str)
        check_currency(currency)
        money = Money(row.required("rate", plain_amount), currency)
        return add_rate(
            actor, projects.get(code), level=row.checked("level"), country=row.checked("country").upper(),
            kind=row.required("kind", str).lower(), money=money,
            valid_from=row.required("valid_from", iso_date), now=now,
        )  # fmt: skip

    columns = ["project", "level", "country", "kind", "currency", "rate", "valid_from"]
    required = ["kind", "currency", "rate", "valid_from"]
    return take_list(stream, columns, required, "rates", take, rows_a_transaction=1)


def import_floors(actor: Actor, stream: BinaryIO, *, now: datetime) -> ListReport:
    """Take in hourly floors by country: country, currency, rate, valid_from and, if known, source.

    Raises:
        FileProblem: the file cannot be read.

    """

    def take(row: Row) -> bool:
        currency = row.required("currency", str)
        check_currency(currency)
        return add_floor(
            actor, country=row.required("country", str).upper(),
            money=Money(row.required("rate", plain_amount), currency),
            valid_from=row.required("valid_from", iso_date), source=row.checked("source"), now=now,
        )  # fmt: skip

    columns = ["country", "currency", "rate", "valid_from", "source"]
    return take_list(stream, columns, columns[:-1], "floors", take)


def iso_date(text: str) -> date:
    """Read a date such as 2026-11-20.

    Raises:
        BadValueError: it is none.

    """
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise BadValueError("bad_date", N_("“%(value)s” is no date such as 2026-11-20."), value=shown(text)) from None


def exact_number(text: str) -> Decimal:
    """Read a plain decimal to its last digit.

    Raises:
        BadValueError: it is none.

    """
    if not re.fullmatch(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", text):
        raise BadValueError(
            "bad_number", N_("“%(value)s” is no plain decimal number such as 129.67."), value=shown(text)
        )
    return Decimal(text)


def _one(row: Row | Refusal, take: Take, report: ListReport) -> None:
    report.rows += 1
    if isinstance(row, Refusal):
        report.refused.append(row)
        return
    try:
        with session().begin_nested():
            new = take(row)
    except (DataError, IntegrityError) as bad:  # what no check foresaw costs its own row and no other
        log.warning("row refused by the database", error=type(bad.orig).__name__)
        report.refused.append(Refusal(row.number, "", "not_kept", N_("The database cannot hold this row.")))
    except BadValueError as bad:
        report.refused.append(Refusal(row.number, bad.field, bad.code, bad.template, bad.params))
    except Invalid as bad:  # its sentence begins with the field, which stands beside it here
        named = row.spelled.get(bad.params["field"], bad.params["field"])
        report.refused.append(Refusal(row.number, named, bad.code, "%(problem)s", bad.params))
    except DaybookError as bad:
        named = str(bad.params.get("field", ""))
        report.refused.append(Refusal(row.number, row.spelled.get(named, named), bad.code, bad.template, bad.params))
    else:
        report.imported += bool(new)
        report.already_there += not new
        if isinstance(new, Warned):
            report.warnings.append(new)


def _found(field_name: str, look: Callable[[], T]) -> T:
    try:
        return look()
    except NotFound as missing:
        raise Invalid(field=field_name, problem=str(missing)) from missing
