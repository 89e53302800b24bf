"""A data folder opened: its layers read as they were checked, and the Atlas and Board made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import pandas as pd

from geo import atlas as atlases
from geo import board as boards
from geo import topology
from geo.atlas import Atlas, NetworkOf
from geo.board import Board
from geo.errors import BrokenFolderError, BrokenLayerError, GeoError, UnreadableFileError
from geo.files import read_bytes, sha256, sha256_of
from geo.layers.calendar_days import incomplete_years
from geo.layers.registry import LAYERS
from geo.layers.spec import LayerSpec, check, conform, fingerprint
from geo.network.building import from_arrays
from geo.rules import Rules
from geo.store import geopackage, text_files
from geo.store.geopackage import Pause
from geo.store.manifest import LayerFile, Manifest, read_manifest
from geo.store.ready import network_read
from geo.store.rules_file import RULES, read_rules

Read = TypeVar("Read")
_MAKE_THE_NETWORK: Final = ("county", "roads", "speeds")  # the county's outline chooses the metric system


@dataclass(frozen=True, eq=False)
class County:
    """A whole data folder, opened: manifest, checked frames, Atlas and Board."""

    manifest: Manifest
    layers: Mapping[str, pd.DataFrame]
    atlas: Atlas
    board: Board


def open_county(folder: Path, *, before: County | None = None, pause: Pause | None = None, live: bool = True) -> County:
    """The folder as an Atlas and a Board; GeoError says what is wrong, in words for the person who starts a service.

    Layers whose file is the same as in `before` are taken from there, and so is the road network that they make.
    `pause` is called between short steps. Without `live` the live layers are left out: a journal tells of them.
    """
    manifest = read_manifest(folder)
    layers = read_layers(folder, manifest, before=before, pause=pause, live=live)
    roads_of = before.atlas if before and _has_same(layers, before, _MAKE_THE_NETWORK) else None
    held = before.board if before else None
    rules = read_rules(folder)
    network = network_read(folder)
    return rehearse(layers, manifest, network_of=network, roads_of=roads_of, before=held, rules=rules, pause=pause)


def rehearse(
    layers: Mapping[str, pd.DataFrame],
    manifest: Manifest,
    *,
    network_of: NetworkOf = from_arrays,
    roads_of: Atlas | None = None,
    before: Board | None = None,
    rules: Rules | None = None,
    pause: Pause | None = None,
) -> County:
    """The county that a service would open, from checked frames that are not at rest yet; GeoError as it would say.

    `network_of`, `roads_of`, `rules` and `pause` are those of `geo.atlas.build`, `before` that of
    `geo.board.fold_frames`.
    """
    atlas = atlases.build(
        layers,
        manifest.provenance,
        network_of=network_of,
        roads_of=roads_of,
        rules=rules,
        pause=pause or (lambda: None),
    )
    stays, incidents, closures = (layers.get(name) for name in ("stays", "incidents", "closures"))
    board = boards.fold_frames(atlas, stays, incidents, manifest.present, closures=closures, before=before)
    return County(manifest, layers, atlas, board)


def _has_same(layers: Mapping[str, pd.DataFrame], before: County, names: tuple[str, ...]) -> bool:
    return all(layers.get(name) is before.layers.get(name) for name in names)


def read_layers(
    folder: Path,
    manifest: Manifest,
    *,
    before: County | None = None,
    pause: Pause | None = None,
    live: bool = True,
    replaced: str | None = None,
) -> dict[str, pd.DataFrame]:
    """Every layer that the manifest names, as checked; BrokenLayerError when a file is not what was written.

    Without `live` the live layers are left out. If the one that is to be `replaced` is broken, it is left out, and so
    are others that are: they are mended one by one.
    """
    frames = {}
    broken: list[BrokenLayerError] = []
    for name, entry in manifest.layers.items():
        if LAYERS[name].live and not live:
            continue
        known = before.manifest.layers.get(name) if before and name in before.layers else None
        if before is not None and known is not None and (known.sha256, known.file) == (entry.sha256, entry.file):
            frames[name] = before.layers[name]
        else:
            try:
                frames[name] = read_layer(folder, entry, LAYERS[name], pause=pause)
            except BrokenLayerError as error:
                broken.append(error)
    if broken and replaced not in {error.layer for error in broken}:
        raise _with_way_back(folder, manifest, broken[0])
    return frames


def _with_way_back(folder: Path, manifest: Manifest, error: BrokenLayerError) -> BrokenLayerError:
    """The same error with the newest version before that is whole."""
    earlier = manifest.earlier.get(error.layer, ())
    for number in range(len(earlier), 0, -1):
        entry = earlier[number - 1]
        with suppress(GeoError):
            _refuse_changed(folder, entry, LAYERS[error.layer], sha256_of(folder / entry.file))
            return BrokenLayerError(folder, error.layer, error.reason, known=(number, entry.date[:10]))
    return error


def read_layer(
    folder: Path, entry: LayerFile, spec: LayerSpec, *, pause: Pause | None = None, whole_check: bool = False
) -> pd.DataFrame:
    """One version of a layer as a checked frame.

    The hash vouches for a file's values, and the fingerprint for the check that they passed: a GeoPackage that has both
    is only cast to its dtypes. Any other file is checked row by row, as every file is with `whole_check`.
    """
    path = folder / entry.file
    if path.suffix == geopackage.SUFFIX:
        _refuse_changed(folder, entry, spec, _found(folder, entry, spec, sha256_of))
        frame = geopackage.read(path, spec, pause)
    else:
        content = _found(folder, entry, spec, read_bytes)
        _refuse_changed(folder, entry, spec, sha256(content))
        frame = text_files.decode(content, spec)
    is_vouched = path.suffix == geopackage.SUFFIX and entry.checked_by == fingerprint(spec)
    held = conform(frame, spec) if is_vouched and not whole_check else check(frame, spec)
    if len(held) != entry.rows:
        raise BrokenFolderError(folder, f"{entry.file} has {len(held)} rows where its manifest says {entry.rows}")
    return held


def _found(folder: Path, entry: LayerFile, spec: LayerSpec, read: Callable[[Path], Read]) -> Read:
    try:
        return read(folder / entry.file)
    except UnreadableFileError as error:
        raise BrokenLayerError(folder, spec.name, f"its file {entry.file} cannot be read ({error.reason})") from None


def is_broken(folder: Path, manifest: Manifest, name: str) -> bool:
    """Whether the file of the layer `name` that is in use is not what was written; not where there is no such layer."""
    entry = manifest.layers.get(name)
    if entry is not None:
        try:
            _refuse_changed(folder, entry, LAYERS[name], _found(folder, entry, LAYERS[name], sha256_of))
        except BrokenLayerError:
            return True
    return False


def _refuse_changed(folder: Path, entry: LayerFile, spec: LayerSpec, found: str) -> None:
    if found != entry.sha256:
        raise BrokenLayerError(folder, spec.name, f"its file {entry.file} was changed after it was written")


def problems(folder: Path) -> list[str]:
    """What a careful look finds wrong with a folder, one line each; empty when it is whole.

    Every row is checked again, every former version's file is looked for, and so are thresholds that contradict each
    other.
    """
    return [*_rules_problems(folder), *_county_problems(folder)]


def _rules_problems(folder: Path) -> list[str]:
    try:
        return [f"{RULES}: {one}" for one in read_rules(folder).contradictions()]
    except GeoError as reason:
        return [str(reason)]


def _county_problems(folder: Path) -> list[str]:
    try:
        manifest = read_manifest(folder)
        frames = {
            name: read_layer(folder, entry, LAYERS[name], whole_check=True) for name, entry in manifest.layers.items()
        }
        county = rehearse(frames, manifest)
    except GeoError as reason:
        return [str(reason)]
    found = [str(one.warning()) for one in topology.findings(county.atlas.layers, county.atlas.metric_crs)]
    found += [f"calendar: {one}" for one in incomplete_years(county.atlas.work_calendar)]
    return [*found, *_lost_versions(folder, manifest)]


def _lost_versions(folder: Path, manifest: Manifest) -> list[str]:
    lost = []
    for name, entries in manifest.earlier.items():
        for number, entry in enumerate(entries, start=1):
            try:
                _refuse_changed(folder, entry, LAYERS[name], sha256_of(folder / entry.file))
            except GeoError as reason:
                lost.append(f"{name} version {number} cannot be restored: {reason}")
    return lost
