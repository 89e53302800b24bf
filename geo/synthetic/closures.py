"""Roads that are closed or slowed: a slide that is there now, works that slow, and a flood that is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import geopandas
import shapely

from geo.calendar import CHINA
from geo.synthetic import sketch
from geo.synthetic.rows import Row, framed
from geo.synthetic.sketch import Place
from geo.synthetic.streets import Streets
from geo.terms import ClosureCause, RoadEffect, VehicleClass

_SLIDE: Final = ("冷锡公路", (111.4820, 27.7420))  # between the city and 锡矿山, which two other roads reach as well
_WORKS: Final = ("冷铎公路", (111.4860, 27.6480))
_FLOOD: Final = (111.4055, 27.6800)
_BAR_M: Final = 20.0
_FLOOD_RADIUS_M: Final = 220.0


def closures(streets: Streets) -> geopandas.GeoDataFrame:
    """Three closures of 2022: the first is over, the others hold at record.AS_OF.

    The slide bars a main road and leaves nobody without a way; the works slow another one.
    """
    everyone: Row = {"vehicles": VehicleClass.ALL, "source": "模拟"}
    rows: list[Row] = [
        {
            **everyone,
            "closure_id": "K-2022-001",
            "name": "滨江路",
            "description": "江水漫上路面,已恢复通行",
            "cause": ClosureCause.FLOOD,
            "effect": RoadEffect.CLOSED,
            "from_at": datetime(2022, 6, 5, 22, 30, tzinfo=CHINA),
            "to_at": datetime(2022, 6, 7, 16, 0, tzinfo=CHINA),
        },
        {
            **everyone,
            "closure_id": "K-2022-002",
            "name": _SLIDE[0],
            "description": "边坡滑塌,双向中断,正在清理",
            "cause": ClosureCause.LANDSLIDE,
            "effect": RoadEffect.CLOSED,
            "from_at": datetime(2022, 12, 22, 18, 40, tzinfo=CHINA),
        },
        {
            **everyone,
            "closure_id": "K-2022-003",
            "name": _WORKS[0],
            "description": "路面施工,单车道放行",
            "cause": ClosureCause.WORKS,
            "effect": RoadEffect.SLOWED,
            "speed_kph": 10.0,
            "from_at": datetime(2022, 12, 12, 8, 0, tzinfo=CHINA),
            "to_at": datetime(2023, 1, 20, 18, 0, tzinfo=CHINA),
        },
    ]
    slide, works = _bar(_piece(streets, *_SLIDE)), _piece(streets, *_WORKS).coords
    lines = (shapely.LineString(sketch.to_degrees(places)) for places in (slide, works))
    return framed(rows, [shapely.Polygon(sketch.to_degrees(_flooded())), *lines])


def _flooded() -> list[Place]:
    rim: list[Place] = list(sketch.blob(sketch.place(_FLOOD), _FLOOD_RADIUS_M, (), 1.4, 1.2).exterior.coords)
    return rim


def _bar(line: Any) -> list[Place]:
    """A line straight across a road, in its middle."""
    (x0, y0), (x1, y1) = (line.interpolate(line.length / 2 + step).coords[0] for step in (-1.0, 1.0))
    middle, run = sketch.between((x0, y0), (x1, y1), 0.5), sketch.gap((x0, y0), (x1, y1))
    east, north = (x1 - x0) / run * _BAR_M, (y1 - y0) / run * _BAR_M
    return [(middle[0] - north, middle[1] + east), (middle[0] + north, middle[1] - east)]


def _piece(streets: Streets, name: str, lon_lat: tuple[float, float]) -> Any:
    """The piece of a road that is nearest to a place, from corner to corner."""
    place = shapely.Point(sketch.place(lon_lat))
    pieces = [shapely.LineString(streets.lines[edge]) for edge in sorted(streets.names) if streets.names[edge] == name]
    return min(pieces, key=place.distance)
