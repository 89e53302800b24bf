"""Programs of planners read the service as it runs: GDAL's OAPIF driver and OWSLib, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from tests.county import SmallCounty
from tests.serving import Server, serving

# GDAL waits for the service with Python's lock in its hand, and the service is in this process.
GDAL = """
import json, sys, pyogrio
address, layer, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
source = f"OAPIF:{address}/ogc"
if "bbox" in options:
    options["bbox"] = tuple(options["bbox"])
found = pyogrio.read_dataframe(source, layer=layer, **options)
shapes = None if "geometry" not in found else found.geometry.to_wkt(rounding_precision=9).tolist()
told = {"ids": found["id"].tolist(), "names": found.get("name", found["id"]).tolist(), "shapes": shapes}
told["crs"] = None if shapes is None else found.crs.to_string()
told["layers"] = pyogrio.list_layers(source)[:, 0].tolist()
print(json.dumps(told))
"""
OWSLIB = """
import json, sys
from owslib.ogcapi.features import Features
service = Features(f"{sys.argv[1]}/ogc")
page = service.collection_items("villages", limit=5)
one = service.collection_item("villages", page["features"][0]["id"])
print(json.dumps({
    "collections": service.feature_collections(),
    "returned": page["numberReturned"],
    "matched": service.collection_items("villages", filter="population > 500")["numberMatched"],
    "one": one["id"],
    "slash": service.collection_item("speeds", sys.argv[2])["id"],
    "queryables": list(service.collection_queryables("villages")["properties"]),
    "conformance": service.conformance()["conformsTo"],
    "openapi": service.api()["openapi"],
}))
"""


SLASHED = "track/unpaved"
"""The id of a row whose key has a slash in it."""


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder) as running:
        yield running


def asked(script: str, *arguments: str) -> Any:
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # our own
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def gdal(server: Server, layer: str, **options: Any) -> Any:
    return asked(GDAL, server.address, layer, json.dumps(options))


@pytest.mark.parametrize("layer", ["villages", "roads", "teams", "risk_zones"])
def test_gdal_reads_every_page_of_a_layer_as_it_is(server: Server, small_county: SmallCounty, layer: str) -> None:
    found = gdal(server, layer, PAGE_SIZE="5")
    frame = small_county.layers[layer]
    expected = frame.sort_values(frame.columns[0])
    assert expected.iloc[:, 0].tolist() == found["ids"]
    if layer == "villages":
        assert expected["name"].tolist() == found["names"]
        assert {"villages", "incidents", "stay_coverage", "reach", "exposure"} <= set(found["layers"])
    assert found["crs"] in ("OGC:CRS84", "EPSG:4326")
    for shape, text in zip(expected.geometry, found["shapes"], strict=True):
        assert shapely.hausdorff_distance(shape, shapely.from_wkt(text)) < 1e-7


def test_gdal_hands_its_box_and_its_condition_on_and_gets_the_same(server: Server, small_county: SmallCounty) -> None:
    villages = small_county.layers["villages"]
    assert ["431381001001"] == gdal(server, "villages", bbox=[111.405, 27.675, 111.41, 27.68])["ids"]
    assert int((villages["population"] > 500).sum()) == len(gdal(server, "villages", where="population > 500")["ids"])


def test_gdal_finds_a_feature_by_an_id_with_a_slash(server: Server) -> None:
    assert [SLASHED] == gdal(server, "speeds", where=f"id = '{SLASHED}'")["ids"]


def test_gdal_gets_metres_with_the_east_where_it_expects_it(server: Server, small_county: SmallCounty) -> None:
    found = gdal(server, "teams", CRS="EPSG:4546")
    assert "EPSG:4546" == found["crs"]
    moved = small_county.layers["teams"].sort_values("team_id").to_crs(found["crs"]).geometry
    given = shapely.get_coordinates(shapely.from_wkt(found["shapes"]))
    assert np.abs(shapely.get_coordinates(moved.values) - given).max() < 0.01


def test_owslib_finds_its_way_through_the_service(server: Server) -> None:
    pytest.importorskip("owslib", reason="OWSLib is not installed")
    found = asked(OWSLIB, server.address, SLASHED)
    assert SLASHED == found["slash"]
    assert {"villages", "incidents"} <= set(found["collections"])
    assert (5, 7, "431381001001") == (found["returned"], found["matched"], found["one"])
    assert {"code", "geometry"} <= set(found["queryables"])
    assert "3.0.3" == found["openapi"]
    assert found["conformance"]
