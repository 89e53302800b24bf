"""What may lie under a served map in place of the county's bare land: pictures, or vector tiles in quiet colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
from folium.plugins import VectorGridProtobuf

from maps import assets, palette
from maps.paint.chart import CountyMap, DataLayer, county_map
from maps.words import Words

_HIDDEN = ("woodland", "rivers", "roads")
"""Layers of the county that a background shows too; they can be switched on."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """Tiles to lie under a map, from the service's root on or, with `host`, from another origin's `path`.

    `path` has {z}, {x} and {y}; `zooms` are the first and the last that there are. `credit` is text, not markup.
    """

    path: str
    zooms: tuple[int, int] = (0, 18)
    is_vector: bool = False
    credit: str = ""
    host: str | None = None


class _Pictures(folium.TileLayer):
    """Picture tiles; Folium's template holds the address alone."""

    def __init__(self, backdrop: Backdrop, title: str) -> None:
        first, last = backdrop.zooms
        super().__init__(
            tiles=backdrop.path,
            attr=" ",  # Folium wants one; the page says whose it is, as text
            name=title,
            overlay=True,
            min_native_zoom=first,
            max_native_zoom=last,
            max_zoom=22,
        )
        self._path, self._host = backdrop.path, backdrop.host

    def render(self, **kwargs: Any) -> str:
        """As Folium does, with the address seen from where the map's service is."""
        if self._host is None:
            self.tiles = f"{getattr(self._parent, 'root', '/')}{self._path}"
        written: str = super().render(**kwargs)  # type: ignore[no-untyped-call]  # Folium is typed in part
        return written


class _Shapes(VectorGridProtobuf, DataLayer):
    """Vector tiles of the common schemas (OpenMapTiles, Protomaps), drawn quietly and without names."""

    default_js = [("vectorGrid", assets.VECTOR_GRID_JS)]  # noqa: RUF012  # Folium declares a list, and only reads it

    def __init__(self, backdrop: Backdrop, title: str) -> None:
        first, last = backdrop.zooms
        payload = {"kind": "backdrop", "zooms": [first, last], "looks": palette.backdrop_looks()}
        DataLayer.__init__(self, "backdrop", title, payload)
        self.url = self._path = backdrop.path
        self._host, self.options = backdrop.host, f"yixian.backdrop('{self.block}')"

    def render(self, **kwargs: Any) -> str:
        """As Folium does, with the address seen from where the map's service is."""
        if self._host is None:
            self.url = f"{getattr(self._parent, 'root', '/')}{self._path}"
        written: str = super().render(**kwargs)  # type: ignore[no-untyped-call]  # Folium is typed in part
        return written


def upon(backdrop: Backdrop, chart: CountyMap, words: Words) -> CountyMap:
    """The map with the backdrop under it: the county's land lets it through, and what it shows too is switched off."""
    title = words("layer.backdrop")
    under = _Shapes(backdrop, title) if backdrop.is_vector else _Pictures(backdrop, title)
    return county_map(chart.bounds, [under, *_over(chart.layers)], min_zoom=chart.min_zoom)


def _over(layers: Sequence[DataLayer]) -> list[DataLayer]:
    for layer in layers:
        if layer.identity in _HIDDEN:
            layer.show = False
        if layer.identity == "county":
            layer.payload = _without_land(layer.payload)
    return list(layers)


def _without_land(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {**payload, "lines": {**payload["lines"], "land": []}}
