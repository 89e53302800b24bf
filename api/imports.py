"""One file into the data folder: read, checked against the other layers, and only then written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import shapely

from api.settings import SAMPLE_FOLDER
from geo import geojson, intake, store
from geo.atlas import broken_references
from geo.errors import Fault, InputError, LayerFaultsError
from geo.intake import Intake
from geo.layers.registry import layer
from geo.layers.spec import LayerSpec, check
from geo.store import Manifest


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `refused_file` holds the rows that were left out; `created` says how the folder began."""

    layer: str
    source: str
    crs: str
    folder: Path
    rows_read: int
    accepted: int
    added: int
    changed: int
    removed: int
    faults: tuple[Fault, ...]
    refused_file: Path | None
    ignored_columns: tuple[str, ...]
    created: str | None
    version: str


def is_absent(folder: Path) -> bool:
    """Whether the data folder has yet to be created."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def import_file(
    folder: Path,
    name: str,
    path: Path,
    *,
    now: datetime,
    declared_crs: str | None = None,
    upsert: bool = False,
    skip_bad: bool = False,
    from_empty: bool = False,
) -> ImportReport:
    """Make the file at `path` the layer `name` of `folder`, or with `upsert` add its rows by id.

    A folder that is absent begins as a copy of the sample, or with `from_empty` without layers. LayerFaultsError
    names every faulty row and nothing is written, unless `skip_bad`: then the faulty rows go to a file under
    `refused/` in the folder.
    """
    spec = layer(name)
    absent = is_absent(folder)
    if from_empty and not absent:
        raise InputError(f"{folder} exists already; --empty is for starting a new data folder")
    manifest = Manifest({}) if from_empty else store.read_manifest(SAMPLE_FOLDER if absent else folder)
    layers = store.read_layers(SAMPLE_FOLDER if absent else folder, manifest)
    taken = _checked_against(intake.read(path, spec, declared_crs), layers)
    if taken.faults and not skip_bad:
        raise LayerFaultsError(taken.faults)
    current = layers.get(name)
    frame = _upserted(current, taken.accepted, spec) if upsert and current is not None else taken.accepted
    orphans = [fault for fault in broken_references({**layers, name: frame}) if fault.layer != name]
    if orphans:
        raise LayerFaultsError(orphans)
    if absent and not from_empty:
        store.copy_county(SAMPLE_FOLDER, folder)
    refused_file = folder / "refused" / f"{name}-{path.stem}.csv" if taken.faults else None
    if refused_file is not None:
        intake.write_refused(refused_file, taken)
    updated = store.replace_layer(
        folder, manifest, name, frame, date=now, source=taken.source, given_crs=taken.given_crs
    )
    added, changed, removed = _difference(current, frame, spec)
    return ImportReport(
        layer=name,
        source=taken.source,
        crs=taken.given_crs,
        folder=folder,
        rows_read=taken.rows_read,
        accepted=len(taken.accepted),
        added=added,
        changed=changed,
        removed=removed,
        faults=taken.faults,
        refused_file=refused_file,
        ignored_columns=taken.ignored_columns,
        created=("empty" if from_empty else "sample") if absent else None,
        version=updated.version,
    )


def _checked_against(taken: Intake, layers: Mapping[str, pd.DataFrame]) -> Intake:
    """The intake with the faults that the other layers show."""
    name = taken.spec.name
    faults = broken_references({**layers, name: taken.frame})
    return taken.with_faults([fault for fault in faults if fault.layer == name])


def _upserted(current: pd.DataFrame, new: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """The current rows with those of the same id replaced, and the new ones after them."""
    kept = current[~current[spec.key].isin(new[spec.key])]
    return check(pd.concat([kept, new], ignore_index=True), spec)


def _difference(before: pd.DataFrame | None, after: pd.DataFrame, spec: LayerSpec) -> tuple[int, int, int]:
    """How many ids were added, changed and removed."""
    old, new = ({} if before is None else _rows(before, spec)), _rows(after, spec)
    changed = sum(old[key] != row for key, row in new.items() if key in old)
    return len(new.keys() - old.keys()), changed, len(old.keys() - new.keys())


def _rows(frame: pd.DataFrame, spec: LayerSpec) -> dict[str, object]:
    shapes = [None] * len(frame) if spec.is_table else shapely.to_wkb(frame.geometry.values)
    return {str(row[spec.key]): (row, shape) for row, shape in zip(geojson.records(frame), shapes, strict=True)}
