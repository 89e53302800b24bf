"""Styles inside a GeoPackage: the table `layer_styles`, from which QGIS draws a layer as soon as it is opened.

QML is QGIS's own form, SLD 1.0 the one that other programs read. Both say the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from geo.export.rows import Leaving
from geo.export.symbols import Legend, Symbol
from geo.layers.spec import Shape

_TABLE: Final = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
 f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
 styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
 update_time DATETIME DEFAULT '2000-01-01T00:00:00.000Z');
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
 VALUES ('layer_styles', 'attributes', 'layer_styles', '', '2000-01-01T00:00:00.000Z', 0);
"""
"""As QGIS makes it (QgsOgrProviderMetadata::saveStyle)."""
_STYLE: Final = (
    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,"
    " styleSLD, useAsDefault, description, owner)"
    " SELECT '', '', c.table_name, coalesce(g.column_name, ''), c.table_name, ?, ?, 1, ?, ''"
    " FROM gpkg_contents c LEFT JOIN gpkg_geometry_columns g USING (table_name) WHERE c.table_name = ?"
)
"""QGIS finds a style by the names of the table and of its geometry column, which GDAL gave; a table has none."""
_KINDS: Final = {Shape.POINT: ("marker", 0), Shape.LINE: ("line", 1), Shape.POLYGON: ("fill", 2)}
_MIXED: Final = {"line": "Line", "fill": "Polygon"}
"""Of a table of lines and areas: QGIS's kinds of symbol, and what its expressions call the shapes of each."""
_POINT_PX: Final = 9
_MM_A_PX: Final = 0.264583
_DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_OGC: Final = "http://www.opengis.net/ogc"
_SLD: Final = "http://www.opengis.net/sld"


def add_styles(path: Path, layers: Sequence[Leaving]) -> None:
    """Put the styles of all layers that have a legend into a GeoPackage; of a table what its columns are called."""
    told = [(layer, layer.legend) for layer in layers if layer.legend is not None]
    if not told:
        return
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_TABLE)
        for layer, legend in told:
            name, shape = layer.spec.name, layer.spec.shape
            is_drawn = layer.shapes is not None and legend.symbols
            looks = (qml(legend, shape), sld(legend, shape, name)) if is_drawn else (qml(legend, None), "")
            database.execute(_STYLE, (*looks, legend.title, name))


def qml(legend: Legend, shape: Shape | None) -> str:
    """A QGIS style: its renderer where it has shapes, and what the columns are called."""
    categories = "Fields" if shape is None else "Symbology|Fields"
    root = Element("qgis", version="3.22.0", styleCategories=categories)
    if shape is Shape.LINE_OR_POLYGON:
        _by_rules(root, legend)
    elif shape is not None:
        _by_values(root, legend, _KINDS[shape][0])
    aliases = SubElement(root, "aliases")
    for place, (name, heading) in enumerate(legend.headings.items()):
        SubElement(aliases, "alias", index=str(place), field=name, name=heading)
    if shape is not None and shape in _KINDS:
        SubElement(root, "layerGeometryType").text = str(_KINDS[shape][1])
    return _DOCTYPE + tostring(root, encoding="unicode")


def _by_values(root: Element, legend: Legend, kind: str) -> None:
    """One symbol, or one for each value of the legend's column."""
    renderer = SubElement(root, "renderer-v2", type="categorizedSymbol" if legend.column else "singleSymbol")
    if legend.column:
        renderer.set("attr", legend.column)
        categories = SubElement(renderer, "categories")
        for place, one in enumerate(legend.symbols):
            value = "" if one.value is None else str(one.value)
            typed = "long" if isinstance(one.value, int) else "string"
            SubElement(
                categories, "category", value=value, type=typed, symbol=str(place), label=one.label, render="true"
            )
    symbols = SubElement(renderer, "symbols")
    for place, one in enumerate(legend.symbols):
        _symbol(symbols, str(place), one, kind)


def _by_rules(root: Element, legend: Legend) -> None:
    """For lines and areas in one table, to which QGIS keeps one style: a rule for each class and kind of shape."""
    renderer = SubElement(root, "renderer-v2", type="RuleRenderer")
    rules, symbols = SubElement(renderer, "rules", key="all"), SubElement(renderer, "symbols")
    for one in legend.symbols:
        for kind, called in _MIXED.items():
            place = str(len(rules))
            wanted = f"geometry_type($geometry) = '{called}'"
            if legend.column is not None and one.value is not None:
                wanted += f" AND \"{legend.column}\" = '{one.value}'"
            SubElement(rules, "rule", key=place, symbol=place, filter=wanted, label=one.label)
            _symbol(symbols, place, one, kind)


def _symbol(symbols: Element, name: str, one: Symbol, kind: str) -> None:
    symbol = SubElement(symbols, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1")
    layer = SubElement(symbol, "layer", {"class": f"Simple{kind.capitalize()}", "enabled": "1", "pass": "0"})
    for key, value in _properties(one, kind):
        SubElement(layer, "prop", k=key, v=value)


def _properties(one: Symbol, kind: str) -> Iterator[tuple[str, str]]:
    """What QGIS calls the parts of a simple symbol; sizes in millimetres."""
    width, dash = f"{one.stroke_px * _MM_A_PX:.3f}", "dash" if one.dashed else "solid"
    if kind == "line":
        yield from (("line_color", _rgba(one.stroke, 1)), ("line_width", width), ("line_style", dash))
        return
    yield from (("color", _rgba(one.fill or "#ffffff", one.opacity if one.fill else 0)),)
    yield from (("outline_color", _rgba(one.stroke, 1)), ("outline_width", width), ("outline_style", dash))
    if kind == "marker":
        yield from (("name", "circle"), ("size", f"{_POINT_PX * _MM_A_PX:.3f}"))
    else:
        yield ("style", "solid" if one.fill else "no")


def _rgba(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"


def sld(legend: Legend, shape: Shape, name: str) -> str:
    """The same as a Styled Layer Descriptor 1.0 (OGC 02-070), sizes in pixels."""
    root = Element("StyledLayerDescriptor", {"version": "1.0.0", "xmlns": _SLD, "xmlns:ogc": _OGC})
    named = SubElement(root, "NamedLayer")
    SubElement(named, "Name").text = name
    style = SubElement(SubElement(named, "UserStyle"), "FeatureTypeStyle")
    for one in legend.symbols:
        rule = SubElement(style, "Rule")
        SubElement(rule, "Name").text = one.label
        if legend.column is not None and one.value is not None:
            equal = SubElement(SubElement(rule, "ogc:Filter"), "ogc:PropertyIsEqualTo")
            SubElement(equal, "ogc:PropertyName").text = legend.column
            SubElement(equal, "ogc:Literal").text = str(one.value)
        elif legend.column is not None:
            SubElement(rule, "ElseFilter")
        _symbolizer(rule, one, shape)
    return tostring(root, encoding="unicode")


def _symbolizer(rule: Element, one: Symbol, shape: Shape) -> None:
    if shape in (Shape.LINE, Shape.LINE_OR_POLYGON):  # of an area it draws the outline
        _pen(SubElement(rule, "LineSymbolizer"), one)
        return
    if shape is Shape.POINT:
        graphic = SubElement(SubElement(rule, "PointSymbolizer"), "Graphic")
        inside = SubElement(graphic, "Mark")
        SubElement(inside, "WellKnownName").text = "circle"
        SubElement(graphic, "Size").text = str(_POINT_PX)
    else:
        inside = SubElement(rule, "PolygonSymbolizer")
    if one.fill:
        fill = SubElement(inside, "Fill")
        SubElement(fill, "CssParameter", name="fill").text = one.fill
        SubElement(fill, "CssParameter", name="fill-opacity").text = f"{one.opacity:g}"
    _pen(inside, one)


def _pen(parent: Element, one: Symbol) -> None:
    stroke = SubElement(parent, "Stroke")
    SubElement(stroke, "CssParameter", name="stroke").text = one.stroke
    SubElement(stroke, "CssParameter", name="stroke-width").text = f"{one.stroke_px:g}"
    if one.dashed:
        SubElement(stroke, "CssParameter", name="stroke-dasharray").text = "6 4"
