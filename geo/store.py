"""Layers at rest: a folder of GeoJSON and CSV files, named by a manifest that is replaced in one step.

    FOLDER/manifest.json            which file is which layer now, with hash, rows, date and source
    FOLDER/villages-1f3a….geojson   a layer with geometry: RFC 7946, one feature a line, every column
    FOLDER/stays-99c0….csv          a table

Files are never changed: a new version of a layer is a new file, and the manifest then names it. The sample that
ships with the program is such a folder, with plain file names.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import geopandas
import orjson
import pandas as pd
import shapely

from geo import atlas as atlases
from geo import board as boards
from geo import crs, geojson, synthetic
from geo.atlas import Atlas, Provenance
from geo.board import Board
from geo.calendar import CHINA, parse_instant
from geo.errors import BrokenFolderError, GeoError
from geo.files import read_bytes, sha256, write_atomic
from geo.layers.registry import LAYERS, layer
from geo.layers.spec import LayerSpec, check

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class LayerFile:
    """One layer's entry in the manifest. `date` is when the data was true, `crs` the system it was given in."""

    file: str
    sha256: str
    rows: int
    date: str
    source: str
    crs: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a data folder holds. `present` is the fixed instant that a demonstration takes for now, if any."""

    layers: Mapping[str, LayerFile]
    present: datetime | None = None

    @property
    def version(self) -> str:
        """A hash of all layers' content, twelve digits."""
        return sha256("".join(f"{name} {self.layers[name].sha256}\n" for name in sorted(self.layers)).encode())[:12]

    @property
    def provenance(self) -> Provenance:
        """The version and the newest layer's date."""
        dates = [parse_instant(entry.date) for entry in self.layers.values()]
        return Provenance(self.version, max(dates, default=datetime.min.replace(tzinfo=CHINA)))

    def encoded(self) -> bytes:
        """As the bytes of manifest.json."""
        content = {
            "format": FORMAT,
            "present": self.present.isoformat() if self.present else None,
            "layers": {name: asdict(self.layers[name]) for name in LAYERS if name in self.layers},
        }
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@dataclass(frozen=True, slots=True)
class County:
    """A whole data folder, opened: manifest, checked frames, Atlas and Board."""

    manifest: Manifest
    layers: Mapping[str, pd.DataFrame]
    atlas: Atlas
    board: Board


def read_manifest(folder: Path) -> Manifest:
    """The folder's manifest; BrokenFolderError when it is not one that this program wrote."""
    path = folder / MANIFEST
    try:
        content = orjson.loads(read_bytes(path))
        if content["format"] != FORMAT:
            raise BrokenFolderError(folder, f"format {content['format']} is not {FORMAT}, the one this program reads")
        present = content["present"]
        entries = {layer(name).name: LayerFile(**entry) for name, entry in content["layers"].items()}
        for entry in entries.values():
            if Path(entry.file).name != entry.file:
                raise BrokenFolderError(folder, f"{entry.file!r} in {MANIFEST} is not a plain file name")
        return Manifest(MappingProxyType(entries), parse_instant(present) if present else None)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, LookupError) as reason:
        raise BrokenFolderError(folder, f"{MANIFEST} cannot be read ({reason}); restore it from a backup") from None


def read_layers(folder: Path, manifest: Manifest) -> dict[str, pd.DataFrame]:
    """Every layer that the manifest names, checked; BrokenFolderError when a file is not what was written."""
    frames = {}
    for name, entry in manifest.layers.items():
        content = read_bytes(folder / entry.file)
        if sha256(content) != entry.sha256:
            raise BrokenFolderError(
                folder, f"{entry.file} was changed after it was written; import it again with `yixian import {name}`"
            )
        frames[name] = check(decode(content, LAYERS[name]), LAYERS[name])
    return frames


def open_county(folder: Path) -> County:
    """The folder as an Atlas and a Board; GeoError says what is wrong, in words for the person who starts a service."""
    manifest = read_manifest(folder)
    layers = read_layers(folder, manifest)
    atlas = atlases.build(layers, manifest.provenance)
    board = boards.fold(atlas, layers.get("stays"), layers.get("incidents"), manifest.present)
    return County(manifest, layers, atlas, board)


def write_county(folder: Path, layers: Mapping[str, pd.DataFrame], *, present: datetime, source: str) -> Manifest:
    """Write a whole county of checked frames under plain file names, as the sample is kept."""
    entries = {}
    for name, frame in layers.items():
        content = encode(frame, LAYERS[name])
        entry = _entry(f"{name}{_suffix(LAYERS[name])}", content, frame, present, source, crs.WGS84)
        write_atomic(folder / entry.file, content)
        entries[name] = entry
    manifest = Manifest(MappingProxyType(entries), present)
    write_atomic(folder / MANIFEST, manifest.encoded())
    return manifest


def write_sample(folder: Path) -> Manifest:
    """Write the sample county, and beside it the state of every village and week as known in advance."""
    made = synthetic.lengshuijiang()
    states = made.expected_states.to_csv(index=False, lineterminator="\n")
    write_atomic(folder / "expected_stay_states.csv", states.encode())
    return write_county(folder, made.layers, present=made.as_of, source="synthetic (geo/synthetic)")


def copy_county(source: Path, target: Path) -> Manifest:
    """A copy of the folder `source` at `target`, which holds no manifest until all else is there."""
    manifest = read_manifest(source)
    for entry in manifest.layers.values():
        write_atomic(target / entry.file, read_bytes(source / entry.file))
    write_atomic(target / MANIFEST, manifest.encoded())
    return manifest


def replace_layer(
    folder: Path, manifest: Manifest, name: str, frame: pd.DataFrame, *, date: datetime, source: str, given_crs: str
) -> Manifest:
    """Make a checked frame the layer `name` of the folder: new file first, then the manifest in one step.

    Importing stays ends a demonstration: their present is the clock's again.
    """
    spec = LAYERS[name]
    content = encode(frame, spec)
    entry = _entry(f"{name}-{sha256(content)[:12]}{_suffix(spec)}", content, frame, date, source, given_crs)
    write_atomic(folder / entry.file, content)
    present = None if name == "stays" else manifest.present
    updated = replace(manifest, layers=MappingProxyType({**manifest.layers, name: entry}), present=present)
    write_atomic(folder / MANIFEST, updated.encoded())
    return updated


def encode(frame: pd.DataFrame, spec: LayerSpec) -> bytes:
    """A checked frame as the bytes of its file, restricted columns included: this never leaves the data folder."""
    rows = geojson.records(frame[[column.name for column in spec.columns if not column.derived]])
    if spec.is_table:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [column.name for column in spec.columns], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()
    return geojson.feature_collection(frame[spec.key], frame.geometry.values, rows)


def decode(content: bytes, spec: LayerSpec) -> pd.DataFrame:
    """The frame of a layer's file, as yet unchecked."""
    if spec.is_table:
        return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    rows = [feature["properties"] for feature in orjson.loads(content)["features"]]
    shapes = shapely.get_parts(shapely.from_geojson(content))
    columns = [column.name for column in spec.columns if not column.derived]
    frame: pd.DataFrame = geopandas.GeoDataFrame(
        pd.DataFrame(rows, columns=columns, dtype=object), geometry=shapes, crs=crs.WGS84
    )
    return frame


def _suffix(spec: LayerSpec) -> str:
    return ".csv" if spec.is_table else ".geojson"


def _entry(file: str, content: bytes, frame: pd.DataFrame, date: datetime, source: str, given_crs: str) -> LayerFile:
    return LayerFile(file, sha256(content), len(frame), date.isoformat(), source, given_crs)


def problems(folder: Path) -> list[str]:
    """What a careful look finds wrong with a folder, one line each; empty when it is whole."""
    try:
        county = open_county(folder)
    except GeoError as reason:
        return [str(reason)]
    villages = county.atlas.layers["villages"].geometry.values
    found = []
    if not shapely.coverage_is_valid(villages):
        found.append("villages: cells overlap or leave slits; each place must lie in exactly one village")
    return found
