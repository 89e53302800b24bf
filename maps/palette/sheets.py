"""The palette as pages take it: variables of a style sheet, a table of styles, and the patterns of all swatches."""

from __future__ import annotations

from typing import Any

from geo.fire_danger import UNKNOWN as UNKNOWN_CLASS
from maps.palette import dark
from maps.palette.interface import DARK, INTERFACE, variable
from maps.palette.lines import MARKS
from maps.palette.swatches import (
    CLOCK,
    DUTY,
    FIRE,
    FIRE_DAYS,
    GEOLOGICAL,
    LEGS,
    LEVELS,
    REACH,
    ROWS,
    STATES,
    UNKNOWN,
    WOODLAND,
    Swatch,
)

_BACKDROP_AREAS = {
    "backdrop-water": ("water", "ocean"),
    "backdrop-green": ("landcover", "landuse", "natural", "park", "wood", "woodland", "green"),
    "backdrop-building": ("building", "buildings"),
    "backdrop-land": ("earth", "land"),
}
_BACKDROP_LINES = {
    ("backdrop-stream", 1.2): ("waterway", "physical_line", "rivers"),
    ("backdrop-road", 1.2): ("transportation", "roads", "transit"),
    ("backdrop-border", 1.0): ("boundary", "boundaries"),
}


def backdrop_looks() -> dict[str, dict[str, Any]]:
    """How a background's vector layers are drawn, by their names in the common schemas; others are not."""
    areas = {name: {"fill": variable(colour)} for colour, names in _BACKDROP_AREAS.items() for name in names}
    lines = {
        name: {"line": variable(colour), "weight": px}
        for (colour, px), names in _BACKDROP_LINES.items()
        for name in names
    }
    return {**areas, **lines}


def css_variables() -> str:
    """A style sheet that gives every colour that is named to the others as a variable: light, and on a screen dark.

    The page's script says which by `data-look`; a sheet of paper, or what shall become one, is always light.
    """
    light, marks = style_table(), {key: swatch.mark for key, swatch in swatches().items()}
    by_day, by_night = dict(INTERFACE), dict(DARK)
    for key, look in dark.LOOKS.items():
        for part, shade in look.items():
            by_day[f"{key}-{part}"] = marks[key] if part == "mark" else light[key][part]
            by_night[f"{key}-{part}"] = shade
    return (
        f":root{{color-scheme:light;{_declared(by_day)}}}"
        f"@media screen{{:root[data-look=dark]:not(.still){{color-scheme:dark;{_declared(by_night)}}}}}"
    )


def _declared(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


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


def screen_styles() -> dict[str, dict[str, Any]]:
    """`style_table` with variables for the colours that a dark screen has otherwise."""
    return {
        key: {part: _named(key, part, value) if isinstance(value, str) else value for part, value in style.items()}
        for key, style in style_table().items()
    }


def _named(key: str, part: str, colour: str) -> str:
    """A colour of a look, by its variable where it is another one in the dark."""
    return f"var(--{key}-{part})" if part in dark.LOOKS.get(key, ()) else colour


def pattern_defs() -> str:
    """One hidden inline SVG with a pattern for every swatch, to be named as `url(#pattern-KEY)`."""
    patterns = "".join(_pattern(key, swatch) for key, swatch in swatches().items())
    return f'<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>{patterns}</defs></svg>'


_TURNS = {"slash": 45, "backslash": -45, "cross": 45, "level": 90}


def _pattern(key: str, swatch: Swatch) -> str:
    fill, ink = _named(key, "fill", swatch.fill), _named(key, "mark", swatch.mark)
    size, middle = swatch.spacing_px, swatch.spacing_px / 2
    ground = f'<rect width="{size:g}" height="{size:g}" fill="{fill}" fill-opacity="{swatch.fill_opacity:g}"/>'
    pen = f'stroke="{ink}" stroke-width="{swatch.mark_px:g}"'
    upright = f'<path d="M{middle:g} 0V{size:g}" {pen}/>'
    marks = {
        "plain": "",
        "dots": f'<circle cx="{middle:g}" cy="{middle:g}" r="{swatch.mark_px:g}" fill="{ink}"/>',
        "rings": f'<circle cx="{middle:g}" cy="{middle:g}" r="{swatch.mark_px:g}" fill="none" stroke="{ink}"/>',
        "cross": f'{upright}<path d="M0 {middle:g}H{size:g}" {pen}/>',
    }.get(swatch.shape, upright)
    return (
        f'<pattern id="pattern-{key}" width="{size:g}" height="{size:g}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({_TURNS.get(swatch.shape, 0)})">{ground}{marks}</pattern>'
    )
