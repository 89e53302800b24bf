"""OGC API - Tiles: where the vector tiles of a collection are, and in which squares."""

from __future__ import annotations

from typing import Any, Final

from api.ogc.asked import AskedResource
from api.ogc.links import JSON, TILE, TILING_SCHEME, Link, bodies
from api.ogc.models import collection_title
from geo.features import CRS84, CollectionInfo
from geo.tiles import DEEPEST

SQUARES: Final = "WebMercatorQuad"
_SQUARES_URI: Final = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{SQUARES}"
_WORLD_M: Final = 20037508.3427892
_CRS: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"
_PIXEL_M: Final = 0.00028  # the standard's size of a pixel
_TILE_PIXELS: Final = 256


def tilesets(asked: AskedResource, info: CollectionInfo) -> dict[str, Any]:
    """The one set of tiles of a collection."""
    title, place = collection_title(asked, info), ("collections", info.id, "tiles", SQUARES)
    one = _tileset(title) | {"links": bodies([Link(asked.href(*place), "self", JSON, title), *_scheme(asked)])}
    return {"tilesets": [one], "links": bodies(asked.own_links(title))}


def tileset(asked: AskedResource, info: CollectionInfo) -> dict[str, Any]:
    """A set of tiles: its squares, its layer, and the address of a tile with its variables."""
    title = collection_title(asked, info)
    root = asked.base.rpartition("/")[0]
    tiles = f"{root}/tiles/{info.id}/{{tileMatrix}}/{{tileCol}}/{{tileRow}}.pbf"
    links = [*asked.own_links(title), *_scheme(asked), Link(tiles, "item", TILE, title, templated=True)]
    body: dict[str, Any] = {**_tileset(title), "layers": [{"id": info.id, "title": title, "dataType": "vector"}]}
    if info.bounds is not None:
        west, south, east, north = info.bounds
        box = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84.uri}
        body["boundingBox"] = box
    return {**body, "links": bodies(links)}


def squares(asked: AskedResource) -> dict[str, Any]:
    """The squares of Web Mercator (OGC 17-083r4, annex D.1)."""
    size_m = 2 * _WORLD_M / _TILE_PIXELS
    matrices = [
        {
            "id": str(zoom),
            "scaleDenominator": size_m / 2**zoom / _PIXEL_M,
            "cellSize": size_m / 2**zoom,
            "pointOfOrigin": [-_WORLD_M, _WORLD_M],
            "tileWidth": _TILE_PIXELS,
            "tileHeight": _TILE_PIXELS,
            "matrixWidth": 2**zoom,
            "matrixHeight": 2**zoom,
        }
        for zoom in range(DEEPEST + 1)
    ]
    return {
        "id": SQUARES,
        "title": SQUARES,
        "uri": _SQUARES_URI,
        "crs": _CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices,
        "links": bodies(asked.own_links(SQUARES)),
    }


def _tileset(title: str) -> dict[str, Any]:
    return {"title": title, "dataType": "vector", "crs": _CRS, "tileMatrixSetURI": _SQUARES_URI}


def _scheme(asked: AskedResource) -> list[Link]:
    return [Link(asked.href("tileMatrixSets", SQUARES), TILING_SCHEME, JSON, SQUARES)]
