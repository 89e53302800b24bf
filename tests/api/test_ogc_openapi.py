"""The OpenAPI 3.0 document, as the executable suite reads it, and what it says against what the service does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.ogc.params import DEFAULT, ITEMS, MOST

_ONLY_31 = frozenset({"const", "prefixItems", "examples", "$defs", "if", "then", "else", "propertyNames", "contains"})


@pytest.fixture(scope="module")
def document(client: TestClient) -> Any:
    (link,) = (one for one in client.get("/ogc").json()["links"] if one["rel"] == "service-desc")
    assert "application/vnd.oai.openapi+json;version=3.0" == link["type"]
    answer = client.get(link["href"], headers={"Accept": link["type"]})
    assert link["type"] == answer.headers["content-type"]
    return answer.json()


def everything(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from everything(one)


def resolved(document: Any, parameter: Any) -> Any:
    name = parameter.get("$ref")
    return parameter if name is None else document["components"]["parameters"][name.rpartition("/")[2]]


def parameters(document: Any, path: str) -> dict[str, Any]:
    listed = [resolved(document, one) for one in document["paths"][path]["get"]["parameters"]]
    assert len(listed) == len({one["name"] for one in listed})
    return {one["name"]: one for one in listed}


def test_it_has_one_server_the_landing_page_without_a_slash(document: Any) -> None:
    assert [{"url": "http://testserver/ogc"}] == document["servers"]


def test_it_has_nothing_that_only_31_knows_and_fetches_nothing(document: Any) -> None:
    assert document["openapi"].startswith("3.0.")
    for one in everything(document):
        assert not _ONLY_31 & one.keys()
        assert not isinstance(one.get("type"), list)
        if isinstance(one.get("$ref"), str):
            assert one["$ref"].startswith("#/components/")
            _, _, kind, name = one["$ref"].split("/")
            assert name in document["components"][kind]


def test_every_operation_has_an_id_of_its_own_and_lists_its_answers(document: Any) -> None:
    operations = [path["get"] for path in document["paths"].values()]
    assert len(operations) == len({one["operationId"] for one in operations})
    for one in operations:
        assert {"200", "304", "400", "500"} <= one["responses"].keys()


def test_the_parameters_of_items_are_as_the_standard_defines_them(document: Any) -> None:
    found = parameters(document, "/collections/villages/items")
    assert set(ITEMS) <= found.keys()
    assert {"kind", "population"} <= found.keys()
    for name in ("bbox", "limit", "datetime"):
        assert ("query", False, "form", False) == tuple(
            found[name][member] for member in ("in", "required", "style", "explode")
        )
    box, limit = found["bbox"]["schema"], found["limit"]["schema"]
    assert ("array", 4, 6, {"type": "number"}) == (box["type"], box["minItems"], box["maxItems"], box["items"])
    assert {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT} == limit
    assert "string" == found["datetime"]["schema"]["type"]


def test_every_path_answers_and_takes_no_parameter_that_it_does_not_name(client: TestClient, document: Any) -> None:
    for path in document["paths"]:
        if "{" in path:
            continue
        address = f"/ogc{'' if path == '/' else path}"
        answer = client.get(address, headers={"Accept": "application/json"})
        assert 200 == answer.status_code, path
        assert answer.headers["content-type"] in document["paths"][path]["get"]["responses"]["200"]["content"]
        assert 400 == client.get(address, params={"unknownQueryParameter12345": "1"}).status_code, path


def test_queryables_are_a_json_schema_that_both_languages_can_read(client: TestClient) -> None:
    for collection in client.get("/ogc/collections").json()["collections"]:
        path = f"/ogc/collections/{collection['id']}/queryables"
        answer = client.get(path, headers={"Accept": "application/schema+json"})
        assert "application/schema+json" == answer.headers["content-type"]
        schema = answer.json()
        assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
        assert f"http://testserver{path}" == schema["$id"]
        assert "object" == schema["type"]
        assert schema["additionalProperties"] is False
        for one in schema["properties"].values():
            assert ("type" in one) != one.get("format", "").startswith("geometry-")
            assert one["x-title-zh"]
            assert one["x-title-en"]
        assert (
            schema["properties"].keys() == client.get(path.replace("queryables", "schema")).json()["properties"].keys()
        )


def test_a_queryable_is_a_parameter_and_means_what_its_filter_means(client: TestClient) -> None:
    for asked, meant in (
        ({"kind": "community"}, "kind = 'community'"),
        ({"population": "300"}, "population = 300"),
        ({"kind": "village", "town_code": "431381001"}, "kind = 'village' AND town_code = '431381001'"),
        ({"synthetic": "true"}, "synthetic = true"),
    ):
        items = "/ogc/collections/villages/items"
        found = client.get(items, params=asked).raise_for_status().json()["features"]
        assert found == client.get(items, params={"filter": meant}).raise_for_status().json()["features"]
        assert found


def test_a_filter_in_either_encoding_finds_the_same_and_joins_the_box(client: TestClient) -> None:
    items = "/ogc/collections/villages/items"
    text = {"filter": "S_INTERSECTS(geometry,BBOX(111.401,27.651,111.419,27.669))"}
    json_text = '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[111.401,27.651,111.419,27.669]}]}'
    found = client.get(items, params=text).raise_for_status().json()
    assert 1 == found["numberMatched"]
    same = client.get(items, params={"filter": json_text, "filter-lang": "cql2-json"}).raise_for_status().json()
    assert found["features"] == same["features"]
    assert 1 == client.get(items, params={**text, "bbox": "111.4,27.65,111.52,27.69"}).json()["numberMatched"]
    assert 0 == client.get(items, params={**text, "bbox": "111.5,27.68,111.51,27.685"}).json()["numberMatched"]


def test_tiles_are_where_their_metadata_say(client: TestClient) -> None:
    (link,) = (
        one
        for one in client.get("/ogc/collections/villages").json()["links"]
        if one["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
    )
    (tileset,) = client.get(link["href"]).json()["tilesets"]
    body = client.get(next(one["href"] for one in tileset["links"] if one["rel"] == "self")).json()
    (template,) = (one["href"] for one in body["links"] if one.get("templated"))
    squares = client.get(next(one["href"] for one in body["links"] if "tiling-scheme" in one["rel"])).json()
    assert body["tileMatrixSetURI"] == squares["uri"]
    zoom = next(one for one in squares["tileMatrices"] if one["id"] == "9")
    column, row = int((111.46 + 180) / 360 * zoom["matrixWidth"]), 215
    tile = client.get(template.format(tileMatrix="9", tileCol=column, tileRow=row))
    assert 200 == tile.status_code
    assert "application/vnd.mapbox-vector-tile" == tile.headers["content-type"]
    assert 404 == client.get("/ogc/collections/speeds/tiles").status_code


@pytest.mark.parametrize(
    "text", ["2022-12-20", "2022-12-20T00:00:00.5Z", "2022-12-20/..", "2022-12-20/P2D", "/2022-12-20T08:00:00+08:00"]
)
def test_a_datetime_that_is_taken_is_one_of_the_document_and_another_is_not(
    client: TestClient, document: Any, text: str
) -> None:
    pattern = parameters(document, "/collections/incidents/items")["datetime"]["schema"]["pattern"]
    items = "/ogc/collections/incidents/items"
    for asked, status in ((text, 200), (f"{text} ", 400), (text.replace("12", "13"), 400), ("", 400), ("../..", 400)):
        assert (status == 200) == bool(re.search(pattern, asked))
        assert status == client.get(items, params={"datetime": asked}).status_code, asked


def test_a_whole_number_of_any_size_can_be_asked_for(client: TestClient) -> None:
    items = "/ogc/collections/villages/items"
    for number in (10564576451667951, 10**30):
        assert 0 == client.get(items, params={"population": str(number)}).json()["numberMatched"]
        smaller = {"filter": f'{{"op":"<","args":[{{"property":"population"}},{number}]}}', "filter-lang": "cql2-json"}
        assert 12 == client.get(items, params=smaller).json()["numberMatched"]
