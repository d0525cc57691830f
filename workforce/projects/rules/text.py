"""Guidelines are plain text with three signs: # begins a heading, - an item of a list, an empty line a paragraph."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "paragraph", "list"]


@dataclass(frozen=True)
class Block:
    """A part of a text.

    Attributes:
        kind: heading, paragraph or list.
        lines: one for a heading, lines of a paragraph, or items of a list; plain text, to be escaped.

    """

    kind: Kind
    lines: tuple[str, ...]


def blocks(body: str) -> list[Block]:
    """Cut a text into headings, paragraphs and lists; every word of it stands in one of them."""
    made: list[Block] = []
    kind: Kind | None = None
    held: list[str] = []

    def finish() -> None:
        if kind and held:
            made.append(Block(kind, tuple(held)))
        held.clear()

    for raw in body.splitlines():
        line = raw.strip()
        now, words = _read(line)
        if now is None or now != kind or now == "heading":
            finish()
        kind = now
        if now is not None and words:
            held.append(words)
    finish()
    return made


def _read(line: str) -> tuple[Kind | None, str]:
    if not line:
        return None, ""
    if line.startswith("#"):
        return "heading", line.lstrip("#").strip()
    if line.startswith(("- ", "* ")):
        return "list", line[2:].strip()
    return "paragraph", line
