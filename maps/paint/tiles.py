"""Large layers as vector tiles: Folium's VectorGridProtobuf over the service's own `/tiles`, in the palette's colours.

What a feature carries reaches the page inside its tile, what the page knows of it beside that in the page's block; both
are shown through `textContent`, on the same cards as every other layer's. Folium's template holds an address and the
name of a data block, both ours. A file of its own has no service to ask: there a layer draws what matters most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from folium.plugins import VectorGridProtobuf

from geo.atlas import Atlas
from geo.layers.spec import Column, LayerSpec
from geo.terms import DangerGrade, HazardLevel, SiteStatus, Tier
from geo.tiles import CARRIED, DEEPEST, LARGE, tiled
from maps import assets, cards, palette
from maps.paint.chart import DataLayer, Payload
from maps.words import Words

_WORDS = {"kind": "hazard", "status": "site_status", "danger_grade": "grade", "level": "level"}
_OF_HAZARDS = ("risk_zones", "hazard_sites")


class TiledLayer(VectorGridProtobuf, DataLayer):
    """A layer of tiles; how it looks and what its cards say is in the page's block, as with any `DataLayer`.

    `url` is that of its tiles from the service's root on. `alone` makes what a file without a service draws instead.
    """

    default_js = [("vectorGrid", assets.VECTOR_GRID_JS)]  # noqa: RUF012  # Folium declares a list, and only reads it

    def __init__(
        self,
        identity: str,
        title: str | None,
        url: str,
        payload: Payload,
        *,
        show: bool = True,
        alone: Callable[[], DataLayer | None] = lambda: None,
    ) -> None:
        DataLayer.__init__(self, identity, title, payload, show=show)
        self.url = self._path = url
        self.options = f"yixian.tiles('{self.block}')"
        self._alone = alone

    def render(self, **kwargs: Any) -> str:
        """As Folium does, with the address seen from where the map's service is."""
        self.url = f"{getattr(self._parent, 'root', '/')}{self._path}"
        written: str = super().render(**kwargs)  # type: ignore[no-untyped-call]  # Folium is typed in part
        return written

    @property
    def is_empty(self) -> bool:
        """Never: nobody makes tiles of few shapes."""
        return False

    @property
    def comes_later(self) -> bool:
        """Never: its tiles do, and what it says of them is read when it is made."""
        return False

    def alone(self) -> DataLayer | None:
        """The layer without a service: what matters most of it."""
        return self._alone()

    def quietly(self, *, show: bool) -> TiledLayer:
        """The same tiles as scenery, for a page that answers clicks itself."""
        payload = {**self.payload, "quiet": True}
        return TiledLayer(self.identity, self.layer_name, self._path, payload, show=show, alone=self._alone)


def tiled_layer(
    name: str,
    atlas: Atlas,
    words: Words,
    *,
    identity: str,
    title: str | None,
    pane: str,
    show: bool = True,
    quiet: bool = False,
    joined: Payload | None = None,
    drawn_as: Mapping[str, str] | None = None,
    others: tuple[str, str] | None = None,
    alone: Callable[[], DataLayer] | None = None,
    count: int = 0,
) -> TiledLayer:
    """The atlas's layer `name` as tiles; NotFoundError for a layer without shapes.

    `joined` is what the page knows of its features (see `joined_cards`); the `others` have this style and badge, or are
    not drawn. `drawn_as` are the styles on the map by those of the badges. A `quiet` layer is scenery: it answers no
    click. `alone` draws at most LARGE of the `count` shapes, for a file without a service.
    """
    spec = tiled(name)
    path = f"tiles/{name}/{{z}}/{{x}}/{{y}}.pbf?v={atlas.provenance.version}"
    payload = {
        "kind": "tiles",
        "path": path,
        "layer": name,
        "pane": pane,
        "title": title or (spec.title_en if words.lang == "en" else spec.title_zh),
        "deepest": DEEPEST,
        "quiet": quiet,
        "looks": looks(spec, words),
        "rows": [_row(spec, column, words) for column in spec.columns if column.name in CARRIED - {"name", "name_en"}],
        "words": {key: words(f"tiles.{key}") for key in ("left_out", "loading", "failed", "not_found")},
        **({"joined": joined, "others": others} if joined else {}),
        **_lines(spec),
        **({"drawn_as": dict(drawn_as)} if drawn_as else {}),
    }

    def kept() -> DataLayer | None:
        if alone is None:
            return None
        layer = alone()
        said = words("tiles.kept", layer=payload["title"], shown=words.number(LARGE), count=words.number(count))
        return DataLayer(layer.identity, title, {**layer.payload, "note": said}, show=layer.show)

    return TiledLayer(identity, title, path, payload, show=show, alone=kept)


def joined_cards(ids: Sequence[str], styles: Sequence[str], said: Sequence[cards.Card]) -> Payload:
    """The style and the card of each feature by its id, column by column: the same words stand there once."""
    plain = [card.plain() for card in said]
    parts = dict.fromkeys(part for card in plain for part in card if part != "r")
    labels = dict.fromkeys(label for card in said for label, _ in card.rows)
    rows = [dict(card.rows) for card in said]
    return {
        "ids": list(ids),
        "styles": _column(list(styles)),
        "parts": {part: _column([card.get(part) for card in plain]) for part in parts},
        "rows": [[label, _column([row.get(label) for row in rows], list(ids))] for label in labels],
    }


def _column(values: list[Any], ids: list[str] | None = None) -> Any:
    """A column as the page's script takes it: what it repeats once and by number, or "id" where it is the ids."""
    if values == ids:
        return "id"
    if any(isinstance(value, list | tuple) for value in values):
        return values
    numbers: dict[Any, int] = {}
    at = [numbers.setdefault(value, len(numbers)) for value in values]
    return {"of": list(numbers), "at": at} if 2 * len(numbers) < len(values) else values


def looks(spec: LayerSpec, words: Words) -> dict[str, Any]:
    """By which property features are drawn: for its values the style's key and the badge, or how a line is drawn.

    `first` is a property whose values decide before that.
    """
    if spec.name == "risk_zones":
        levels = {str(int(level)): [f"level-{int(level)}", cards.level_name(words, level)] for level in HazardLevel}
        return {"by": "level", "of": levels, "other": ["unknown", words("level.unknown")]}
    if spec.name == "hazard_sites":
        grades = {str(grade): [cards.level_style(grade.level), cards.grade_name(words, grade)] for grade in DangerGrade}
        sizes = {f"level-{level}": 3 + level for level in range(1, 6)}
        removed = {SiteStatus.REMOVED: ["removed", words(f"site_status.{SiteStatus.REMOVED}")]}
        first = {"by": "status", "of": removed}
        unknown = ["unknown", words("grade.unknown")]
        return {"by": "danger_grade", "of": grades, "other": unknown, "first": first, "radius": sizes}
    if spec.name == "stations":
        tiers = {str(tier): [f"tier-{tier}", words(f"tier.{tier}")] for tier in Tier}
        return {"by": "tier", "of": tiers, "other": ["unknown", ""]}
    if spec.name == "roads":
        return {"by": "road_class", "of": {}, "other": None}
    return {"by": None, "of": {}, "other": ["woodland" if spec.name == "woodland" else "outline", ""]}


def _lines(spec: LayerSpec) -> dict[str, Any]:
    """How lines are drawn, by the value that features are drawn by; what is not named is not drawn."""
    match spec.name:
        case "roads":
            return {"lines": {str(one): _line(look) for one, look in palette.ROADS.items()}}
        case "rivers":
            return {"lines": {"": _line((palette.variable("water"), 1.8, None))}}
        case _:
            return {}


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
