"""What a layer was before, and back to it. Nothing is overwritten: to restore is to add a version with an old file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from geo.calendar import parse_instant
from geo.errors import BrokenLayerError, InputError, MissingLayersError, NotFoundError
from geo.layers.registry import LAYERS, layer
from geo.store.county import read_layer, read_layers, rehearse
from geo.store.lock import writing
from geo.store.manifest import LayerFile, Manifest, read_manifest, write_manifest
from geo.store.ready import network_kept


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a layer; numbers count from 1, the oldest."""

    number: int
    entry: LayerFile
    in_use: bool


def history(folder: Path, name: str) -> tuple[Version, ...]:
    """Every version that the layer `name` has had, newest first; NotFoundError for a layer that there is not."""
    entries = read_manifest(folder).versions(layer(name).name)
    return tuple(Version(number, entries[number - 1], number == len(entries)) for number in range(len(entries), 0, -1))


def restore(folder: Path, name: str, version: int, *, now: datetime) -> Manifest:
    """Make an earlier version of the layer `name` the one in use, as a new version; `now` is when that is.

    NotFoundError for a version that there is not, InputError for the one in use; LayerFaultsError or another GeoError
    when the county could not be served with it, because other layers have moved on. Then nothing is changed.
    """
    name = layer(name).name
    with writing(folder):
        manifest = read_manifest(folder)
        entries = manifest.versions(name)
        if not 1 <= version <= len(entries):
            known = [str(number) for number in range(1, len(entries) + 1)]
            raise NotFoundError(f"version of {name}", str(version), known)
        if version == len(entries):
            raise InputError(f"version {version} of {name} is the one in use", parameter="version")
        old = entries[version - 1]
        entry = replace(old, imported_at=now.isoformat(), restored_from=version, present=None)
        present = manifest.present
        if name == "stays":  # a demonstration's present belongs to its stays
            present = parse_instant(old.present) if old.present else None
        updated = manifest.with_version(name, entry, present)
        try:
            rehearse(read_layers(folder, updated), updated, network_of=network_kept(folder))
        except MissingLayersError:
            pass  # a county that is still being filled
        except BrokenLayerError:
            read_layer(folder, entry, LAYERS[name])  # where another one is broken, this is the way to mend them
        write_manifest(folder, updated)
    return updated
