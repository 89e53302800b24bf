"""Swatches and symbols on a dark screen: what stands for nothing wrong is dark, so that what matters is bright.

Fills of warning levels are official and stay; so do patterns, which are what a class is told by without colour.
"""

from __future__ import annotations

from typing import Final

_GREEN: Final = {"fill": "#264a39", "mark": "#264a39", "ink": "#cdeedb", "stroke": "#5f8f78"}
_GREY: Final = {"fill": "#3a4550", "mark": "#94a1ae", "ink": "#e3e8ed", "stroke": "#7b8894"}
_NO_DATA: Final = {"fill": "#1a2129", "mark": "#6d7a86", "ink": "#c9d2da", "stroke": "#7b8894"}
_AMBER: Final = {"fill": "#d29c30", "mark": "#6e4900", "ink": "#241700", "stroke": "#f0c878"}
_RED: Final = {"stroke": "#ff8a80"}
_BLUE: Final = {"fill": "#2a3f5c", "mark": "#86a6d0", "ink": "#dbe7f5", "stroke": "#86a6d0"}


def _symbol(fill: str, ink: str) -> dict[str, str]:
    return {"fill": fill, "ink": ink, "stroke": ink}


_HOLLOW: Final = _symbol("#151c24", "#b6c0ca")
_BORDERS: Final = {1: "#5cc477", 2: "#78a8f2", 3: "#ffd500", 4: "#ff9d2e", 5: "#ff5a5e"}
"""Borders of warning levels: lighter, where by day they are darker."""

LOOKS: Final[dict[str, dict[str, str]]] = {
    "state-met": _GREEN,
    "state-curable": _AMBER,
    "state-lost": _RED,
    "state-no_team": {"stroke": "#c3a8e6"},
    "state-exempt": _BLUE,
    "state-not_assessed": _GREY,
    "state-no_data": _NO_DATA,
    "clock-full": {"fill": "#2f6b4c", "mark": "#2f6b4c", "ink": "#dff5e8", "stroke": "#5f8f78"},
    "clock-some": _AMBER,
    "clock-none": _RED,
    "duty-full": _GREEN,
    "duty-short": _AMBER,
    "duty-absent": _RED,
    "duty-expected": {"fill": "#303b46", "mark": "#8d99a5", "ink": "#e8edf2", "stroke": "#8d99a5"},
    "duty-suspended": {"fill": "#571826", "mark": "#ff8496", "ink": "#ffd9df", "stroke": "#ff8496"},
    "duty-not_required": _GREY,
    "duty-unknown_calendar": {"fill": "#4b3a08", "mark": "#d9b64a", "ink": "#ffe9ab", "stroke": "#d9b64a"},
    "duty-no_data": _NO_DATA,
    "day-unknown": _NO_DATA,
    "day-0": {"fill": "#232b32", "mark": "#8d99a5", "ink": "#e3e8ed", "stroke": "#8d99a5"},
    "row-accepted": _GREEN,
    "row-repaired": {"fill": "#24405e", "mark": "#86bdf7", "ink": "#dcebfb", "stroke": "#86bdf7"},
    "row-refused": _RED,
    "reach-1": {"fill": "#17302d", "mark": "#17302d", "ink": "#d5efeb", "stroke": "#37605b"},
    "reach-2": {"fill": "#1f4d48", "mark": "#4d8c85", "ink": "#d5efeb", "stroke": "#4d8c85"},
    "reach-3": {"fill": "#2f7d74", "mark": "#a5d2cb", "ink": "#ffffff", "stroke": "#7dbdb5"},
    "reach-4": {"fill": "#8fd3ca", "mark": "#1f5c56", "ink": "#06211e", "stroke": "#d5efeb"},
    "reach-beyond": {"fill": "#38424b", "mark": "#93a0ac", "ink": "#e8edf2", "stroke": "#b6c0ca"},
    "leg-notice": {"fill": "#46525e", "mark": "#94a1ae", "ink": "#eef2f5", "stroke": "#94a1ae"},
    "leg-access": {"fill": "#c29b55", "mark": "#6e4900", "ink": "#1c1300"},
    "leg-road": {"fill": "#7fa6e8", "mark": "#7fa6e8", "ink": "#0b1830", "stroke": "#b5cdf5"},
    "leg-walk": {"fill": "#c29b55", "mark": "#6e4900", "ink": "#1c1300"},
    "woodland": {"fill": "#232b32", "mark": "#58753f", "ink": "#cbd8c0", "stroke": "#58753f"},
    "outline": {"stroke": "#6a7a88", "ink": "#e8edf2"},
    **{
        f"{family}-{level}": {"stroke": border}
        for family in ("fire", "geo", "day", "level")
        for level, border in _BORDERS.items()
    },
    "incident-done": _symbol("#151c24", "#a3afba"),
    "detection": _symbol("#151c24", "#b9a2e8"),
    "detection-outside": _symbol("#151c24", "#b9a2e8"),
    "removed": _HOLLOW,
    "tier-station": _symbol("#33424f", "#e8edf2"),
    "night-kept": _symbol("#3fa873", "#06170e"),
    "night-missing": _symbol("#3a4550", "#c9d2da"),
    "night-open": _symbol("#151c24", "#f0c878"),
    "night-exempt": _symbol("#2a3f5c", "#dbe7f5"),
    "night-unknown": _HOLLOW,
    "night-not_assigned": _HOLLOW,
    "in-time": _symbol("#173d2b", "#b5e8cb"),
}
"""By the key of a swatch or symbol, the parts of its look that are another colour; the rest stays."""
