"""Tables as text: the delimiter, the header, rows with names, and what is wrong with a row as such."""

import csv
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final, TypeVar

from i18n.locale import N_
from workforce.imports.readers.recognise import refuse_document, refuse_missing
from workforce.imports.readers.text import NO_TEXT, ROW_LIMIT, byte_of, lines, refuse_bytes
from workforce.imports.readers.values import BadValueError, identifier, shown, text_of
from workforce.imports.rules import FileProblem, Refusal, Result, Skipped, WorkRow

T = TypeVar("T")
_NOTED: Final = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Format:
    """What a reader wants of a header.

    Attributes:
        name: as in --format.
        columns: by the reader's own word for a column, the headers it may have, capitals or not, the best first.
        required: the reader's words for columns that must be there.
        aliases: the reader's words by those of the importer, where they differ.

    """

    name: str
    columns: Mapping[str, Sequence[str]]
    required: Sequence[str]
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the file has: its place from 0, and its name as the file spells it."""

    place: int
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """A data row; columns go by the reader's words.

    Raw exports leave fields off the end of a row, so a place past the end is an empty cell and no error by itself.
    """

    number: int
    cells: Sequence[str]
    columns: Mapping[str, Column]
    spelled: Mapping[str, str]

    def text(self, word: str) -> str:
        """Give a cell without surrounding blanks; empty where the row or the file does not have it."""
        column = self.columns.get(word)
        return self.cells[column.place].strip() if column and column.place < len(self.cells) else ""

    def reaches(self, word: str) -> bool:
        """Does the row go as far as this column (or does the file not have it)?"""
        column = self.columns.get(word)
        return column is None or column.place < len(self.cells)

    def value(self, word: str, parse: Callable[[str], T]) -> T | None:
        """Give what a cell means, None if it is empty.

        Raises:
            BadValueError: what `parse` raises, with the column.

        """
        text = self.text(word)
        if not text:
            return None
        try:
            return parse(text)
        except BadValueError as bad:
            bad.field = self.columns[word].name
            raise

    def required(self, word: str, parse: Callable[[str], T]) -> T:
        """Give what a cell means.

        Raises:
            BadValueError: it is empty, or the row ends before it, or what `parse` raises.

        """
        value = self.value(word, parse)
        if value is not None:
            return value
        if self.reaches(word):
            raise self.bad(word, "missing", N_("This is empty, and it is needed."))
        template = N_("The row has only %(fields)s fields and ends before this column. Was the file cut off?")
        raise self.bad(word, "row_too_short", template, fields=len(self.cells))

    def identifier(self, word: str) -> str:
        """Give an id that must be there."""
        return self.required(word, identifier)

    def checked(self, word: str, most: int = 1_000) -> str:
        """Return a text that the database can hold, of so many characters at most; empty where there is none."""
        return self.value(word, text_of(most)) or ""

    def bad(self, word: str, code: str, template: str, **params: object) -> BadValueError:
        """Make the problem of a column, to raise."""
        column = self.columns.get(word)
        problem = BadValueError(code, template, **params)
        problem.field = column.name if column else ""
        return problem


class _Feed:
    """Hands lines to the csv module, and knows what it took for the present row and whether the file has ended."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self.taken = 0  # characters
        self.line = 0
        self.ended = False

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = next(self._source, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.line += 1
        self.taken += len(line)
        if self.taken > ROW_LIMIT:
            raise OverflowError
        return line


class Table:
    """A table that is read once, row by row."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read the header.

        Raises:
            FileProblem: there is none, or this is no table.

        """
        source = lines(stream)
        blank = 0
        for first in source:
            if first.strip("\ufeff \t\r\n,;"):
                break
            blank += 1
        else:
            raise FileProblem("empty", N_("The file is empty. Its first line must name the columns."))
        first = first.lstrip("\ufeff")
        # A spreadsheet's own note of the sign between its cells.
        noted = _NOTED.fullmatch(first)
        if noted:
            blank, first = blank + 1, next(source, "")
        refuse_document(first)
        refuse_bytes(first)
        csv.field_size_limit(ROW_LIMIT)  # for the whole process, and for us too narrow as it stands at 128 KB
        self._feed = _Feed(itertools.chain([first], source))
        self._feed.line = blank
        # Strict: a stray quote is told, not guessed away, for a guess can push one worker's cells into another row.
        self._reader = csv.reader(self._feed, delimiter=noted[1] if noted else _delimiter(first), strict=True)
        self.header = tuple(name.strip() for name in self._header())
        self._columns: Mapping[str, Column] = {}
        self._spelled: Mapping[str, str] = {}

    def resolve(self, wanted: Format) -> None:
        """Find the columns of a format.

        Raises:
            FileProblem: the header lacks one that the format needs, or has one twice.

        """
        self._columns = _resolve(self.header, wanted)
        spelled = {word: column.name for word, column in self._columns.items()}
        # What the file does not have goes by the name that the format gives it.
        known = {word: spelled.get(word, names[0]) for word, names in wanted.columns.items()}
        self._spelled = known | {word: known[own] for word, own in wanted.aliases.items()}

    def rows(self) -> Iterator[Row | Refusal]:
        """Give the data rows; blank ones are passed over and not counted.

        Raises:
            FileProblem: the file cannot be read to its end.

        """
        number = 1
        while True:
            line = self._feed.line + 1
            try:
                cells = self._next(number)
            except csv.Error:
                # Where the row ends cannot be told any more: what follows may be the rest of an answer's text, and a
                # worker could have written a row of work into it.
                template = N_(
                    "The quotes of row %(row)s, which begins at line %(line)s, do not match, so it cannot be told where"
                    " the row ends. It and the rest of the file are refused. Inside quotes a quote is written twice."
                )
                raise FileProblem("bad_quotes", template, row=number, line=line) from None
            if cells is None:
                return
            if any(cell and not cell.isspace() for cell in cells):
                yield self._row(number, cells)
                number += 1

    def _header(self) -> list[str]:
        try:
            return self._next(0) or []
        except csv.Error:
            template = N_("The quotes in the header do not match. The first line must name the columns.")
            raise FileProblem("bad_header", template) from None

    def _next(self, number: int) -> list[str] | None:
        """Give the cells of the next row, None after the last; a stray quote raises csv.Error."""
        line = self._feed.line + 1
        self._feed.taken = 0
        try:
            return next(self._reader, None)
        except OverflowError:
            template = N_(
                "Row %(row)s, which begins at line %(line)s, is longer than %(limit)s million characters."
                " A quote in it may never be closed."
            )
            raise FileProblem("row_too_large", template, row=number, line=line, limit=ROW_LIMIT // 2**20) from None
        except csv.Error:
            if not self._feed.ended:
                raise
            template = N_(
                "A quote is opened in row %(row)s, which begins at line %(line)s, and never closed: the rest of the"
                " file would be one field. Close it, or download the file again if it was cut off."
            )
            raise FileProblem("unclosed_quote", template, row=number, line=line) from None

    def _row(self, number: int, cells: list[str]) -> Row | Refusal:
        width = len(self.header)
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            template = N_(
                "The row has %(fields)s fields and the header %(columns)s. Is a field with a %(sign)s in it not quoted?"
            )
            sign = repr(self._reader.dialect.delimiter)
            return Refusal(number, "", "row_too_long", template, {"fields": len(cells), "columns": width, "sign": sign})
        return self._unreadable(number, cells) or Row(number, cells, self._columns, self._spelled)

    def _unreadable(self, number: int, cells: list[str]) -> Refusal | None:
        """Refuse a row in which a byte is not text, by the column that it stands in."""
        for place, cell in enumerate(cells):
            found = None if cell.isascii() and "\0" not in cell else NO_TEXT.search(cell)
            if found:
                template = N_("The byte %(byte)s in it is not text. Save the file as CSV in UTF-8, or correct the row.")
                name = self.header[place] if place < len(self.header) else ""
                return Refusal(number, name, "not_text", template, {"byte": byte_of(found[0])})
        return None


def results(table: Table, parse: Callable[[Row], WorkRow | Skipped]) -> Iterator[Result]:
    """Give what each row of a table means; a row that `parse` cannot take becomes a refusal."""
    for row in table.rows():
        if isinstance(row, Refusal):
            yield row
            continue
        try:
            yield parse(row)
        except BadValueError as bad:
            yield Refusal(row.number, bad.field, bad.code, bad.template, bad.params)


def _delimiter(header: str) -> str:
    """Give the sign that parts the fields: whichever the header has most of outside quotes; a comma if it has none."""
    outside = "".join(header.split('"')[::2])
    return max(",\t;", key=outside.count)


def _resolve(header: Sequence[str], wanted: Format) -> dict[str, Column]:
    folded = [name.lower() for name in header]
    columns = {}
    for word, names in wanted.columns.items():
        for name in map(str.lower, names):
            if folded.count(name) > 1:
                template = N_("The column %(column)s stands in the header more than once. Keep the one that counts.")
                raise FileProblem("duplicate_column", template, column=shown(header[folded.index(name)]))
            if name in folded:
                place = folded.index(name)
                columns[word] = Column(place, header[place])
                break
    missing = [wanted.columns[word][0] for word in wanted.required if word not in columns]
    refuse_missing(missing, frozenset(folded), wanted.name)
    return columns
