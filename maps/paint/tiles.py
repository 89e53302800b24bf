"""Large layers as vector tiles: Folium's VectorGridProtobuf over the service's own `/tiles`, in the palette's colours.

What a feature carries reaches the page inside its tile and is shown through `textContent`, on the same cards as every
other layer's; Folium's template holds an address and the name of a data block, both ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from folium.plugins import VectorGridProtobuf

from geo.layers.spec import Column, LayerSpec
from geo.terms import DangerGrade, HazardLevel, RoadClass
from geo.tiles import CARRIED, DEEPEST, tiled
from maps import assets, cards, palette
from maps.paint.chart import DataLayer, Payload
from maps.words import Words

LARGE = 3_000
"""A layer of more shapes than this goes out as tiles."""

_WORDS = {"kind": "hazard", "status": "site_status", "danger_grade": "grade", "level": "level"}
_OF_HAZARDS = ("risk_zones", "hazard_sites")


class TiledLayer(VectorGridProtobuf, DataLayer):
    """A layer of tiles; how it looks and what its cards say is in the page's block, as with any `DataLayer`."""

    default_js = [("vectorGrid", assets.VECTOR_GRID_JS)]  # noqa: RUF012  # Folium declares a list, and only reads it

    def __init__(self, identity: str, title: str | None, url: str, payload: Payload, *, show: bool = True) -> None:
        DataLayer.__init__(self, identity, title, payload, show=show)
        self.url = url
        self.options = f"yixian.tiles('{self.block}')"


def tiled_layer(
    name: str,
    words: Words,
    *,
    version: str,
    title: str | None,
    pane: str = "areas",
    root: str = "../",
    show: bool = True,
) -> TiledLayer:
    """The layer `name` as tiles of the data `version`; NotFoundError for a layer without shapes.

    `root` is the service's, seen from the page. The page's outfit needs `assets.TILE_SCRIPTS` and `connects`.
    """
    spec = tiled(name)
    payload = {
        "kind": "tiles",
        "layer": name,
        "pane": pane,
        "title": spec.title_en if words.lang == "en" else spec.title_zh,
        "deepest": DEEPEST,
        "looks": looks(spec, words),
        "rows": [_row(spec, column, words) for column in spec.columns if column.name in CARRIED - {"name", "name_en"}],
    }
    url = f"{root}tiles/{name}/{{z}}/{{x}}/{{y}}.pbf?v={version}"
    return TiledLayer(f"{name}_tiles", title, url, payload, show=show)


def looks(spec: LayerSpec, words: Words) -> dict[str, Any]:
    """By which property features are drawn: for its values the style's key and the badge, or how a line is drawn."""
    if spec.name == "risk_zones":
        levels = {str(int(level)): [f"level-{int(level)}", cards.level_name(words, level)] for level in HazardLevel}
        return {"by": "level", "of": levels, "other": ["unknown", words("level.unknown")]}
    if spec.name == "hazard_sites":
        grades = {str(grade): [cards.level_style(grade.level), cards.grade_name(words, grade)] for grade in DangerGrade}
        return {"by": "danger_grade", "of": grades, "other": ["unknown", words("grade.unknown")]}
    if spec.name == "roads":
        faint = palette.ROADS[RoadClass.TERTIARY]
        classes = {str(one): _line(palette.ROADS.get(one, faint)) for one in RoadClass}
        return {"by": "road_class", "of": {}, "lines": classes, "other": ["outline", ""]}
    if spec.name == "rivers":
        return {"by": None, "of": {}, "line": _line((palette.colour("water"), 1.8, None)), "other": ["outline", ""]}
    return {"by": None, "of": {}, "other": ["woodland" if spec.name == "woodland" else "outline", ""]}


def _line(look: tuple[str, float, str | None]) -> dict[str, Any]:
    colour, width_px, _ = look
    return {"color": colour, "weight": width_px, "fill": False}


def _row(spec: LayerSpec, column: Column, words: Words) -> list[Any]:
    """One line of a card: the property, its label, and the words for its values where it is a term."""
    label = column.title_en if words.lang == "en" else column.title_zh
    return [column.name, label, _terms(spec, column, words)]


def _terms(spec: LayerSpec, column: Column, words: Words) -> Mapping[str, str]:
    family = _WORDS.get(column.name)
    if column.vocabulary is None or family is None or spec.name not in _OF_HAZARDS:
        return {}
    values = [str(int(term)) if isinstance(term, int) else str(term) for term in column.vocabulary]
    return {value: words(f"{family}.{value}") for value in values}
