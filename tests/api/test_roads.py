"""The service's answers by road: the same as the core's, with what-if closures from a body, and errors that teach."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import shapely
from starlette.testclient import TestClient

from api import models, road_models
from api.wiring import Services
from geo.geojson import dumps
from geo.isolation import isolated_by, isolation
from geo.nearest import nearest
from geo.reach import reach_areas, reach_coverage, reach_from
from geo.reinforce import reinforce
from geo.terms import TeamKind
from geo.what_if import what_if
from tests.county import AS_OF

PLACE = "lon=111.405&lat=27.675"
BAR = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[111.43, 27.66], [111.43, 27.68]]},
            "properties": {"name": "<b>what if</b>"},
        }
    ],
}


def body_of(answer: dict[str, Any]) -> Any:
    """An answer as it comes out of the wire."""
    return orjson.loads(dumps(answer))


def test_nearest_by_road_is_the_cores_answer(client: TestClient, services: Services) -> None:
    expected = nearest(services.atlas, services.board, 111.405, 27.675, at=AS_OF, k=4, kind=TeamKind.CITY)
    assert body_of(models.nearest(expected)) == client.get(f"/v1/nearest?{PLACE}&k=4&kind=city").json()
    assert "road" == expected.basis
    with_paths = client.get(f"/v1/nearest?{PLACE}&path=true").json()
    assert {"LineString"} == {team["path"]["type"] for team in with_paths["teams"]}


def test_reach_is_the_cores_answer(client: TestClient, services: Services) -> None:
    atlas, board = services.atlas, services.board
    coverage = reach_coverage(atlas, board, at=AS_OF, minutes=30, teams=2)
    assert body_of(road_models.reach_coverage(coverage)) == client.get("/v1/coverage/reach?minutes=30&teams=2").json()
    outward = reach_from(atlas, board, 111.405, 27.675, at=AS_OF, minutes=40, notice=False)
    path = f"/v1/reach?{PLACE}&minutes=40&notice=false"
    assert body_of(road_models.reach_from(outward)) == client.get(path).json()
    areas = reach_areas(atlas, board, at=AS_OF, bands_minutes=(20, 40))
    response = client.get("/v1/coverage/reach.geojson?bands=20,40")
    assert body_of(road_models.reach_areas(areas)) == response.json()
    assert "application/geo+json" == response.headers["content-type"]


def test_the_areas_of_reach_are_valid_geojson_polygons(client: TestClient) -> None:
    for feature in client.get("/v1/coverage/reach.geojson").json()["features"]:
        assert "MultiPolygon" == feature["geometry"]["type"]
        assert shapely.from_geojson(orjson.dumps(feature["geometry"])).is_valid


def test_reinforcement_and_isolation_are_the_cores_answers(client: TestClient, services: Services) -> None:
    atlas, board = services.atlas, services.board
    village = atlas.villages[0].code
    donors = reinforce(atlas, board, village, at=AS_OF, members=3, limit=4)
    path = f"/v1/reinforce?village={village}&members=3&limit=4"
    assert body_of(road_models.reinforcement(donors)) == client.get(path).json()
    hanging = isolation(atlas, board, at=AS_OF, limit=5)
    assert body_of(road_models.isolation(hanging)) == client.get("/v1/isolation?limit=5").json()
    lost = isolated_by(atlas, board, at=AS_OF, zone_id="Z2")
    assert body_of(road_models.isolated_by(lost)) == client.get("/v1/isolation?zone=Z2").json()


def test_a_body_supposes_closures_beside_those_in_force(client: TestClient, services: Services) -> None:
    atlas, board, bar = services.atlas, services.board, what_if(BAR)
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [111.425, 27.67]}, "properties": {}}
    asked = {"type": "FeatureCollection", "features": [point], "closures": BAR}
    with_bar = client.post("/v1/nearest?k=2", json=asked).json()["features"][0]["properties"]["teams"]
    alone = nearest(atlas, board, 111.425, 27.67, at=AS_OF, k=2, supposed=bar)
    assert [team.arrival.arrival_s for team in alone.teams if team.arrival] == [team["arrival_s"] for team in with_bar]
    reach = reach_coverage(atlas, board, at=AS_OF, supposed=bar)
    assert (
        body_of(road_models.reach_coverage(reach)) == client.post("/v1/coverage/reach", json={"closures": BAR}).json()
    )
    lost = isolated_by(atlas, board, at=AS_OF, closures=bar)
    assert body_of(road_models.isolated_by(lost)) == client.post("/v1/isolation", json={"closures": BAR}).json()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", f"/v1/nearest?{PLACE}&basis=crow", None, 400, "allowed: road, straight"),
        ("GET", f"/v1/nearest?{PLACE}&path=1", None, 400, "allowed: true, false"),
        ("GET", "/v1/coverage/reach?minutes=0", None, 400, "between 1 and 1440"),
        ("GET", "/v1/coverage/reach?minutes=90.5", None, 400, "not a whole number"),
        ("GET", "/v1/coverage/reach?teams=0", None, 400, "teams=0"),
        ("GET", "/v1/coverage/reach.geojson?bands=60,30", None, 400, "rising"),
        ("GET", "/v1/coverage/reach.geojson?bands=", None, 400, "not a whole number"),
        ("GET", "/v1/reach?lon=111.4", None, 400, "lat: is required"),
        ("GET", "/v1/reach?lon=27.67&lat=111.4", None, 400, "swapped lon and lat"),
        ("GET", "/v1/reinforce", None, 400, "village: is required"),
        ("GET", "/v1/reinforce?village=431381999999", None, 404, "431381999999"),
        ("GET", "/v1/reinforce?village=431381001001&members=0", None, 400, "members=0"),
        ("GET", "/v1/isolation?zone=Z9", None, 404, "Z9"),
        ("GET", "/v1/isolation?closure=K9", None, 404, "K9"),
        ("GET", "/v1/isolation?zone=Z1&closure=K1", None, 400, "exactly one"),
        ("GET", "/v1/isolation?limit=0", None, 400, "limit=0"),
        ("POST", "/v1/isolation", b"{}", 400, "has no closures"),
        ("POST", "/v1/isolation", b"{", 400, "not JSON"),
        ("POST", "/v1/coverage/reach", b'{"closures": 3}', 400, "closures"),
        ("POST", "/v1/nearest", b'{"type": "FeatureCollection", "features": [], "closures": [{}]}', 400, "closure 1"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_to_do(
    client: TestClient, method: str, path: str, body: bytes | None, status: int, words: str
) -> None:
    response = client.request(method, path, content=body)
    assert (status, "application/problem+json") == (response.status_code, response.headers["content-type"])
    assert words in response.json()["detail"]


def test_a_county_without_roads_answers_by_distance_and_says_what_is_missing(roadless: TestClient) -> None:
    assert "straight" == roadless.get(f"/v1/nearest?{PLACE}").json()["basis"]
    response = roadless.get(f"/v1/nearest?{PLACE}&basis=road")
    assert (400, True) == (response.status_code, "import the layer roads" in response.json()["detail"])
    states = {one["state"] for one in roadless.get("/v1/coverage/reach").json()["villages"]}
    assert {"off_network"} == states
