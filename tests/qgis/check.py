"""QGIS opens the county: `make qgis` runs this with Debian's Python and QGIS 3.22 or newer, without a screen.

    check.py YIXIAN PYTHON PICTURE

YIXIAN is the command, PYTHON the one that it runs on, PICTURE where the drawn map is put. The service is started on
the sample county. QGIS reads every collection through its OGC API - Features provider, and the whole county from one
GeoPackage; what it got is held against what the service says. Debian's ogr2ogr reads the collections too, where it is.
QGIS 3.22 hands on boxes and times, and works out other conditions by itself.
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

from qgis import core
from qgis.PyQt.QtCore import QDate, QDateTime, QSize, Qt, QVariant
from qgis.PyQt.QtGui import QColor
from service import features, fetch, furthest, said, serving

PAGES = 7
DEGREES, METRES = 1e-7, 0.001
METRIC = "EPSG:4546"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+08:00")
LEGENDS = """
import dataclasses, json
from api.legends import legend
from geo.layers.registry import LAYERS
looks = {name: legend(spec, "zh") for name, spec in LAYERS.items() if not spec.is_table}
print(json.dumps({name: dataclasses.asdict(look) for name, look in looks.items() if look}))
"""


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


def layers_of(path: Path) -> list[Any]:
    """The layers of a file as QGIS opens them; each kind of shape of a table is a layer."""
    flags = core.Qgis.SublayerQueryFlag.ResolveGeometryType  # or a table of lines and areas is not known to be both
    found = core.QgsProviderRegistry.instance().querySublayers(str(path), core.Qgis.SublayerQueryFlags(flags))
    options = core.QgsProviderSublayerDetails.LayerOptions(core.QgsCoordinateTransformContext())
    layers = [one.toLayer(options) for one in found]
    for layer, one in zip(layers, found, strict=True):
        layer.setName(one.name())
    return layers


def check_look(layer: Any, legend: dict[str, Any], mixed: bool) -> tuple[Any, ...]:
    """QGIS draws each row of a layer as its legend says, and calls the columns what it says."""
    assert layer.loadDefaultStyle()[1], f"QGIS finds no style of {layer.name()}"
    assert legend["headings"] == {one.name(): one.alias() for one in layer.fields() if one.name() != "fid"}
    renderer, column, symbols = layer.renderer(), legend["column"], legend["symbols"]
    if mixed:
        assert renderer.type() == "RuleRenderer"
    elif column:
        assert ("categorizedSymbol", column) == (renderer.type(), renderer.classAttribute())
        assert [one["label"] for one in symbols] == [one.label() for one in renderer.categories()]
    else:
        assert renderer.type() == "singleSymbol", layer.name()
    by_value = {one["value"]: one for one in symbols}
    context = core.QgsRenderContext()
    context.setExpressionContext(layer.createExpressionContext())
    renderer.startRender(context, layer.fields())
    for one in layer.getFeatures():
        context.expressionContext().setFeature(one)
        expected = by_value.get(one[column], by_value.get(None)) if column else symbols[0]
        (symbol,) = renderer.originalSymbolsForFeature(one, context)
        assert seen_colour(symbol, expected) == shown(symbol, expected), (layer.name(), one.id())
    renderer.stopRender(context)
    return layer.name(), layer.featureCount(), renderer.type(), column or "", len(symbols)


def seen_colour(symbol: Any, expected: dict[str, Any]) -> str:
    return expected["stroke"] if symbol.type() == core.QgsSymbol.Line else expected["fill"] or expected["stroke"]


def shown(symbol: Any, expected: dict[str, Any]) -> str:
    """The colour that one sees: of the inside, or of the outline where there is nothing inside."""
    see_through = symbol.type() == core.QgsSymbol.Fill and not expected["fill"]
    return (symbol.symbolLayer(0).strokeColor() if see_through else symbol.color()).name()


def draw(layers: list[Any], picture: Path) -> dict[str, int]:
    """A map of the layers, the first on top, as a picture; how often each colour is in it."""
    settings = core.QgsMapSettings()
    settings.setLayers(layers)
    settings.setOutputSize(QSize(1400, 1500))
    settings.setExtent(next(one for one in layers if one.name() == "county").extent().buffered(0.01))
    settings.setDestinationCrs(core.QgsCoordinateReferenceSystem("EPSG:4326"))
    settings.setBackgroundColor(QColor("white"))
    job = core.QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    picture.parent.mkdir(parents=True, exist_ok=True)
    assert image.save(str(picture))
    counted: dict[str, int] = {}
    for row in range(image.height()):
        for place in range(image.width()):
            colour = image.pixelColor(place, row).name()
            counted[colour] = counted.get(colour, 0) + 1
    return counted


def check_county(address: str, python: str, room: Path, picture: Path) -> Iterator[tuple[Any, ...]]:
    """The whole county in one GeoPackage: its layers, how QGIS draws them, and a map that shows it."""
    fetch(f"{address}/v1/export?f=gpkg", room / "county.gpkg")
    legends = json.loads(subprocess.run([python, "-c", LEGENDS], capture_output=True, check=True).stdout)
    layers = layers_of(room / "county.gpkg")
    names = [one.name() for one in layers]
    assert {"county", "villages", "roads", "closures", "stays"} <= set(names)
    for name in set(names):
        rows = sum(one.featureCount() for one in layers if one.name() == name)
        assert len(features(address, name)) == rows, name
    drawn = [one for one in reversed(layers) if one.isSpatial()]
    for layer in drawn:
        yield check_look(layer, legends[layer.name()], names.count(layer.name()) > 1)
    seen = draw(drawn, picture)
    grades = {one["danger_grade"] for layer in drawn if layer.name() == "hazard_sites" for one in layer.getFeatures()}
    for symbol in legends["hazard_sites"]["symbols"]:
        if symbol["value"] in grades:
            assert seen.get(symbol["fill"], 0) > 20, f"no point of {symbol['label']} is seen in {picture}"


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
        print(f"\nall as it should be; the map is {picture}")
        del metric, looks
        application.exitQgis()


if __name__ == "__main__":
    main(*sys.argv[1:])
