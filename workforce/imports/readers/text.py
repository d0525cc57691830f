"""From bytes to lines of text, or to a sentence that says why not."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from i18n.locale import N_
from workforce.imports.rules import FileProblem

# The longest row, in characters. The longest in the exports that we know has 50,000; past this it is either a quote
# that was never closed or an attack, and both would otherwise take the whole file into memory.
ROW_LIMIT: Final = 8 * 1024 * 1024
# NUL, and the signs that stand for bytes which are not text in UTF-8.
NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
_CHUNK: Final = 128 * 1024
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BINARY: Final = (
    (b"PK\x03\x04", "Excel (xlsx) / ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "Excel (xls)"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3", "SQLite"),
)


def lines(stream: BinaryIO) -> Iterator[str]:
    r"""Give the lines of a text in UTF-8 or UTF-16, each with its end (\n, \r\n or \r).

    A line longer than ROW_LIMIT comes in pieces that are longer than ROW_LIMIT too.

    Raises:
        FileProblem: the bytes are no such text. What stands in the first bytes is found at once.

    """
    head = _head(stream)
    for magic, kind in _BINARY:
        if head.startswith(magic):
            template = N_(
                "This is a file of the kind %(kind)s, not a table as text. Unpack it or save it as CSV in UTF-8."
            )
            raise FileProblem("binary", template, kind=kind)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return _lines(_texts(stream, head[len(bom) :], encoding, len(bom)))
    return _lines(_texts(stream, head, "utf-8", 0))


def _head(stream: BinaryIO) -> bytes:
    """Read a first chunk, in several goes where the stream is a slow one."""
    head = b""
    while len(head) < 1024 and (more := stream.read(_CHUNK)):
        head += more
    return head


def _texts(stream: BinaryIO, chunk: bytes, encoding: str, offset: int) -> Iterator[str]:
    """Decode chunk by chunk; `offset` is the place of `chunk` in the file, in bytes."""
    # A byte that is no text is handed on, and its row refused; in UTF-16 one bad pair is the end of all sense.
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if encoding == "utf-8" else "strict")
    while chunk:
        yield _decoded(decoder, chunk, encoding, offset)
        offset += len(chunk)
        chunk = stream.read(_CHUNK)
    yield _decoded(decoder, b"", encoding, offset, final=True)


def _decoded(
    decoder: codecs.IncrementalDecoder, chunk: bytes, encoding: str, offset: int, *, final: bool = False
) -> str:
    start = offset - len(decoder.getstate()[0])
    try:
        text = decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        template = N_(
            "The byte %(byte)s at offset %(offset)s is not text in %(encoding)s. Save the file as CSV in UTF-8"
            " and import it again."
        )
        byte = f"0x{error.object[error.start]:02X}"
        raise FileProblem(
            "not_text", template, byte=byte, offset=start + error.start, encoding=encoding.upper()
        ) from None
    return text


def byte_of(sign: str) -> str:
    """Return the byte that a sign of NO_TEXT stands for, as 0xE9."""
    return f"0x{ord(sign) & 0xFF:02X}"


def refuse_bytes(header: str) -> None:
    """Refuse a file whose first line is not text: its encoding is another one throughout.

    Raises:
        FileProblem: naming the byte.

    """
    found = NO_TEXT.search(header)
    if not found:
        return
    if found[0] == "\0":
        raise FileProblem(
            "nul_byte", N_("There is a NUL byte in the first line, so this is not text. Save the file as CSV in UTF-8.")
        )
    template = N_("The byte %(byte)s in the first line is not text in UTF-8. Save the file as CSV in UTF-8.")
    raise FileProblem("not_text", template, byte=byte_of(found[0]))


def _lines(texts: Iterator[str]) -> Iterator[str]:
    rest = ""
    for text in texts:
        # StringIO without translation knows the three line ends and no others; str.splitlines knows too many.
        found = io.StringIO(rest + text, newline="").readlines()
        # The last may go on in the next chunk: even one that ends in \r, for \n may follow.
        rest = found.pop() if found and not found[-1].endswith("\n") else ""
        yield from found
        if len(rest) > ROW_LIMIT:
            yield rest
            rest = ""
    if rest:
        yield rest
