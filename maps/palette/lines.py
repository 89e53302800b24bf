"""Lines and point symbols: roads, the ways of teams, and the fill and ink of every symbol."""

from __future__ import annotations

from dataclasses import dataclass

from geo.terms import EveningState, RoadClass
from maps.palette.interface import INTERFACE, variable
from maps.palette.swatches import UNKNOWN

ROADS: dict[RoadClass, tuple[str, float, str | None]] = {
    RoadClass.MOTORWAY: (variable("road-motorway"), 2.4, variable("road-casing")),
    RoadClass.TRUNK: (variable("road-trunk"), 2.0, variable("road-casing")),
    RoadClass.PRIMARY: (variable("road-primary"), 1.7, variable("road-casing")),
    RoadClass.SECONDARY: (variable("road-secondary"), 1.1, None),
    RoadClass.TERTIARY: (variable("road-tertiary"), 0.8, None),
}
"""The road classes that are drawn: colour, width in pixels, and the colour of the casing (None: no casing)."""


@dataclass(frozen=True, slots=True)
class RouteLine:
    """How the way of one team is drawn: a line of `colour` upon a wider casing; `ink` is the text upon `colour`."""

    colour: str
    ink: str
    casing: str
    width_px: float
    casing_px: float
    dash: str | None


ROUTES: dict[int, RouteLine] = {
    1: RouteLine("#14295c", INTERFACE["paper"], INTERFACE["paper"], 13, 16.5, None),
    2: RouteLine("#c2187a", INTERFACE["paper"], INTERFACE["paper"], 6, 7.6, "12 7"),
    3: RouteLine("#ffbf1f", INTERFACE["ink"], INTERFACE["ink"], 2.6, 4.8, None),
}
"""The first three teams by rank: each way is narrower than the one before, so that all show where they run together."""

CLOSED = variable("closed")
"""Roads that a closure bars or slows."""

MARKS: dict[str, tuple[str, str]] = {
    "tier-hq": (INTERFACE["hq"], INTERFACE["paper"]),
    "tier-post": (INTERFACE["post"], INTERFACE["paper"]),
    "tier-station": (INTERFACE["station"], INTERFACE["paper"]),
    "incident-open": (INTERFACE["incident"], INTERFACE["paper"]),
    "incident-done": (INTERFACE["paper"], INTERFACE["incident-done"]),
    "detection": (INTERFACE["paper"], INTERFACE["detection"]),
    "detection-outside": (INTERFACE["paper"], INTERFACE["detection"]),
    "removed": (INTERFACE["paper"], UNKNOWN.stroke),
    "place": (INTERFACE["ink"], INTERFACE["paper"]),
    **{
        f"night-{state}": colours
        for state, colours in {
            EveningState.KEPT: ("#1f7a4d", INTERFACE["paper"]),
            EveningState.MISSING: ("#d5dbe1", INTERFACE["ink-soft"]),  # not red: a village owes two nights, not seven
            EveningState.OPEN: (INTERFACE["paper"], "#8a5a00"),
            EveningState.EXEMPT: ("#d6e3f3", "#17324f"),
            EveningState.UNKNOWN: (INTERFACE["paper"], UNKNOWN.stroke),
            EveningState.NOT_ASSIGNED: (INTERFACE["paper"], UNKNOWN.stroke),
        }.items()
    },
    "closure-closed": (INTERFACE["closed"], INTERFACE["paper"]),
    "closure-slowed": (INTERFACE["paper"], INTERFACE["closed"]),
    "in-time": (INTERFACE["good"], INTERFACE["good-ink"]),
    "too-late": (INTERFACE["closed"], INTERFACE["paper"]),
    **{f"route-{rank}": (line.colour, line.ink) for rank, line in ROUTES.items()},
}
"""Point symbols that are not on the scale of levels: fill and ink; their shapes differ too."""
