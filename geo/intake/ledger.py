"""What was done to a layer's shapes: each repair, each refusal, and the ledger that they are written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.errors import Fault
from geo.intake.parts import Shapes
from geo.layers.spec import LayerSpec, Shape

Mask = npt.NDArray[np.bool_]


class Defect(StrEnum):
    """What was amiss with a shape that was mended."""

    HEIGHTS = "heights"  # Z or M values; left out
    RING_ORDER = "ring_order"  # against RFC 7946; reversed
    SINGLE_PART = "single_part"  # a Multi of one part; taken out
    COLLECTION = "collection"  # of one kind that fits; opened
    EMPTY_PART = "empty_part"  # beside sound ones; left out
    REPEATED_POINTS = "repeated_points"  # one place twice in a row; said once
    INVALID = "invalid"  # by the rules of OGC Simple Features; mended


@dataclass(frozen=True, slots=True)
class Repair:
    """One row's shape was changed, or, with `row` 0, the shapes of `rows` rows without moving any place.

    `row` counts the source's data rows from 1. The measure is planar, in the metric system given: areas for layers of
    polygons, lengths for lines, None for points. `problem` is GEOS's own finding, or what was left out.
    """

    layer: str
    row: int
    key: str | None
    defects: tuple[Defect, ...]
    problem: str
    type_before: str | None = None
    type_after: str | None = None
    area_m2_before: float | None = None
    area_m2_after: float | None = None
    length_m_before: float | None = None
    length_m_after: float | None = None
    rows: int = 1

    def __str__(self) -> str:
        if not self.row:
            return f"{self.layer}, {self.rows} row(s): {self.problem}"
        key = f" ({self.key})" if self.key else ""
        kinds = f"{self.type_before} -> {self.type_after}"
        measures = ((self.area_m2_before, self.area_m2_after, "m2"), (self.length_m_before, self.length_m_after, "m"))
        change = "".join(
            f", {before:,.1f} -> {after:,.1f} {unit}"
            for before, after, unit in measures
            if before is not None and after is not None
        )
        return f"{self.layer} row {self.row}{key}: {self.problem}; {kinds}{change}"


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """The shapes, mended where they could be and as given where refused; each change; each refusal."""

    shapes: Shapes
    repairs: tuple[Repair, ...]
    faults: tuple[Fault, ...]


@dataclass(slots=True, eq=False)
class Ledger:
    """A layer's shapes as they are so far, and what has been said of them. Positions count from 0.

    `live` rows are not refused; the steps of a repair look at no others.
    """

    given: Shapes
    shapes: Shapes
    spec: LayerSpec
    metric_crs: str
    keys: list[str | None]
    live: Mask = field(init=False)
    found: dict[int, list[tuple[Defect, str]]] = field(init=False, default_factory=dict)
    everywhere: dict[Defect, Mask] = field(init=False, default_factory=dict)
    refused: dict[int, tuple[str | None, str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.live = np.ones(len(self.given), dtype=bool)

    def note(self, position: int, defect: Defect, problem: str) -> None:
        """Say of one row what was mended."""
        self.found.setdefault(position, []).append((defect, problem))

    def note_everywhere(self, positions: npt.NDArray[np.intp], defect: Defect) -> None:
        """Say of many rows what was mended without moving any place; reported once for the layer."""
        self.everywhere.setdefault(defect, np.zeros(len(self.given), dtype=bool))[positions] = True

    def refuse(self, position: int, value: str | None, problem: str, advice: str) -> None:
        """Say of one row why it cannot be taken."""
        self.refused[position] = (value, problem, advice)
        self.live[position] = False

    @property
    def kinds(self) -> npt.NDArray[np.int32]:
        """GEOS's type number of each shape, -1 for None."""
        kinds: npt.NDArray[np.int32] = shapely.get_type_id(self.shapes)
        return kinds

    def done(self) -> Repaired:
        """Close the ledger: refused rows have their shapes as given."""
        positions = [position for position in sorted(self.found) if self.live[position]]
        counts = {defect: int(np.count_nonzero(rows & self.live)) for defect, rows in self.everywhere.items()}
        whole = [self._of_layer(defect, rows) for defect, rows in counts.items() if rows]
        repairs = (*whole, *self._of_rows(positions))
        shapes = np.where(self.live, self.shapes, self.given)
        return Repaired(shapes, repairs, tuple(self._fault(position) for position in sorted(self.refused)))

    def _of_layer(self, defect: Defect, rows: int) -> Repair:
        return Repair(self.spec.name, 0, None, (defect,), _EVERYWHERE[defect], rows=rows)

    def _of_rows(self, positions: list[int]) -> list[Repair]:
        before, after = (self._measures(shapes[positions]) for shapes in (self.given, self.shapes))
        return [
            Repair(
                self.spec.name,
                position + 1,
                self.keys[position],
                tuple(dict.fromkeys(defect for defect, _ in self.found[position])),
                "; ".join(problem for _, problem in self.found[position]),
                self.given[position].geom_type,
                self.shapes[position].geom_type,
                area_m2_before=was[0],
                area_m2_after=became[0],
                length_m_before=was[1],
                length_m_after=became[1],
            )
            for position, was, became in zip(positions, before, after, strict=True)
        ]

    def _fault(self, position: int) -> Fault:
        value, problem, advice = self.refused[position]
        return Fault(self.spec.name, position + 1, self.keys[position], "geometry", value, problem, advice)

    def _measures(self, shapes: Shapes) -> list[tuple[float | None, float | None]]:
        """(area in m2, length in m) of each shape: the one that its kind has."""
        if self.spec.shape is Shape.POINT or not len(shapes):
            return [(None, None)] * len(shapes)
        planar = crs.to_metres(shapes, self.metric_crs)
        areal = (shapely.get_dimensions(shapes) == 2).tolist()
        with np.errstate(invalid="ignore"):  # beyond the projection's reach there is no measure, but NaN
            measures = zip(areal, shapely.area(planar).tolist(), shapely.length(planar).tolist(), strict=True)
        return [(area_m2, None) if has_area else (None, length_m) for has_area, area_m2, length_m in measures]


_EVERYWHERE = {
    Defect.HEIGHTS: "Z or M values were left out: layers are 2-D",
    Defect.RING_ORDER: "rings were reversed to the order of RFC 7946: shells counterclockwise, holes clockwise",
    Defect.SINGLE_PART: "a Multi of one part was taken as that part",
}
