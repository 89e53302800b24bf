"""Answers as JSON bodies: plain dictionaries, distances to the centimetre, every one with time and data version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from geo.atlas import Atlas, Place, Provenance
from geo.board import Board, Placed, layer_frame
from geo.calendar import to_china
from geo.closures import Closure
from geo.dispatch import Arrival
from geo.events import Event, encode
from geo.exposure import ExposedArea, Exposure, Hazard
from geo.journal import Receipt
from geo.layers.registry import LAYERS
from geo.layers.spec import LayerSpec
from geo.nearest import NearestAnswer, NearestBulk, PassedOver, TeamNear, teams_near
from geo.store import County, Version
from geo.terms import Basis


def stamp(at: datetime, provenance: Provenance) -> dict[str, Any]:
    """What every answer carries: the present it was asked at, and the data and events that it comes from."""
    return {
        "at": at.isoformat(),
        "data": provenance.body(),
    }


def warnings(atlas: Atlas, at: datetime) -> list[str]:
    """What somebody should mend: a calendar of workdays that ends soon (R04a), rules that contradict each other."""
    unknown = atlas.work_calendar.unknown_ahead(to_china(at).date(), atlas.rules.duty.warn_days)
    calendar = f"workdays are not known from {unknown} on, nor who owes duty (R04a): `yixian import calendar FILE`"
    return [*([calendar] if unknown else []), *(f"rules.toml: {one}" for one in atlas.rules.contradictions())]


def told(body: Any, heard: Callable[[str], str]) -> Any:
    """A body with each `reason` in it as `heard` says it, however deep it lies."""
    if isinstance(body, Mapping):
        return {
            name: heard(value) if name == "reason" and isinstance(value, str) else told(value, heard)
            for name, value in body.items()
        }
    return [told(one, heard) for one in body] if isinstance(body, list | tuple) else body


def nearest(answer: NearestAnswer) -> dict[str, Any]:
    """The body of a nearest answer; what concerns roads is there only by road."""
    body = {
        **stamp(answer.at, answer.provenance),
        "basis": answer.basis,
        "available": answer.available,
        "reach": answer.reach,
        "reason": answer.reason,
        "place": place(answer.place),
        "teams": [team(near) for near in answer.teams],
    }
    if answer.basis is Basis.ROAD:
        body["nearest_road_m"] = None if answer.nearest_road_m is None else round(answer.nearest_road_m, 2)
        body["passed_over"] = [passed_over(one) for one in answer.passed_over]
        body["closures"] = [closure(one) for one in answer.closures]
    return body


def place(one: Place) -> dict[str, Any]:
    """A place and what it lies in."""
    return {
        "lon": one.lon,
        "lat": one.lat,
        "village_code": one.village_code,
        "village_name": one.village_name,
        "town_code": one.town_code,
        "town_name": one.town_name,
        "grid_code": one.grid_code,
        "zones": [
            {"zone_id": zone.zone_id, "name": zone.name, "kind": zone.kind, "level": zone.level} for zone in one.zones
        ],
    }


def team(near: TeamNear) -> dict[str, Any]:
    """One team of an answer: with its distance as the crow flies, or by road with every leg of its way."""
    measured = (
        {"distance_m": round(near.distance_m, 2)} if near.arrival is None else arrival(near.arrival, near.distance_m)
    )
    return {
        "rank": near.rank,
        "team_id": near.team_id,
        "name": near.name,
        "kind": near.kind,
        "unit": near.unit,
        "village_code": near.village_code,
        "skills": near.skills,
        "strength": near.strength,
        "members": near.members,
        "state": near.state,
        "recall": near.recall,
        "placed_by": near.placed_by,
        "lon": near.lon,
        "lat": near.lat,
        **measured,
    }


def arrival(one: Arrival, straight_m: float) -> dict[str, Any]:
    """The legs of a team's way by road, seconds to the millisecond; `arrival_s` is their sum."""
    return {
        "arrival_s": one.arrival_s,
        "margin_s": one.margin_s,
        "notice_s": one.notice_s,
        "travel_s": one.travel_s,
        "access_s": one.access_s,
        "road_s": one.road_s,
        "walk_s": one.walk_s,
        "lost_s": one.lost_s,
        "snap_m": round(one.snap_m, 2),
        "straight_m": round(straight_m, 2),
        **({"path": line(one.path)} if one.path is not None else {}),
    }


def line(path: Any) -> dict[str, Any]:
    """A way along the roads as a GeoJSON LineString."""
    return {"type": "LineString", "coordinates": [[round(lon, 7), round(lat, 7)] for lon, lat in path.coords]}


def passed_over(one: PassedOver) -> dict[str, Any]:
    """A team that is nearer but does not count."""
    return {
        "team_id": one.team_id,
        "name": one.name,
        "kind": one.kind,
        "village_code": one.village_code,
        "arrival_s": one.arrival_s,
        "state": one.state,
        "reason": one.reason,
        "on_duty_from": one.on_duty_from.isoformat() if one.on_duty_from else None,
    }


def closure(one: Closure) -> dict[str, Any]:
    """A closure, zone or supposed closure that acts on roads."""
    return {
        "id": one.id,
        "name": one.name,
        "cause": one.cause,
        "effect": one.effect,
        "speed_kph": one.speed_kph,
        "from": one.from_at.isoformat() if one.from_at else None,
        "until": one.until.isoformat() if one.until else None,
    }


def nearest_features(features: list[object], answer: NearestBulk) -> dict[str, Any]:
    """The features that were asked about, each with its reach, reason and teams among its properties."""
    answered = []
    for row, feature in enumerate(features):
        given: Mapping[str, Any] = feature if isinstance(feature, Mapping) else {}
        properties = given.get("properties")
        answered.append(
            {
                **given,
                "type": "Feature",
                "geometry": given.get("geometry"),
                "properties": {
                    **(properties if isinstance(properties, Mapping) else {}),
                    "reach": answer.reaches[row],
                    "reason": answer.reasons[row],
                    "teams": [team(near) for near in teams_near(answer, row)],
                },
            }
        )
    return {
        "type": "FeatureCollection",
        **stamp(answer.at, answer.provenance),
        "basis": answer.basis,
        "available": answer.placed.available,
        "features": answered,
    }


def exposure(answer: Exposure, at: datetime) -> dict[str, Any]:
    """The body of an exposure answer."""
    return {
        **stamp(at, answer.provenance),
        "within_m": answer.within_m,
        "kinds": answer.kinds,
        "min_level": answer.min_level,
        "people": answer.people,
        "people_by_level": {str(level.value): people for level, people in answer.people_by_level.items()},
        "villages": [_exposed(area) for area in answer.villages],
        "grids": [_exposed(area) for area in answer.grids],
    }


def _exposed(area: ExposedArea) -> dict[str, Any]:
    return {
        "code": area.code,
        "village_code": area.village_code,
        "name": area.name,
        "population": area.population,
        "level": area.level,
        "hazards": [_hazard(hazard) for hazard in area.hazards],
    }


def _hazard(hazard: Hazard) -> dict[str, Any]:
    return {
        "layer": hazard.layer,
        "id": hazard.hazard_id,
        "name": hazard.name,
        "kind": hazard.kind,
        "level": hazard.level,
    }


def layers(county: County, is_seen: Callable[[str], bool] = lambda _: True) -> list[dict[str, Any]]:
    """Every layer with its titles, rows, how many of them are synthetic, date, source, and where to fetch it."""
    return [_layer(county, spec) for name, spec in LAYERS.items() if is_seen(name)]


def receipt(one: Receipt, board: Board, at: datetime) -> dict[str, Any]:
    """What was recorded, and where each check-in among it counts."""
    sequences = range(one.first, one.last + 1)
    places = {sequence: board.placed(sequence) for sequence in sequences}
    return {
        **stamp(at, board.provenance),
        "sequences": list(sequences),
        "recorded_at": one.recorded_at.isoformat(),
        "repeated": one.repeated,
        "placed": [_placed(sequence, found) for sequence, found in places.items() if found is not None],
    }


def _placed(sequence: int, one: Placed) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "village_code": one.village_code,
        "near_code": one.near_code,
        "distance_m": round(one.distance_m, 1),
    }


def events(found: Sequence[Event], board: Board, at: datetime, newest: int) -> dict[str, Any]:
    """A page of the record up to `newest`. `next` is what to ask after for the next one, None at the end."""
    return {
        **stamp(at, board.provenance),
        "events": [event(one) for one in found],
        "next": found[-1].sequence if found and found[-1].sequence < newest else None,
    }


def event(one: Event) -> dict[str, Any]:
    """One event as it is kept, with the hash that chains it to the one before."""
    return {
        "sequence": one.sequence,
        "recorded_at": one.recorded_at.isoformat(),
        "at": one.at.isoformat(),
        "actor": one.actor,
        "kind": one.kind,
        "body": orjson.Fragment(encode(one.body)),
        "key": one.key,
        "hash": one.hash.hex(),
    }


def version(one: Version) -> dict[str, Any]:
    """One version of a layer."""
    return {
        "version": one.number,
        "in_use": one.in_use,
        "rows": one.entry.rows,
        "date": one.entry.date,
        "imported_at": one.entry.imported_at,
        "restored_from": one.entry.restored_from,
        "source": one.entry.source,
        "given_crs": one.entry.crs,
        "file": one.entry.file,
        "sha256": one.entry.sha256,
    }


def _layer(county: County, spec: LayerSpec) -> dict[str, Any]:
    frame = layer_frame(county.atlas, county.board, spec.name)
    entry = county.manifest.layers.get(spec.name)
    recorded_at = county.board.recorded_at
    if spec.live and county.board.sequence and recorded_at is not None:
        told = {"date": recorded_at.isoformat(), "source": "journal", "given_crs": None}
    else:
        told = {
            "date": entry.date if entry else None,
            "source": entry.source if entry else None,
            "given_crs": entry.crs if entry else None,
        }
    return {
        "name": spec.name,
        "title": {"zh": spec.title_zh, "en": spec.title_en},
        "geometry": spec.shape.name.lower(),
        "rows": len(frame),
        "synthetic_rows": int(frame["synthetic"].sum()),
        **told,
        "href": f"/v1/layers/{spec.name}.geojson",
    }
