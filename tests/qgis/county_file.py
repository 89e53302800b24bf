"""A whole county in one GeoPackage, as QGIS opens and draws it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qgis import core
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
from service import features, fetch

LEGENDS = """
import dataclasses, json
from api.legends import legend
from geo.layers.registry import LAYERS
looks = {name: legend(spec, "zh") for name, spec in LAYERS.items()}
print(json.dumps({name: dataclasses.asdict(look) for name, look in looks.items()}))
"""


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
    check_headings(layer, legend)
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
        assert wanted(symbol, expected) == shown(symbol, expected), (layer.name(), one.id())
    renderer.stopRender(context)
    return layer.name(), layer.featureCount(), renderer.type(), column or "", len(symbols)


def check_headings(layer: Any, legend: dict[str, Any]) -> None:
    assert layer.loadDefaultStyle()[1], f"QGIS finds no style of {layer.name()}"
    assert legend["headings"] == {one.name(): one.alias() for one in layer.fields() if one.name() != "fid"}


def wanted(symbol: Any, expected: dict[str, Any]) -> str:
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
    for layer in (one for one in layers if not one.isSpatial() and one.name() in legends):
        check_headings(layer, legends[layer.name()])
    drawn = [one for one in reversed(layers) if one.isSpatial()]
    for layer in drawn:
        yield check_look(layer, legends[layer.name()], names.count(layer.name()) > 1)
    seen = draw(drawn, picture)
    grades = {one["danger_grade"] for layer in drawn if layer.name() == "hazard_sites" for one in layer.getFeatures()}
    for symbol in legends["hazard_sites"]["symbols"]:
        if symbol["value"] in grades:
            assert seen.get(symbol["fill"], 0) > 20, f"no point of {symbol['label']} is seen in {picture}"
