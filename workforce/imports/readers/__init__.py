"""Readers of labelling tools' exports, one a format: a stream of bytes in, rows out, in memory that does not grow."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import BinaryIO, Final, Protocol

from workforce.imports.readers import daybook_csv, mturk
from workforce.imports.rules import Result


class Reader(Protocol):
    """What a reader can do. A reader is a module."""

    def read(self, stream: BinaryIO, now: datetime) -> Iterator[Result]:
        """Read a file.

        Args:
            stream: the bytes, read once from front to back.
            now: the present instant, aware; a later time in the file is refused.

        Returns:
            One result a data row, in the file's order, made while the stream is read.

        Raises:
            FileProblem: at once if this is no file of the format; in the middle of the rows if the file cannot
                be read any further (then the rows before it were good or refused as they came).

        """


READERS: Final[Mapping[str, Reader]] = {"csv": daybook_csv, "mturk": mturk}
