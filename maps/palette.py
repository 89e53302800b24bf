"""The only place that knows colours, and the pattern beside each one, so that colour is never the only sign.

Warning colours are the official ones (QX/T 77-2007 for forest fire: 1 green to 5 red; the geological weather warning:
4 blue to 1 red on the common scale). Every swatch has a pattern: states differ by the pattern's shape, levels by its
density, and the two families of hazard by its direction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from geo.fire_danger import NOT_GIVEN
from geo.fire_danger import UNKNOWN as UNKNOWN_CLASS
from geo.terms import Attendance, DangerGrade, EveningState, HazardLevel, OrderState, RoadClass, StayState

INTERFACE = {
    "paper": "#ffffff",
    "paper-soft": "#f6f7f8",
    "ink": "#17212b",
    "ink-soft": "#4d5a67",
    "rule": "#dde2e7",
    "accent": "#0b5394",
    "focus": "#0b63ce",
    "outside": "#e4e8eb",
    "land": "#faf8f3",
    "outline": "#2b3a48",
    "town-border": "#5d6b78",
    "village-border": "#8d99a5",
    "water": "#79a9cf",
    "water-ink": "#2a6594",
    "halo": "#ffffff",
    "notice": "#fff4d6",
    "notice-ink": "#5c4300",
    "good": "#e2f1e8",
    "good-ink": "#0f3d29",
    "alarm": "#fbe3e6",
    "alarm-ink": "#7a0c22",
    "emergency": "#a50f2d",
    "shadow": "#17212b40",
    "hq": "#8c1420",
    "post": "#0b5394",
    "station": "#33424f",
    "incident": "#6a1b7a",
    "incident-done": "#66717c",
    "detection": "#5b3d8f",
    "exposed": "#17212b",
}
"""Colours of the page itself; style sheets name them as `var(--name)`."""


@dataclass(frozen=True, slots=True)
class Swatch:
    """How one class of areas is drawn: `fill` under `mark` lines of a pattern; `ink` is the text colour upon `fill`."""

    fill: str
    mark: str
    ink: str
    shape: str
    spacing_px: float = 8
    mark_px: float = 1.5
    fill_opacity: float = 1
    stroke: str = INTERFACE["village-border"]
    stroke_px: float = 0.8
    dash: str | None = None

    @property
    def fingerprint(self) -> tuple[str, float, float]:
        """What tells the pattern from others without colour."""
        return self.shape, self.spacing_px, self.mark_px


STATES: dict[StayState, Swatch] = {
    StayState.MET: Swatch("#bcdccb", "#bcdccb", "#0f3d29", "plain"),
    StayState.CURABLE: Swatch("#f6c453", "#8a5a00", "#3d2800", "slash", 9, 2),
    StayState.LOST: Swatch("#c8372d", "#ffffff", "#ffffff", "cross", 9, 1.6, stroke="#7d1a13", stroke_px=1.4),
    StayState.NO_TEAM: Swatch("#7a5aa6", "#ffffff", "#ffffff", "level", 7, 2, stroke="#4f3877"),
    StayState.EXEMPT: Swatch("#d6e3f3", "#4f74a3", "#17324f", "backslash", 12, 1.2),
    StayState.NOT_ASSESSED: Swatch("#d5dbe1", "#6d7a87", "#26313b", "dots", 8, 1.3),
    StayState.NO_DATA: Swatch("#f7f8f9", "#a3adb7", "#3b4753", "dots", 13, 1.0, dash="3 3"),
}
"""Villages by the state of their week."""

CLOCK: dict[str, Swatch] = {
    "full": Swatch("#8fc5a8", "#8fc5a8", "#0f3d29", "plain", stroke="#3f7d5c"),
    "some": Swatch("#f6c453", "#8a5a00", "#3d2800", "slash", 5, 1.4, stroke="#8a5a00"),
    "none": Swatch("#c8372d", "#ffffff", "#ffffff", "cross", 5, 1, stroke="#7d1a13"),
}
"""Hours of the coverage clock: the full strength is there in time, fewer are, nobody is."""

DUTY: dict[Attendance, Swatch] = {
    Attendance.FULL: Swatch("#bcdccb", "#bcdccb", "#0f3d29", "plain"),
    Attendance.SHORT: Swatch("#f6c453", "#8a5a00", "#3d2800", "slash", 9, 2),
    Attendance.ABSENT: Swatch("#c8372d", "#ffffff", "#ffffff", "cross", 9, 1.6, stroke="#7d1a13"),
    Attendance.EXPECTED: Swatch("#e9eef3", "#8d99a5", "#17212b", "dots", 10, 1.1),
    Attendance.SUSPENDED: Swatch("#f3d4da", "#a50f2d", "#5c0618", "backslash", 7, 1.6, stroke="#a50f2d"),
    Attendance.NOT_REQUIRED: Swatch("#d5dbe1", "#6d7a87", "#26313b", "dots", 8, 1.3),
    Attendance.UNKNOWN_CALENDAR: Swatch("#fff4d6", "#8a6d00", "#332900", "dots", 6, 1.3),
    Attendance.NO_DATA: Swatch("#f7f8f9", "#a3adb7", "#3b4753", "dots", 13, 1.0, dash="3 3"),
}
"""Teams by their attendance on a day."""

ORDER: dict[OrderState, Swatch] = {
    OrderState.ON_STATION: DUTY[Attendance.FULL],
    OrderState.LATE: DUTY[Attendance.SHORT],
    OrderState.MISSING: DUTY[Attendance.ABSENT],
    OrderState.ON_THE_WAY: DUTY[Attendance.EXPECTED],
    OrderState.RELEASED: DUTY[Attendance.NOT_REQUIRED],
    OrderState.ON_LEAVE: DUTY[Attendance.NOT_REQUIRED],
    OrderState.RESERVE: DUTY[Attendance.NOT_REQUIRED],
}
"""Members by how they stand to a mobilisation order, in the colours of attendance."""

_LEVEL_COLOURS = {
    HazardLevel.LOW: ("#3aa655", "#2f8f48", "#1d6b33", "#10240f"),
    HazardLevel.FAIRLY_LOW: ("#2f6fd0", "#2f6fd0", "#1b4793", "#ffffff"),
    HazardLevel.FAIRLY_HIGH: ("#ffd500", "#d9a800", "#8a6d00", "#332900"),
    HazardLevel.HIGH: ("#ff8a00", "#f07800", "#a65300", "#2e1700"),
    HazardLevel.EXTREME: ("#d7141a", "#d7141a", "#8a0509", "#ffffff"),
}
"""Each level's fill, pattern lines, border, and text upon the fill."""

_SPACING_PX = {
    HazardLevel.LOW: 18.0,
    HazardLevel.FAIRLY_LOW: 14.0,
    HazardLevel.FAIRLY_HIGH: 11.0,
    HazardLevel.HIGH: 8.0,
    HazardLevel.EXTREME: 5.5,
}


def _levels(shape: str, fill_opacity: float, dash: str | None) -> dict[HazardLevel, Swatch]:
    return {
        level: Swatch(
            fill=colours[0],
            mark=colours[1],
            ink=colours[3],
            shape=shape,
            spacing_px=_SPACING_PX[level],
            mark_px=0.7 + 0.2 * level,
            fill_opacity=fill_opacity,
            stroke=colours[2],
            stroke_px=0.8 + 0.35 * level,
            dash=dash,
        )
        for level, colours in _LEVEL_COLOURS.items()
    }


FIRE = _levels("slash", 0.30, None)
"""Forest-fire zones: strokes rising to the right, a full border."""

GEOLOGICAL = _levels("backslash", 0.20, "7 4")
"""Geological zones: strokes falling to the right, a dashed border."""

FIRE_DAYS: dict[int, Swatch] = {
    **{
        int(level): replace(one, mark_px=0.5 + 0.1 * level, stroke_px=0.6)
        for level, one in _levels("level", 0.22, None).items()
    },
    NOT_GIVEN: Swatch("#ffffff", "#5c6873", "#26313b", "dots", 9, 1.2, stroke_px=0.6, dash="3 3"),
    UNKNOWN_CLASS: Swatch("#e4e8eb", "#a3adb7", "#26313b", "cross", 11, 1, stroke_px=0.6, dash="1 3"),
}
"""Forest-fire classes of a day under everything else: level strokes; dots where none was given, a grid where nobody
knows."""

LEVELS = _levels("plain", 1, None)
"""A level without a kind, in lists, totals and site symbols; it is always written beside its numeral."""

ROWS: dict[str, Swatch] = {
    "accepted": Swatch("#bcdccb", "#bcdccb", "#0f3d29", "plain"),
    "repaired": Swatch("#d3e5f6", "#0b5394", "#0b3a66", "slash", 8, 1.6, stroke="#0b5394"),
    "refused": Swatch("#c8372d", "#ffffff", "#ffffff", "cross", 8, 1.4, stroke="#7d1a13"),
    "warned": Swatch("#ffd95c", "#8a6d00", "#332900", "dots", 8, 1.4, stroke="#6b5400"),
}
"""Rows of an import by what became of them; their symbols differ in shape."""

REACH: dict[str, Swatch] = {
    "1": Swatch("#e3f1ee", "#e3f1ee", "#0c3531", "plain", stroke="#9dbfba", stroke_px=0.6),
    "2": Swatch("#a5d2cb", "#4d8c85", "#0c3531", "dots", 14, 1.1, stroke="#5c9a93", stroke_px=0.8),
    "3": Swatch("#66aaa2", "#1f5c56", "#06211e", "dots", 9, 1.4, stroke="#2f726b", stroke_px=1),
    "4": Swatch("#2c756d", "#a5d2cb", "#ffffff", "dots", 6, 1.2, stroke="#124842", stroke_px=1.2),
    "beyond": Swatch("#dde1e5", "#8b95a0", "#17212b", "cross", 13, 1.1, stroke="#3b4753", stroke_px=1.2, dash="5 4"),
}
"""Bands of first arrival, the soonest first: one hue from light to dark, so that what takes long stands out."""

LEGS: dict[str, Swatch] = {
    "notice": Swatch("#ccd3da", "#7d8995", "#17212b", "dots", 6, 1),
    "access": Swatch("#e6c68d", "#8a5a00", "#17212b", "slash", 6, 1.4),
    "road": Swatch("#2b4c86", "#2b4c86", "#ffffff", "plain"),
    "walk": Swatch("#e6c68d", "#8a5a00", "#17212b", "backslash", 6, 1.4),
}
"""The legs of an arrival: both walks in one colour, their strokes in two directions."""

UNKNOWN = Swatch("#9aa4ae", "#ffffff", "#17212b", "dots", 7, 1.2, stroke="#5c6873")
"""A level or grade that nobody knows: grey, with a question mark."""

WOODLAND = Swatch("#ffffff", "#6f9457", "#26313b", "rings", 11, 1.7, fill_opacity=0, stroke="#6f9457")
"""Woods: the rings of a topographic map, and nothing between them, since states and levels lie beneath."""

GRADES: dict[DangerGrade, Swatch] = {grade: LEVELS[grade.level] for grade in DangerGrade}
"""Hazard sites by danger grade; the numeral IV to I stands inside the symbol."""

ROADS: dict[RoadClass, tuple[str, float, str | None]] = {
    RoadClass.MOTORWAY: ("#c26a4a", 2.4, "#ffffff"),
    RoadClass.TRUNK: ("#b98a3e", 2.0, "#ffffff"),
    RoadClass.PRIMARY: ("#a68d5b", 1.7, "#ffffff"),
    RoadClass.SECONDARY: ("#a39b8b", 1.1, None),
    RoadClass.TERTIARY: ("#b5b0a6", 0.8, None),
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

CLOSED = "#a50f2d"
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
    "closure-closed": (CLOSED, INTERFACE["paper"]),
    "closure-slowed": (INTERFACE["paper"], CLOSED),
    "in-time": (INTERFACE["good"], INTERFACE["good-ink"]),
    "too-late": (CLOSED, INTERFACE["paper"]),
    **{f"route-{rank}": (line.colour, line.ink) for rank, line in ROUTES.items()},
}
"""Point symbols that are not on the scale of levels: fill and ink; their shapes differ too."""


_BACKDROP_AREAS = {
    "#d3e4f1": ("water", "ocean"),
    "#e6efdc": ("landcover", "landuse", "natural", "park", "wood", "woodland", "green"),
    "#e4dfd6": ("building", "buildings"),
    "#f7f5ef": ("earth", "land"),
}
_BACKDROP_LINES = {
    ("#9fc1dc", 1.2): ("waterway", "physical_line", "rivers"),
    ("#cfc6b6", 1.2): ("transportation", "roads", "transit"),
    ("#a7b0b8", 1.0): ("boundary", "boundaries"),
}


def backdrop_looks() -> dict[str, dict[str, Any]]:
    """How a background's vector layers are drawn, by their names in the common schemas; others are not."""
    areas = {name: {"fill": colour} for colour, names in _BACKDROP_AREAS.items() for name in names}
    lines = {name: {"line": colour, "weight": px} for (colour, px), names in _BACKDROP_LINES.items() for name in names}
    return {**areas, **lines}


def colour(name: str) -> str:
    """An interface colour by name; KeyError when there is none."""
    return INTERFACE[name]


def css_variables() -> str:
    """A style sheet that gives every interface colour to the others as a variable."""
    return ":root{" + "".join(f"--{name}:{value};" for name, value in INTERFACE.items()) + "}"


def swatches() -> dict[str, Swatch]:
    """Every swatch by the key under which pages name it, such as `state-lost`, `fire-4` or `geo-2`."""
    return {
        **{f"state-{state}": swatch for state, swatch in STATES.items()},
        **{f"fire-{int(level)}": swatch for level, swatch in FIRE.items()},
        **{f"geo-{int(level)}": swatch for level, swatch in GEOLOGICAL.items()},
        **{f"day-{'unknown' if level == UNKNOWN_CLASS else level}": swatch for level, swatch in FIRE_DAYS.items()},
        **{f"level-{int(level)}": swatch for level, swatch in LEVELS.items()},
        **{f"row-{state}": swatch for state, swatch in ROWS.items()},
        **{f"clock-{members}": swatch for members, swatch in CLOCK.items()},
        **{f"duty-{state}": swatch for state, swatch in DUTY.items()},
        **{f"reach-{band}": swatch for band, swatch in REACH.items()},
        **{f"leg-{leg}": swatch for leg, swatch in LEGS.items()},
        "unknown": UNKNOWN,
        "woodland": WOODLAND,
    }


def style_table() -> dict[str, dict[str, Any]]:
    """`swatches` as the page's script takes them: colours, stroke and the id of the pattern."""
    return (
        {
            key: {
                "fill": swatch.fill,
                "ink": swatch.ink,
                "stroke": swatch.stroke,
                "weight": round(swatch.stroke_px, 2),
                "dash": swatch.dash,
                "pattern": f"pattern-{key}",
            }
            for key, swatch in swatches().items()
        }
        | {key: {"fill": fill, "ink": ink, "stroke": ink} for key, (fill, ink) in MARKS.items()}
        | {"outline": {"stroke": INTERFACE["village-border"], "weight": 0.8, "fill": None, "ink": INTERFACE["ink"]}}
    )


def pattern_defs() -> str:
    """One hidden inline SVG with a pattern for every swatch, to be named as `url(#pattern-KEY)`."""
    patterns = "".join(_pattern(f"pattern-{key}", swatch) for key, swatch in swatches().items())
    return f'<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>{patterns}</defs></svg>'


_TURNS = {"slash": 45, "backslash": -45, "cross": 45, "level": 90}


def _pattern(identity: str, swatch: Swatch) -> str:
    size, middle = swatch.spacing_px, swatch.spacing_px / 2
    ground = f'<rect width="{size:g}" height="{size:g}" fill="{swatch.fill}" fill-opacity="{swatch.fill_opacity:g}"/>'
    pen = f'stroke="{swatch.mark}" stroke-width="{swatch.mark_px:g}"'
    upright = f'<path d="M{middle:g} 0V{size:g}" {pen}/>'
    marks = {
        "plain": "",
        "dots": f'<circle cx="{middle:g}" cy="{middle:g}" r="{swatch.mark_px:g}" fill="{swatch.mark}"/>',
        "rings": f'<circle cx="{middle:g}" cy="{middle:g}" r="{swatch.mark_px:g}" fill="none" stroke="{swatch.mark}"/>',
        "cross": f'{upright}<path d="M0 {middle:g}H{size:g}" {pen}/>',
    }.get(swatch.shape, upright)
    return (
        f'<pattern id="{identity}" width="{size:g}" height="{size:g}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({_TURNS.get(swatch.shape, 0)})">{ground}{marks}</pattern>'
    )


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two `#rrggbb` colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(rgb: str) -> float:
    shares = [int(rgb[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
