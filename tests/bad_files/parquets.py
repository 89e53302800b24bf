"""Broken and hostile GeoParquet."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from tests.bad_files.cases import Family, Faulty, Outcome, Refused
from tests.bad_files.making import cut, nested_wkb, put, villages

FILES = Family("villages")

_GEO = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}


def _parquet(
    name: str,
    outcome: Outcome,
    change: Callable[[Path], object] = lambda _: None,
    *,
    shapes: list[bytes | None] | Callable[[], list[bytes]] | None = None,
    geo: object = _GEO,
    layer: str = "villages",
) -> None:
    """Rows that are sound in every layer but for their shapes, which are three villages if none are given."""

    def make(folder: Path) -> Path:
        path = folder / "a.parquet"
        rows = pd.DataFrame(villages().drop(columns="geometry"))
        found = shapes() if callable(shapes) else shapes or list(shapely.to_wkb(villages().geometry.values))
        kind = "landslide" if layer == "hazard_sites" else "village"
        rows = rows.assign(site_id=_NUMBERS, road_id=_NUMBERS, status="active", road_class="track", kind=kind)
        table = pa.Table.from_pandas(rows.iloc[: len(found)], preserve_index=False)
        table = table.append_column("geometry", pa.array(found))
        written = geo if isinstance(geo, bytes) else json.dumps(geo).encode()
        pq.write_table(table.replace_schema_metadata({"geo": written} if geo is not None else None), path)
        change(path)
        return path

    FILES.add(name, make, outcome, layer=layer)


_NUMBERS = ["431381010001", "431381010002", "431381010003"]

_parquet("parquet: cut off", Refused("broken GeoParquet"), lambda path: cut(path, path.stat().st_size - 30))
_parquet("parquet: only its mark", Refused("broken GeoParquet"), lambda path: cut(path, 4))
_parquet(
    "parquet: a foot of noise",
    Refused("broken GeoParquet"),
    lambda path: put(path, path.stat().st_size - 400, b"\xee" * 380),
)
_parquet(
    "parquet: a foot of 2 GiB",
    Refused("broken GeoParquet"),
    lambda path: put(path, path.stat().st_size - 8, b"\xff\xff\xff\x7f"),
)
_parquet("parquet: pages of noise", Refused("broken GeoParquet"), lambda path: put(path, 4, b"\xee" * 60))
_parquet("parquet: no shapes", Refused("has no places", "InputError"), geo=None)
_parquet("parquet: metadata cut off", Refused("broken GeoParquet metadata"), geo=b'{"primary_column":')
_parquet("parquet: metadata of noise", Refused("broken GeoParquet metadata"), geo=b"\xff\xfe")
_parquet("parquet: nested metadata", Refused("nested", "BoundsError"), geo=b"[" * 200_000)
_parquet("parquet: a list for metadata", Refused("broken GeoParquet metadata"), geo=b"[1]")
_parquet(
    "parquet: a column that is not there",
    Refused("which is not there"),
    geo={"primary_column": "g", "columns": {"g": {"encoding": "WKB"}}},
)
_parquet(
    "parquet: a text for the shapes",
    Refused("is no WKB"),
    geo={"primary_column": "code", "columns": {"code": {"encoding": "WKB"}}},
)
_parquet(
    "parquet: another encoding",
    Refused("write them with the encoding WKB"),
    geo={"primary_column": "geometry", "columns": {"geometry": {"encoding": "polygon"}}},
)
_parquet("parquet: nested collections", Refused("nested shapes", "BoundsError"), shapes=lambda: [nested_wkb(60_000)])
_parquet(
    "parquet: noise for a shape",
    Faulty("cannot be read", 2),
    shapes=[b"\x07" * 60, shapely.to_wkb(shapely.Point(111.4, 27.6))],
    layer="hazard_sites",
)
_parquet(
    "parquet: NaN in a shape",
    Faulty("not a finite number", 1),
    shapes=[struct.pack("<bIIdddd", 1, 2, 2, float("nan"), 27.6, 111.4, 27.7)],
    layer="roads",
)
_parquet(
    "parquet: infinity in a shape",
    Faulty("not a finite number", 1),
    shapes=[struct.pack("<bIdd", 1, 1, float("inf"), 27.6)],
    layer="hazard_sites",
)
_parquet(
    "parquet: null shapes",
    Faulty("a geometry is required", 2),
    shapes=[None, shapely.to_wkb(shapely.Point(111.4, 27.6))],
    layer="hazard_sites",
)
