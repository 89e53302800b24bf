"""OGC API - Features, part 1: the abstract tests of the standard, and what the executable suite adds to them."""

from __future__ import annotations

import json
import re
from datetime import datetime
from html.parser import HTMLParser
from threading import BoundedSemaphore
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.ogc.params import DEFAULT, MOST
from tests.api.conftest import CANARY
from tests.county import SmallCounty

GEOJSON = "application/geo+json"
SUITE_ACCEPT = "application/json, application/javascript, text/javascript, text/json"
FILES = [
    "application/flatgeobuf",
    "application/geopackage+sqlite3",
    "application/vnd.apache.parquet",
    "application/zip",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.google-earth.kml+xml",
]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
VILLAGES = "/ogc/collections/villages"


def links_of(body: Any, rel: str) -> list[dict[str, str]]:
    return [link for link in body["links"] if link["rel"] == rel]


def test_the_landing_page_is_there_with_and_without_a_slash(client: TestClient) -> None:
    for path in ("/ogc", "/ogc/"):
        answer = client.get(path, headers={"Accept": SUITE_ACCEPT}, follow_redirects=False)
        assert 200 == answer.status_code
        assert "application/json" == answer.headers["content-type"]
        assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} == {
            link["rel"] for link in answer.json()["links"]
        }


def test_every_link_of_every_resource_leads_somewhere_and_has_a_relation_and_a_type(client: TestClient) -> None:
    waiting, seen = ["http://testserver/ogc"], set[str]()
    while waiting:
        address = waiting.pop()
        if address in seen or "/items" in address.partition("?")[0].replace("/items?", "?") or "after=" in address:
            continue
        seen.add(address)
        answer = client.get(address)
        assert 200 == answer.status_code, address
        if "json" not in answer.headers["content-type"]:
            continue
        body = answer.json()
        listed = [*body.get("collections", ()), *body.get("tilesets", ()), body]
        for link in (link for one in listed for link in one.get("links", ())):
            assert link["rel"], address
            assert link["type"], address
            if not link.get("templated") and link["rel"] != "enclosure":
                waiting.append(link["href"])
    assert len(seen) > 100


@pytest.mark.parametrize(
    "path", ["", "/collections", "/conformance", "/collections/villages", "/tileMatrixSets/WebMercatorQuad"]
)
def test_a_resource_says_what_it_is_and_which_other_forms_it_has(client: TestClient, path: str) -> None:
    answer = client.get(f"/ogc{path}", headers={"Accept": "application/json"})
    assert ["application/json"] == [link["type"] for link in links_of(answer.json(), "self")]
    assert ["text/html"] == [link["type"] for link in links_of(answer.json(), "alternate")]


def test_conformance_names_the_classes_of_version_one(client: TestClient) -> None:
    named = client.get("/ogc/conformance").json()["conformsTo"]
    core = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
    assert {f"{core}{one}" for one in ("core", "oas30", "html", "geojson")} <= set(named)
    assert len(named) == len(set(named))


def test_every_layer_and_every_answer_is_a_collection_what_can_be_mapped_first(client: TestClient) -> None:
    listed = client.get("/ogc/collections").json()["collections"]
    ids = [one["id"] for one in listed]
    assert {"villages", "incidents", "stay_coverage", "reach", "exposure"} <= set(ids)
    assert "spatial" in listed[0]["extent"]
    for one in listed:
        assert [GEOJSON, "text/html", f"{GEOJSON}-seq", *FILES] == [link["type"] for link in links_of(one, "items")]
        itself = client.get(f"/ogc/collections/{one['id']}").json()
        members = ("id", "title", "description", "extent", "itemType", "crs", "storageCrs")
        assert [one.get(name) for name in members] == [itself.get(name) for name in members]
        wanted = {(link["rel"], link["type"], link["href"]) for link in one["links"] if link["rel"] != "self"}
        assert wanted <= {(link["rel"], link["type"], link["href"]) for link in itself["links"]}


def test_an_extent_holds_every_place(client: TestClient) -> None:
    for one in client.get("/ogc/collections").json()["collections"]:
        if "extent" not in one or "spatial" not in one["extent"]:
            continue
        box = ",".join(f"{number:.7f}" for number in one["extent"]["spatial"]["bbox"][0])
        items = f"/ogc/collections/{one['id']}/items"
        assert (
            client.get(items, params={"limit": MOST}).json()["numberMatched"]
            == client.get(items, params={"limit": MOST, "bbox": box}).json()["numberMatched"]
        )


def test_items_are_rfc_7946_with_counts_and_links(client: TestClient, small_county: SmallCounty) -> None:
    for accept in (GEOJSON, "application/json", SUITE_ACCEPT):
        answer = client.get(f"{VILLAGES}/items", headers={"Accept": accept})
        assert GEOJSON == answer.headers["content-type"]
    body = answer.json()
    assert "FeatureCollection" == body["type"]
    assert len(small_county.layers["villages"]) == body["numberMatched"]
    assert DEFAULT == body["numberReturned"] == len(body["features"])
    assert [GEOJSON] == [link["type"] for link in links_of(body, "self")]
    assert ["text/html", f"{GEOJSON}-seq", *FILES] == [link["type"] for link in links_of(body, "alternate")]
    assert {"self", "alternate", "collection", "next"} == {link["rel"] for link in body["links"]}


def test_a_text_sequence_has_the_features_one_by_one_and_its_next_page_in_the_header(client: TestClient) -> None:
    features = client.get(f"{VILLAGES}/items", params={"limit": 5}).json()["features"]
    answer = client.get(f"{VILLAGES}/items", params={"limit": 5, "f": "geojsonseq"})
    assert f"{GEOJSON}-seq" == answer.headers["content-type"]
    texts = answer.text.split("\x1e")
    assert "" == texts[0]
    assert all(text.endswith("\n") for text in texts[1:])
    assert features == [json.loads(text) for text in texts[1:]]
    assert 'rel="next"' in answer.headers["link"]


def test_a_service_with_too_many_questions_says_when_to_come_back(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.routes.ogc_items._TURNS", BoundedSemaphore(1))
    assert 200 == client.get(f"{VILLAGES}/items").status_code
    busy = BoundedSemaphore(1)
    busy.acquire()
    monkeypatch.setattr("api.routes.ogc_items._TURNS", busy)
    answer = client.get(f"{VILLAGES}/items")
    assert 503 == answer.status_code
    assert "30" == answer.headers["retry-after"]


def test_a_feature_is_at_its_id(client: TestClient) -> None:
    for collection in ("villages", "incidents", "speeds", "stay_coverage"):
        items = f"/ogc/collections/{collection}/items"
        for feature in client.get(items, params={"limit": 3}).json()["features"]:
            one = client.get(f"{items}/{feature['id']}").raise_for_status().json()
            assert {name: feature[name] for name in ("type", "id", "geometry", "properties")} == {
                name: one[name] for name in ("type", "id", "geometry", "properties")
            }
            assert {"self", "alternate", "collection"} == {link["rel"] for link in one["links"]}


@pytest.mark.parametrize(
    "path", [f"{VILLAGES}/items/nowhere", "/ogc/collections/nothing", "/ogc/collections/nothing/items"]
)
def test_what_is_not_there_is_a_404_that_says_so(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert 404 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=unlimited",
        "limit=0",
        "limit=-1",
        "limit=1.5",
        "limit=",
        "unknownQueryParameter12345=1",
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "bbox=1,2,3,nan",
        "bbox=111,28,112,27",
        "bbox=-181,0,1,1",
        "datetime=yesterday",
        "datetime=2022-12-23/2022-12-22",
        "datetime=../P2D",
        "datetime=P2D",
        "crs=http://www.opengis.net/def/crs/0/unsupported",
        "bbox=5,49,6,50&bbox-crs=http://www.opengis.net/def/crs/0/unsupported",
        "filter-crs=http://www.opengis.net/def/crs/OGC/0/does_not_exist",
        "filter=THIS IS NOT A FILTER",
        "filter=nothing IS NULL",
        "filter-lang=sql",
        "population=many",
        "population=-1",
        "code=123",
        "kind=castle",
        "properties=nothing",
        "sortby=nothing",
        "skipGeometry=perhaps",
        "after=nothing",
        "f=pdf",
        "lang=xx",
    ],
)
def test_a_bad_parameter_is_a_400_that_names_it(client: TestClient, query: str) -> None:
    answer = client.get(f"{VILLAGES}/items?{query}")
    assert 400 == answer.status_code, answer.text
    assert "application/problem+json" == answer.headers["content-type"]
    wanted = query.rpartition("&")[2].partition("=")[0]
    assert wanted == answer.json()["parameter"]


def test_a_limit_beyond_the_most_is_cut_to_it(client: TestClient) -> None:
    assert 12 == client.get(f"{VILLAGES}/items", params={"limit": MOST + 1}).json()["numberReturned"]


@pytest.mark.parametrize(
    "box",
    [
        "-1.5,50,1.5,53",
        "-80,-5,-70,5",
        "177,65,-177,70",
        "-180,85,180,90",
        "-180,-90,180,-85",
        "-.5000000,.5000000,1,1",
    ],
)
def test_a_box_elsewhere_is_answered_with_nothing(client: TestClient, box: str) -> None:
    assert [] == client.get(f"{VILLAGES}/items", params={"bbox": box}).raise_for_status().json()["features"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("2022-12-23T01:30:00Z", ["I2"]),
        ("2022-12-23T09:00:00+08:00/..", ["I1", "I2"]),
        ("../2022-12-23T01:10:00Z", ["I1"]),
        ("/2022-12-22T00:00:00Z", []),
        ("2022-12-23T01:10:00Z/", ["I2"]),
        ("2022-12-23", ["I1", "I2"]),
        ("2022-12-22/P1D", ["I1", "I2"]),
        ("2022-12-20/P2D", []),
    ],
)
def test_datetime_takes_instants_and_open_intervals(client: TestClient, asked: str, expected: list[str]) -> None:
    found = client.get("/ogc/collections/incidents/items", params={"datetime": asked}).raise_for_status().json()
    assert expected == [feature["id"] for feature in found["features"]]


def test_of_a_parameter_given_twice_the_last_counts_as_the_suite_sends_those_of_a_next_page(client: TestClient) -> None:
    first = client.get(f"{VILLAGES}/items", params={"limit": 2}).json()
    href = links_of(first, "next")[0]["href"]
    again = client.get(f"{href}&{href.partition('?')[2]}&limit={MOST}").raise_for_status().json()
    assert first["numberMatched"] == 2 + again["numberReturned"]


def test_an_extent_in_time_has_two_ends_or_is_left_out(client: TestClient) -> None:
    listed = client.get("/ogc/collections").json()["collections"]
    told = {one["id"]: one["extent"]["temporal"] for one in listed if "temporal" in one.get("extent", {})}
    assert {"incidents", "detections", "stay_coverage"} <= set(told)
    assert not {"teams", "closures"} & set(told)  # some of them have not ended
    ends = [end for one in told.values() for interval in one["interval"] for end in interval]
    assert all(datetime.fromisoformat(end).tzinfo for end in ends)


def test_every_collection_names_its_systems_a_table_the_default_one(client: TestClient) -> None:
    for one in client.get("/ogc/collections").json()["collections"]:
        assert CRS84 == one["crs"][0]
        assert (one["crs"] == [CRS84]) == ("storageCrs" not in one)


def test_datetime_picks_the_week_of_the_stay_coverage(client: TestClient) -> None:
    found = client.get("/ogc/collections/stay_coverage/items", params={"datetime": "2022-12-21", "limit": 100}).json()
    assert {"2022-W51"} == {feature["properties"]["week"] for feature in found["features"]}
    assert 12 == found["numberMatched"]


@pytest.mark.parametrize("limit", [1, 2, 5, 7, 11, 12, 100])
@pytest.mark.parametrize("question", [{}, {"sortby": "-population,name"}, {"filter": "population > 300"}])
def test_any_page_size_gives_the_whole_set_once(client: TestClient, limit: int, question: dict[str, str]) -> None:
    whole = client.get(f"{VILLAGES}/items", params={"limit": 100, **question}).json()
    address, found = f"{VILLAGES}/items", []
    answer = client.get(address, params={"limit": limit, **question}).json()
    while True:
        assert whole["numberMatched"] == answer["numberMatched"]
        found += [feature["id"] for feature in answer["features"]]
        following = links_of(answer, "next")
        if not following:
            break
        answer = client.get(following[0]["href"]).raise_for_status().json()
    assert [feature["id"] for feature in whole["features"]] == found


def test_a_next_page_begins_right_whatever_becomes_of_its_limit(client: TestClient) -> None:
    first = client.get(f"{VILLAGES}/items", params={"limit": 3}).json()
    address = re.sub(r"limit=3", f"limit={MOST}", links_of(first, "next")[0]["href"])
    assert 9 == client.get(address).json()["numberReturned"]


def test_restricted_columns_are_in_no_answer_and_no_schema(client: TestClient) -> None:
    for collection in ("teams", "hazard_sites"):
        for below in ("/items", "/queryables", "/schema", "/items?f=html", "/queryables?f=html"):
            text = client.get(f"/ogc/collections/{collection}{below}").text
            assert CANARY not in text
            assert "phone" not in text
        assert 400 == client.get(f"/ogc/collections/{collection}/items?filter=leader_phone='{CANARY}'").status_code


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.add(str(dict(attrs)["href"]))


@pytest.mark.parametrize(
    "path", ["", "/conformance", "/collections", "/collections/villages", "/collections/villages/items", "/api"]
)
def test_the_html_has_every_link_of_the_json(client: TestClient, path: str) -> None:
    answer = client.get(f"/ogc{path}", headers={"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"})
    assert "text/html; charset=utf-8" == answer.headers["content-type"]
    assert answer.text.startswith("<!DOCTYPE html>")
    assert "script" not in answer.text.lower().replace("description", "")
    anchors = _Anchors()
    anchors.feed(answer.text)
    links = client.get(f"/ogc{path}?f=json").json().get("links", [])
    assert {link["href"] for link in links if link["rel"] not in ("self", "alternate", "next")} <= anchors.found


def test_titles_are_in_the_language_asked_for(client: TestClient) -> None:
    assert "村(社区)" == client.get(VILLAGES).json()["title"]
    english = client.get(VILLAGES, headers={"Accept-Language": "en"})
    assert "en" == english.headers["content-language"]
    assert english.json()["title"] == client.get(f"{VILLAGES}?lang=en").json()["title"] != "村(社区)"
