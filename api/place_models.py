"""The answers behind the console as JSON bodies: what needs attention, the card of a place, and what a search found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.models import nearest, stamp
from geo.atlas import Area
from geo.attention import Attention, LackingVillage, OpenIncident, OrderInForce, RedHazard, RoadBarred
from geo.gazetteer import Hit, Search
from geo.geojson import DIGITS
from geo.place import PlaceCard, SiteNear, VillageNights


def attention(answer: Attention) -> dict[str, Any]:
    """The body of what needs attention; each list has what matters most first."""
    return {
        **stamp(answer.at, answer.provenance),
        "mode": answer.mode,
        "week": str(answer.stays.week),
        "orders": [_order(one) for one in answer.orders],
        "incidents": [_incident(one) for one in answer.incidents],
        "hazards": [_hazard(one) for one in answer.hazards],
        "villages": [_lacking(one) for one in answer.villages],
        "closures": [_barred(one) for one in answer.closures],
        "counts": {
            "villages": {state.value: count for state, count in answer.stays.counts.items()},
            "incidents": len(answer.incidents),
            "hazards": len(answer.hazards),
            "closures": len(answer.closures),
        },
    }


def _order(one: OrderInForce) -> dict[str, Any]:
    order, tally = one.board.order, one.board.tally
    return {
        "order_id": order.order_id,
        "cause": order.cause,
        "issued_at": order.issued_at.isoformat(),
        "limit_at": one.board.limit_at.isoformat(),
        "ends_at": _instant(order.ends_at),
        "scope": [{"code": code, "name": name} for code, name in one.scope],
        "expected": tally.expected,
        "counts": {state.value: count for state, count in tally.counts.items()},
        "first_at": _instant(tally.first_at),
        "third_at": _instant(tally.third_at),
        "last_at": _instant(tally.last_at),
        "bounds": _bounds(one.bounds),
    }


def _incident(one: OpenIncident) -> dict[str, Any]:
    return {
        "incident_id": one.incident_id,
        "kind": one.kind,
        "summary": one.summary,
        "at": one.discovered_at.isoformat(),
        "notified_at": _instant(one.notified_at),
        **_within(one.village),
        **_point(one.lon, one.lat),
    }


def _hazard(one: RedHazard) -> dict[str, Any]:
    return {
        "layer": one.hazard.layer,
        "id": one.hazard.hazard_id,
        "name": one.hazard.name,
        "kind": one.hazard.kind,
        "level": one.hazard.level,
        **_within(one.village),
        "people": one.people,
        **_point(one.lon, one.lat),
    }


def _lacking(one: LackingVillage) -> dict[str, Any]:
    stays = one.stays
    return {
        "code": stays.village_code,
        "name": stays.village_name,
        "town_name": stays.town_name,
        "state": stays.state,
        "reason": stays.reason,
        "nights": stays.nights,
        "quota": stays.quota,
        "nights_left": stays.nights_left,
        "shortfall": stays.shortfall,
        "population": stays.population,
        "attention": stays.attention,
        "curable_by": stays.curable_by,
        **_point(one.lon, one.lat),
    }


def _barred(one: RoadBarred) -> dict[str, Any]:
    return {
        "closure_id": one.closure_id,
        "name": one.name,
        "cause": one.cause,
        "effect": one.effect,
        "vehicles": one.vehicles,
        "from": one.from_at.isoformat(),
        "until": _instant(one.until),
        **_point(one.lon, one.lat),
    }


def place_card(card: PlaceCard) -> dict[str, Any]:
    """The body of a place's card; `nearest` is the body of `/v1/nearest` with the ways."""
    village, grid = card.village, card.grid
    return {
        **stamp(card.at, card.provenance),
        **_point(card.lon, card.lat),
        "village": None
        if village is None
        else {
            "code": village.code,
            "name": village.name,
            "town_code": village.town_code,
            "town_name": village.town_name,
            "kind": village.kind,
            "population": village.population,
            "households": None,  # the register of villages has no such column
        },
        "grid": None if grid is None else {"code": grid.code, "population": grid.population},
        "zones": [
            {
                "id": zone.zone_id,
                "name": zone.name,
                "kind": zone.kind,
                "level": zone.level,
                "road_effect": effect,
            }
            for zone, effect in card.zones
        ],
        "sites": [_site(one) for one in card.sites],
        "nearest": nearest(card.nearest),
        "nights": None if card.nights is None else _nights(card.nights),
    }


def _site(one: SiteNear) -> dict[str, Any]:
    return {
        "id": one.site_id,
        "name": one.name,
        "kind": one.kind,
        "grade": one.grade,
        "level": one.level,
        "status": one.status,
        "distance_m": round(one.distance_m, 2),
        **_point(one.lon, one.lat),
    }


def _nights(one: VillageNights) -> dict[str, Any]:
    return {
        "week": str(one.week),
        "state": one.stays.state,
        "reason": one.stays.reason,
        "quota": one.stays.quota,
        "nights": one.stays.nights,
        "shortfall": one.stays.shortfall,
        "nights_left": one.stays.nights_left,
        "evenings": [{"evening": day.isoformat(), "state": state} for day, state in one.evenings],
        "streak": None if one.streak is None else {"state": one.streak.state, "weeks": one.streak.weeks},
    }


def search(answer: Search, at: datetime) -> dict[str, Any]:
    """The body of what was found, the best first."""
    return {
        **stamp(at, answer.provenance),
        "q": answer.text,
        "count": answer.count,
        "hits": [_hit(one) for one in answer.hits],
    }


def _hit(one: Hit) -> dict[str, Any]:
    return {
        "layer": one.layer,
        "id": one.id,
        "name": one.name,
        "detail": one.detail,
        **_point(one.lon, one.lat),
        "bounds": _bounds(one.bounds),
        "matched": one.matched,
    }


def _within(village: Area | None) -> dict[str, str | None]:
    return {
        "village_code": None if village is None else village.code,
        "village_name": None if village is None else village.name,
    }


def _point(lon: float, lat: float) -> dict[str, float]:
    return {"lon": round(lon, DIGITS), "lat": round(lat, DIGITS)}


def _bounds(bounds: tuple[float, float, float, float] | None) -> list[float] | None:
    return None if bounds is None else [round(value, DIGITS) for value in bounds]


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
