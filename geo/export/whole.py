"""Whole layers into one file, in any of `FORMS`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from geo.errors import InputError, UnwritableFileError
from geo.export.binaries import write_flatgeobuf, write_geopackage, write_parquet, write_shapefiles
from geo.export.forms import Form, system_of
from geo.export.rows import LayerFile, Leaving, leaving
from geo.export.sheets import write_workbook
from geo.export.texts import csv_parts, geojson_parts, kml_parts, sequence_parts
from geo.files import settle, sha256_of, workroom

Members = Mapping[str, Any]


def write_layers(
    path: Path, layers: Sequence[LayerFile], form: Form, *, system: str | None = None, members: Members | None = None
) -> None:
    """Put layers at `path`, whole or not at all, without their restricted columns.

    `system` is the coordinate system wanted, WGS84 without; `members` are what the file tells of its data: version,
    date, and of when they are. Every row carries its origin (`geo.origin`). InputError for more layers than the form
    holds or a system that it does not have; UnwritableFileError when the file cannot be written.
    """
    if len(layers) != 1 and not form.holds_many:
        raise InputError(f"{form.name} holds one layer, not {len(layers)}; gpkg, shp, xlsx and kml hold several",
                         parameter="layers")  # fmt: skip
    written = system_of(form, system)
    ready = [leaving(layer, written) for layer in layers]
    with workroom(path.parent) as room:
        unfinished = room / f"{path.stem.partition('.')[0]}{form.suffix}"
        try:
            _WRITERS[form.name](unfinished, ready, members or {})
            if form.name in _SILENT:
                (room / "again").mkdir()
                _WRITERS[form.name](room / "again" / unfinished.name, ready, members or {})
                _refuse_different(unfinished, room / "again" / unfinished.name)
        except (OSError, sqlite3.Error) as reason:
            raise UnwritableFileError(path, getattr(reason, "strerror", None) or str(reason)) from None
        settle(unfinished, path, 0o644)


def _refuse_different(one: Path, other: Path) -> None:
    """OSError unless both files are the same: equal rows make equal files, so what differs the disk did not keep."""
    if sha256_of(one) != sha256_of(other):
        raise OSError("the disk did not keep what was written to it")


def _streamed(path: Path, parts: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for part in parts:
            file.write(part)


def _geojson(path: Path, layers: Sequence[Leaving], members: Members) -> None:
    _streamed(path, geojson_parts(layers[0], members))


def _sequence(path: Path, layers: Sequence[Leaving], _: Members) -> None:
    _streamed(path, sequence_parts(layers[0]))


def _csv(path: Path, layers: Sequence[Leaving], _: Members) -> None:
    _streamed(path, csv_parts(layers[0]))


def _kml(path: Path, layers: Sequence[Leaving], members: Members) -> None:
    _streamed(path, kml_parts(layers, members))


_SILENT: Final = frozenset({"fgb", "gpkg", "shp"})
"""GDAL writes these, and goes on without a word where a write fails, as on a full disk: they are written twice."""
_WRITERS: Final[Mapping[str, Callable[[Path, Sequence[Leaving], Members], None]]] = {
    "geojson": _geojson,
    "geojsonseq": _sequence,
    "fgb": write_flatgeobuf,
    "gpkg": write_geopackage,
    "parquet": write_parquet,
    "shp": write_shapefiles,
    "csv": _csv,
    "xlsx": write_workbook,
    "kml": _kml,
    "gcj02-geojson": _geojson,
    "gcj02-csv": _csv,
}
