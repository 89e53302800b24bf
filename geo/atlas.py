"""The Atlas: one frozen snapshot of the reference layers, their indexes, a version and the data's date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.calendar import WorkCalendar
from geo.errors import FarPlaceError, Fault, InputError, LayerFaultsError, MissingLayersError
from geo.index import AreaIndex
from geo.layers.calendar_days import work_calendar
from geo.layers.registry import LAYERS
from geo.layers.spec import empty
from geo.network.building import Built, Report, RoadArrays, arrays_of, from_arrays
from geo.network.graph import RoadNetwork
from geo.network.snapping import Snapper
from geo.network.speeds import WALKING, Profile, speed_table
from geo.rules import Rules
from geo.terms import HazardKind, HazardLevel

FAR_PLACE_LIMIT_M = 30_000.0
"""A question about a place farther than this from the outline is refused: it is a mistake, not a question."""


NetworkOf = Callable[[RoadArrays, Profile, str], Built]
"""What makes the network of roads for a profile, in a metric system; or has it ready."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """From which data an answer comes: its version (a content hash) and its date, and by which rules.

    `sequence` is that of the newest event of the journal that the answer knows of; None where it looks at no journal.
    `rules` is the version of the thresholds in force (`geo.rules.Rules.version`).
    """

    version: str
    date: datetime
    sequence: int | None = None
    rules: str = Rules().version

    @property
    def mark(self) -> str:
        """What changes when an answer could: `SEQUENCE.VERSION.RULES`, with 0 before the first event."""
        return f"{self.sequence or 0}.{self.version}.{self.rules}"

    def body(self) -> dict[str, str | int | None]:
        """As answers carry it."""
        return {
            "version": self.version,
            "date": self.date.isoformat(),
            "sequence": self.sequence,
            "rules": self.rules,
        }


@dataclass(frozen=True, slots=True)
class ZoneAt:
    """A risk zone that a place lies in."""

    zone_id: str
    name: str
    kind: HazardKind
    level: HazardLevel


@dataclass(frozen=True, slots=True)
class Place:
    """A place (WGS84 degrees) and what it lies in; None where it lies in none."""

    lon: float
    lat: float
    village_code: str | None
    village_name: str | None
    town_code: str | None
    town_name: str | None
    grid_code: str | None
    zones: tuple[ZoneAt, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """A village and its town, ready to be named in answers."""

    code: str
    name: str
    town_code: str
    town_name: str | None
    population: int | None


@dataclass(frozen=True, eq=False)
class Atlas:
    """Checked reference layers with their indexes. Build it with `build`; treat its frames as read-only.

    `network`, what snaps places to it, and the report on its making are None where the county has no roads. `rules` are
    the county's thresholds and `work_calendar` its workdays.
    """

    layers: Mapping[str, pd.DataFrame]
    provenance: Provenance
    metric_crs: str
    outline: Any
    outline_m: Any
    villages: tuple[Area, ...]
    village_index: AreaIndex
    grid_index: AreaIndex
    grid_codes: tuple[str, ...]
    zone_index: AreaIndex
    zones: tuple[ZoneAt, ...]
    network: RoadNetwork | None
    snapper: Snapper | None
    network_report: Report | None
    rules: Rules
    work_calendar: WorkCalendar

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the outline, WGS84 degrees."""
        west, south, east, north = self.outline.bounds
        return west, south, east, north

    @cached_property
    def leader_towns(self) -> Mapping[str, str]:
        """The town that each stationed city leader is assigned to, by the leader's id (R10)."""
        leaders = self.layers["leaders"]
        return MappingProxyType(dict(zip(leaders["leader_id"], leaders["town_code"], strict=True)))

    @cached_property
    def grid_villages(self) -> Mapping[str, str]:
        """The village that each grid cell belongs to, by the grid's code; in the order of `grid_codes`."""
        return MappingProxyType(dict(zip(self.grid_codes, self.layers["grids"]["village_code"], strict=True)))

    def locate(self, lon: float, lat: float) -> Place:
        """What a place lies in; on a shared border the lower code counts.

        InputError when the numbers are no place on Earth, FarPlaceError when it is more than 30 km from the outline.
        """
        villages = self.village_index.containing(lon, lat)
        if not villages:
            self.refuse_far(lon, lat)
        village = self.villages[villages[0]] if villages else None
        grids = self.grid_index.containing(lon, lat)
        return Place(
            lon=lon,
            lat=lat,
            village_code=village.code if village else None,
            village_name=village.name if village else None,
            town_code=village.town_code if village else None,
            town_name=village.town_name if village else None,
            grid_code=self.grid_codes[grids[0]] if grids else None,
            zones=tuple(self.zones[position] for position in self.zone_index.containing(lon, lat)),
        )

    def refuse_far(self, lon: float, lat: float) -> None:
        """Raise when (lon, lat) is no place on Earth, or too far from the county to be meant."""
        if not (np.isfinite(lon) and np.isfinite(lat)):
            raise InputError(f"lon={lon}, lat={lat} are not finite numbers", parameter="lon")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise InputError(
                f"lon={lon:g}, lat={lat:g} is no place on Earth (lon -180 to 180, lat -90 to 90); the likely cause "
                f"is swapped lon and lat: write the longitude first, as in lon=111.43, lat=27.69",
                parameter="lon",
            )
        distance_m = self.distance_outside_m(lon, lat)
        if distance_m > FAR_PLACE_LIMIT_M:
            raise FarPlaceError(lon, lat, distance_m, FAR_PLACE_LIMIT_M)

    def distance_outside_m(self, lon: float, lat: float) -> float:
        """Metres from a place to the outline, 0 inside it.

        Beyond some 100 km the metric projection is no longer meant to be used, and the distance is that to the
        outline's bounding box.
        """
        west, south, east, north = self.bounds
        to_box_m = float(crs.distance_m(lon, lat, min(max(lon, west), east), min(max(lat, south), north)))
        if to_box_m > 100_000:
            return to_box_m
        return float(shapely.distance(crs.to_metres(shapely.Point(lon, lat), self.metric_crs), self.outline_m))


def build(
    layers: Mapping[str, pd.DataFrame],
    provenance: Provenance,
    *,
    network_of: NetworkOf = from_arrays,
    roads_of: Atlas | None = None,
    rules: Rules | None = None,
    pause: Callable[[], object] = lambda: None,
) -> Atlas:
    """An Atlas of checked frames; LayerFaultsError when rows name rows of other layers that do not exist.

    Layers that are not given are empty; MissingLayersError when a required one is. Live layers (stays,
    incidents) may be given: their references are checked, and they go to the Board, not into the Atlas. `network_of`
    is asked for the network of responders' cars when there are roads. `roads_of` is an Atlas of the same roads, speeds
    and outline, whose network is taken over. Without `rules` the thresholds have their defaults.
    `pause` is called between the longer steps.
    """
    frames = {name: _by_key(layers[name], name) if name in layers else empty(spec) for name, spec in LAYERS.items()}
    missing = [name for name, spec in LAYERS.items() if spec.required and frames[name].empty]
    if missing:
        raise MissingLayersError(missing)
    pause()
    faults = broken_references(layers)  # as given: a fault's row is that of its source, not of the sorted frame
    if faults:
        raise LayerFaultsError(faults)
    pause()
    outline = shapely.union_all(frames["county"].geometry.values)
    shapely.prepare(outline)
    metric_crs = crs.metric_crs_of(*outline.centroid.coords[0])
    outline_m = crs.to_metres(outline, metric_crs)
    shapely.prepare(outline_m)
    frames["detections"] = _mark_outside(frames["detections"], outline)
    zones, grids, villages = frames["risk_zones"], frames["grids"], frames["villages"]
    rules = rules or Rules()
    kinds = {str(kind): kind for kind in HazardKind}
    levels = {int(level): level for level in HazardLevel}
    network, snapper, report = (
        _network(frames["roads"], frames["speeds"], metric_crs, network_of)
        if roads_of is None
        else (roads_of.network, roads_of.snapper, roads_of.network_report)
    )
    return Atlas(
        layers=MappingProxyType({name: frame for name, frame in frames.items() if not LAYERS[name].live}),
        provenance=replace(provenance, rules=rules.version),
        metric_crs=metric_crs,
        outline=outline,
        outline_m=outline_m,
        villages=_areas(villages, frames["towns"]),
        village_index=_index(villages, pause),
        grid_index=_index(grids, pause),
        grid_codes=tuple(grids["code"]),
        zone_index=_index(zones, pause),
        zones=tuple(
            ZoneAt(zone_id, name, kinds[kind], levels[level])
            for zone_id, name, kind, level in zip(
                *(zones[name].tolist() for name in ("zone_id", "name", "kind", "level")), strict=True
            )
        ),
        network=network,
        snapper=snapper,
        network_report=report,
        rules=rules,
        work_calendar=work_calendar(frames["calendar"]),
    )


def _index(areas: pd.DataFrame, pause: Callable[[], object]) -> AreaIndex:
    pause()
    return AreaIndex(areas.geometry.to_numpy())


def _network(
    roads: pd.DataFrame, speeds: pd.DataFrame, metric_crs: str, network_of: NetworkOf
) -> tuple[RoadNetwork | None, Snapper | None, Report | None]:
    if roads.empty:
        return None, None, None
    profile = Profile()
    built = network_of(arrays_of(roads, speed_table(speeds), profile), profile, metric_crs)
    return built.network, Snapper(built.network, WALKING), built.report


def _by_key(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows in the order of their ids, so that ties by position are ties by id."""
    return frame.sort_values(LAYERS[name].key, kind="stable", ignore_index=True)


def broken_references(layers: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """A fault for every row that names a row of another layer that is not there; layers may be absent.

    An absent or empty layer is unknown, and contradicts nothing.
    """
    faults: list[Fault] = []
    for name, frame in layers.items():
        spec = LAYERS[name]
        for reference in spec.references:
            named = [one for one in (reference.layer, reference.or_layer) if one is not None]
            if any(layers[one].empty if one in layers else True for one in named):
                continue
            values = frame[reference.column]
            known = _keys(layers, reference.layer) | _keys(layers, reference.or_layer)
            faults.extend(
                Fault(
                    layer=name,
                    row=position + 1,
                    key=str(frame[spec.key].iloc[position]),
                    column=reference.column,
                    value=str(values.iloc[position]),
                    problem=f"names no row of {reference.layer}" + (f" ({reference.rule})" if reference.rule else ""),
                    advice=f"mend the code, or import {reference.layer} first",
                    rule=reference.rule,
                )
                for position in np.flatnonzero(values.notna() & ~values.isin(known)).tolist()
            )
    return faults


def _keys(layers: Mapping[str, pd.DataFrame], name: str | None) -> set[str]:
    """The ids of a layer's rows; none where there is no such layer."""
    return set() if name is None or name not in layers else set(layers[name][LAYERS[name].key])


def _mark_outside(detections: pd.DataFrame, outline: Any) -> pd.DataFrame:
    return detections.assign(outside=~shapely.intersects(outline, detections.geometry.values))


def _areas(villages: pd.DataFrame, towns: pd.DataFrame) -> tuple[Area, ...]:
    town_names = dict(zip(towns["code"], towns["name"], strict=True))
    return tuple(
        Area(code, name, town_code, town_names.get(town_code), None if pd.isna(population) else int(population))
        for code, name, town_code, population in zip(
            villages["code"], villages["name"], villages["town_code"], villages["population"], strict=True
        )
    )
