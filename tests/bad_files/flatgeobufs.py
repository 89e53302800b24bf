"""Broken FlatGeobuf: villages."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bad_files.cases import Family, Faulty, Outcome, Refused
from tests.bad_files.making import cut, put, villages, written
from tests.county import centre, square

FILES = Family("villages")


def _flat(name: str, change: Callable[[Path], object], outcome: Outcome, frame: Any = None, **layer: Any) -> None:
    def make(folder: Path) -> Path:
        path = written(folder, "a.fgb", frame, driver="FlatGeobuf", **layer)
        change(path)
        return path

    FILES.add(name, make, outcome)


_flat("fgb: cut off", lambda path: cut(path, path.stat().st_size - 300), Refused("broken FlatGeobuf"))
_flat("fgb: only its mark", lambda path: cut(path, 8), Refused("or one without layers"))
_flat("fgb: a head of 4 GiB", lambda path: put(path, 8, b"\xff" * 4), Refused("or one without layers"))
_flat("fgb: a head of noise", lambda path: put(path, 12, b"\xee" * 200), Refused("or one without layers"))
_flat(
    "fgb: features of noise",
    lambda path: put(path, path.stat().st_size - 900, b"\xee" * 900),
    Faulty("cannot be read", 3),
    frame=villages(*(centre(code).buffer(0.01) for code in ("431381001001", "431381001002", "431381002001"))),
)
_flat(
    "fgb: a feature of 4 GiB",
    lambda path: put(path, 12 + struct.unpack("<I", path.read_bytes()[8:12])[0], b"\xff" * 4),
    Refused("0 of its 3 rows can be read"),
    SPATIAL_INDEX="NO",
)
_flat(
    "fgb: null shapes",
    lambda _: None,
    Faulty("a geometry is required", 2),
    SPATIAL_INDEX="NO",
    frame=villages(None, square(111.40, 27.65)),
)
