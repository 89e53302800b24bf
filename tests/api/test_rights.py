"""Who may ask what: every route, for everybody who may ask. A route that is not in the table fails here."""

from __future__ import annotations

from typing import Any

import pytest

from api.access import SIGHT_OF, Sight
from api.drafts import DOORS
from geo.features.answers import ANSWERS
from geo.layers.registry import IMPORTABLE, LAYERS
from tests.county import AS_OF
from tests.rights import ASKERS, Asked, doors_of

Statuses = dict[str, int]


def _of(none: int, **named: int) -> Statuses:
    """What each of `ASKERS` is answered, by name; `others` where nothing is said."""
    others = named.pop("others")
    return {name: named.get(name, others) for name in ASKERS} | {"nobody": none}


OPEN = _of(200, others=200)
AGGREGATES = _of(401, others=200)
ANSWERED = _of(401, viewer=403, admin=403, others=200)
NAMED = _of(401, viewer=403, planner=403, admin=403, others=200)
OF_THE_COUNTY = _of(401, hq=200, others=403)  # what names members and has no parts
COLLECTION_OF_NAMES = _of(401, hq=200, others=404)
CONTACTS = _of(401, hq=200, station=200, post=200, others=403)  # of a row in the station's village
CONTACT_ROWS = _of(401, viewer=403, planner=403, admin=403, others=200)  # each its own
RECORDED_BELOW = _of(401, station=201, post=201, hq=201, others=403)
RECORDED_BY_POSTS = _of(401, post=201, hq=201, others=403)
BARRED = _of(401, station=201, post=201, planner=201, hq=201, others=403)
ORDERED = _of(401, hq=201, others=403)
MISSING = _of(401, others=404)

PLACE = "lon=111.405&lat=27.675"
ITEM = "/ogc/collections/villages/items/431381001200"
LAYER: dict[Sight, Statuses] = {Sight.AGGREGATES: AGGREGATES, Sight.ANSWERS: ANSWERED, Sight.NAMES: NAMED}

TABLE: dict[tuple[str, str], list[tuple[str, Statuses]]] = {
    ("GET", "/"): [("/", AGGREGATES)],
    ("GET", "/about"): [("/about", OPEN)],
    ("GET", "/assets/{name:path}"): [("/assets/none.js", _of(404, others=404))],
    ("GET", "/background/{z}/{x}/{y}"): [("/background/1/1/1", MISSING)],
    ("GET", "/health/live"): [("/health/live", OPEN)],
    ("GET", "/health/ready"): [("/health/ready", OPEN)],
    ("GET", "/maps/blocks/{name}"): [("/maps/blocks/none", MISSING)],
    ("GET", "/maps/brief"): [("/maps/brief", AGGREGATES)],
    ("GET", "/maps/coverage"): [("/maps/coverage", AGGREGATES)],
    ("GET", "/maps/dispatch"): [("/maps/dispatch", ANSWERED), (f"/maps/dispatch?{PLACE}", ANSWERED)],
    ("GET", "/maps/history"): [("/maps/history", AGGREGATES)],
    ("GET", "/maps/risk"): [("/maps/risk", AGGREGATES)],
    ("GET", "/ogc"): [("/ogc", AGGREGATES)],
    ("GET", "/ogc/"): [("/ogc/", AGGREGATES)],
    ("GET", "/ogc/api"): [("/ogc/api", AGGREGATES)],
    ("GET", "/ogc/conformance"): [("/ogc/conformance", AGGREGATES)],
    ("GET", "/ogc/tileMatrixSets/WebMercatorQuad"): [("/ogc/tileMatrixSets/WebMercatorQuad", AGGREGATES)],
    ("GET", "/ogc/collections"): [("/ogc/collections", AGGREGATES)],
    ("GET", "/ogc/collections/{collection}/items/{feature:path}"): [(ITEM, AGGREGATES)],
    **{
        ("GET", f"/ogc/collections/{{collection}}{below}"): [
            (f"/ogc/collections/villages{below}", AGGREGATES),
            (f"/ogc/collections/teams{below}", _of(401, viewer=404, admin=404, others=200)),
            *[(f"/ogc/collections/{name}{below}", COLLECTION_OF_NAMES) for name in tables],
        ]
        for below, tables in {
            "": ("stays", "leaders"),
            "/items": ("stays", "leaders"),
            "/queryables": ("stays", "leaders"),
            "/schema": ("stays", "leaders"),
            "/tiles": (),
            "/tiles/WebMercatorQuad": (),
        }.items()
    },
    ("GET", "/metrics"): [("/metrics", _of(401, hq=200, elsewhere=200, admin=200, others=403))],
    ("GET", "/openapi.json"): [("/openapi.json", OPEN)],
    ("GET", "/tiles/{layer}/features/{identity}"): [
        ("/tiles/villages/features/431381001200", AGGREGATES),
        ("/tiles/teams/features/T03", ANSWERED),
    ],
    ("GET", "/tiles/{layer}/{z}/{x}/{y}.pbf"): [
        ("/tiles/villages/8/207/107.pbf", AGGREGATES),
        ("/tiles/teams/8/207/107.pbf", ANSWERED),
    ],
    ("GET", "/sign-in"): [("/sign-in", OPEN)],
    ("GET", "/v1/session"): [("/v1/session", OPEN)],
    ("POST", "/sign-in"): [("/sign-in", _of(400, others=400))],  # it has nothing in it
    ("POST", "/sign-out"): [("/sign-out", _of(204, others=204))],  # nobody was signed in
    ("GET", "/v1/attention"): [("/v1/attention", AGGREGATES)],
    ("GET", "/v1/brief"): [("/v1/brief", AGGREGATES)],
    ("GET", "/v1/contacts"): [("/v1/contacts?team=T03", CONTACTS)],
    ("GET", "/v1/coverage/clock"): [("/v1/coverage/clock", AGGREGATES)],
    ("GET", "/v1/coverage/duty"): [("/v1/coverage/duty", ANSWERED)],
    ("GET", "/v1/coverage/leaders"): [("/v1/coverage/leaders", NAMED)],
    ("GET", "/v1/coverage/reach"): [("/v1/coverage/reach", ANSWERED)],
    ("GET", "/v1/coverage/reach.geojson"): [("/v1/coverage/reach.geojson", ANSWERED)],
    ("GET", "/v1/coverage/stays"): [("/v1/coverage/stays", AGGREGATES)],
    ("GET", "/v1/coverage/stays.geojson"): [("/v1/coverage/stays.geojson", AGGREGATES)],
    ("GET", "/v1/coverage/stays/history"): [("/v1/coverage/stays/history", AGGREGATES)],
    ("GET", "/v1/events"): [("/v1/events", OF_THE_COUNTY)],
    ("GET", "/v1/export"): [
        ("/v1/export?layers=villages", ANSWERED),
        ("/v1/export?layers=stays&f=csv", NAMED),
        ("/v1/export?layers=teams&f=csv&contacts=true", CONTACT_ROWS),
    ],
    ("HEAD", "/v1/export"): [("/v1/export?layers=villages", ANSWERED)],
    ("GET", "/v1/exposure"): [("/v1/exposure", AGGREGATES)],
    ("GET", "/v1/isolation"): [("/v1/isolation", ANSWERED)],
    ("GET", "/v1/layers"): [("/v1/layers", AGGREGATES)],
    ("GET", "/v1/layers/{name}.geojson"): [
        *[(f"/v1/layers/{name}.geojson", LAYER[SIGHT_OF[name]]) for name in LAYERS],
        ("/v1/layers/hazard_sites.geojson?contacts=true", CONTACT_ROWS),
    ],
    ("GET", "/v1/live"): [("/v1/live?last=none", AGGREGATES)],
    ("GET", "/v1/live/state"): [("/v1/live/state", AGGREGATES)],
    ("GET", "/v1/mobilisations"): [("/v1/mobilisations", AGGREGATES)],
    ("GET", "/v1/mobilisations/{order_id}"): [("/v1/mobilisations/O1", ANSWERED)],
    ("GET", "/v1/nearest"): [(f"/v1/nearest?{PLACE}", ANSWERED)],
    ("GET", "/v1/places"): [(f"/v1/places?{PLACE}", ANSWERED)],
    ("GET", "/v1/reach"): [(f"/v1/reach?{PLACE}", ANSWERED)],
    ("GET", "/v1/reinforce"): [("/v1/reinforce?village=431381001200", ANSWERED)],
    ("GET", "/v1/search"): [("/v1/search?q=T03", AGGREGATES)],
    ("GET", "/v1/teams/{team_id}"): [("/v1/teams/T03", ANSWERED)],
    ("POST", "/v1/coverage/reach"): [("/v1/coverage/reach", ANSWERED)],
    ("POST", "/v1/isolation"): [("/v1/isolation", ANSWERED)],
    ("POST", "/v1/nearest"): [("/v1/nearest", ANSWERED)],
    ("POST", "/v1/assignments"): [("/v1/assignments", RECORDED_BY_POSTS)],
    ("POST", "/v1/check-ins"): [("/v1/check-ins", RECORDED_BELOW)],
    ("POST", "/v1/closures"): [("/v1/closures", BARRED)],
    ("POST", "/v1/commitments"): [("/v1/commitments", RECORDED_BY_POSTS)],
    ("POST", "/v1/corrections"): [("/v1/corrections", RECORDED_BELOW)],
    ("POST", "/v1/exemptions"): [("/v1/exemptions", ORDERED)],
    ("POST", "/v1/incidents"): [("/v1/incidents", RECORDED_BELOW)],
    ("POST", "/v1/leave"): [("/v1/leave", RECORDED_BELOW)],
    ("POST", "/v1/mobilisations"): [("/v1/mobilisations", ORDERED)],
    ("POST", "/v1/rosters"): [("/v1/rosters", RECORDED_BY_POSTS)],
    ("POST", "/v1/stays"): [("/v1/stays", RECORDED_BELOW)],
}

TABLE["GET", "/ogc/collections/{collection}/items"].append(("/ogc/collections/villages/items?f=gpkg", ANSWERED))


def body_of(door: str, by: str, asked: Asked) -> object:
    """What `by` sends to a door: about T03 in the station's village where that goes, and never what was sent before."""
    now, team = AS_OF.isoformat(), {"post": "T01", "hq": "T02"}.get(by, "T03")
    days, bar = {"first_day": "2022-12-24", "last_day": "2022-12-25"}, [[111.405, 27.66], [111.406, 27.661]]
    supposed = {"type": "LineString", "coordinates": [[111.43, 27.66], [111.43, 27.68]]}
    closures = [{"type": "Feature", "properties": {}, "geometry": supposed}]
    leave = {"team_id": "T03", "member_id": by, **days}
    place = {"lon": 111.41, "lat": 27.66}
    bodies: dict[str, Any] = {
        "nearest": {"type": "FeatureCollection", "features": []},
        "isolation": {"closures": {"type": "FeatureCollection", "features": closures}},
        "coverage/reach": {"closures": {"type": "FeatureCollection", "features": closures}},
        "assignments": {"team_id": "T04", "village_code": "431381001201", "first_day": "2022-12-24"},
        "check-ins": {"team_id": "T03", "member_id": by, **place, "crs": "EPSG:4326", "device_time": now},
        "closures": {
            "closure_id": by,
            "cause": "landslide",
            "effect": "closed",
            "vehicles": "all",
            "shape": {"type": "LineString", "coordinates": bar},
            "at": now,
        },
        "commitments": {"incident_id": "I2", "team_id": team, "at": now},
        "exemptions": {"scope": ["431381001"], **days, "reason": by},
        "incidents": {"incident_id": by, "kind": "open_fire", **place, "at": now},
        "leave": leave,
        "mobilisations": {"order_id": by, "scope": ["431381001"], "cause": "fire", "at": now},
        "rosters": {"team_id": "T04", "member_id": by, "change": "joined", "day": "2022-12-23"},
        "stays": {"team_id": "T03", "member_id": by, "village_code": "431381001200", "night": "2022-12-21"},
    }
    if door == "corrections":
        made = asked.of["hq"].post("/v1/leave", json={**leave, "member_id": f"{by}-wrong"}).json()
        return {"corrects": made["sequences"][0], "reason": "wrong"}
    return bodies.get(door)


def test_every_route_is_in_the_table_and_the_table_has_no_other(asked: Asked) -> None:
    routes = doors_of(asked.app)
    missing, gone = sorted(routes - TABLE.keys()), sorted(TABLE.keys() - routes)
    assert not missing, f"decide who may ask {missing}, and write that into TABLE and the matrix of the README"
    assert not gone, f"{gone} is no route any more: take it out of TABLE"


@pytest.mark.parametrize("door", TABLE, ids=" ".join)
def test_each_route_answers_those_who_may_ask_it_and_refuses_the_others(asked: Asked, door: tuple[str, str]) -> None:
    method, _ = door
    for address, expected in TABLE[door]:
        asked.app.state.channel.close()  # a stream ends, that would go on for ever
        for by in ASKERS:
            body = body_of(address.removeprefix("/v1/"), by, asked) if method == "POST" else None
            answer = asked.of[by].request(method, address, json=body, follow_redirects=False)
            assert expected[by] == answer.status_code, f"{method} {address} by {by}: {answer.text[:300]}"
            if answer.status_code >= 400 and method != "HEAD":
                assert "application/problem+json" == answer.headers["content-type"]
            if answer.status_code == 401:
                assert "Bearer" in answer.headers["www-authenticate"]


def test_the_table_asks_for_every_door_of_the_record() -> None:
    assert {f"/v1/{door}" for door in DOORS} <= {path for method, path in TABLE if method == "POST"}


def test_every_layer_format_and_answer_has_its_sight() -> None:
    assert set(SIGHT_OF) == {*IMPORTABLE, *ANSWERS}, "write what there is to see into SIGHT_OF"
