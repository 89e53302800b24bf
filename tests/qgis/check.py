"""QGIS opens the county: `make qgis` runs this with Debian's Python and QGIS 3.22 or newer, without a screen.

    check.py YIXIAN PYTHON PICTURE

YIXIAN is the command, PYTHON the one that it runs on, PICTURE where the drawn map is put. The service is started on
the sample county. QGIS reads every collection through its OGC API - Features provider, and the whole county from one
GeoPackage; what it got is held against what the service says. Debian's ogr2ogr reads the collections too, where it is.
QGIS 3.22 hands on boxes and times, and works out other conditions by itself. What it edits in a file that was exported
comes back as a diff.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from county_file import check_county
from qgis import core
from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QVariant
from round_trip import check_round_trip
from service import features, fetch, furthest, said, serving

PAGES = 7
DEGREES, METRES = 1e-7, 0.001
METRIC = "EPSG:4546"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+08:00")


def opened(address: str, collection: str, options: str = "") -> Any:
    layer = core.QgsVectorLayer(f"url='{address}/ogc' typename='{collection}'{options}", collection, "OAPIF")
    assert layer.isValid(), f"QGIS does not open {collection}: {layer.error().summary()}"
    return layer


def same_cell(expected: Any, found: Any) -> bool:
    """Whether QGIS has the value of the service.

    QGIS takes for text whatever the first ten features have none of, and 3.22 keeps the hour without its zone.
    """
    if isinstance(found, QDate):
        return expected == found.toString(Qt.ISODate)
    if isinstance(found, QDateTime) and found.timeSpec() == Qt.LocalTime:
        found = found.toString(Qt.ISODateWithMs)
    if isinstance(found, QDateTime):
        return round(datetime.fromisoformat(expected).timestamp() * 1000) == found.toMSecsSinceEpoch()
    if isinstance(expected, float) and isinstance(found, str):
        return expected == float(found)
    if isinstance(expected, str) and expected != found and INSTANT.fullmatch(expected):
        return datetime.fromisoformat(expected).replace(tzinfo=None) == datetime.fromisoformat(found)
    return isinstance(expected, list | dict) or expected == found  # QGIS has texts of its own for lists


def check_collection(address: str, collection: str) -> tuple[Any, ...]:
    """Every feature of a collection, over at least `PAGES` pages where it has as many features."""
    told = features(address, collection)
    layer = opened(address, collection, f" pageSize='{max(1, len(told) // PAGES)}'")
    found = list(layer.getFeatures())
    assert sorted(told) == sorted(one["id"] for one in found), collection
    assert len(told) == layer.featureCount(), collection
    apart, chinese = 0.0, 0
    for one in found:
        expected = told[one["id"]]
        if expected["geometry"] is not None:
            apart = max(apart, furthest(expected["geometry"], json.loads(one.geometry().asJson(12))))
        for name in [field.name() for field in layer.fields() if field.name() in expected["properties"]]:
            cell, value = expected["properties"][name], one[name]
            empty = value is None or (isinstance(value, QVariant) and value.isNull())
            assert cell is None if empty else same_cell(cell, value), (collection, one["id"], name, cell, value)
            chinese += isinstance(cell, str) and re.search("[\u4e00-\u9fff]", cell) is not None
    assert apart <= DEGREES, (collection, apart)
    return collection, len(told), len(found), f"{apart:.0e}", chinese, by_ogr(address, collection, len(told))


def by_ogr(address: str, collection: str, expected: int) -> int | str:
    """How many features Debian's ogr2ogr gets, page by page."""
    if shutil.which("ogr2ogr") is None:
        return "-"
    page = max(1, expected // PAGES)
    words = [
        "ogr2ogr",
        "-f",
        "GeoJSONSeq",
        "/vsistdout/",
        f"OAPIF:{address}/ogc",
        collection,
        "-oo",
        f"PAGE_SIZE={page}",
    ]
    got = len(subprocess.run(words, capture_output=True, check=True).stdout.splitlines())
    assert expected == got, (collection, expected, got)
    return got


def check_conditions(address: str) -> Iterator[tuple[Any, ...]]:
    """Conditions that a planner sets on a layer give what the service's own filter gives."""
    for collection, condition, cql2 in (
        ("villages", "population > 500", "population > 500"),
        ("villages", "name LIKE '%社区'", "name LIKE '%社区'"),
        ("hazard_sites", "danger_grade = 'large'", "danger_grade = 'large'"),
        ("incidents", "discovered_at >= '2022-12-01T00:00:00Z'", "discovered_at >= TIMESTAMP('2022-12-01T00:00:00Z')"),
    ):
        layer = opened(address, collection)
        assert layer.setSubsetString(condition)
        yield condition, *same_ids(features(address, collection, f"&filter={quote(cql2)}"), layer.getFeatures())
    box = (111.40, 27.65, 111.45, 27.70)
    asked = core.QgsFeatureRequest().setFilterRect(core.QgsRectangle(*box))
    found = opened(address, "teams", " restrictToRequestBBOX='1'").getFeatures(asked)
    yield "teams in a box", *same_ids(features(address, "teams", f"&bbox={','.join(map(str, box))}"), found)


def same_ids(told: dict[str, Any], found: Any) -> tuple[int, int]:
    ids = [one["id"] for one in found]
    assert told, "the condition is a useful one"
    assert sorted(told) == sorted(ids)
    return len(told), len(ids)


def check_metres(address: str, collection: str, file: Path) -> tuple[Any, ...]:
    """EPSG:4546 over /ogc and in a GeoPackage is what QGIS itself makes of the degrees."""
    system = core.QgsCoordinateReferenceSystem(METRIC)
    layer = opened(address, collection)
    transform = core.QgsCoordinateTransform(layer.crs(), system, core.QgsProject.instance())
    metric = features(address, collection, f"&crs={quote('http://www.opengis.net/def/crs/EPSG/0/4546')}")
    fetch(f"{address}/v1/export?layers={collection}&f=gpkg&crs={METRIC}", file)
    exported = core.QgsVectorLayer(f"{file}|layername={collection}", collection, "ogr")
    assert (METRIC, len(metric)) == (exported.crs().authid(), exported.featureCount())
    key = exported.fields()[1].name()  # the first is the GeoPackage's own row number
    rows = {one[key]: json.loads(one.geometry().asJson(12)) for one in exported.getFeatures()}
    served_m = exported_m = 0.0
    for one in layer.getFeatures():
        moved = one.geometry()
        moved.transform(transform)
        expected = json.loads(moved.asJson(12))
        served_m = max(served_m, furthest(metric[one["id"]]["geometry"], expected, north_first=True))
        exported_m = max(exported_m, furthest(rows[one["id"]], expected))
    assert max(served_m, exported_m) <= METRES, (collection, served_m, exported_m)
    return collection, len(rows), f"{served_m:.0e}", f"{exported_m:.0e}"


def table(title: str, headings: str, rows: Iterator[tuple[Any, ...]] | list[tuple[Any, ...]]) -> None:
    print(f"\n{title}\n  {headings}")
    for row in rows:
        print("  " + " | ".join(str(cell) for cell in row), flush=True)


def main(command: str, python: str, picture: str) -> None:
    with tempfile.TemporaryDirectory() as folder, serving(command) as address:
        room = Path(folder)
        application = core.QgsApplication([], False, str(room / "profile"))  # nobody's own settings and caches
        application.initQgis()
        print(f"QGIS {core.Qgis.version()} on {address}")
        names = [one["id"] for one in said(f"{address}/ogc/collections")["collections"]]
        headings = "collection | service | QGIS | degrees apart | Chinese cells | ogr2ogr"
        table("Collections", headings, (check_collection(address, name) for name in names))
        table("Conditions", "condition | service | QGIS", check_conditions(address))
        metric = [check_metres(address, name, room / f"{name}.gpkg") for name in ("villages", "teams", "roads")]
        table(METRIC, "collection | rows | metres apart over /ogc | in the GeoPackage", metric)
        looks = check_county(address, python, room, Path(picture))
        table("The county in one GeoPackage", "layer | rows | renderer | column | classes", looks)
        trips = check_round_trip(command, room)
        table("Brought back", "what was done | added | changed | removed", trips)
        print(f"\nall as it should be; the map is {picture}")
        del metric, looks
        application.exitQgis()


if __name__ == "__main__":
    main(*sys.argv[1:])
