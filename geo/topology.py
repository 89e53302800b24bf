"""How layers lie beside each other: overlaps, gaps, cells outside their village, duplicates, places in the wrong one.

Findings warn and refuse nothing: a county's own villages often overlap by the width of a pen, and someone must see
where. What overlaps or is left open is cut out in degrees, where neighbours share their vertices to the last digit, and
measured in square metres of the county's metric system. Cut out in metres, an edge of one village with a vertex of the
other half way along it would open a slit that is in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import crs
from geo.findings import Finding, FindingKind, Tolerances
from geo.layers.registry import LAYERS
from geo.layers.spec import is_missing

_TOUCH_DEGREES: Final = 1e-7  # about 1 cm, the last digit kept: what is nearer touches
_VILLAGE_DIGITS: Final = 12
_BESIDE_VILLAGES: Final = ("county", "villages", "grids", "hazard_sites", "teams")
_COPIES: Final = {
    "towns": (),
    "villages": (),
    "grids": (),
    "roads": (),
    "rivers": (),
    "risk_zones": ("kind",),
    "hazard_sites": ("kind",),
}
"""Layers in which one geometry under two ids is a mistake, unless the rows differ in these columns.

Teams are not among them: they share their stations."""

Shapes = npt.NDArray[np.object_]
Positions = npt.NDArray[np.intp]
Layers = Mapping[str, pd.DataFrame]


def findings(layers: Layers, metric_crs: str, tolerances: Tolerances | None = None) -> tuple[Finding, ...]:
    """Everything that the layers show together, overlaps and gaps first; layers that are missing show nothing.

    Frames are in WGS84 degrees, as `check_rows` gives them; faulty rows may be among them: what has no key, no shape
    or an invalid one is left out. Areas and distances are planar, in metres of `metric_crs`.
    """
    within = tolerances or Tolerances()
    placed = {name: frame for name, frame in layers.items() if "geometry" in frame.columns}
    sound = {name: _Layer(name, frame) for name, frame in placed.items() if name in _BESIDE_VILLAGES}
    villages = sound.get("villages")
    found: list[Finding] = []
    if villages is not None and len(villages.keys):
        found += _overlaps(villages, metric_crs, within)
        found += _gaps(villages, sound.get("county"), metric_crs, within)
        if "grids" in sound:
            found += _grids_outside(sound["grids"], villages, metric_crs, within)
        for name in ("hazard_sites", "teams"):
            if name in sound:
                found += _places_outside(sound[name], villages, metric_crs, within)
    for name, frame in layers.items():
        found += _same_codes(name, frame)
    for name, beside in _COPIES.items():
        if name in placed:
            found += _same_shapes(_Layer(name, placed[name], _with_a_box_in_common(placed[name])), beside)
    return tuple(found)


class _Layer:
    """A layer's rows with a key and a sound shape, all or those at some positions."""

    def __init__(self, name: str, frame: pd.DataFrame, among: Positions | None = None) -> None:
        key = LAYERS[name].key
        shapes = np.asarray(frame["geometry"], dtype=object)
        at = np.flatnonzero(frame[key].notna())
        at = at if among is None else np.intersect1d(at, among)
        kept = at[~shapely.is_missing(shapes[at]) & ~shapely.is_empty(shapes[at]) & shapely.is_valid(shapes[at])]
        self.name = name
        self.rows = kept + 1
        self.frame = frame.iloc[kept]
        self.keys = [str(key) for key in self.frame[key].tolist()]
        self.shapes: Shapes = shapes[kept]

    def column(self, name: str) -> list[str | None]:
        """The values of a column as text, None where missing or where there is no such column."""
        if name not in self.frame.columns:
            return [None] * len(self.keys)
        return [None if is_missing(value) else str(value) for value in self.frame[name]]

    def finding(self, kind: FindingKind, positions: Iterable[int], place: Any, **facts: Any) -> Finding:
        """A finding about the rows at `positions`, shown at a point inside `place`."""
        at = [int(position) for position in positions]
        keys, rows = tuple(self.keys[position] for position in at), tuple(int(self.rows[position]) for position in at)
        point = shapely.point_on_surface(place)
        return Finding(kind, self.name, keys, rows, point.x, point.y, **facts)


class _Slits:
    """The areas of overlays (n,) that are large and wide enough to be named, each with its overlay's position."""

    def __init__(self, overlays: Shapes, metric_crs: str, within: Tolerances) -> None:
        parts, owners = shapely.get_parts(overlays, return_index=True)
        areal = shapely.get_dimensions(parts) == 2
        parts, owners = parts[areal], owners[areal]
        planar = crs.to_metres(parts, metric_crs)
        area_m2, around_m = shapely.area(planar), shapely.length(planar)
        kept = (area_m2 > within.area_m2) & (2 * area_m2 > within.width_m * around_m)
        self.shapes: Shapes = parts[kept]
        self.owners: Positions = owners[kept]
        self.areas_m2: crs.Floats = area_m2[kept]

    def grouped(self, by: Callable[[int], Any]) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
        """For each value of `by` over the slits: the value, the largest slit, and what a Finding says of all."""
        groups: dict[Any, list[int]] = {}
        for slit in range(len(self.shapes)):
            groups.setdefault(by(slit), []).append(slit)
        for value, slits in groups.items():
            largest = max(slits, key=lambda slit: float(self.areas_m2[slit]))
            facts = {"area_m2": float(self.areas_m2[slits].sum()), "parts": len(slits)}
            yield value, self.shapes[largest], facts


def _overlaps(villages: _Layer, metric_crs: str, within: Tolerances) -> Iterator[Finding]:
    """Pairs of villages that have ground in common."""
    one, other = shapely.STRtree(villages.shapes).query(villages.shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    slits = _Slits(shapely.intersection(villages.shapes[one], villages.shapes[other]), metric_crs, within)
    for pair, place, facts in slits.grouped(lambda slit: int(slits.owners[slit])):
        yield villages.finding(FindingKind.OVERLAP, (one[pair], other[pair]), place, **facts)


def _gaps(villages: _Layer, county: _Layer | None, metric_crs: str, within: Tolerances) -> Iterator[Finding]:
    """Ground inside the county's outline, or enclosed by villages, that no village has.

    Without the county's layer a slit that opens to the outside is no gap.
    """
    together = shapely.union_all(villages.shapes)
    enclosed = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(together)))
    outline = [] if county is None else list(county.shapes)
    ground = shapely.difference(shapely.union_all([*enclosed, *outline]), together)
    slits = _Slits(np.array([ground], dtype=object), metric_crs, within)
    places, around = shapely.STRtree(villages.shapes).query(slits.shapes, predicate="dwithin", distance=_TOUCH_DEGREES)
    for beside, place, facts in slits.grouped(lambda slit: tuple(sorted(around[places == slit].tolist()))):
        yield villages.finding(FindingKind.GAP, beside, place, **facts)


def _grids_outside(grids: _Layer, villages: _Layer, metric_crs: str, within: Tolerances) -> Iterator[Finding]:
    """Cells that reach out of the village they belong to, and cells whose code and village_code disagree."""
    prefixes = [key[:_VILLAGE_DIGITS] for key in grids.keys]
    codes = [code or prefix for code, prefix in zip(grids.column("village_code"), prefixes, strict=True)]
    for position, (code, prefix) in enumerate(zip(codes, prefixes, strict=True)):
        if code != prefix:
            yield grids.finding(FindingKind.GRID_CODE, [position], grids.shapes[position], village_code=code)
    cells, homes = _homes(codes, villages)
    shapely.prepare(villages.shapes)
    astray = ~shapely.covers(villages.shapes[homes], grids.shapes[cells])
    cells, homes = cells[astray], homes[astray]
    slits = _Slits(shapely.difference(grids.shapes[cells], villages.shapes[homes]), metric_crs, within)
    for owner, place, facts in slits.grouped(lambda slit: int(slits.owners[slit])):
        cell = int(cells[owner])
        share = facts["area_m2"] / float(shapely.area(crs.to_metres(grids.shapes[cell], metric_crs)))
        facts |= {"share": share, "village_code": codes[cell]}
        yield grids.finding(FindingKind.GRID_OUTSIDE, [cell], place, **facts)


def _places_outside(places: _Layer, villages: _Layer, metric_crs: str, within: Tolerances) -> Iterator[Finding]:
    """Places that lie outside the village whose code they carry, and the village that they lie in."""
    codes = places.column("village_code")
    at, homes = _homes(codes, villages)
    project = crs.to_metres
    away_m = shapely.distance(project(villages.shapes[homes], metric_crs), project(places.shapes[at], metric_crs))
    tree = shapely.STRtree(villages.shapes)
    for position, distance_m in zip(at[away_m > within.place_m], away_m[away_m > within.place_m], strict=True):
        place = places.shapes[position]
        holding = sorted(tree.query(place, predicate="intersects").tolist())
        facts = {"village_code": codes[position], "found_in": villages.keys[holding[0]] if holding else None}
        yield places.finding(FindingKind.PLACE_OUTSIDE, [position], place, distance_m=float(distance_m), **facts)


def _homes(codes: Sequence[str | None], villages: _Layer) -> tuple[Positions, Positions]:
    """Positions of the rows whose village is there, and of their villages; other codes are the references' business."""
    known = {key: position for position, key in reversed(list(enumerate(villages.keys)))}
    pairs = [(row, known[code]) for row, code in enumerate(codes) if code in known]
    rows, homes = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return rows, homes


def _same_codes(name: str, frame: pd.DataFrame) -> Iterator[Finding]:
    keys = frame[LAYERS[name].key].reset_index(drop=True)
    repeated = keys[keys.duplicated(keep=False) & keys.notna()]
    for key, rows in repeated.groupby(repeated, sort=False).groups.items():
        numbers = tuple(int(row) + 1 for row in rows)
        yield Finding(FindingKind.SAME_CODE, name, (str(key),) * len(numbers), numbers)


def _with_a_box_in_common(frame: pd.DataFrame) -> Positions:
    """Positions of the rows whose bounding box another has too; no others can have another's shape."""
    boxes = pd.DataFrame(shapely.bounds(np.asarray(frame["geometry"], dtype=object)))
    return np.flatnonzero(boxes.duplicated(keep=False))


def _same_shapes(rows: _Layer, beside: tuple[str, ...]) -> Iterator[Finding]:
    """Rows of different ids with one geometry; a line drawn the other way is another line, as a one-way road is."""
    shapes = rows.shapes.copy()
    areal = shapely.get_dimensions(shapes) == 2
    shapes[areal] = shapely.normalize(shapes[areal])
    groups: dict[Any, list[int]] = {}
    others = [rows.column(name) for name in beside]
    for position, alike in enumerate(zip(shapely.to_wkb(shapes), *others, strict=True)):
        groups.setdefault(alike, []).append(position)
    for positions in groups.values():
        first_of = {rows.keys[position]: position for position in reversed(positions)}
        if len(first_of) > 1:
            yield rows.finding(FindingKind.SAME_SHAPE, sorted(first_of.values()), rows.shapes[positions[0]])
