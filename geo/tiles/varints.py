"""Whole numbers as protobuf writes them, many at once.

A tile's features are varints throughout: field keys, lengths, tags, commands. So they are laid out as one array of
numbers, whose lengths in bytes are known before a byte is written.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]

LENGTH_DELIMITED: Final = 2
VARINT: Final = 0
_SEVEN: Final = 7
_SHORT: Final = [bytes([number]) for number in range(0x80)]


def key(field: int, wire: int) -> int:
    """A protobuf field's key."""
    return field << 3 | wire


def zigzag(numbers: Whole) -> Whole:
    """Signed numbers as unsigned ones, near zero first: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return (numbers << 1) ^ (numbers >> 63)


def widths(numbers: Whole) -> Whole:
    """How many bytes each number (not negative) takes."""
    width = np.ones(len(numbers), dtype=np.int64)
    least = 1 << _SEVEN
    most = numbers.max(initial=0)
    while least <= most:
        width += numbers >= least
        least <<= _SEVEN
    return width


def encoded(numbers: Whole) -> bytes:
    """The bytes of numbers (not negative), one after another."""
    width = widths(numbers)
    end = np.cumsum(width)
    out = np.empty(int(end[-1]) if len(end) else 0, dtype=np.uint8)
    start = end - width
    rest = numbers
    while len(start):
        more = rest > 0x7F
        out[start] = (rest & 0x7F) | (more << _SEVEN)
        start, rest = start[more] + 1, rest[more] >> _SEVEN
    return out.tobytes()


def varint(number: int) -> bytes:
    """The bytes of one number (not negative)."""
    if number <= 0x7F:
        return _SHORT[number]
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= _SEVEN
    out.append(number)
    return bytes(out)


def field_bytes(field: int, content: bytes) -> bytes:
    """A length-delimited field: a text or a message."""
    return varint(key(field, LENGTH_DELIMITED)) + varint(len(content)) + content
