"""The forms that whole layers are handed out in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from geo import crs
from geo.errors import InputError, UnknownTermError, UnreadableFileError


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its name, the suffix and media type of its files, and what they can hold.

    `holds_many` layers in one file, or one. `system` is the one coordinate system that it has; None: any. A form that
    `is_text` is worth compressing on its way.
    """

    name: str
    suffix: str
    media: str
    holds_many: bool = False
    system: str | None = None
    is_text: bool = False


_ALL: Final = (
    Form("geojson", ".geojson", "application/geo+json", system=crs.WGS84, is_text=True),
    Form("geojsonseq", ".geojsons", "application/geo+json-seq", system=crs.WGS84, is_text=True),
    Form("fgb", ".fgb", "application/flatgeobuf"),
    Form("gpkg", ".gpkg", "application/geopackage+sqlite3", holds_many=True),
    Form("parquet", ".parquet", "application/vnd.apache.parquet"),
    Form("shp", ".zip", "application/zip", holds_many=True),
    Form("csv", ".csv", "text/csv; charset=utf-8", is_text=True),
    Form("xlsx", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", holds_many=True),
    Form("kml", ".kml", "application/vnd.google-earth.kml+xml", holds_many=True, system=crs.WGS84, is_text=True),
    Form("gcj02-geojson", ".gcj02.geojson", "application/geo+json", system=crs.GCJ02, is_text=True),
    Form("gcj02-csv", ".gcj02.csv", "text/csv; charset=utf-8", system=crs.GCJ02, is_text=True),
)
FORMS: Final = MappingProxyType({form.name: form for form in _ALL})
"""Every form by name: RFC 7946, RFC 8142, FlatGeobuf, OGC GeoPackage, GeoParquet 1.1, Shapefile, RFC 4180 with WKT,
ECMA-376, OGC KML 2.2, and two in the shifted coordinates of China's web maps, under names that say so."""


def form_named(name: str) -> Form:
    """The form called `name`; UnknownTermError lists those that there are."""
    if name not in FORMS:
        raise UnknownTermError("f", name, FORMS)
    return FORMS[name]


def form_for(path: Path) -> Form:
    """The form that a file's name asks for, the longest suffix first; UnreadableFileError for another name."""
    name = path.name.lower()
    for form in sorted(_ALL, key=lambda form: -len(form.suffix)):
        if name.endswith(form.suffix):
            return form
    raise UnreadableFileError(path, f"is written as {', '.join(form.suffix for form in _ALL)}: name it so")


def system_of(form: Form, wanted: str | None) -> str:
    """The name of the system to write in; InputError where the form has another, or the system has no short name.

    GCJ-02 and BD-09 are nowhere but in the forms that are named after them: a file that calls itself anything else
    would be taken for WGS84, some 500 m off.
    """
    if wanted is None:
        return form.system or crs.WGS84
    system = crs.name_of(wanted)
    is_same = system == form.system or (form.system == crs.WGS84 and crs.is_lon_lat_wgs84(system))
    if form.system is not None and not is_same:
        raise InputError(f"{form.name} is always in {form.system}; leave crs out, or ask for gpkg", parameter="crs")
    if form.system is None and system in (crs.GCJ02, crs.BD09):
        shifted = ", ".join(name for name, one in FORMS.items() if one.system == crs.GCJ02)
        raise InputError(f"{system} is written as {shifted} only, which say so in their names", parameter="crs")
    if not system.startswith(("EPSG:", "OGC:", crs.GCJ02)):
        raise InputError("a file names its system by a code: write one such as EPSG:4546", parameter="crs")
    return form.system or system
