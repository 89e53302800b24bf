"""Every bad file, in one order."""

from tests.bad_files import (
    archives,
    csv_files,
    flatgeobufs,
    geodatabases,
    geometries,
    geopackages,
    json_files,
    kml_files,
    others,
    parquets,
    places,
    registers,
    shapefiles,
    workbooks,
)
from tests.bad_files.cases import BadFile

_FAMILIES = (
    json_files,
    csv_files,
    workbooks,
    archives,
    shapefiles,
    geopackages,
    flatgeobufs,
    parquets,
    geodatabases,
    kml_files,
    others,
    geometries,
    places,
    registers,
)

CORPUS: list[BadFile] = [bad for family in _FAMILIES for bad in family.FILES]
