"""Where answers become map layers, one function per layer; the only room that swaps longitude and latitude."""

from maps.paint.chart import Bounds, CountyMap, DataLayer, corners, county_map, drawn, payloads
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
)
from maps.paint.ground import county, rivers, roads, stations, town_names, towns, woodland
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

__all__ = [
    "Bounds",
    "CountyMap",
    "DataLayer",
    "RowMark",
    "answer_bounds",
    "asked_place",
    "closed_roads",
    "closure_signs",
    "corners",
    "county",
    "county_map",
    "detections",
    "dots",
    "drawn",
    "emergency_area",
    "exposed_grids",
    "far_bounds",
    "fire_zones",
    "geo_zones",
    "hazard_sites",
    "incidents",
    "is_risk_known",
    "payloads",
    "reach_bands",
    "rivers",
    "roads",
    "routes",
    "rows",
    "stations",
    "team_bounds",
    "team_flags",
    "town_names",
    "towns",
    "village_borders",
    "villages_by_state",
    "villages_outline",
    "woodland",
]
