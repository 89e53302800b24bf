"""The palette as matplotlib takes it: colours, patterns as hatches, symbols as markers."""

from __future__ import annotations

from typing import Any, Final

from maps import palette

POINT_PX: Final = 0.75
"""Points of a printer in a pixel of a style sheet."""

_HATCHES: Final = {"slash": "/", "backslash": "\\", "cross": "x", "level": "-", "dots": ".", "rings": "o"}
_MARKERS: Final = {
    "sym-hq": ("*", 15),
    "sym-post": ("s", 7),
    "sym-station": ("p", 2),
    "sym-site": ("^", 7),
    "sym-site-removed": ("^", 4.5),
    "sym-incident-open": ("8", 11),
    "sym-incident-done": ("8", 5),
    "sym-detection": ("D", 6),
    "sym-place": ("P", 13),
    "sym-closed": ("X", 10),
    "sym-slowed": ("o", 9),
}
"""Shape and size in points of our symbols."""
_OTHER: Final = ("o", 7)


def area_look(key: str) -> dict[str, Any]:
    """What a patch takes to look like the class `key` of areas, such as `state-lost`; border included."""
    swatch = palette.swatches().get(key)
    if swatch is None:
        style = palette.style_table()[key]
        return {"facecolor": style["fill"] or "none", "edgecolor": style["stroke"], "linewidth": 0.6}
    dense = 1 if swatch.spacing_px > 11 else 2 if swatch.spacing_px > 8 else 3
    return {
        "facecolor": (swatch.fill, swatch.fill_opacity),
        "edgecolor": swatch.stroke,
        "linewidth": swatch.stroke_px * POINT_PX,
        "linestyle": dashes(swatch.dash, swatch.stroke_px),
        "hatch": _HATCHES.get(swatch.shape, "") * dense or None,
        "hatchcolor": swatch.mark,
        "hatch_linewidth": swatch.mark_px * 0.5,
    }


def dashes(pattern: str | None, weight: float) -> Any:
    """A style sheet's dashes as multiples of the line's width, which is how they are taken here."""
    if not pattern:
        return "solid"
    return 0, [max(float(part), 0.1) / max(weight, 0.1) for part in pattern.replace(",", " ").split()]


def point_look(symbol: str, style: str, scale: float) -> dict[str, Any]:
    """What a marker takes to look like a symbol."""
    shape, size = _MARKERS.get(symbol, _OTHER)
    look = palette.style_table()[style]
    hollow = look["fill"] == palette.colour("paper")
    return {
        "marker": shape,
        "markersize": size * scale,
        "markerfacecolor": look["fill"],
        "markeredgecolor": look["ink"] if hollow else palette.colour("paper"),
        "markeredgewidth": 0.7 * scale if size > 3 else 0,
        "linestyle": "none",
    }


def bears_text(symbol: str) -> bool:
    """Whether a symbol is large enough for a numeral."""
    return _MARKERS.get(symbol, _OTHER)[1] >= 7
