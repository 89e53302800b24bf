"""What stands for a class of areas: a colour and the pattern beside it, so that colour is never the only sign."""

from __future__ import annotations

from dataclasses import dataclass, replace

from geo.fire_danger import NOT_GIVEN
from geo.fire_danger import UNKNOWN as UNKNOWN_CLASS
from geo.terms import Attendance, DangerGrade, HazardLevel, OrderState, StayState
from maps.palette.interface import INTERFACE


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
