"""What a look at how layers lie beside each other can find, as values: they warn and refuse nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from geo.errors import Fault
from geo.layers.registry import layer

_NAMED: Final = 5  # more neighbours than this are counted, not named


class FindingKind(StrEnum):
    """What was found."""

    OVERLAP = "overlap"
    GAP = "gap"
    GRID_OUTSIDE = "grid_outside"
    GRID_CODE = "grid_code"
    SAME_CODE = "same_code"
    SAME_SHAPE = "same_shape"
    PLACE_OUTSIDE = "place_outside"


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What is too small to be named.

    An overlap, a gap or the part of a cell outside its village counts when it is larger than `area_m2` and wider than
    `width_m` on average (twice the area over the perimeter): slits narrower than 10 cm come of rounding to 7 digits
    and of edges that are straight in one coordinate system and not in the other. A place counts as outside its
    village from `place_m` on, the accuracy of a telephone's position.
    """

    area_m2: float = 1.0
    width_m: float = 0.1
    place_m: float = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in `layer`: `keys` are the ids concerned, `rows` their rows from 1, in the same order.

    For a gap the keys are the villages around it. `village_code` is the village a cell or a place says it belongs to,
    `found_in` the one it lies in (None: in none). `share` is the part of the cell that lies outside. A pair with
    several slits is one finding: `area_m2` is their sum, `parts` their number; `lon`, `lat` (WGS84) lie in the
    largest. `distance_m` is how far outside its village a place lies.
    """

    kind: FindingKind
    layer: str
    keys: tuple[str, ...]
    rows: tuple[int, ...]
    lon: float | None = None
    lat: float | None = None
    area_m2: float | None = None
    parts: int = 1
    share: float | None = None
    distance_m: float | None = None
    village_code: str | None = None
    found_in: str | None = None

    @property
    def problem(self) -> str:
        """What is amiss, with its figures, in words."""
        others = _listed(self.keys[1:])
        lies_in = f"in {self.found_in}" if self.found_in else "in no village"
        match self.kind:
            case FindingKind.OVERLAP:
                return f"overlaps {others} by {self.area_m2:,.0f} m2 in {self.parts} place(s)"
            case FindingKind.GAP:
                beside = f"; around it: {_listed(self.keys)}" if self.keys else ""
                return f"{self.area_m2:,.0f} m2 in {self.parts} place(s) lie in no village{beside}"
            case FindingKind.GRID_OUTSIDE:
                return f"{self.area_m2:,.0f} m2 of the cell ({self.share:.1%}) lie outside village {self.village_code}"
            case FindingKind.GRID_CODE:
                return f"the code begins with another village than village_code says ({self.village_code})"
            case FindingKind.SAME_CODE:
                return f"the code stands in rows {', '.join(map(str, self.rows))}"
            case FindingKind.SAME_SHAPE:
                return f"has the same geometry as {others}"
            case FindingKind.PLACE_OUTSIDE:
                return f"lies {self.distance_m:,.0f} m outside village {self.village_code}, {lies_in}"

    def warning(self) -> Fault:
        """The finding in the form of the reports; it refuses no row. Row 0 is the layer as a whole."""
        column = {FindingKind.GRID_CODE: "village_code", FindingKind.SAME_CODE: layer(self.layer).key}
        return Fault(
            layer=self.layer,
            row=self.rows[0] if self.rows else 0,
            key=self.keys[0] if self.keys else None,
            column=column.get(self.kind, "geometry"),
            value=None if self.lon is None else f"at {self.lon:.6f} {self.lat:.6f}",
            problem=self.problem,
            advice=_ADVICE[self.kind],
        )


def _listed(keys: tuple[str, ...]) -> str:
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(keys[:_NAMED]) + more


_ADVICE = {
    FindingKind.OVERLAP: "each place must lie in exactly one village; give it to one of them",
    FindingKind.GAP: "each place must lie in exactly one village; give it to one of them",
    FindingKind.GRID_OUTSIDE: "cut the cell at the border, or mend its village code",
    FindingKind.GRID_CODE: "a cell's code is its village's code and three digits; mend one of the two",
    FindingKind.SAME_CODE: "ids must be unique",
    FindingKind.SAME_SHAPE: "one of the two is a copy, or has the other's outline by mistake",
    FindingKind.PLACE_OUTSIDE: "check the coordinates (was a GCJ-02 pin taken as WGS84?) or the village code",
}
