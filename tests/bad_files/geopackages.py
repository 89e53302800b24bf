"""Broken and hostile GeoPackages: villages."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geo.intake import Bounds
from tests.bad_files.cases import Family, Faulty, Outcome, Refused, Taken
from tests.bad_files.making import cut, nested_wkb, put, wkb_in_multipoints, written

FILES = Family("villages")


def _geopackage(name: str, change: Callable[[Path], object], outcome: Outcome, **options: object) -> None:
    def make(folder: Path) -> Path:
        path = written(folder, "a.gpkg", layer="villages")
        change(path)
        return path

    FILES.add(name, make, outcome, **options)


def _sql(*commands: str, values: tuple[Any, ...] = ()) -> Callable[[Path], object]:
    def change(path: Path) -> None:
        database = sqlite3.connect(path)
        for function in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            database.create_function(function, 1, lambda _: 1)  # what GeoPackage's own triggers call
        for command in commands:
            database.execute(command, values)
        database.commit()
        database.close()

    return change


def _blob(wkb: bytes) -> Callable[[Path], object]:
    return _sql("UPDATE villages SET geom = ? WHERE fid = 1", values=(b"GP\0\1" + struct.pack("<i", 4326) + wkb,))


_geopackage("gpkg: cut off", lambda path: cut(path, 20_000), Refused("database disk image is malformed"))
_geopackage("gpkg: only its head", lambda path: cut(path, 100), Refused("database disk image is malformed"))
_geopackage(
    "gpkg: noise inside", lambda path: put(path, 4096, b"\xa5" * 60_000), Refused("database disk image is malformed")
)
_geopackage("gpkg: page size of 0", lambda path: put(path, 16, b"\0\0"), Refused("file is not a database"))
_geopackage(
    "gpkg: no GeoPackage", lambda path: (path.unlink(), _sql("CREATE TABLE t (a)")(path)), Refused("no GeoPackage")
)
_geopackage(
    "gpkg: no layers",
    _sql("DELETE FROM gpkg_contents", "DELETE FROM gpkg_geometry_columns"),
    Refused("is a GeoPackage without layers"),
)
_geopackage("gpkg: a layer without its table", _sql("DROP TABLE villages"), Refused("or one without layers"))
_geopackage(
    "gpkg: an endless view",
    _sql(
        "ALTER TABLE villages RENAME TO v",
        "CREATE VIEW villages AS WITH RECURSIVE r(fid) AS "
        "(SELECT 1 UNION ALL SELECT fid + 1 FROM r) SELECT fid, NULL AS geom FROM r",
    ),
    Refused("view"),
)
_geopackage(
    "gpkg: its catalogue a view",
    _sql("ALTER TABLE gpkg_contents RENAME TO c", "CREATE VIEW gpkg_contents AS SELECT * FROM c"),
    Refused("view"),
)
_geopackage("gpkg: nested collections", _blob(nested_wkb(50_000)), Refused("nested", "BoundsError"))
_geopackage("gpkg: nested multi-points", _blob(wkb_in_multipoints(50_000)), Refused("nested", "BoundsError"))
_geopackage("gpkg: noise for a shape", _blob(b"\x07" * 90), Faulty("cannot be read", 3))
_geopackage("gpkg: a shape of 4 billion places", _blob(b"\1\2\0\0\0" + b"\xff" * 4), Faulty("cannot be read", 3))
_geopackage(
    "gpkg: a shape of no header", _sql("UPDATE villages SET geom = X'00' WHERE fid = 1"), Refused("shapes can be read")
)
_geopackage(
    "gpkg: a null shape", _sql("UPDATE villages SET geom = NULL WHERE fid = 1"), Faulty("a geometry is required", 3)
)
_geopackage("gpkg: a stale count", _sql("UPDATE gpkg_ogr_contents SET feature_count = 99"), Taken(3))
_geopackage("gpkg: a count of billions", _sql("UPDATE gpkg_ogr_contents SET feature_count = 9999999999"), Taken(3))
_geopackage("gpkg: a text that is no UTF-8", _sql("UPDATE villages SET name = CAST(X'FFFE41' AS TEXT)"), Refused("UTF"))
_geopackage("gpkg: no rows", _sql("DELETE FROM villages"), Taken(0, "no rows"))
_geopackage("gpkg: no such layer", lambda _: None, Refused("no layer", "NotFoundError"), layer_in_file="towns")
_geopackage("gpkg: two layers", lambda path: written(path.parent, path.name, layer="towns"), Taken(3))
_geopackage(
    "gpkg: two layers of other names",
    lambda path: [path.unlink(), *(written(path.parent, path.name, layer=name) for name in ("north", "south"))],
    Refused("several layers (north, south)"),
)
_geopackage("gpkg: more rows than allowed", lambda _: None, Refused("rows", "BoundsError"), bounds=Bounds(rows=2))
_geopackage(
    "gpkg: more vertices than allowed",
    lambda _: None,
    Refused("vertices", "BoundsError"),
    bounds=Bounds(vertices_per_shape=1),
)
_geopackage(
    "gpkg: a system that is not defined",
    _sql("UPDATE gpkg_geometry_columns SET srs_id = -1", "UPDATE gpkg_contents SET srs_id = -1"),
    Taken(3),
)
_geopackage(
    "gpkg: a system that is not defined, and none declared",
    _sql("UPDATE gpkg_geometry_columns SET srs_id = -1", "UPDATE gpkg_contents SET srs_id = -1"),
    Refused("as EPSG:4326", "MissingCrsError"),
    crs=None,
)
