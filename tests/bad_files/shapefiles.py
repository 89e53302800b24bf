"""Broken shapefiles, and shapefiles whose texts are in another encoding than they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bad_files.cases import Family, Faulty, Outcome, Refused, Taken
from tests.bad_files.making import cut, put, villages, written
from tests.county import square

FILES = Family("villages")


def _shape(
    name: str, change: Callable[[Path], object], outcome: Outcome, *, written_in: str = "UTF-8", frame: Any = None,
    **options: object,
) -> None:  # fmt: skip
    """A sound shapefile, changed by what is done to `a.shp` in its folder."""

    def make(folder: Path) -> Path:
        path = written(folder, "a.shp", frame, driver="ESRI Shapefile", encoding=written_in)
        change(path)
        return path

    FILES.add(name, make, outcome, **options)


def _without(*suffixes: str) -> Callable[[Path], object]:
    return lambda path: [path.with_suffix(suffix).unlink() for suffix in suffixes]


def _cpg(text: str | None) -> Callable[[Path], object]:
    return lambda path: path.with_suffix(".cpg").unlink() if text is None else path.with_suffix(".cpg").write_text(text)


_shape("shp: no .shx", _without(".shx"), Refused("lacks its .shx"))
_shape("shp: no .dbf", _without(".dbf"), Refused("lacks its .dbf"))
_shape("shp: alone", _without(".shx", ".dbf", ".prj", ".cpg"), Refused("lacks its .shx and .dbf"))
_shape("shp: no .prj", _without(".prj"), Taken(3, "no .prj"))
_shape("shp: cut off", lambda path: cut(path, 300), Refused("cut off"))
_shape("shp: only its head", lambda path: cut(path, 60), Refused("cut off"))
_shape("shp: noise", lambda path: path.write_bytes(b"\x8f" * 900), Refused("does not begin like one"))
_shape("shp: empty", lambda path: cut(path, 0), Refused("is empty"))
_shape("shp: .shx cut off", lambda path: cut(path.with_suffix(".shx"), 110), Refused("cut off"))
_shape(
    "shp: .shx of another",
    lambda path: put(path.with_suffix(".shx"), 100, b"\x7f\xff\xff\xf0" * 4),
    Refused("points outside its .shp"),
)
_shape("shp: .dbf cut off", lambda path: cut(path.with_suffix(".dbf"), 150), Refused("cut off"))
_shape("shp: .dbf of 4 billion rows", lambda path: put(path.with_suffix(".dbf"), 4, b"\xff" * 4), Refused("cut off"))
_shape(
    "shp: .dbf of fewer rows", lambda path: put(path.with_suffix(".dbf"), 4, b"\2\0\0\0"), Refused("belong together")
)
_shape(
    "shp: .dbf of noise", lambda path: path.with_suffix(".dbf").write_bytes(b"\xee" * 700), Refused("no dBase table")
)
_shape("shp: a .dbf of empty rows", lambda path: put(path.with_suffix(".dbf"), 10, b"\0\0"), Refused("no dBase table"))
_shape(
    "shp: 2 billion places", lambda path: put(path, 100 + 8 + 40, b"\xff\xff\xff\x7f"), Refused("shapes can be read")
)
_shape("shp: 2 billion parts", lambda path: put(path, 100 + 8 + 36, b"\xff\xff\xff\x7f"), Refused("shapes can be read"))
_shape("shp: a .prj of noise", lambda path: path.with_suffix(".prj").write_bytes(b"\xff" * 99), Taken(3))
_shape(
    "shp: null shapes",
    lambda _: None,
    Faulty("a geometry is required", 2),
    frame=villages(None, square(111.40, 27.65)),
)
_shape("shp: GBK without .cpg", _cpg(None), Taken(3), written_in="GBK")
_shape("shp: GBK, .cpg says UTF-8", _cpg("UTF-8"), Taken(3, "the texts are in gb18030"), written_in="GBK")
_shape("shp: UTF-8, .cpg says GBK", _cpg("936"), Taken(3, "the texts are in utf-8"))
_shape("shp: GBK, .cpg says Latin", _cpg("ISO-8859-1"), Taken(3, "the texts are in gb18030"), written_in="GBK")
_shape("shp: a .cpg of noise", _cpg("klingon"), Taken(3, "no encoding"))
_shape("shp: GBK told to be UTF-8", lambda _: None, Refused("not in utf-8"), written_in="GBK", encoding="utf-8")
