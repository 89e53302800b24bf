"""Where answers become map layers, one function per layer; the only room that swaps longitude and latitude."""

from maps.paint.backdrop import Backdrop, upon
from maps.paint.chart import Bounds, CountyMap, DataLayer, Payload, alone, corners, county_map, drawn, payloads
from maps.paint.console import gravest_and_others, gravest_zones, in_brief, villages_in_brief
from maps.paint.coverage import emergency_area, villages_by_state
from maps.paint.dispatch import (
    answer_bounds,
    asked_place,
    closed_roads,
    closure_signs,
    far_bounds,
    reach_bands,
    routes,
    team_bounds,
    team_flags,
    way_strokes,
)
from maps.paint.fire import fire_class
from maps.paint.ground import county, rivers, roads, stations, town_names, towns, woodland
from maps.paint.history import dated_incidents, dated_orders, span_of, villages_over_time
from maps.paint.intake import RowMark, dots, rows, village_borders
from maps.paint.risk import (
    detections,
    exposed_grids,
    fire_zones,
    geo_zones,
    hazard_sites,
    incidents,
    is_risk_known,
    villages_outline,
)
from maps.paint.tiles import TiledLayer

__all__ = [
    "Backdrop",
    "Bounds",
    "CountyMap",
    "DataLayer",
    "Payload",
    "RowMark",
    "TiledLayer",
    "alone",
    "answer_bounds",
    "asked_place",
    "closed_roads",
    "closure_signs",
    "corners",
    "county",
    "county_map",
    "dated_incidents",
    "dated_orders",
    "detections",
    "dots",
    "drawn",
    "emergency_area",
    "exposed_grids",
    "far_bounds",
    "fire_class",
    "fire_zones",
    "geo_zones",
    "gravest_and_others",
    "gravest_zones",
    "hazard_sites",
    "in_brief",
    "incidents",
    "is_risk_known",
    "payloads",
    "reach_bands",
    "rivers",
    "roads",
    "routes",
    "rows",
    "span_of",
    "stations",
    "team_bounds",
    "team_flags",
    "town_names",
    "towns",
    "upon",
    "village_borders",
    "villages_by_state",
    "villages_in_brief",
    "villages_outline",
    "villages_over_time",
    "way_strokes",
    "woodland",
]
