"""Shapefiles: which files belong together, and the encoding that the .dbf is really in.

A .cpg that says otherwise than the bytes is the commonest fault of Chinese shapefiles: QGIS and GDAL write one by
their own setting, whatever the texts are.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from geo.errors import InputError, UnreadableFileError
from geo.intake.encodings import fits, guess, is_chinese, known

_NEEDED: Final = (".shp", ".shx", ".dbf")
_DBF_HEADER: Final = struct.Struct("<B3xIHH20x")
_DBF_FIELD: Final = struct.Struct("<11sc4xBB14x")
_END_OF_FIELDS: Final = 0x0D
_WESTERN: Final = frozenset({"iso8859-1", "cp1252", "iso8859-15", "ascii", "cp437", "cp850", "latin-1"})
_LOST: Final = ("\ufffd".encode(), "锟斤拷".encode("gb18030"), "锟斤拷".encode())


@dataclass(frozen=True, slots=True)
class DbfEncoding:
    """The encoding to read a .dbf with, how it was found, and what is to be said about it."""

    encoding: str
    found_by: str
    notes: tuple[str, ...] = ()


def parts(path: Path) -> dict[str, Path]:
    """The files beside `path` that have its stem, by suffix in lower case, whatever the case on disk."""
    return {
        sibling.suffix.lower(): sibling
        for sibling in sorted(path.parent.iterdir())
        if sibling.stem == path.stem and sibling.is_file()
    }


def check_parts(shown: Path, found: dict[str, Path]) -> None:
    """UnreadableFileError when one of .shp, .shx and .dbf is missing, is not what it claims, or belongs elsewhere."""
    missing = [suffix for suffix in _NEEDED if suffix not in found]
    if missing:
        raise UnreadableFileError(
            shown, f"lacks its {' and '.join(missing)}; a shapefile is .shp, .shx and .dbf together (and .prj, .cpg)"
        )
    for suffix in (".shp", ".shx"):
        with found[suffix].open("rb") as file:
            head = file.read(100)
        if len(head) < 100 or head[:4] != b"\x00\x00\x27\x0a":
            raise UnreadableFileError(shown, f"its {suffix} is cut off or no part of a shapefile")
        if 2 * int.from_bytes(head[24:28], "big") > found[suffix].stat().st_size:
            raise UnreadableFileError(shown, f"its {suffix} is cut off: it is shorter than its head says")
    shapes = (found[".shx"].stat().st_size - 100) // 8
    rows, *_ = _dbf_header(shown, found[".dbf"])
    if shapes != rows:
        raise UnreadableFileError(
            shown, f"its .shx counts {shapes} shapes and its .dbf {rows} rows; they do not belong together"
        )


def _dbf_header(shown: Path, dbf: Path) -> tuple[int, int, int]:
    """(rows, bytes of the header, bytes of a row), held against the file's size."""
    with dbf.open("rb") as file:
        head = file.read(_DBF_HEADER.size)
    if len(head) < _DBF_HEADER.size:
        raise UnreadableFileError(shown, "its .dbf is cut off")
    version, rows, header_bytes, row_bytes = _DBF_HEADER.unpack(head)
    if version & 7 not in (2, 3, 4, 5) or header_bytes < 33 or row_bytes < 1:
        raise UnreadableFileError(shown, "its .dbf is no dBase table")
    if dbf.stat().st_size < header_bytes + rows * row_bytes:
        raise UnreadableFileError(shown, f"its .dbf is cut off: it says {rows} rows and is too short for them")
    return rows, header_bytes, row_bytes


def counts(shown: Path, found: dict[str, Path]) -> tuple[int, int, int]:
    """(rows, rows with a shape, rows marked as deleted): GDAL makes a shape that it cannot read a missing one.

    UnreadableFileError when the .shx points outside the .shp.
    """
    rows, header_bytes, row_bytes = _dbf_header(shown, found[".dbf"])
    table = np.fromfile(found[".dbf"], np.uint8, rows * row_bytes, offset=header_bytes)
    kept = table[::row_bytes] != ord("*")
    places = 2 * np.fromfile(found[".shx"], ">i4", 2 * rows, offset=100)[::2].astype(np.int64) + 8
    shapes = np.memmap(found[".shp"], np.uint8, "r")
    if rows and not (places.min() >= 108 and places.max() + 4 <= len(shapes)):
        raise UnreadableFileError(shown, "its .shx points outside its .shp; they do not belong together")
    has_shape = np.zeros(rows, dtype=bool)
    for byte in range(4):
        has_shape |= shapes[places + byte] != 0
    return int(kept.sum()), int((kept & has_shape).sum()), int((~kept).sum())


def texts(shown: Path, dbf: Path) -> list[bytes]:
    """The field names and the different text cells beyond ASCII of a .dbf, as the bytes they are."""
    rows, header_bytes, row_bytes = _dbf_header(shown, dbf)
    with dbf.open("rb") as file:
        header = file.read(header_bytes)
    table = np.fromfile(dbf, np.uint8, rows * row_bytes, offset=header_bytes).reshape(rows, row_bytes)
    starts = [at for at in range(32, len(header) - 32, 32) if header[at] != _END_OF_FIELDS]
    found: set[bytes] = set()
    place = 1  # after the mark of deletion
    for name, kind, length, high_byte in (_DBF_FIELD.unpack_from(header, at) for at in starts):
        found.add(name.split(b"\0")[0])
        width = length + 256 * high_byte if kind == b"C" else length
        cells = table[:, place : place + width]
        if kind == b"C" and cells.size:
            foreign = np.ascontiguousarray(cells[(cells >= 0x80).any(axis=1)])
            found.update(value.rstrip(b" ") for value in np.unique(foreign.view(f"S{cells.shape[1]}")).tolist())
        place += width
    return sorted(found)


def encoding_of(shown: Path, found: dict[str, Path], told: str | None) -> DbfEncoding:
    """What the caller says, else the .cpg unless the bytes contradict it, else what the bytes are, else GB18030."""
    values = texts(shown, found[".dbf"])
    lost = ("some letters were lost before the file came here (\ufffd or 锟斤拷): go back to its source",)
    notes: tuple[str, ...] = lost if any(mark in value for value in values for mark in _LOST) else ()
    if told is not None:
        encoding = known(told)
        if not fits(values, encoding):
            raise UnreadableFileError(shown, f"its .dbf is not in {encoding}, as --encoding says; leave it out")
        return DbfEncoding(encoding, "as told", notes)
    guessed = guess(values)
    said, unknown = _cpg(found)
    notes += unknown
    if said is None:
        if guessed is None and any(not value.isascii() for value in values):
            raise UnreadableFileError(shown, "its .dbf is neither UTF-8 nor GB18030; name its encoding with --encoding")
        return DbfEncoding(guessed or "gb18030", "its bytes" if guessed else "it is ASCII", notes)
    if _contradicts(values, said, guessed):
        wrong = f"the .cpg says {said}, the texts are in {guessed}: read as {guessed}"
        return DbfEncoding(str(guessed), "its bytes, against the .cpg", (*notes, wrong))
    if not fits(values, said):
        raise UnreadableFileError(shown, f"its .dbf is not in {said}, as its .cpg says, nor in UTF-8 or GB18030")
    return DbfEncoding(said, ".cpg", notes)


def _cpg(found: dict[str, Path]) -> tuple[str | None, tuple[str, ...]]:
    """What the .cpg says, when it says something known; else a note of what it says."""
    if ".cpg" not in found:
        return None, ()
    text = found[".cpg"].read_bytes()[:40].decode("ascii", "ignore").strip().lstrip("\ufeff")
    try:
        return known(text) if text else None, ()
    except InputError:
        return None, (f"the .cpg says {text!r}, which is no encoding: it was not used",)


def _contradicts(values: list[bytes], said: str, guessed: str | None) -> bool:
    """Whether the bytes are Chinese in another encoding than the .cpg says."""
    if guessed is None or guessed == said:
        return False
    foreign = [value for value in values if not value.isascii()]
    if said == "gb18030":
        # Two Chinese letters in UTF-8 are three odd ones in GBK; the other way round it does not happen.
        return all(is_chinese(value, "utf-8") for value in foreign)
    if said not in _WESTERN:  # UTF-8 among them: bytes that are valid by chance are far rarer than a lone © or ·
        return not fits(values, said)
    # Western letters stand between ASCII ones; Chinese ones come in pairs or threes of high bytes.
    strict = "utf-8" if guessed == "utf-8" else "gb2312"
    return fits(foreign, strict) and all(is_chinese(value, strict) for value in foreign)
