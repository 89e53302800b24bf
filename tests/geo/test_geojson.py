"""What leaves as GeoJSON is RFC 7946, parses strictly, and holds no contact."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.calendar import CHINA
from geo.geojson import dumps, feature_collection, geometries, layer_collection, plain
from geo.layers.registry import LAYERS
from geo.layers.spec import check, empty
from tests import strategies
from tests.county import SmallCounty, raw_layers


def strictly(data: bytes) -> Any:
    """The value of JSON bytes; NaN, Infinity and repeated members raise."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(pairs) == len({name for name, _ in pairs}), "a member stands twice"
        return dict(pairs)

    return json.loads(data.decode("utf-8"), parse_constant=refuse, object_pairs_hook=once)


def collection(county: SmallCounty, name: str) -> Any:
    return strictly(layer_collection(county.layers[name], LAYERS[name], {"version": "test"}))


def geometry_of(shape: Any) -> Any:
    return strictly(dumps(geometries([shape])[0]))


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_is_a_strict_feature_collection_with_text_ids(name: str, small_county: SmallCounty) -> None:
    found, frame, spec = collection(small_county, name), small_county.layers[name], LAYERS[name]
    assert ("FeatureCollection", "test") == (found["type"], found["version"])
    assert [str(key) for key in frame[spec.key]] == [feature["id"] for feature in found["features"]]
    for feature in found["features"]:
        assert {"type", "id", "geometry", "properties"} == set(feature)
        assert ("Feature", str) == (feature["type"], type(feature["id"]))
        assert list(spec.public_columns) == list(feature["properties"])
        assert spec.is_table == (feature["geometry"] is None)
        if not spec.is_table:
            assert feature["geometry"]["type"] in spec.shape.value


@pytest.mark.parametrize("name", LAYERS)
def test_an_empty_layer_is_an_empty_collection(name: str) -> None:
    assert {"type": "FeatureCollection", "features": []} == strictly(
        layer_collection(empty(LAYERS[name]), LAYERS[name])
    )


@pytest.mark.parametrize("name", ["teams", "hazard_sites"])
def test_restricted_columns_never_leave(name: str, small_county: SmallCounty) -> None:
    data = layer_collection(small_county.layers[name], LAYERS[name]).decode()
    for secret in ("某某", "某人", "000-0000", "000-0001", "leader_phone", "responsible_", "monitor_", "_lead_"):
        assert secret not in data


# Geometry


@pytest.mark.parametrize("turned", [False, True])
def test_outer_rings_run_counterclockwise_and_holes_clockwise(turned: bool) -> None:
    outer, hole = [(0, 0), (4, 0), (4, 4), (0, 4)], [(1, 1), (2, 1), (2, 2), (1, 2)]
    if turned:
        outer, hole = outer[::-1], hole[::-1]
    polygon = shapely.Polygon(outer, [hole])
    for shape in (polygon, shapely.MultiPolygon([polygon])):
        found = geometry_of(shape)
        rings = found["coordinates"] if found["type"] == "Polygon" else found["coordinates"][0]
        assert [True, False] == [shapely.LinearRing(ring).is_ccw for ring in rings]
        assert all(ring[0] == ring[-1] for ring in rings)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_coordinates_are_longitude_first_and_have_seven_digits(lon: float, lat: float) -> None:
    found = geometry_of(shapely.Point(lon, lat))["coordinates"]
    assert [round(lon, 7), round(lat, 7)] == pytest.approx(found, abs=1e-12)
    for number in json.loads(dumps(geometries([shapely.Point(lon, lat)])[0]), parse_float=str)["coordinates"]:
        assert len(str(number).partition(".")[2]) <= 7 or "e-" in str(number)


def test_a_coordinate_is_written_as_short_as_it_can_be() -> None:
    assert b'{"type":"Point","coordinates":[111.428,27.6858]}' == dumps(
        geometries([shapely.Point(111.428, 27.6858)])[0]
    )


def test_a_missing_geometry_is_null() -> None:
    assert [None] == geometries([None])


# Values


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (None, None),
        (None, float("nan")),
        (None, np.nan),
        (None, pd.NA),
        (None, pd.NaT),
        (None, ""),
        (1, np.int64(1)),
        (True, np.True_),
        (1.5, np.float64(1.5)),
        (0, 0),
        (False, False),
        ("2022-12-23", date(2022, 12, 23)),
        ("2022-12-23T10:00:00+08:00", datetime(2022, 12, 23, 10, tzinfo=CHINA)),
        ("2022-12-23T10:00:00+08:00", pd.Timestamp("2022-12-23T10:00", tz=CHINA)),
        ("431381001001", "431381001001"),
    ],
)
def test_a_cell_is_plain_json(expected: Any, value: Any) -> None:
    found = plain(value)
    assert (expected, type(expected)) == (found, type(found))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_has_no_word_for_is_null(number: float) -> None:
    assert b"[null,null]" == dumps([number, np.float64(number)])


def test_a_value_that_json_has_no_word_for_raises() -> None:
    with pytest.raises(TypeError):
        dumps({"shape": shapely.Point(1, 2)})


def test_instants_carry_the_offset_and_missing_ones_are_null(small_county: SmallCounty) -> None:
    first, second = (feature["properties"] for feature in collection(small_county, "incidents")["features"])
    assert "2022-12-23T09:00:00+08:00" == first["discovered_at"]
    assert ("2022-12-23T09:30:00+08:00", None, None) == (
        second["discovered_at"],
        second["notified_at"],
        second["handled_at"],
    )


def test_missing_numbers_words_and_dates_are_null(small_county: SmallCounty) -> None:
    properties = collection(small_county, "hazard_sites")["features"][2]["properties"]
    assert (None, None, None, None) == tuple(
        properties[name] for name in ("threatened_people", "danger_grade", "found_on", "village_code")
    )


def test_a_code_keeps_its_digits_as_text(small_county: SmallCounty) -> None:
    assert "431381001" == collection(small_county, "villages")["features"][0]["properties"]["town_code"]


# Hostile input


_cells = strategies.hostile_texts.filter(lambda text: bool(text.strip()) and "\0" not in text)


@given(st.lists(_cells, min_size=1, max_size=4))
def test_hostile_text_survives_unchanged(texts: list[str]) -> None:
    frame = raw_layers()["villages"].iloc[: len(texts)].assign(name=texts)
    found = strictly(layer_collection(check(frame, LAYERS["villages"]), LAYERS["villages"]))
    assert [text.strip() for text in texts] == [feature["properties"]["name"] for feature in found["features"]]


@given(st.lists(strategies.hostile_texts, min_size=1, max_size=4))
def test_hostile_ids_and_members_survive_unchanged(texts: list[str]) -> None:
    shapes = [shapely.Point(0, 0)] * len(texts)
    found = strictly(feature_collection(texts, shapes, [{text: text} for text in texts], {"title": texts}))
    assert texts == [feature["id"] for feature in found["features"]] == found["title"]
    assert [{text: text} for text in texts] == [feature["properties"] for feature in found["features"]]


def test_ids_shapes_and_properties_must_be_of_one_length() -> None:
    with pytest.raises(ValueError, match="zip"):
        feature_collection(["a", "b"], [shapely.Point(0, 0)], [{}, {}])


def test_one_feature_stands_on_one_line(small_county: SmallCounty) -> None:
    lines = layer_collection(small_county.layers["teams"], LAYERS["teams"]).decode().strip().split("\n")
    assert ["Feature"] * 24 == [json.loads(line.rstrip(","))["type"] for line in lines[1:-1]]
