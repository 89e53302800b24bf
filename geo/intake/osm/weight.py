"""What an OpenStreetMap file weighs and whether its framing is sound, told from its bytes before the parser sees them.

A PBF file is a row of blobs (wiki.openstreetmap.org/wiki/PBF_Format): four bytes with the length of a header, the
header with the blob's type (1) and length (3), then the blob: plain data (1), or the unpacked length (2: raw_size) and
the packed data (3: zlib). Data begin with the table of strings that tags are made of.

A string with a zero byte in it makes the parser (libosmium, which keeps strings ended by zeros) read beyond its memory
and ends the process, so it is refused here. The sum of the unpacked lengths bounds what there is to read.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from geo.errors import BoundsError, UnreadableFileError
from geo.intake.osm.reading import SUFFIXES

LIMIT_BYTES: Final = 64 * 2**20
"""Of one file: a county has 1 to 20 MB. Reading takes some 20 times the bytes as memory."""
UNPACKED_RATIO: Final = 10
_MOST_HEADER_BYTES: Final = 64 * 2**10  # this and the next are the format's own
_MOST_BLOB_BYTES: Final = 32 * 2**20
_TYPE, _LENGTH = 1, 3
_PLAIN, _RAW_SIZE, _ZLIB = 1, 2, 3
_STRINGS, _STRING = 1, 1


def refuse_heavy(path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
    """BoundsError over `limit_bytes`, or ten times that when unpacked; UnreadableFileError for what is no OSM file."""
    if path.suffix.lower() not in SUFFIXES:
        raise UnreadableFileError(path, "is not named .osm.pbf or .osm; unpack it first if it is compressed")
    try:
        size = path.stat().st_size
        excess = _first_excess(path, size, limit_bytes)
    except OSError as reason:
        raise UnreadableFileError(path, reason.strerror or "cannot be read") from None
    except (ValueError, LookupError, zlib.error) as reason:
        raise UnreadableFileError(path, f"is not an OSM PBF file, or it is cut short or harmed ({reason})") from None
    if excess:
        what, met, limit = excess
        raise BoundsError(path, what, "limit_bytes", met, limit)


def _first_excess(path: Path, size: int, limit_bytes: int) -> tuple[str, int, int] | None:
    """The first limit that the file breaks: what, met, limit."""
    if size > limit_bytes:
        return "bytes in the file", size, limit_bytes
    if path.suffix.lower() == ".pbf":
        with path.open("rb") as file:
            unpacked = 0
            for raw_size, kind, blob in _blobs(file):
                unpacked += raw_size
                if unpacked > UNPACKED_RATIO * limit_bytes:
                    return "bytes when unpacked", unpacked, UNPACKED_RATIO * limit_bytes
                if kind == b"OSMData":
                    _refuse_zero_bytes(_unpacked(blob, raw_size))
    return None


def _blobs(file: BinaryIO) -> Iterator[tuple[int, bytes, dict[int, tuple[int, int, bytes]]]]:
    """Unpacked length, type and fields of each blob."""
    while prefix := file.read(4):
        header_bytes = int.from_bytes(prefix, "big")
        if len(prefix) < 4 or header_bytes > _MOST_HEADER_BYTES:
            raise ValueError("no blob header")
        header = _fields(file.read(header_bytes))
        blob_bytes = header[_LENGTH][0]
        if blob_bytes > _MOST_BLOB_BYTES:
            raise ValueError("a blob is larger than the format allows")
        content = file.read(blob_bytes)
        if len(content) < blob_bytes:
            raise ValueError("the last blob is cut off")
        blob = _fields(content)
        raw_size = blob[_RAW_SIZE][0] if _RAW_SIZE in blob else blob[_PLAIN][0]
        if raw_size > _MOST_BLOB_BYTES:
            raise ValueError("a blob is larger than the format allows")
        yield raw_size, _text(header[_TYPE]), blob


def _unpacked(blob: dict[int, tuple[int, int, bytes]], raw_size: int) -> bytes:
    if _PLAIN in blob:
        return _text(blob[_PLAIN])
    if _ZLIB not in blob:
        raise ValueError("packed in another way than zlib; write it anew with `osmium cat`")
    return zlib.decompressobj().decompress(_text(blob[_ZLIB]), raw_size)


def _refuse_zero_bytes(block: bytes) -> None:
    table = _text(_fields(block)[_STRINGS])
    position = 0
    while position < len(table):
        key, position = _varint(table, position)
        length, position = _varint(table, position)
        if key != _STRING << 3 | 2 or 0 in table[position : position + length]:
            raise ValueError("a text of its tags is harmed")
        position += length


def _fields(message: bytes) -> dict[int, tuple[int, int, bytes]]:
    """A protobuf message's last value of each field: the number or the length, where it stands, and the message."""
    fields: dict[int, tuple[int, int, bytes]] = {}
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        value, position = _varint(message, position)
        if key & 7 not in (0, 2):
            raise ValueError("neither a number nor bytes")
        if key & 7 == 2 and position + value > len(message):
            raise ValueError("cut short")
        fields[key >> 3] = (value, position, message)
        position += value if key & 7 == 2 else 0
    return fields


def _text(found: tuple[int, int, bytes]) -> bytes:
    length, position, message = found
    return message[position : position + length]


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
        if shift > 63:
            raise ValueError("no number")
