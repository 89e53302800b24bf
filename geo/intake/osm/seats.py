"""Headquarters, posts, stations and teams: what OpenStreetMap shows of them, and what has to be assumed.

Town halls and fire stations are real. That one of them is a headquarters or a post, and that a village has a station
at its place point, is assumed, so those rows are marked synthetic. A fire station is a city team that fights fires; its
strength is not in OpenStreetMap and is taken as R03's three. A county without a fire station gets one assumed team.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.intake.osm import cells
from geo.intake.osm.divisions import Division, Divisions
from geo.intake.osm.lines import frame_of
from geo.intake.osm.reading import Element
from geo.terms import Skill, TeamKind, Tier

NORMAL_STRENGTH: Final = 3  # R03
_SEAT_NEAR_M: Final = 3000.0


def stations(divisions: Divisions, sites: Sequence[Element]) -> pd.DataFrame:
    """One headquarters, a post for each town, a station for each village, keyed by the code of the area served."""
    halls = [site for site in sites if site.tags.get("amenity") == "townhall"]
    county = divisions.county
    rows = [(Tier.HQ, county, _hall_near(divisions.main_place, county.shape, halls))]
    rows += [(Tier.POST, town, _hall_near(town.place, town.shape, halls)) for town in divisions.towns]
    rows += [(Tier.STATION, village, village.place) for village in divisions.villages]
    return frame_of(
        "stations",
        [
            {"code": area.code, "tier": tier.value, "name": area.name, "source_id": None, "synthetic": True}
            if isinstance(seat, shapely.Point)
            else {
                "code": area.code,
                "tier": tier.value,
                "name": seat.tags.get("name") or area.name,
                "source_id": seat.osm_id,
                "synthetic": True,
            }
            for tier, area, seat in rows
        ],
        [seat if isinstance(seat, shapely.Point) else seat.shape for _, _, seat in rows],
    )


def _hall_near(place: Any, area: Any, halls: Sequence[Element]) -> Any:
    """The town hall in `area` that is nearest to its main place, within 3 km; else the place itself."""
    near = [
        (crs.distance_m(place.x, place.y, hall.shape.x, hall.shape.y), hall.order, hall)
        for hall in halls
        if shapely.intersects(area, hall.shape)
    ]
    distance_m, _, hall = min(near, default=(np.inf, None, None), key=lambda one: one[:2])
    return hall if distance_m <= _SEAT_NEAR_M else place


def teams(divisions: Divisions, sites: Sequence[Element]) -> tuple[pd.DataFrame, list[str]]:
    """The fire stations inside the county as teams, each in the village that it stands in; and notes."""
    posts = [site for site in sites if site.tags.get("amenity") == "fire_station"]
    inside = [post for post in posts if shapely.intersects(divisions.county.shape, post.shape)]
    notes = []
    if len(inside) < len(posts):
        notes.append(f"teams: {len(posts) - len(inside)} fire station(s) outside the county left out")
    if not inside:
        notes.append("teams: no fire station in the county; one team is assumed at the main place, marked synthetic")
        village = _village_at(divisions, [divisions.main_place])[0]
        row = _team("osm-assumed", divisions.county.name, village, {"synthetic": True})
        return frame_of("teams", [row], [divisions.main_place]), notes
    notes.append(f"teams: {len(inside)} fire stations; their strength is not in OSM, {NORMAL_STRENGTH} is assumed")
    rows = [
        _team(
            f"osm-{post.osm_id}",
            post.tags.get("name") or f"fire station {post.osm_id}",
            village,
            {"unit": post.tags.get("operator"), "skills": Skill.FIRE_FIGHTING.value, "source_id": post.osm_id},
        )
        for post, village in zip(inside, _village_at(divisions, [post.shape for post in inside]), strict=True)
    ]
    return frame_of("teams", rows, [post.shape for post in inside]), notes


def _team(team_id: str, name: str, village: Division, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "team_id": team_id,
        "name": name,
        "kind": TeamKind.CITY.value,
        "village_code": village.code,
        "strength": NORMAL_STRENGTH,
        "station": village.code,
        "base": village.code[:6],
        "synthetic": False,
        **more,
    }


def _village_at(divisions: Divisions, points: Sequence[Any]) -> list[Division]:
    """The village of each point; on a shared border the lower code counts."""
    shapes = [village.shape for village in divisions.villages]
    return [divisions.villages[row] for row in cells.owners(np.array(points, dtype=object), shapes)]
