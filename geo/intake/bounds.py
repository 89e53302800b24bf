"""Limits of a file, held against its bytes before a parser in C or C++ sees them.

GEOS and GDAL recurse into nested shapes until the stack ends, and that ends the process: 415 KiB of nested
GEOMETRYCOLLECTION are enough. A zip of 1 MiB can hold 1 GiB. Neither is an exception that Python could catch, so the
counting is done here, on bytes, without recursion.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import numpy as np

from geo.errors import BoundsError, InputError, UnreadableFileError
from geo.nesting import json_depth, wkt_depth

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a file may hold. The defaults fit a county a hundred times over."""

    file_bytes: int = 2048 * MIB
    text_bytes: int = 512 * MIB  # JSON, KML, CSV and a workbook's parts: as Python values they grow tenfold
    zip_entries: int = 10_000
    zip_unpacked_bytes: int = 4096 * MIB
    zip_ratio: float = 200.0  # of the whole; deflate cannot exceed 1,032, and real layers reach 20
    nesting_depth: int = 64  # brackets of JSON and WKT, elements of XML, collections of WKB
    vertices_per_shape: int = 2_000_000
    rows: int = 2_000_000
    columns: int = 1_000
    cell_chars: int = 100_000

    @classmethod
    def of(cls, limits: Mapping[str, float]) -> Bounds:
        """The defaults with some limits set otherwise, by name; InputError for a name or figure that is none."""
        known = [one.name for one in fields(cls)]
        for name, limit in limits.items():
            if name not in known:
                raise InputError(f"{name!r} is no limit of the intake; there are: {', '.join(known)}")
            if not limit > 0:
                raise InputError(f"the limit {name} must be above 0, met {limit:g}")
        given: dict[str, Any] = dict(limits)
        return replace(cls(), **given)

    def hold(self, path: Path, parameter: str, what: str, met: float) -> None:
        """BoundsError when `met` is beyond the limit named `parameter`."""
        limit = getattr(self, parameter)
        if met > limit:
            raise BoundsError(path, what, parameter, met, limit)


def check_size(path: Path, size_bytes: int, bounds: Bounds, *, text: bool = False) -> None:
    """BoundsError when the file is larger than its kind may be."""
    bounds.hold(path, "file_bytes", "bytes in the file", size_bytes)
    if text:
        bounds.hold(path, "text_bytes", "bytes of text in the file", size_bytes)


def zip_entries(path: Path, file: IO[bytes], bounds: Bounds) -> list[zipfile.ZipInfo]:
    """The archive's files, none of them read; folders are left out.

    BoundsError beyond the limits of entries, declared size or ratio; UnreadableFileError for a broken directory, an
    encrypted entry, a name that leaves the archive, or two entries of one name. What is unpacked is held to the
    declared size by zipfile itself.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, UnicodeDecodeError, OSError) as reason:
        raise UnreadableFileError(path, f"is a broken or cut-off zip archive: {reason}") from None
    bounds.hold(path, "zip_entries", "entries in the archive", len(entries))
    unpacked = sum(entry.file_size for entry in entries)
    bounds.hold(path, "zip_unpacked_bytes", "bytes when unpacked", unpacked)
    packed = sum(entry.compress_size for entry in entries)
    bounds.hold(path, "zip_ratio", "times larger when unpacked", unpacked / max(packed, 1) if unpacked > MIB else 0)
    names: set[str] = set()
    for entry in entries:
        _check_entry(path, entry, names)
    return [entry for entry in entries if not entry.is_dir()]


def _check_entry(path: Path, entry: zipfile.ZipInfo, names: set[str]) -> None:
    name = entry.filename.replace("\\", "/")
    if entry.flag_bits & 0x1:
        raise UnreadableFileError(path, f"holds the encrypted entry {name!r}; unpack it with its password first")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in PurePosixPath(name).parts or "\0" in name:
        raise UnreadableFileError(path, f"holds the entry {name!r}, which points outside the archive; pack it anew")
    if name.lower() in names:
        raise UnreadableFileError(path, f"holds two entries named {name!r}; pack it anew")
    names.add(name.lower())


_CHUNK_BYTES = 4 * MIB


def check_json(path: Path, content: bytes, bounds: Bounds) -> None:
    """BoundsError when the JSON nests deeper than allowed."""
    bounds.hold(path, "nesting_depth", "levels of nested brackets", json_depth(content))


def xml_depth(content: bytes) -> int:
    """About the depth of elements in XML of an 8-bit encoding; comments that hold tags count as if they were tags."""
    depth = deepest = 0
    for start in range(0, len(content), _CHUNK_BYTES):
        here = np.frombuffer(content, np.uint8, min(_CHUNK_BYTES + 1, len(content) - start), start)
        sign, following = here[:-1], here[1:]
        opens, closes = sign == ord("<"), following == ord("/")
        steps = (opens & ~closes & (following != ord("?")) & (following != ord("!"))).astype(np.int8)
        steps -= opens & closes
        steps -= (sign == ord("/")) & (following == ord(">"))
        depths = np.cumsum(steps, dtype=np.int64)
        deepest = max(deepest, depth + int(depths.max(initial=0)))
        depth += int(depths[-1]) if len(depths) else 0
    return deepest


def check_xml(path: Path, content: bytes, bounds: Bounds) -> None:
    """BoundsError when elements nest too deep; UnreadableFileError for a document type, whose entities could grow."""
    bounds.hold(path, "nesting_depth", "levels of nested elements", xml_depth(content))
    if any("<!DOCTYPE".encode(encoding) in content for encoding in ("ascii", "utf-16-le", "utf-16-be")):
        raise UnreadableFileError(
            path, "has XML with a document type (<!DOCTYPE …>), which it does not need; remove it"
        )


def check_wkt(path: Path, text: str, bounds: Bounds) -> None:
    """BoundsError when the shape nests deeper or has more vertices than allowed."""
    bounds.hold(path, "nesting_depth", "levels of nested shapes", wkt_depth(text))
    bounds.hold(path, "vertices_per_shape", "vertices in one shape", text.count(",") + 1)


_POINT, _LINE, _POLYGON, _CIRCULAR, _TRIANGLE = 1, 2, 3, 8, 17
_HOLDERS = frozenset({4, 5, 6, 7, 9, 10, 11, 12, 15, 16})
# What nearly every row begins with, and what cannot nest: one little-endian shape, or a multi-shape of exactly one.
_PLAIN = frozenset(bytes((1, kind, 0, 0, flags)) for kind in (_POINT, _LINE, _POLYGON) for flags in (0, 0x80))
_PLAIN_PAIRS = frozenset(
    (bytes((1, kind + 3, 0, 0, flags, 1, 0, 0, 0)), bytes((1, kind, 0, 0, flags)))
    for kind in (_POINT, _LINE, _POLYGON)
    for flags in (0, 0x80)
)


def check_wkb(path: Path, shape: bytes, bounds: Bounds) -> None:
    """BoundsError when (E)WKB nests deeper or is longer than allowed; broken WKB is left to its parser."""
    bounds.hold(path, "vertices_per_shape", "vertices in one shape (at least)", len(shape) // 32)
    if shape[:5] in _PLAIN or (shape[:9], shape[9:14]) in _PLAIN_PAIRS:
        return
    bounds.hold(path, "nesting_depth", "levels of nested shapes", _wkb_depth(shape, bounds.nesting_depth))


def _wkb_depth(shape: bytes, enough: int) -> int:
    """The depth of nested shapes, counted no further than `enough` + 1; where the bytes break off, so does it."""
    open_counts: list[int] = []
    place, order, deepest = 0, "little", 0
    while place + 5 <= len(shape) and deepest <= enough:
        order = {0: "big", 1: "little"}.get(shape[place], order)
        kind, dimensions, place = _wkb_header(shape, place + 1, order)
        if kind in _HOLDERS:
            open_counts.append(_count(shape, place, order))
            deepest, place = max(deepest, len(open_counts)), place + 4
        else:
            place = _wkb_after(shape, place, order, kind, dimensions)
            if place < 0:
                return deepest
            if open_counts:
                open_counts[-1] -= 1
        while open_counts and open_counts[-1] == 0:
            open_counts.pop()
            if open_counts:
                open_counts[-1] -= 1
        if not open_counts:
            return deepest
    return deepest


def _count(shape: bytes, place: int, order: str) -> int:
    return int.from_bytes(shape[place : place + 4], "big" if order == "big" else "little")


def _wkb_header(shape: bytes, place: int, order: str) -> tuple[int, int, int]:
    """(kind, dimensions, where the content begins), by the rules of GEOS: EWKB flags and ISO thousands together."""
    number = _count(shape, place, order)
    has_z = bool(number & 0x80000000) or (number & 0xFFFF) // 1000 in (1, 3)
    has_m = bool(number & 0x40000000) or (number & 0xFFFF) // 1000 in (2, 3)
    return (number & 0xFFFF) % 1000, 2 + has_z + has_m, place + (8 if number & 0x20000000 else 4)


def _wkb_after(shape: bytes, place: int, order: str, kind: int, dimensions: int) -> int:
    """Where a shape that holds no other ends; -1 for what no parser takes."""
    if kind == _POINT:
        return place + 8 * dimensions
    if kind in (_LINE, _CIRCULAR):
        return place + 4 + 8 * dimensions * _count(shape, place, order)
    if kind not in (_POLYGON, _TRIANGLE):
        return -1
    rings, place = _count(shape, place, order), place + 4
    for _ in range(rings):
        if place + 4 > len(shape):
            return -1
        place += 4 + 8 * dimensions * _count(shape, place, order)
    return place
