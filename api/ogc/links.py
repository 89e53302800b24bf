"""Links of the standard interface: absolute, each with its relation, media type and title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

QUERYABLES: Final = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMA: Final = "http://www.opengis.net/def/rel/ogc/1.0/schema"
VECTOR_TILES: Final = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
TILING_SCHEME: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
GEOJSON_SEQUENCE: Final = "application/geo+json-seq"
SCHEMA_JSON: Final = "application/schema+json"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
HTML: Final = "text/html"
TILE: Final = "application/vnd.mapbox-vector-tile"
PROBLEM: Final = "application/problem+json"

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a resource; `title` is for people, and `templated` says that `href` has {variables}."""

    href: str
    rel: str
    type: str
    title: str
    templated: bool = False

    def body(self) -> dict[str, str | bool]:
        """As JSON carries it."""
        body: dict[str, str | bool] = {"href": self.href, "rel": self.rel, "type": self.type, "title": self.title}
        return {**body, "templated": True} if self.templated else body

    def header(self) -> str:
        """As an HTTP `Link` header carries it, without the title, which may not be ASCII."""
        return f'<{self.href}>; rel="{self.rel}"; type="{self.type}"'


def bodies(links: Iterable[Link]) -> list[dict[str, str | bool]]:
    """Links as JSON carries them."""
    return [link.body() for link in links]


def address(base: str, *parts: str, query: Pairs = ()) -> str:
    """An absolute address below `base`: its path's parts, and a query where there is one."""
    path = "/".join([base, *(quote(part, safe="") for part in parts)])
    text = urlencode(list(query))
    return f"{path}?{text}" if text else path


def with_pairs(pairs: Pairs, changed: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """A query's names and texts with some of them changed, added at the end or, for None, left out."""
    kept = [(name, text) for name, text in pairs if name not in changed]
    return kept + [(name, text) for name, text in changed.items() if text is not None]
