"""A file that was exported from the county and comes back: which version it came from, and what it changes since."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pandas as pd

from api.record import Record
from api.settings import SAMPLE_FOLDER
from geo import store
from geo.board import layer_frame
from geo.errors import InputError
from geo.geojson import plain
from geo.intake import Diff, Intake
from geo.layers.spec import LayerSpec
from geo.merge import Merge, Side, merged
from geo.origin import Origin
from geo.store import Manifest

_TEXT_BYTES: Final = 254  # of a shapefile
_NO_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


@dataclass(frozen=True, eq=False)
class Base:
    """The version of a layer that a file was exported from: its number in the history (None: of the journal)."""

    origin: Origin
    frame: pd.DataFrame
    number: int | None


def base_of(
    folder: Path, manifest: Manifest, live: Record | None, origin: Origin | None, spec: LayerSpec, decided: Side | None
) -> Base | None:
    """The version that a file names; None where it names none of this layer.

    InputError where this folder never had that version, unless it is `decided` that the file's side holds: then it is
    taken as any other file is.
    """
    if origin is None or origin.layer != spec.name:
        return None
    if origin.sequence and live is not None:
        board = live.as_of(origin.sequence)
        return Base(origin, layer_frame(board.atlas, board, spec.name), None)
    for place in (folder, SAMPLE_FOLDER):
        versions = manifest.versions(spec.name) if place == folder else store.read_manifest(place).versions(spec.name)
        for number, entry in enumerate(versions, start=1):
            if entry.sha256.startswith(origin.version) and (place / entry.file).exists():
                return Base(origin, store.read_layer(place, entry, spec), number)
    if decided is Side.FILE:
        return None
    raise InputError(
        f"the file was exported from version {origin.version} of {spec.name}, which this county never had; "
        f"export the layer here, or replace it whole with --take file",
        parameter="take",
    )


def merge_of(taken: Intake, base: Base, current: pd.DataFrame, *, decided: Side | None, upsert: bool) -> Merge:
    """The sound rows of a file merged into the layer as it is.

    Nothing is removed by a file that is a part of the layer, that is added by id, or that has faulty rows.
    """
    removes = not (base.origin.is_part or upsert or taken.faulty_rows)
    written = _WRITTEN.get(taken.source.format, str)
    file = taken.accepted
    return merged(base.frame, current, file, taken.spec, decided=decided, removes=removes, written=written)


def diff_of(merge: Merge, base: Base, decided: Side | None) -> Diff:
    """The merge as the report tells it."""
    return Diff(
        base=str(base.origin.sequence if base.number is None else base.number),
        added=merge.added,
        changed=merge.changed,
        removed=merge.removed,
        conflicts=merge.conflicts,
        decided=decided,
    )


def with_merged_rows(taken: Intake, merge: Merge) -> tuple[Intake, list[int]]:
    """The file with each row as it is merged, and the numbers of those that the county has removed meanwhile."""
    keys = [str(plain(key)) for key in taken.frame[taken.spec.key].tolist()]
    place_of = {str(plain(key)): place for place, key in enumerate(merge.frame[taken.spec.key].tolist())}
    frame, faulty = taken.frame.copy(), set(taken.faulty_rows)
    sound = [row for row, key in enumerate(keys) if key in place_of and row + 1 not in faulty]
    for name in (name for name in frame.columns if sound):
        values = frame[name].array.copy()
        values[sound] = merge.frame[name].array[[place_of[keys[row]] for row in sound]]
        frame[name] = values
    gone = [row + 1 for row, key in enumerate(keys) if key not in place_of and row + 1 not in faulty]
    return replace(taken, frame=frame), gone


def _cut(text: str) -> str:
    return text.encode()[:_TEXT_BYTES].decode(errors="ignore")


def _without_controls(text: str) -> str:
    return _NO_XML.sub(lambda found: "\n" if found.group() == "\r" else "", text)


_WRITTEN: Final[Mapping[str, Callable[[str], str]]] = {"Shapefile": _cut, "KML": _without_controls}
"""What a format makes of a text."""
