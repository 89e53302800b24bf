"""Answers that go by road as JSON bodies: reach, reinforcement and isolation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import shapely

from api.models import arrival, closure, place, stamp
from geo.atlas import Area
from geo.isolation import Behind, CriticalRoad, CriticalZone, CutOffVillage, IsolatedBy, Isolation, OffNetwork
from geo.reach import Band, PlaceReach, ReachAreas, ReachCoverage, Reached, ReachFrom, Share
from geo.reinforce import Donor, Reinforcement


def reach_coverage(answer: ReachCoverage) -> dict[str, Any]:
    """Who reaches every village, grid and hazard site, and the shares that are reached in time."""
    return {
        **stamp(answer.at, answer.provenance),
        "minutes": answer.minutes,
        "teams": answer.teams,
        "notice_s": answer.notice_s,
        "available": answer.available,
        "teams_allowed": answer.teams_allowed,
        "recalled": answer.recalled,
        "shares": {
            "villages": _share(answer.village_share),
            "grids": _share(answer.grid_share),
            "hazard_sites": _share(answer.site_share),
        },
        "closures": [closure(one) for one in answer.closures],
        "villages": [_place_reach(one) for one in answer.villages],
        "grids": [_place_reach(one) for one in answer.grids],
        "hazard_sites": [_place_reach(one) for one in answer.hazard_sites],
    }


def _share(one: Share) -> dict[str, Any]:
    return {
        "places": one.places,
        "in_time": one.in_time,
        "share": one.share,
        "people": one.people,
        "people_in_time": one.people_in_time,
        "people_share": one.people_share,
        "people_unknown": one.people_unknown,
    }


def _place_reach(one: PlaceReach) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "village_code": one.village_code,
        "lon": round(one.lon, 7),
        "lat": round(one.lat, 7),
        "people": one.people,
        "state": one.state,
        "reason": one.reason,
        "in_time": one.in_time,
        "arrivals": [
            {"team_id": first.team_id, "arrival_s": first.arrival_s, "recall": first.recall} for first in one.arrivals
        ],
        "nearest_road_m": _metres(one.nearest_road_m),
    }


def reach_areas(answer: ReachAreas) -> dict[str, Any]:
    """The bands of first arrival as a FeatureCollection, the soonest first."""
    return {
        "type": "FeatureCollection",
        **stamp(answer.at, answer.provenance),
        "notice_s": answer.notice_s,
        "resolution_m": round(answer.resolution_m, 1),
        "reached_share": answer.reached_share,
        "closures": [closure(one) for one in answer.closures],
        "features": _bands(answer.bands),
    }


def _bands(bands: Sequence[Band]) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "id": f"{band.from_minutes}-{band.to_minutes}",
            "geometry": orjson.loads(shapely.to_geojson(shapely.set_precision(band.area, 1e-7))),
            "properties": {
                "from_minutes": band.from_minutes,
                "to_minutes": band.to_minutes,
                "area_km2": round(band.area_km2, 3),
            },
        }
        for band in bands
    ]


def reach_from(answer: ReachFrom) -> dict[str, Any]:
    """What a team at one place gets to."""
    return {
        **stamp(answer.at, answer.provenance),
        "place": place(answer.place),
        "minutes": answer.minutes,
        "notice_s": answer.notice_s,
        "reach": answer.reach,
        "reason": answer.reason,
        "nearest_road_m": _metres(answer.nearest_road_m),
        "people": answer.people,
        "grids": answer.grids,
        "villages": [_reached(one) for one in answer.villages],
        "hazard_sites": [_reached(one) for one in answer.hazard_sites],
        "closures": [closure(one) for one in answer.closures],
        "resolution_m": round(answer.resolution_m, 1),
        "areas": {"type": "FeatureCollection", "features": _bands(answer.bands)},
    }


def _reached(one: Reached) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "people": one.people, "arrival_s": one.arrival_s}


def reinforcement(answer: Reinforcement) -> dict[str, Any]:
    """Donors for a village, in order."""
    return {
        **stamp(answer.at, answer.provenance),
        "village": _area(answer.village),
        "lon": round(answer.lon, 7),
        "lat": round(answer.lat, 7),
        "basis": answer.basis,
        "available": answer.available,
        "reach": answer.reach,
        "reason": answer.reason,
        "members": answer.members,
        "offered": answer.offered,
        "donors": [_donor(one) for one in answer.donors],
        "refused": [
            {"team_id": one.team_id, "name": one.name, "tier": one.tier, "reason": one.reason} for one in answer.refused
        ],
        "closures": [closure(one) for one in answer.closures],
    }


def _donor(one: Donor) -> dict[str, Any]:
    measured = {"distance_m": round(one.straight_m, 2)} if one.arrival is None else arrival(one.arrival, one.straight_m)
    return {
        "rank": one.rank,
        "tier": one.tier,
        "team_id": one.team_id,
        "name": one.name,
        "kind": one.kind,
        "unit": one.unit,
        "village": _area(one.village),
        "strength": one.strength,
        "lends": one.lends,
        "stays": one.stays,
        "state": one.state,
        "recall": one.recall,
        "placed_by": one.placed_by,
        "reason": one.reason,
        **measured,
    }


def isolation(answer: Isolation) -> dict[str, Any]:
    """The roads and zones that villages hang on."""
    return {
        **stamp(answer.at, answer.provenance),
        "from_seat": answer.from_seat,
        "reason": answer.reason,
        "roads_found": answer.roads_found,
        "roads": [_critical_road(one) for one in answer.roads],
        "zones_found": answer.zones_found,
        "zones": [_critical_zone(one) for one in answer.zones],
        "cut_off": [_cut_off(one) for one in answer.cut_off],
        "off_network": [_off_network(one) for one in answer.off_network],
    }


def isolated_by(answer: IsolatedBy) -> dict[str, Any]:
    """Whom one loss would cut off."""
    return {
        **stamp(answer.at, answer.provenance),
        "from_seat": answer.from_seat,
        "reason": answer.reason,
        "cut_off": [_cut_off(one) for one in answer.cut_off],
        "behind": _behind(answer.behind),
        "already": [_cut_off(one) for one in answer.already],
        "off_network": [_off_network(one) for one in answer.off_network],
    }


def _critical_road(one: CriticalRoad) -> dict[str, Any]:
    return {
        "names": one.names,
        "classes": one.classes,
        "length_m": round(one.length_m, 1),
        "level": one.level,
        "zones": one.zones,
        "hazard_sites": one.hazard_sites,
        "behind": _behind(one.behind),
        "geometry": orjson.loads(shapely.to_geojson(one.line)),
    }


def _critical_zone(one: CriticalZone) -> dict[str, Any]:
    return {
        "zone_id": one.zone.zone_id,
        "name": one.zone.name,
        "kind": one.zone.kind,
        "level": one.zone.level,
        "reason": one.reason,
        "behind": _behind(one.behind),
        "on_spot": one.on_spot,
    }


def _behind(one: Behind) -> dict[str, Any]:
    return {
        "villages": [_area(village) for village in one.villages],
        "people": one.people,
        "people_unknown": one.people_unknown,
        "hazard_sites": one.hazard_sites,
        "team_ids": one.team_ids,
    }


def _cut_off(one: CutOffVillage) -> dict[str, Any]:
    return {**_area(one.village), "reason": one.reason, "closures": one.closures}


def _off_network(one: OffNetwork) -> dict[str, Any]:
    return {**_area(one.village), "reason": one.reason, "nearest_road_m": _metres(one.nearest_m)}


def _area(one: Area) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "town_code": one.town_code,
        "town_name": one.town_name,
        "population": one.population,
    }


def _metres(distance_m: float | None) -> float | None:
    return None if distance_m is None else round(distance_m, 2)
