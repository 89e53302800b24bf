"""How a GIS is to draw each layer: in the colours of the maps, in the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from geo.export import Legend, Symbol
from geo.layers.spec import LayerSpec
from geo.origin import ORIGIN
from geo.terms import RoadEffect, Tier
from maps import palette
from maps.words import Words, words

_PLACE_OPACITY: Final = 0.55
"""Of areas that lie on the ground which a planner wants to see through them."""


def legend(spec: LayerSpec, lang: str) -> Legend:
    """The legend of a layer: without symbols for one that has no look of its own. InputError: no such language."""
    said = words(lang)
    title = spec.title_zh if lang == "zh" else spec.title_en
    headings = {one.name: one.title_zh if lang == "zh" else one.title_en for one in spec.columns if not one.restricted}
    headings[ORIGIN] = "来源版本" if lang == "zh" else "version exported from"
    if spec.name in _PLAIN:
        return Legend(title, (_PLAIN[spec.name](title),), headings=headings)
    if spec.name in _CLASSES:
        column, symbols = _CLASSES[spec.name]
        return Legend(title, tuple(symbols(said)), column, headings)
    return Legend(title, (), headings=headings)


def _outline(name: str, width_px: float) -> Callable[[str], Symbol]:
    return lambda title: Symbol(title, palette.colour(name), stroke_px=width_px)


def _mark(name: str) -> Callable[[str], Symbol]:
    fill, ink = palette.MARKS[name]
    return lambda title: Symbol(title, ink, fill)


_PLAIN: Final[Mapping[str, Callable[[str], Symbol]]] = {
    "county": _outline("outline", 2.4),
    "towns": _outline("town-border", 1.4),
    "villages": _outline("village-border", 0.8),
    "grids": _outline("rule", 0.6),
    "rivers": _outline("water", 1.6),
    "woodland": lambda title: Symbol(title, palette.WOODLAND.stroke, palette.WOODLAND.mark, 0.6, _PLACE_OPACITY / 2),
    "teams": lambda title: Symbol(title, palette.colour("paper"), palette.colour("accent")),
    "detections": _mark("detection"),
    "incidents": _mark("incident-open"),
}


def _tiers(said: Words) -> Iterable[Symbol]:
    for tier in Tier:
        fill, ink = palette.MARKS[f"tier-{tier}"]
        yield Symbol(said(f"tier.{tier}"), ink, fill, value=str(tier))


def _roads(said: Words) -> Iterable[Symbol]:
    for road_class, (colour, width_px, _) in palette.ROADS.items():
        yield Symbol(said(f"road.{road_class}"), palette.on_paper(colour), stroke_px=width_px, value=str(road_class))
    yield Symbol(said("value.other"), palette.colour("rule"), stroke_px=0.6)


def _levels(said: Words) -> Iterable[Symbol]:
    for level, swatch in palette.LEVELS.items():
        title = said("level.name", level=int(level), word=said(f"level.{int(level)}"))
        yield _area(title, swatch, int(level))


def _grades(said: Words) -> Iterable[Symbol]:
    for grade, swatch in palette.GRADES.items():
        yield Symbol(said(f"grade.{grade}"), swatch.stroke, swatch.fill, value=str(grade))
    yield Symbol(said("grade.unknown"), palette.UNKNOWN.stroke, palette.UNKNOWN.fill)


def _effects(said: Words) -> Iterable[Symbol]:
    for effect in RoadEffect:
        slowed, colour = effect is RoadEffect.SLOWED, palette.colour("closed")
        fill = None if slowed else colour
        yield Symbol(said(f"road_effect.{effect}"), colour, fill, 3, _PLACE_OPACITY / 2, str(effect), dashed=slowed)


def _area(title: str, swatch: palette.Swatch, value: int) -> Symbol:
    return Symbol(title, swatch.stroke, swatch.fill, swatch.stroke_px, _PLACE_OPACITY, value)


_CLASSES: Final[Mapping[str, tuple[str, Callable[[Words], Iterable[Symbol]]]]] = {
    "stations": ("tier", _tiers),
    "roads": ("road_class", _roads),
    "closures": ("effect", _effects),
    "risk_zones": ("level", _levels),
    "hazard_sites": ("danger_grade", _grades),
}
