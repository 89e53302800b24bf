"""The service answers as the core does, says no in plain words, and carries time and data version everywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.deps import ShortWays
from api.wiring import Services
from geo.layers.registry import LAYERS
from geo.nearest import nearest
from geo.terms import Basis, TeamKind
from tests.api.conftest import CANARY
from tests.county import AS_OF, EXPECTED_STATES

PLACE = "lon=111.405&lat=27.675"


def _points(*pairs: Any) -> dict[str, Any]:
    features = [
        {"type": "Feature", "id": row, "properties": {"note": row}, "geometry": {"type": "Point", "coordinates": pair}}
        for row, pair in enumerate(pairs)
    ]
    return {"type": "FeatureCollection", "features": features}


def test_nearest_answers_what_the_core_answers(client: TestClient, services: Services) -> None:
    body = client.get(f"/v1/nearest?{PLACE}&k=4&kind=city&basis=straight").raise_for_status().json()
    wanted = {"at": AS_OF, "k": 4, "kind": TeamKind.CITY}
    expected = nearest(services.atlas, services.board, 111.405, 27.675, **wanted, basis=Basis.STRAIGHT)
    assert [team["team_id"] for team in body["teams"]] == [team.team_id for team in expected.teams]
    assert [team["distance_m"] for team in body["teams"]] == [round(team.distance_m, 2) for team in expected.teams]
    assert body["basis"] == "straight"
    assert body["reach"] == "reached"
    assert body["place"]["village_code"] == "431381001001"
    assert [zone["zone_id"] for zone in body["place"]["zones"]] == ["Z1", "Z2"]


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/nearest?{PLACE}",
        "/v1/coverage/stays",
        "/v1/exposure",
        "/v1/layers",
        "/v1/layers/villages.geojson",
        "/v1/coverage/stays.geojson",
        "/health/ready",
    ],
)
def test_every_answer_carries_the_present_and_the_datas_version_and_date(
    client: TestClient, services: Services, path: str
) -> None:
    body = client.get(path).raise_for_status().json()
    version, rules = services.atlas.provenance.version, services.atlas.rules.version
    assert body["data"] == {"version": version, "date": AS_OF.isoformat(), "sequence": None, "rules": rules}
    assert body["at"] == AS_OF.isoformat()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/nearest?lon=111.4", 400, "lat: is required"),
        ("/v1/nearest?lon=abc&lat=27", 400, "not a finite number"),
        ("/v1/nearest?lon=nan&lat=27", 400, "not a finite number"),
        ("/v1/nearest?lon=1e999&lat=27", 400, "not a finite number"),
        ("/v1/nearest?lon=27.675&lat=111.405", 400, "swapped lon and lat"),
        ("/v1/nearest?lon=121.47&lat=31.23", 400, "swapped lon and lat"),
        (f"/v1/nearest?{PLACE}&k=0", 400, "between 1 and 50"),
        (f"/v1/nearest?{PLACE}&k=51", 400, "between 1 and 50"),
        (f"/v1/nearest?{PLACE}&k=2.5", 400, "not a whole number"),
        (f"/v1/nearest?{PLACE}&kind=army", 400, "allowed: city, township"),
        (f"/v1/nearest?{PLACE}&skill=flying", 400, "allowed: fire_fighting"),
        (f"/v1/nearest?{PLACE}&kindd=city", 400, "unknown query parameter 'kindd'"),
        (f"/v1/nearest?{PLACE}&k=1&k=2", 400, "more than once"),
        (f"/v1/nearest?{PLACE}&served=1", 400, "unknown query parameter 'served'"),
        ("/v1/nearest?lat=&lon=111.4", 400, "not a finite number"),
        ("/v1/coverage/stays?week=2022-W53", 400, "W01 to W52"),
        ("/v1/coverage/stays?week=51", 400, "2022-W51"),
        ("/v1/coverage/stays?weak=2022-W51", 400, "unknown query parameter"),
        ("/v1/exposure?within_m=-1", 400, "between 0 and"),
        ("/v1/exposure?kinds=earthquake", 400, "allowed: forest_fire"),
        ("/v1/exposure?min_level=6", 400, "allowed: 1, 2, 3, 4, 5"),
        ("/v1/layers?x=1", 400, "takes none"),
        ("/v1/layers/nothing.geojson", 404, "there are: county"),
        ("/v1/layers/villages.geojson?bbox=1,2,3", 400, "four numbers"),
        ("/v1/layers/villages.geojson?bbox=3,2,1,4", 400, "west <= east"),
        ("/maps/coverage?lang=fr", 400, "allowed: zh, en"),
        ("/maps/coverage?week=2022-W53", 400, "W01 to W52"),
        ("/health/live?x=1", 400, "takes none"),
        ("/nothing", 404, "Not Found"),
        ("/../etc/passwd", 404, "Not Found"),
    ],
)
def test_a_wrong_question_gets_a_problem_that_teaches(client: TestClient, path: str, status: int, words: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    problem = response.json()
    assert words in problem["detail"]
    assert problem["status"] == status
    assert {"type", "title"} <= problem.keys()


def test_http_writes_nothing(client: TestClient) -> None:
    for method in ("put", "post", "delete", "patch"):
        response = getattr(client, method)("/v1/layers/villages.geojson")
        assert (response.status_code, response.headers["content-type"]) == (405, "application/problem+json")


def test_an_error_of_ours_tells_the_client_nothing_private(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret path /srv/private")

    monkeypatch.setattr("api.routes.exposure.exposure", fail)
    response = client.get("/v1/exposure")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "RuntimeError" in caplog.text


def test_bulk_features_come_back_with_their_own_reach_and_reason(client: TestClient) -> None:
    body = _points([111.405, 27.675], [27.675, 111.405], [111.405, 29.0], ["111", 27], None)
    answered = client.post("/v1/nearest?k=2", json=body).raise_for_status().json()["features"]
    reaches = [feature["properties"]["reach"] for feature in answered]
    assert reaches == ["reached", "outside", "outside", "invalid_place", "invalid_place"]
    assert "swapped" in answered[1]["properties"]["reason"]
    assert [feature["id"] for feature in answered] == [0, 1, 2, 3, 4]
    assert [feature["properties"]["note"] for feature in answered] == [0, 1, 2, 3, 4]
    single = client.get(f"/v1/nearest?{PLACE}&k=2").json()
    assert answered[0]["properties"]["teams"] == single["teams"]
    assert answered[0]["properties"]["reason"] == single["reason"]


def test_bulk_rows_that_are_no_features_stop_nobody_else(client: TestClient) -> None:
    good = _points([111.405, 27.675])["features"][0]
    odd: list[Any] = [None, 3, "x", [], {}, {"geometry": {"type": "Point"}}, {"geometry": {"type": "Polygon"}}]
    body = {"type": "FeatureCollection", "features": [*odd, good]}
    answered = client.post("/v1/nearest", json=body).raise_for_status().json()["features"]
    assert [one["properties"]["reach"] for one in answered] == ["invalid_place"] * len(odd) + ["reached"]
    assert all(one["type"] == "Feature" and "geometry" in one for one in answered)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"type": "Feature"}', 400),
        (b'{"type": "FeatureCollection"}', 400),
        (b'{"type": "FeatureCollection", "features": {}}', 400),
        (b'{"type": "FeatureCollection", "features": [NaN]}', 400),
        (b'{"type": "FeatureCollection", "features": [' + b",".join([b"1"] * 10_001) + b"]}", 413),
        (b" " * (16 * 1024 * 1024 + 1), 413),
    ],
)
def test_a_bulk_body_that_is_no_collection_is_refused(client: TestClient, content: bytes, status: int) -> None:
    response = client.post("/v1/nearest", content=content)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")


def test_ten_thousand_points_are_answered(client: TestClient) -> None:
    body = _points(*[[111.40 + row * 1e-6, 27.67] for row in range(10_000)])
    answered = client.post("/v1/nearest?k=1", json=body).raise_for_status().json()["features"]
    assert len(answered) == 10_000
    assert {feature["properties"]["reach"] for feature in answered} == {"reached"}


def test_coverage_gives_the_known_states_by_default_for_the_present_week(client: TestClient) -> None:
    body = client.get("/v1/coverage/stays").raise_for_status().json()
    assert body["week"] == "2022-W51"
    assert {one["village_code"]: one["state"] for one in body["villages"]} == EXPECTED_STATES
    assert sum(body["counts"].values()) == len(EXPECTED_STATES)


@pytest.mark.parametrize("week", ["2022-W30", "2023-W10"])
def test_a_week_outside_the_record_is_no_data_never_lacking(client: TestClient, week: str) -> None:
    body = client.get(f"/v1/coverage/stays?week={week}").raise_for_status().json()
    assert {one["state"] for one in body["villages"]} == {"no_data"}
    assert {one["shortfall"] for one in body["villages"]} == {0}


def test_a_bbox_gives_the_features_that_meet_it(client: TestClient) -> None:
    body = client.get("/v1/layers/villages.geojson?bbox=111.401,27.671,111.402,27.672").json()
    assert [feature["id"] for feature in body["features"]] == ["431381001001"]


def test_detections_outside_the_county_are_kept_and_marked(client: TestClient) -> None:
    features = client.get("/v1/layers/detections.geojson").json()["features"]
    assert {one["id"]: one["properties"]["outside"] for one in features} == {"D1": False, "D2": True}


def test_the_layers_are_listed_with_their_date_and_what_is_synthetic(client: TestClient) -> None:
    listed = {one["name"]: one for one in client.get("/v1/layers").json()["layers"]}
    assert set(listed) == set(LAYERS)
    assert listed["villages"]["rows"] == listed["villages"]["synthetic_rows"] == 12
    assert listed["teams"]["date"] == AS_OF.isoformat()
    for one in listed.values():
        assert len(client.get(one["href"]).raise_for_status().json()["features"]) == one["rows"]


def test_restricted_columns_leave_through_no_http_door(
    client: TestClient, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """Every GET route and the bulk POST, over a county with a mark in every restricted cell."""
    assert (services.county.layers["teams"]["leader_phone"] == CANARY).all()
    paths = [
        *(f"/v1/layers/{name}.geojson" for name in LAYERS),
        *("/v1/layers", "/v1/coverage/stays", "/v1/coverage/stays.geojson", "/v1/exposure?within_m=500"),
        *(f"/v1/nearest?{PLACE}&k=50", "/maps/coverage", "/maps/risk", "/health/ready", "/openapi.json"),
    ]
    texts = [client.get(path).raise_for_status().text for path in paths]
    texts.append(client.post("/v1/nearest?k=50", json=_points([111.405, 27.675])).raise_for_status().text)
    for text in [*texts, caplog.text]:
        assert CANARY not in text
        assert "leader_phone" not in text
        assert "monitor_name" not in text


def test_the_openapi_document_names_every_route_of_this_file(client: TestClient) -> None:
    paths = set(client.get("/openapi.json").json()["paths"])
    assert {"/v1/nearest", "/v1/coverage/stays", "/v1/exposure", "/v1/layers", "/v1/layers/{name}.geojson"} <= paths
    assert {"/maps/coverage", "/maps/risk", "/health/live", "/health/ready"} <= paths


def test_pages_are_html_in_the_language_asked_for(client: TestClient) -> None:
    assert '<html lang="zh' in client.get("/maps/coverage").raise_for_status().text
    assert '<html lang="en' in client.get("/maps/risk?lang=en").raise_for_status().text


def test_large_answers_are_compressed(client: TestClient) -> None:
    response = client.get("/v1/layers/grids.geojson", headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert json.loads(response.text)["type"] == "FeatureCollection"


@pytest.mark.parametrize(
    "asked",
    [
        *(
            f"/tiles/{address}"
            for address in (
                "villages/12/3315/1720.pbf",
                "villages/12/3315/1720.pbf?v=none",
                "villages/12/0/0.pbf",
                "incidents/9/414/215.pbf",
                "leaders/12/3315/1720.pbf",
                "nothing/12/3315/1720.pbf",
                "villages/12/x/1720.pbf",
                "villages/99/1/1.pbf",
                "villages/12/3315/1720.pbf?w=1",
                "villages/12/3315/1720.pbf?v=1&v=2",
                "villages/12/3315/1720.png",
                "villages/12/1720.pbf",
                "vill%2Fages/12/3315/1720.pbf",
                "",
            )
        ),
        "lon=111.405&lat=27.675",
        "lon=111.405&lat=27.675&k=7&basis=straight&kind=city",
        "lon=111.405&lat=27.675&path=true",
        "lon=111.43",
        "lon=111.405&lat=27.675&team=1",
        "lon=111.43&lon=111.5&lat=27.69",
        "lon=27.69&lat=111.43",
        "lon=10&lat=50",
        "lon=111.405&lat=27.675&kind=army",
        "",
    ],
)
def test_the_short_way_to_an_answer_answers_what_the_long_way_does(asked: str, services: Services) -> None:
    path = asked if asked.startswith("/") else f"/v1/nearest?{asked}"
    short, long = (TestClient(create_app(services)) for _ in range(2))
    long.app.short_ways = ShortWays()  # type: ignore[attr-defined]  # a TestClient's app is the one it was given
    for headers in ({"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}):
        answers = [client.get(path, headers=headers) for client in (short, long)]
        assert answers[0].content == answers[1].content
        assert answers[0].status_code == answers[1].status_code
        heads = [{**answer.headers, "x-request-id": "each its own"} for answer in answers]
        assert heads[0] == heads[1]


def test_an_unexpected_error_on_the_short_way_tells_nothing_private(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a private thing")

    monkeypatch.setattr("api.routes.nearest.nearest", fail)
    client = TestClient(create_app(services), raise_server_exceptions=False)
    answer = client.get("/v1/nearest?lon=111.43&lat=27.69")
    assert 500 == answer.status_code
    assert "private" not in answer.text
    assert "application/problem+json" == answer.headers["content-type"]
