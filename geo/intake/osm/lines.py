"""Roads, rivers and woodland, with the count of what was taken and what was left out, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas
import pandas as pd
import shapely

from geo import crs
from geo.intake.osm import tags
from geo.intake.osm.reading import Element
from geo.layers.registry import LAYERS
from geo.layers.spec import check, empty
from geo.terms import RoadClass

NEAR_M: Final = 10_000.0
"""Roads up to this far outside the outline are kept, because the way to a village may lead across the border."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Of the objects read: how many were kept, by class, and how many were left out, by reason. The sums agree."""

    read: int
    kept: Mapping[str, int]
    left_out: Mapping[str, int]


def roads(highways: Sequence[Element], outline_m: Any, metric_crs: str) -> tuple[pd.DataFrame, Tally]:
    """The `highway` ways that a vehicle on duty may use; a road is one OSM way and keeps every node.

    Where an obstacle stops every car the road falls into pieces.
    """
    far = _is_farther(highways, NEAR_M, outline_m, metric_crs)
    rows, shapes = [], []
    kept, left_out = Counter[str](), Counter[str]()
    for way, is_far in zip(highways, far, strict=True):
        found = tags.road_class(way.tags)
        if not isinstance(found, RoadClass):
            left_out[found] += 1
        elif way.shape is None:
            left_out["its nodes are not in the file"] += 1
        elif is_far:
            left_out[f"farther than {NEAR_M / 1000:g} km from the outline"] += 1
        else:
            kept[found.value] += 1
            direction = tags.direction(way.tags)
            rows.append(_road(way, found, direction))
            shapes.append(_reversed(way.shape) if direction < 0 else way.shape)
    return frame_of("roads", rows, shapes), Tally(len(highways), dict(sorted(kept.items())), dict(left_out))


def _road(way: Element, road_class: RoadClass, direction: int) -> dict[str, Any]:
    surface = tags.surface(way.tags)
    return {
        "road_id": way.osm_id,
        "name": way.tags.get("name") or way.tags.get("ref"),
        "road_class": road_class.value,
        "surface": surface.value if surface else None,
        "speed_kph": tags.speed_kph(way.tags),
        "oneway": direction != 0,
        "gated": way.has_gate or tags.is_barred(way.tags),
        "bridge": tags.is_set(way.tags, "bridge"),
        "tunnel": tags.is_set(way.tags, "tunnel"),
        "level": tags.whole_number(way.tags, "layer"),
        "synthetic": False,
    }


def _reversed(shape: Any) -> Any:
    parts = shapely.reverse(shapely.get_parts(shape))[::-1]
    return parts[0] if len(parts) == 1 else shapely.multilinestrings(parts)


def rivers(waterways: Sequence[Element], outline_m: Any, metric_crs: str) -> tuple[pd.DataFrame, Tally]:
    """Rivers, streams and canals that touch the county; those without a name have none."""
    return _crossing("rivers", "river_id", "waterway", waterways, {}, outline_m, metric_crs)


def woodland(
    woods: Sequence[Element], broken: Mapping[str, tags.Tags], outline_m: Any, metric_crs: str
) -> tuple[pd.DataFrame, Tally]:
    """Woods and managed forests that touch the county, uncut; `broken` ones, whose rings do not close, are counted."""
    lost = {osm_id: one for osm_id, one in broken.items() if one.get("natural") == "wood" or "landuse" in one}
    return _crossing("woodland", "woodland_id", "wood", woods, lost, outline_m, metric_crs)


def _crossing(
    layer: str,
    key: str,
    word: str,
    elements: Sequence[Element],
    broken: Mapping[str, tags.Tags],
    outline_m: Any,
    metric_crs: str,
) -> tuple[pd.DataFrame, Tally]:
    outside = _is_farther(elements, 0.0, outline_m, metric_crs)
    kept, left_out = Counter[str](), Counter[str]()
    taken: list[Element] = []
    for element, is_outside in zip(elements, outside, strict=True):
        if element.shape is None:
            left_out["its nodes are not in the file"] += 1
        elif is_outside:
            left_out["outside the county"] += 1
        else:
            kept[element.tags.get(word, word)] += 1
            taken.append(element)
    if broken:
        left_out["its rings do not close"] = len(broken)
    rows = [
        {
            key: one.osm_id,
            "name": one.tags.get("name"),
            "name_en": one.tags.get("name:en"),
            "synthetic": False,
        }
        for one in taken
    ]
    tally = Tally(len(elements) + len(broken), dict(sorted(kept.items())), dict(left_out))
    return frame_of(layer, rows, [one.shape for one in taken]), tally


def _is_farther(elements: Sequence[Element], limit_m: float, outline_m: Any, metric_crs: str) -> list[bool]:
    """Which shapes lie farther than `limit_m` from the outline; one without a shape does not."""
    shapes = geopandas.array.from_shapely([one.shape for one in elements]).to_numpy()
    distances = shapely.distance(crs.to_metres(shapes, metric_crs), outline_m)
    return [bool(distance > limit_m) for distance in distances]


def frame_of(layer: str, rows: Iterable[Mapping[str, Any]], shapes: Sequence[Any]) -> pd.DataFrame:
    """Rows with WGS84 geometry as the checked frame of a layer."""
    listed = list(rows)
    if not listed:
        return empty(LAYERS[layer])
    table = pd.DataFrame(listed, dtype=object)
    return check(geopandas.GeoDataFrame(table, geometry=list(shapes), crs=crs.WGS84), LAYERS[layer])
