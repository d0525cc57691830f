"""A picture for a question of the demo, drawn here: a street with three cars, seen from above."""

import struct
import zlib
from typing import Final

_WIDE, _HIGH = 320, 160
_GREY, _WHITE = b"\x78\x7c\x80", b"\xf0\xf0\xf0"
# Left, top, width, height, colour.
_CARS: Final = (
    (30, 34, 70, 32, b"\xc0\x30\x28"), (140, 96, 70, 32, b"\x28\x58\xb0"), (232, 30, 60, 32, b"\xe0\xb0\x20"),
)  # fmt: skip


def street() -> bytes:
    """Give the picture as a PNG."""
    rows = b"".join(b"\x00" + b"".join(_pixel(x, y) for x in range(_WIDE)) for y in range(_HIGH))
    head = struct.pack(">IIBBBBB", _WIDE, _HIGH, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _pixel(x: int, y: int) -> bytes:
    for left, top, wide, high, colour in _CARS:
        if left <= x < left + wide and top <= y < top + high:
            return colour
    return _WHITE if 78 <= y < 82 and x % 40 < 24 else _GREY


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
