"""Geometry made fit for its layer, with a report of every change and a fault for every shape that cannot be.

What is done in silence does not exist: a change of one row is a `Repair` with the type and the measure before and
after; a change that leaves every place where it was (height left out, ring order, a Multi of one part) is one
`Repair` for the whole layer. A shape is refused, and stays as it was, when mending it would decide something: its area
would change by more than 1 % (`geo.intake.mending` says how the area of a broken polygon is taken), its kind would not
fit the layer any more, or it crosses the antimeridian or a pole, where a planar repair is wrong.

An unclosed ring cannot arrive: GEOS has no such polygon, and the readers below close it or refuse the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.intake.ledger import Defect, Ledger, Mask, Repair, Repaired
from geo.intake.mending import Outcome, mended
from geo.intake.parts import LINE, MULTILINE, MULTIPOLYGON, POINT, POLYGON, Parts, Shapes, joined, parts_of
from geo.intake.rings import census
from geo.layers.spec import LayerSpec, Shape

__all__ = ["Defect", "Repair", "Repaired", "repaired"]

_DIMENSIONS = {Shape.POINT: (0,), Shape.LINE: (1,), Shape.POLYGON: (2,), Shape.LINE_OR_POLYGON: (1, 2)}
_FITTING = {
    Shape.POINT: (POINT,),
    Shape.LINE: (LINE, MULTILINE),
    Shape.POLYGON: (POLYGON, MULTIPOLYGON),
    Shape.LINE_OR_POLYGON: (LINE, MULTILINE, POLYGON, MULTIPOLYGON),
}
_COMPOSED_FROM = 4  # GEOS numbers the Multi types and the collection from 4
_COLLECTION = 7


def repaired(shapes: Any, spec: LayerSpec, metric_crs: str, keys: Sequence[str | None] | None = None) -> Repaired:
    """Shapes (n,) in WGS84 degrees, None where a row has none, made fit for the layer `spec`.

    `metric_crs` is the county's, for areas and lengths; `keys` are the rows' ids for the report. The shapes that come
    back are 2-D, valid and of the layer's types, or have a fault of the column `geometry`; `check_rows` finds nothing
    more to say of the others. Nothing is raised for bad data. A table's shapes come back as they are.
    """
    given = np.array(shapes, dtype=object)  # a copy: the caller's stays as it is
    if spec.is_table or not len(given):
        return Repaired(given, (), ())
    ledger = Ledger(given, given.copy(), spec, metric_crs, [None] * len(given) if keys is None else list(keys))
    _take_out_single_parts(ledger)
    _open_collections(ledger)
    _leave_out_heights(ledger)
    bounds = shapely.bounds(ledger.shapes)
    _refuse_empty(ledger, bounds)
    invalid = ledger.live & ~shapely.is_valid(ledger.shapes)
    _refuse_places(ledger, bounds, invalid)
    _mend(ledger, invalid & ledger.live)
    if spec.shape is not Shape.POINT:
        _tidy(ledger)
    return ledger.done()


def _take_out_single_parts(ledger: Ledger) -> None:
    kinds = ledger.kinds
    single = np.flatnonzero(
        (kinds >= _COMPOSED_FROM) & (kinds < _COLLECTION) & (shapely.get_num_geometries(ledger.shapes) == 1)
    )
    if len(single):
        ledger.shapes[single] = shapely.get_geometry(ledger.shapes[single], 0)
        ledger.note_everywhere(single, Defect.SINGLE_PART)


def _open_collections(ledger: Ledger) -> None:
    """Rows of another type than the layer's, and Multis with empty parts, made of their parts that fit."""
    kinds = ledger.kinds
    odd = (kinds >= 0) & ~np.isin(kinds, _FITTING[ledger.spec.shape])
    several = np.flatnonzero((kinds >= _COMPOSED_FROM) & ~odd)
    inner, owners = shapely.get_parts(ledger.shapes[several], return_index=True)
    odd[several[owners[shapely.is_empty(inner)]]] = True
    positions = np.flatnonzero(odd)
    parts = parts_of(ledger.shapes[positions])
    for index in parts.too_deep:
        ledger.refuse(
            int(positions[index]),
            ledger.shapes[positions[index]].geom_type,
            "collections are nested too deep to be opened",
            "save the shape as a plain Multi type",
        )
    for index, position in enumerate(positions.tolist()):
        if ledger.live[position]:
            _open(ledger, position, parts, index)


def _open(ledger: Ledger, position: int, parts: Parts, index: int) -> None:
    shape, own = ledger.shapes[position], parts.of(index)
    dimensions = shapely.get_dimensions(own)
    allowed_dimensions = _DIMENSIONS[ledger.spec.shape]
    # Lines and areas in one row are refused where both are taken: which of them is meant, only the source knows.
    wanted = min(set(allowed_dimensions) & set(dimensions.tolist()), default=allowed_dimensions[0])
    fitting = own[dimensions == wanted]
    if not len(own):
        return  # empty: the next step says so
    if not len(fitting) or (dimensions > wanted).any():
        allowed = " or ".join(sorted(ledger.spec.shape.value))
        met = ", ".join(_counted(own)) if shape.geom_type == "GeometryCollection" else shape.geom_type
        ledger.refuse(position, met, f"must be a {allowed}", "")
    elif wanted == 0 and len(np.unique(shapely.get_coordinates(fitting), axis=0)) > 1:
        places = ", ".join(_counted(fitting))
        ledger.refuse(position, places, "a row of this layer is one place", "make it one row for each place")
    else:
        ledger.shapes[position] = fitting[0] if wanted == 0 else joined(fitting)
        left_out = _counted(own[dimensions < wanted])
        said = f"left out {', '.join(left_out)}" if left_out else "opened"
        is_collection = shape.geom_type == "GeometryCollection"
        defect = Defect.COLLECTION if is_collection else Defect.EMPTY_PART if wanted else Defect.REPEATED_POINTS
        ledger.note(position, defect, f"{shape.geom_type}: {said if is_collection else _OTHERWISE[defect]}")


_OTHERWISE = {
    Defect.EMPTY_PART: "empty parts were left out",
    Defect.REPEATED_POINTS: "the same place more than once",
}


def _counted(parts: Shapes) -> list[str]:
    return [f"{count} {kind}" for kind, count in sorted(Counter(part.geom_type for part in parts).items())]


def _leave_out_heights(ledger: Ledger) -> None:
    high = np.flatnonzero(ledger.live & (shapely.get_coordinate_dimension(ledger.shapes) > 2))
    if len(high):
        ledger.shapes[high] = shapely.force_2d(ledger.shapes[high])
        ledger.note_everywhere(high, Defect.HEIGHTS)


def _refuse_empty(ledger: Ledger, bounds: crs.Floats) -> None:
    for position in np.flatnonzero(ledger.live & np.isnan(bounds).any(axis=1)).tolist():
        shape = ledger.shapes[position]
        if shape is not None and not shape.is_empty:
            continue  # a coordinate that is no number
        value = None if shape is None else f"an empty {shape.geom_type}"
        ledger.refuse(position, value, "a geometry is required", "")


def _refuse_places(ledger: Ledger, bounds: crs.Floats, invalid: Mask) -> None:
    """Shapes whose coordinates are no numbers, no degrees, or that no planar repair may touch."""
    vertices, owners = shapely.get_coordinates(ledger.shapes[invalid], return_index=True)
    broken = np.unique(owners[~np.isfinite(vertices).all(axis=1)])
    for position in np.flatnonzero(invalid)[broken].tolist():
        reason = shapely.is_valid_reason(ledger.shapes[position])
        ledger.refuse(position, reason, "a coordinate is not a finite number", "mend it in the source")
    west, south, east, north = bounds.T
    with np.errstate(invalid="ignore"):
        no_degrees = (west < -180) | (east > 180) | (south < -90) | (north > 90)
        wide, polar = east - west > 180, (south <= -90) | (north >= 90)
    for position in np.flatnonzero(ledger.live & no_degrees).tolist():
        met = " ".join(f"{value:g}" for value in ledger.shapes[position].bounds)
        ledger.refuse(position, met, "coordinates are not degrees", "declare the file's coordinate system")
    around = ledger.live & polar & invalid
    candidates = np.flatnonzero(ledger.live & wide)
    parts = parts_of(ledger.shapes[candidates])
    left, _, right, _ = shapely.bounds(parts.shapes).reshape(-1, 4).T
    # Parts on both sides of the antimeridian are how RFC 7946 wants it; one part around the world is not.
    around[candidates[parts.rows[right - left > 180]]] = True
    for position in np.flatnonzero(around).tolist():
        met = " ".join(f"{value:g}" for value in ledger.shapes[position].bounds)
        ledger.refuse(
            position,
            met,
            "crosses the antimeridian or reaches around a pole; it is not repaired",
            "cut it at 180 degrees (RFC 7946 section 3.1.9), or mend the coordinate that lies far off",
        )


def _mend(ledger: Ledger, invalid: Mask) -> None:
    positions = np.flatnonzero(invalid)
    if not len(positions):
        return
    areal = shapely.get_dimensions(ledger.shapes[positions]) == 2
    if not areal.all():
        lines = positions[~areal]
        _mend_lines(ledger, lines.tolist(), shapely.is_valid_reason(ledger.shapes[lines]).tolist())
    if areal.any():
        areas = positions[areal]
        _mend_polygons(ledger, areas, shapely.is_valid_reason(ledger.shapes[areas]).tolist())


def _mend_lines(ledger: Ledger, positions: list[int], reasons: list[str]) -> None:
    """A line is invalid when all its points coincide; a MultiLineString may have sound parts beside."""
    for position, reason in zip(positions, reasons, strict=True):
        parts = shapely.get_parts(ledger.shapes[position])
        sound = parts[shapely.is_valid(parts)]
        if not len(sound):
            ledger.refuse(position, reason, "all points of the line coincide", "draw the line, or leave the row out")
            continue
        ledger.shapes[position] = joined(sound)
        ledger.note(position, Defect.INVALID, f"{reason}; parts of one place were left out")


def _mend_polygons(ledger: Ledger, positions: npt.NDArray[np.intp], reasons: list[str]) -> None:
    result = mended(ledger.shapes[positions], ledger.metric_crs)
    for index, (position, reason) in enumerate(zip(positions.tolist(), reasons, strict=True)):
        outcome = result.outcomes[index]
        if outcome is Outcome.MENDED:
            ledger.shapes[position] = shapely.orient_polygons(result.shapes[index], exterior_cw=False)
            ledger.note(position, Defect.INVALID, reason)
            continue
        problem, advice = _REFUSALS[outcome]
        areas_m2 = (result.drawn_m2[index], result.even_odd_m2[index], result.solid_m2[index])
        ledger.refuse(position, reason, problem.format(*areas_m2), advice)


_REFUSALS = {
    Outcome.AMBIGUOUS: (
        "a repair would change the area by over 1 %: {0:,.1f} m2 as drawn, {1:,.1f} m2 by even-odd, {2:,.1f} m2 mended",
        "mend the rings in the source: only their author knows which part is meant",
    ),
    Outcome.COLLAPSED: ("encloses no area", "draw the outline, or leave the row out"),
    Outcome.TANGLED: ("crosses itself too often to be repaired", "draw the outline anew"),
    Outcome.UNMEASURED: ("is not valid and cannot be repaired here", "mend it in the source; is it in the county?"),
}


def _tidy(ledger: Ledger) -> None:
    """Ring order and repeated points of what is otherwise sound."""
    positions = np.flatnonzero(ledger.live)
    if not len(positions):
        return
    looked = census(ledger.shapes if len(positions) == len(ledger.shapes) else ledger.shapes[positions])
    repeating, misturned = positions[looked.repeating], positions[looked.misturned]
    if len(repeating):
        ledger.shapes[repeating] = shapely.remove_repeated_points(ledger.shapes[repeating], 0)
        for position in repeating.tolist():
            ledger.note(position, Defect.REPEATED_POINTS, "points repeated one after another")
    if len(misturned):
        ledger.shapes[misturned] = shapely.orient_polygons(ledger.shapes[misturned], exterior_cw=False)
        ledger.note_everywhere(misturned, Defect.RING_ORDER)
