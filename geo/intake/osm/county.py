"""A whole county from one OpenStreetMap file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from geo import crs
from geo.intake.osm import lines, seats, tags
from geo.intake.osm.divisions import Division, Divisions, divided
from geo.intake.osm.lines import Tally, frame_of
from geo.intake.osm.reading import Extract, extract
from geo.intake.osm.weight import LIMIT_BYTES, refuse_heavy

LICENCE = "© OpenStreetMap contributors, ODbL 1.0"


@dataclass(frozen=True, eq=False)
class OsmCounty:
    """Checked layers by name, and what was done to make them.

    `bounds` are west, south, east, north of the outline in WGS84 degrees; `metric_crs` is the system that planar
    work in this county uses. `data_date` is what the file says of itself, if it does. `tallies` say, for roads,
    rivers and woodland, how many objects were kept and left out; `notes` tell the rest in sentences.
    """

    layers: Mapping[str, pd.DataFrame]
    source: str
    data_date: datetime | None
    bounds: tuple[float, float, float, float]
    metric_crs: str
    tallies: Mapping[str, Tally]
    notes: tuple[str, ...]


def county_from_osm(path: Path, *, limit_bytes: int = LIMIT_BYTES) -> OsmCounty:
    """The county that an OSM file (.osm.pbf, .osm) holds: outline, towns, villages, roads, rivers, woodland, teams.

    The outline is the administrative boundary that fits the data best, or a hull around the data. Villages are
    boundaries where they partition the county, else cells around place points, marked `derived_shape`. The same
    file gives the same layers. UnreadableFileError when the file is none, is damaged, or is larger than
    `limit_bytes` (packed; unpacked, ten times that); DataError when it holds nothing to make a county of.
    """
    refuse_heavy(path, limit_bytes)
    found = extract(path)
    divisions = divided(found)
    outline_m = crs.to_metres(divisions.county.shape, divisions.metric_crs)
    roads, road_tally = lines.roads(found.highways, outline_m, divisions.metric_crs)
    rivers, river_tally = lines.rivers(found.waterways, outline_m, divisions.metric_crs)
    woods, wood_tally = lines.woodland(found.woods, found.broken_areas, outline_m, divisions.metric_crs)
    teams, team_notes = seats.teams(divisions, found.sites)
    layers = {
        **_division_layers(divisions),
        "stations": seats.stations(divisions, found.sites),
        "teams": teams,
        "roads": roads,
        "rivers": rivers,
        "woodland": woods,
    }
    return OsmCounty(
        layers=MappingProxyType(layers),
        source=f"{path.name} ({LICENCE})",
        data_date=found.data_date,
        bounds=divisions.county.shape.bounds,
        metric_crs=divisions.metric_crs,
        tallies=MappingProxyType({"roads": road_tally, "rivers": river_tally, "woodland": wood_tally}),
        notes=(*divisions.notes, *team_notes, *_losses(found)),
    )


def _division_layers(divisions: Divisions) -> dict[str, pd.DataFrame]:
    towns, villages = divisions.towns, divisions.villages
    return {
        "county": _layer("county", [divisions.county], [{}]),
        "towns": _layer("towns", towns, [{"kind": tags.town_kind(town.tags).value} for town in towns]),
        "villages": _layer(
            "villages",
            villages,
            [
                {
                    "official_name": village.tags.get("official_name"),
                    "kind": tags.village_kind(village.tags).value,
                    "town_code": village.code[:9],
                    "population": tags.population(village.tags),
                }
                for village in villages
            ],
        ),
    }


def _layer(name: str, divisions: Sequence[Division], more: Sequence[dict[str, Any]]) -> pd.DataFrame:
    rows = [
        {
            "code": one.code,
            "name": one.name,
            "name_en": one.tags.get("name:en"),
            "derived_shape": one.is_derived,
            "source_id": one.source_id,
            "synthetic": False,
            **extra,
        }
        for one, extra in zip(divisions, more, strict=True)
    ]
    return frame_of(name, rows, [one.shape for one in divisions])


def _losses(found: Extract) -> list[str]:
    notes = []
    cut = sum(way.is_cut and way.shape is not None for way in found.highways)
    if cut:
        notes.append(f"roads: {cut} way(s) lack nodes in this file and are kept in pieces")
    broken = sorted(found.broken_areas, key=lambda osm_id: (osm_id[0], int(osm_id[1:])))
    boundaries = [osm_id for osm_id in broken if found.broken_areas[osm_id].get("boundary") == "administrative"]
    if boundaries:
        notes.append(f"boundaries: {len(boundaries)} do not close in this file, as {_some(boundaries)}")
    others = [osm_id for osm_id in broken if osm_id not in set(boundaries)]
    if others:
        notes.append(
            f"areas: {len(others)} wood(s) or building(s) do not close or cross themselves, as {_some(others)}"
        )
    if found.data_date is None:
        notes.append("date: the file does not say of when its data are")
    return notes


def _some(osm_ids: Sequence[str], shown: int = 5) -> str:
    return ", ".join(osm_ids[:shown]) + (" …" if len(osm_ids) > shown else "")
