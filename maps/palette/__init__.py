"""The only place that knows colours, and the pattern beside each one, so that colour is never the only sign.

Warning colours are the official ones (QX/T 77-2007 for forest fire: 1 green to 5 red; the geological weather warning:
4 blue to 1 red on the common scale), by day and by night. Every swatch has a pattern: states differ by the pattern's
shape, levels by its density, and the two families of hazard by its direction.
"""

from maps.palette.contrast import contrast
from maps.palette.dark import LOOKS as DARK_LOOKS
from maps.palette.interface import DARK, INTERFACE, colour, on_paper, variable
from maps.palette.lines import CLOSED, MARKS, ROADS, ROUTES, RouteLine
from maps.palette.sheets import backdrop_looks, css_variables, pattern_defs, screen_styles, style_table, swatches
from maps.palette.swatches import (
    CLOCK,
    DUTY,
    FIRE,
    FIRE_DAYS,
    GEOLOGICAL,
    GRADES,
    LEGS,
    LEVELS,
    ORDER,
    REACH,
    ROWS,
    STATES,
    UNKNOWN,
    WOODLAND,
    Swatch,
)

__all__ = [
    "CLOCK",
    "CLOSED",
    "DARK",
    "DARK_LOOKS",
    "DUTY",
    "FIRE",
    "FIRE_DAYS",
    "GEOLOGICAL",
    "GRADES",
    "INTERFACE",
    "LEGS",
    "LEVELS",
    "MARKS",
    "ORDER",
    "REACH",
    "ROADS",
    "ROUTES",
    "ROWS",
    "STATES",
    "UNKNOWN",
    "WOODLAND",
    "RouteLine",
    "Swatch",
    "backdrop_looks",
    "colour",
    "contrast",
    "css_variables",
    "on_paper",
    "pattern_defs",
    "screen_styles",
    "style_table",
    "swatches",
    "variable",
]
