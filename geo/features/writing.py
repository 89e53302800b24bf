"""Pages as RFC 7946 bytes, a piece at a time: nothing holds a whole layer's text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import crs
from geo.features import texts
from geo.features.feature_set import Page, Prepared
from geo.features.lettering import write_features
from geo.features.outlines import Outlines, Rows
from geo.features.systems import CRS84, System
from geo.geojson import dumps, plain
from geo.layers.spec import LayerSpec

_MOST_CORNERS: Final = 16_384  # what is written in one go: some 400 kB of text, which stays in the processor's cache
_MOST_ROWS: Final = 1_000
_BYTES_A_CORNER: Final = 48  # two numbers of at most 21 signs, brackets, and commas
_BYTES_A_SHAPE: Final = 128  # the words round it, and its type
_BYTES_A_RING: Final = 8


def feature_bytes(page: Page, *, system: System = CRS84, members: Mapping[str, Any] | None = None) -> Iterator[bytes]:
    """A FeatureCollection, one feature a line; `members` are its foreign members (links, numberMatched).

    Places are in `system` with its own order of axes; without places where the page skips them. Rings run as RFC 7946
    wants, whatever the system.
    """
    head = dumps({"type": "FeatureCollection", **(members or {})})
    yield head[:-1] + b',"features":[\n'
    yield from feature_lines(page, system=system)
    yield b"\n]}\n"


def feature_lines(page: Page, *, system: System = CRS84) -> Iterator[bytes]:
    """The features alone, a comma and a line break between them."""
    return _lines(*page.features.prepared(page), system)


def row_lines(
    frame: pd.DataFrame,
    spec: LayerSpec,
    names: Sequence[str],
    shapes: npt.NDArray[np.object_] | None,
    members: Mapping[str, Any],
) -> Iterator[bytes]:
    """Some columns of a checked frame's rows as features, written as `feature_lines` writes them, in their order.

    `shapes` are in degrees, longitude first, None for none; `members` are the last properties of every one.
    """
    rows = np.arange(len(frame))
    outlines = Outlines.none(len(frame)) if shapes is None else Outlines.of(shapes)
    ids = [str(plain(key)) for key in frame[spec.key].tolist()]
    ready = Prepared(outlines, texts.id_texts(ids), texts.property_texts(frame, spec, names, rows, members))
    return _lines(ready, rows, CRS84)


def text_sequence(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Features with a comma and a line break between them as a GeoJSON text sequence (RFC 8142)."""
    end = b""
    for part in parts:  # a line break stands between two features and nowhere else
        yield (b"" if end else b"\x1e") + part.replace(b",\n", b"\n\x1e")
        end = b"\n"
    yield end


def _lines(ready: Prepared, rows: Rows, system: System) -> Iterator[bytes]:
    ids, properties = ready.ids, ready.properties
    out = np.empty(0, dtype=np.uint8)
    for first, end in _portions(ready.outlines.corners(rows)):
        given = rows[first:end]
        shapes, at = _in_system(ready.outlines, given, system)
        size = _most_bytes(shapes, at) + ids.length(given) + properties.length(given)
        if len(out) < size:
            out = np.empty(size, dtype=np.uint8)
        written = write_features(
            out,
            first == 0,
            at,
            given,
            shapes.kind,
            shapes.x,
            shapes.y,
            shapes.ring_start,
            shapes.part_start,
            shapes.shape_start,
            ids.data,
            ids.start,
            ids.end,
            properties.data,
            properties.start,
            properties.end,
            shapes.digits,
        )
        yield out[:written].tobytes()


def one_feature(page: Page, *, system: System = CRS84, members: Mapping[str, Any] | None = None) -> bytes:
    """The only feature of a page (`FeatureSet.one`) as a document of its own; `members` are foreign ones (links)."""
    (feature,) = feature_lines(page, system=system)
    return feature[:-1] + b"," + dumps(members)[1:] if members else feature


def _portions(corners: Rows) -> Iterator[tuple[int, int]]:
    """First and end of the runs that are written in one go; a shape of very many corners is one by itself."""
    last = np.cumsum(corners)
    first = 0
    while first < len(corners):
        room = _MOST_CORNERS + (last[first - 1] if first else 0)
        end = min(max(int(np.searchsorted(last, room, side="right")), first + 1), first + _MOST_ROWS)
        yield first, min(end, len(corners))
        first = end


def _in_system(outlines: Outlines, rows: Rows, system: System) -> tuple[Outlines, Rows]:
    """Outlines that hold those of `rows` in a system's own axes, and where these are among them."""
    if system.is_degrees:
        return (outlines.turned() if system.north_first else outlines), rows
    moved = outlines.taken(rows).moved(crs.from_wgs84(system.name), digits=system.digits)
    return (moved.turned() if system.north_first else moved), np.arange(len(rows))


def _most_bytes(shapes: Outlines, rows: Rows) -> int:
    """How long the text of some shapes is at most."""
    parts = shapes.shape_start[rows + 1] - shapes.shape_start[rows]
    rings = shapes.part_start[shapes.shape_start[rows + 1]] - shapes.part_start[shapes.shape_start[rows]]
    marks = _BYTES_A_RING * int(parts.sum() + rings.sum()) + _BYTES_A_SHAPE * len(rows)
    return marks + _BYTES_A_CORNER * int(shapes.corners(rows).sum())
