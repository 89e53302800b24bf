"""How bad files are made: sound rows of the small county's layers, sound files, and what breaks them."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import geopandas

from tests.bad_files.cases import Content, Make
from tests.county import features, square


def file(name: str, content: Content) -> Make:
    """A file of this content, made only when it is needed."""

    def make(folder: Path) -> Path:
        made = content() if callable(content) else content
        path = folder / name
        path.write_bytes(made.encode() if isinstance(made, str) else made)
        return path

    return make


def sites(head: str, *rows: str) -> str:
    """Hazard sites as CSV: sound in all but the columns of `head` and the cells of `rows`."""
    lines = [f"43138101000{number},甲,landslide,active,{row}" for number, row in enumerate(rows, start=1)]
    return "\n".join([f"site_id,name,kind,status,{head}", *lines, ""])


def villages(*shapes: Any, **columns: list[Any]) -> geopandas.GeoDataFrame:
    """Sound villages of the small county, on these shapes or three squares of its ground."""
    drawn = shapes or tuple(square(111.40 + 0.02 * column, 27.65) for column in range(3))
    names = ["冷水江", "锡矿山", "渣渡镇"]
    rows = [
        {"code": f"43138100120{n}", "name": names[n], "kind": "village", "town_code": "431381001"}
        | {name: cells[n] for name, cells in columns.items()}
        for n in range(len(drawn))
    ]
    return features(rows, list(drawn))


def written(folder: Path, name: str, frame: geopandas.GeoDataFrame | None = None, **options: Any) -> Path:
    """The frame, or sound villages, written by GDAL."""
    path = folder / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (villages() if frame is None else frame).to_file(path, engine="pyogrio", **options)
    return path


def cut(path: Path, leave: int) -> None:
    """Leave this many bytes of a file."""
    path.write_bytes(path.read_bytes()[:leave])


def put(path: Path, at: int, new: bytes) -> None:
    """Write over the bytes from `at` on."""
    content = path.read_bytes()
    path.write_bytes(content[:at] + new + content[at + len(new) :])


def zipped(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def nested_wkt(levels: int = 23_000) -> str:
    """More than 415 KiB of collections in collections: what crashes GEOS."""
    return "GEOMETRYCOLLECTION(" * levels + "POINT(1 2)" + ")" * levels


def nested_wkb(levels: int, order: str = "<") -> bytes:
    """Collections in collections, of either byte order."""
    head = struct.pack(f"{order}bII", order == "<", 7, 1)
    return head * levels + struct.pack("<bIdd", 1, 1, 111.4, 27.6)


def wkb_in_multipoints(levels: int) -> bytes:
    """Multi-points in multi-points: GEOS descends into them before it looks at their type."""
    return struct.pack("<bII", 1, 4, 1) * levels + struct.pack("<bIdd", 1, 1, 1, 2)
