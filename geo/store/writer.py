"""Into the data folder: a new file first, then the manifest in one step. Only inside `writing(folder)`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from geo import crs, synthetic
from geo.errors import GeoError
from geo.files import sha256, sha256_of, write_atomic
from geo.layers.registry import LAYERS
from geo.layers.spec import LayerSpec, fingerprint
from geo.rules import Rules
from geo.store import geopackage, text_files
from geo.store.county import read_layers
from geo.store.manifest import LayerFile, Manifest, beginning, read_manifest, write_manifest
from geo.store.rules_file import begin_rules, read_rules, write_rules


def replace_layer(
    folder: Path, manifest: Manifest, name: str, frame: pd.DataFrame, *, date: datetime, source: str, given_crs: str
) -> Manifest:
    """Make a checked frame the layer `name` of the folder. `date` is now, and when the data was true.

    The version before stays in the folder and in the history. Importing stays ends a demonstration: their present is
    the clock's again.
    """
    at, spec = date.isoformat(), LAYERS[name]
    with beginning(folder):
        file, digest = _write_layer(folder, frame, spec)
        entry = LayerFile(file, digest, len(frame), at, source, given_crs, imported_at=at, checked_by=fingerprint(spec))
        updated = manifest.with_version(name, entry, None if name == "stays" else manifest.present)
        write_manifest(folder, updated)
    return updated


def end_demonstration(folder: Path, manifest: Manifest) -> None:
    """Make the county's present the clock's again, where it was fixed."""
    if manifest.present is not None:
        with beginning(folder):
            write_manifest(folder, replace(manifest, present=None))


def begin_county(folder: Path, origin: Path, layers: Mapping[str, pd.DataFrame] | None = None) -> Manifest:
    """Make `folder` a copy of the county at `origin`, each layer a file of its own; the manifest comes last.

    `layers` are those of `origin`, where they have been read already.
    """
    manifest = read_manifest(origin)
    begin_rules(folder, read_rules(origin))
    entries = {}
    with beginning(folder):
        for name, frame in (layers or read_layers(origin, manifest)).items():
            file, digest = _write_layer(folder, frame, LAYERS[name])
            given = replace(manifest.layers[name], file=file, sha256=digest)
            entries[name] = replace(given, checked_by=fingerprint(LAYERS[name]))
        begun = Manifest(entries, manifest.present)
        write_manifest(folder, begun)
    return begun


def create_county(
    folder: Path, layers: Mapping[str, pd.DataFrame], *, date: datetime, imported_at: datetime, source: str
) -> Manifest:
    """Make checked frames a county in `folder`, which holds none yet; the manifest comes last.

    `date` is when the data were true; the county's present is the clock's.
    """
    entries = {}
    with beginning(folder):
        for name, frame in layers.items():
            file, digest = _write_layer(folder, frame, LAYERS[name])
            entries[name] = LayerFile(
                file,
                digest,
                len(frame),
                date.isoformat(),
                source,
                crs.WGS84,
                imported_at=imported_at.isoformat(),
                checked_by=fingerprint(LAYERS[name]),
            )
        manifest = Manifest(entries)
        write_manifest(folder, manifest)
    return manifest


def write_county(folder: Path, layers: Mapping[str, pd.DataFrame], *, present: datetime, source: str) -> Manifest:
    """Write a whole county of checked frames under plain file names and as text, as the sample is kept."""
    entries = {}
    for name, frame in layers.items():
        spec = LAYERS[name]
        content = text_files.encode(frame, spec)
        file = f"{name}{text_files.suffix(spec)}"
        write_atomic(folder / file, content)
        entries[name] = LayerFile(file, sha256(content), len(frame), present.isoformat(), source, crs.WGS84)
    write_rules(folder, Rules())
    manifest = Manifest(entries, present)
    write_manifest(folder, manifest)
    return manifest


def write_sample(folder: Path) -> Manifest:
    """Write the sample county, and beside it the state of every village and week as known in advance."""
    made = synthetic.lengshuijiang()
    states = made.expected_states.to_csv(index=False, lineterminator="\n")
    write_atomic(folder / "expected_stay_states.csv", states.encode())
    return write_county(folder, made.layers, present=made.as_of, source="synthetic (geo/synthetic)")


def _write_layer(folder: Path, frame: pd.DataFrame, spec: LayerSpec) -> tuple[str, str]:
    """The frame as a file named by its content: its name and its hash. Equal rows make an equal file.

    It is only for reading: programs that merely look at a GeoPackage (QGIS does) otherwise rewrite its header.
    """
    content = geopackage.encode(frame, spec)
    digest = sha256(content)
    path = folder / f"{spec.name}-{digest[:12]}{geopackage.SUFFIX}"
    if not _is_whole(path, digest):
        write_atomic(path, content, mode=0o444)
    return path.name, digest


def _is_whole(path: Path, digest: str) -> bool:
    """Whether the file is there already, as when a layer is imported twice; a harmed one is replaced."""
    with suppress(GeoError):
        return sha256_of(path) == digest
    return False
