"""Places that are not where they should be: systems undeclared, contradicted or mistaken, axes exchanged, far off."""

from __future__ import annotations

from pathlib import Path

from tests.bad_files.cases import Family, Faulty, Outcome, Refused, Taken
from tests.bad_files.making import file, sites, villages, written

FILES = Family("hazard_sites")


def _sites(name: str, head: str, rows: list[str], outcome: Outcome, crs: str | None) -> None:
    FILES.add(name, file("a.csv", sites(head, *rows)), outcome, crs=crs)


_sites("place: no system declared", "lon,lat", ["111.43,27.69"], Refused("as GCJ-02", "MissingCrsError"), None)
_sites(
    "place: metres without a system",
    "东坐标,北坐标",
    ["542220.6,3063696.3"],
    Refused("as EPSG:4546", "MissingCrsError"),
    None,
)
_sites(
    "place: metres of no system",
    "东坐标,北坐标",
    ["5,9000000000"],
    Refused("no coordinate that is a number", "MissingCrsError"),
    None,
)
_sites(
    "place: a system that does not exist",
    "lon,lat",
    ["111.43,27.69"],
    Refused("EPSG:99999", "UnknownCrsError"),
    "EPSG:99999",
)
_sites("place: a word for a system", "lon,lat", ["111.43,27.69"], Refused("klingon", "UnknownCrsError"), "klingon")
_sites(
    "place: axes exchanged in a row",
    "X,Y",
    ["27.69,111.43", "111.43,27.69"],
    Faulty("the axes are exchanged", 2),
    "EPSG:4326",
)
_sites(
    "place: axes exchanged in all rows",
    "X,Y",
    ["27.69,111.43", "27.68,111.42"],
    Faulty("all 2 rows: the axes are exchanged", 2),
    "EPSG:4326",
)
_sites(
    "place: northing and easting exchanged", "X,Y", ["3063696.3,542220.6", "3063690,542210"],
    Faulty("northing and easting", 2), "EPSG:4546",
)  # fmt: skip
_sites(
    "place: a zone prefix too many", "东坐标,北坐标", ["37542220.6,3063696.3", "37542230,3063690"],
    Faulty("begins with the zone number 37, which EPSG:4546 does not have", 2), "EPSG:4546",
)  # fmt: skip
_sites(
    "place: a zone prefix missing", "东坐标,北坐标", ["542220.6,3063696.3", "542230,3063690"],
    Faulty("lacks the zone number 37", 2), "EPSG:4525",
)  # fmt: skip
_sites(
    "place: a zone prefix in one row", "东坐标,北坐标", ["37542220.6,3063696.3", "542230,3063690"],
    Faulty("begins with the zone number 37", 2), "EPSG:4546",
)  # fmt: skip
_sites(
    "place: another zone's prefix", "东坐标,北坐标", ["38542220.6,3063696.3", "37542230,3063690"],
    Faulty("outside the county's outline", 2), "EPSG:4525",
)  # fmt: skip
_sites(
    "place: 40 km outside the outline",
    "lon,lat",
    ["111.95,27.67", "111.43,27.69"],
    Faulty("km outside the county's outline (limit 30 km)", 2),
    "EPSG:4326",
)
_sites("place: 20 km outside the outline", "lon,lat", ["111.70,27.67"], Taken(1), "EPSG:4326")
_sites(
    "place: zero and zero", "lon,lat", ["0,0", "111.43,27.69"], Faulty("outside the county's outline", 2), "EPSG:4326"
)
_sites(
    "place: metres called degrees",
    "X,Y",
    ["542220.6,3063696.3", "542230,3063690"],
    Faulty("--crs EPSG:4546", 2),
    "EPSG:4326",
)
_sites(
    "place: degrees called metres", "X,Y", ["111.43,27.69", "111.42,27.68"], Faulty("--crs EPSG:4326", 2), "EPSG:4546"
)
_sites("place: beyond the Earth", "X,Y", ["1e9,9e8", "542220.6,3063696.3"], Faulty("no place on Earth", 2), "EPSG:4546")
FILES.add(
    "place: another system declared than the file's own",
    lambda folder: written(folder, "a.gpkg"),
    Refused("says it is in EPSG:4326, --crs says EPSG:4546", "InputError"),
    layer="villages",
    crs="EPSG:4546",
)
FILES.add(
    "place: a shapefile without .prj and --crs",
    lambda folder: _without_prj(written(folder, "a.shp", driver="ESRI Shapefile")),
    Refused("as EPSG:4326", "MissingCrsError"),
    layer="villages",
    crs=None,
)
FILES.add(
    "place: a shapefile with a .prj of noise and no --crs",
    lambda folder: _without_prj(written(folder, "a.shp", driver="ESRI Shapefile"), b"\xff" * 99),
    Refused("as EPSG:4326", "MissingCrsError"),
    layer="villages",
    crs=None,
)
FILES.add(
    "place: a GeoPackage without a system",
    lambda folder: written(folder, "a.gpkg", villages().set_crs(None, allow_override=True)),
    Refused("as EPSG:4326", "MissingCrsError"),
    layer="villages",
    crs=None,
)
FILES.add(
    "place: a local system of a survey",
    lambda folder: _local(folder),
    Refused("'site grid' is not a known coordinate system", "UnknownCrsError"),
    layer="villages",
    crs=None,
)


def _without_prj(path: Path, instead: bytes | None = None) -> Path:
    path.with_suffix(".prj").unlink()
    if instead is not None:
        path.with_suffix(".prj").write_bytes(instead)
    return path


def _local(folder: Path) -> Path:
    system = 'LOCAL_CS["site grid",LOCAL_DATUM["site",0],UNIT["metre",1]]'
    return written(folder, "a.gpkg", villages().set_crs(system, allow_override=True))
