"""Broken and hostile GeoJSON, most of it roads."""

from __future__ import annotations

import json

from geo.intake import Bounds
from tests.bad_files.cases import Content, Family, Faulty, Outcome, Refused, Taken
from tests.bad_files.making import file

FILES = Family("roads")

LINE = '{"type":"LineString","coordinates":[[111.4,27.6],[111.5,27.7]]}'
ROAD = '"road_id":"R#","road_class":"secondary"'
SITE = '"site_id":"43138101000#","name":"甲","kind":"landslide","status":"active"'
VILLAGE = '"code":"43138100190#","name":"甲","kind":"village","town_code":"431381001"'


def feature(geometry: str = LINE, row: str = ROAD, kind: str = "Feature") -> str:
    """One feature; the collection puts its number in the place of `#`."""
    return f'{{"type":"{kind}","properties":{{{row}}},"geometry":{geometry}}}'


def collection(*features: str, members: str = "") -> str:
    """A FeatureCollection, with further members if it is to have any."""
    numbered = ",".join(one.replace("#", str(number)) for number, one in enumerate(features, start=1))
    return f'{{"type":"FeatureCollection",{members}"features":[{numbered}]}}'


def polygon(*rings: str, row: str = VILLAGE) -> str:
    """A village of these rings."""
    return feature(f'{{"type":"Polygon","coordinates":[{",".join(rings)}]}}', row)


def _json(name: str, content: Content, outcome: Outcome, *, file_name: str = "a.geojson", **options: object) -> None:
    FILES.add(name, file(file_name, content), outcome, **options)


def _point(coordinates: str) -> str:
    return f'{{"type":"Point","coordinates":{coordinates}}}'


def _site(coordinates: str) -> str:
    return feature(_point(coordinates), SITE)


def _nested(levels: int = 22_000) -> str:
    open_, close = '{"type":"GeometryCollection","geometries":[', "]}"
    return collection(feature(open_ * levels + _point("[1,2]") + close * levels))


_json("json: empty", b"", Refused("is empty"))
_json("json: only blanks", b" \n\t ", Refused("is empty"))
_json("json: zero bytes only", b"\0" * 5000, Refused("is empty"))
_json("json: cut off", collection(feature())[:-30], Refused("is not JSON"))
_json("json: cut off in a letter", '{"type":"FeatureCollection","name":"冷'.encode()[:-1], Refused("is not JSON"))
_json("json: NaN", collection(_site("[NaN,27]")), Refused("NaN and Infinity are no JSON"))
_json("json: Infinity", collection(_site("[Infinity,27]")), Refused("NaN and Infinity are no JSON"))
_json("json: 1e999", collection(_site("[1e999,27]")), Refused("number is infinity"))
_json("json: 1e999 in a property", collection(feature(row='"n":1e999')), Refused("number is infinity"))
_json("json: 1 MiB of nested collections", _nested, Refused("levels of nested brackets", "BoundsError"))
_json(
    "json: a million brackets",
    lambda: collection(feature(_point("[" * 1_000_000 + "]" * 1_000_000))),
    Refused("nesting_depth", "BoundsError"),
)
_json(
    "json: brackets that never close",
    '{"type":"FeatureCollection","features":' + "[" * 400_000,
    Refused("nesting_depth", "BoundsError"),
)
_json(
    "json: deep properties",
    lambda: collection(feature(row='"a":' + '{"a":' * 5000 + "1" + "}" * 5000)),
    Refused("nesting_depth", "BoundsError"),
)
_json("json: brackets in a text", collection(feature(row=ROAD + ',"a":"' + "[" * 9000 + '"')), Taken(1))
_json("json: escaped quotes and brackets", collection(feature(row=ROAD + r',"a":"\\\"[[[[\\"')), Taken(1))
_json("json: some object", '{"a": 1}', Refused("not a GeoJSON FeatureCollection"))
_json("json: an array", "[1, 2]", Refused("not a GeoJSON FeatureCollection"))
_json("json: TopoJSON", '{"type":"Topology","objects":{}}', Refused("TopoJSON"))
_json("json: ESRI JSON", '{"geometryType":"esriGeometryPoint","features":[]}', Refused("not a GeoJSON"))
_json(
    "json: a GDAL pipeline",
    '{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read /etc/passwd"}',
    Refused("not a GeoJSON FeatureCollection"),
)
_json("json: features that are no list", '{"type":"FeatureCollection","features":{}}', Refused("not a GeoJSON"))
_json("json: no features", collection(), Taken(0, "no features"))
_json("json: a crs that names nothing", collection(feature(), members='"crs":{"type":"name"},'), Refused("crs member"))
_json("json: a crs of null", collection(feature(), members='"crs":null,'), Taken(1))
_json(
    "json: a crs that does not exist",
    collection(feature(), members='"crs":{"type":"name","properties":{"name":"EPSG:99999"}},'),
    Refused("EPSG:99999", "UnknownCrsError"),
    crs=None,
)
_json("json: null for a feature", collection("null", feature()), Faulty("no GeoJSON Feature", 2))
_json("json: a text for a feature", collection('"x"', feature()), Faulty("no GeoJSON Feature", 2))
_json("json: a geometry for a feature", collection(LINE, feature()), Faulty("no GeoJSON Feature", 2))
_json(
    "json: properties in a list",
    collection(feature(), f'{{"type":"Feature","properties":[1],"geometry":{LINE}}}'),
    Faulty("properties that are no object", 2),
)
_json(
    "json: no properties",
    collection(feature(), f'{{"type":"Feature","properties":null,"geometry":{LINE}}}'),
    Faulty("a value is required", 2, 2),
)
_json(
    "json: texts for numbers",
    collection(_site('["111","27"]'), _site("[111.4,27.6]")),
    Faulty("must be number", 2),
    layer="hazard_sites",
)
_json("json: one number for a place", collection(_site("[111]")), Faulty("found one", 1), layer="hazard_sites")
_json(
    "json: four numbers for a place", collection(_site("[1,2,3,4]")), Faulty("more than three", 1), layer="hazard_sites"
)
_json(
    "json: a truth value for a number", collection(_site("[true,1]")), Faulty("must be number", 1), layer="hazard_sites"
)
_json("json: null for coordinates", collection(_site("null")), Faulty("must be array", 1), layer="hazard_sites")
_json(
    "json: no coordinates",
    collection(feature('{"type":"Point"}', SITE)),
    Faulty("cannot be read", 1),
    layer="hazard_sites",
)
_json(
    "json: an open ring", collection(polygon("[[0,0],[1,1],[0,1]]")), Faulty("closed linestring", 1), layer="villages"
)
_json(
    "json: a line of one place",
    collection(feature('{"type":"LineString","coordinates":[[1,2]]}')),
    Faulty("cannot be read", 1),
)
_json("json: a circle", collection(feature('{"type":"Circle","coordinates":[1,2]}')), Faulty("'Circle'", 1))
_json("json: a number for a geometry", collection(feature("5")), Faulty("no GeoJSON geometry", 1))
_json("json: null shapes", collection(feature("null"), feature("null")), Faulty("a geometry is required", 2, 2))
_json("json: empty shapes", collection(polygon()), Faulty("a geometry is required", 1), layer="villages")
_json("json: a mark before UTF-8", b"\xef\xbb\xbf" + collection(feature()).encode(), Taken(1))
_json("json: UTF-16", collection(feature()).encode("utf-16"), Taken(1))
_json("json: GBK", collection(feature(row=ROAD + ',"name":"冷水江"')).encode("gbk"), Taken(1))
_json("json: half a surrogate", collection(feature(row=r'"name":"\ud800"')), Refused("is not JSON"))
_json("json: neither UTF-8 nor GBK", b'{"type":"FeatureCollection","name":"\xff\xff"}', Refused("is not gb18030"))
_json("json: a zero byte inside", b'{"type":"Feature\0Collection"}', Refused("is not JSON"))
_json("json: a number of 5,000 digits", collection(feature(row='"n":' + "9" * 5000)), Refused("infinity"))
_json(
    "json: 1,001 properties",
    lambda: collection(feature(row=json.dumps({f"p{n}": n for n in range(1001)})[1:-1])),
    Refused("different properties", "BoundsError"),
)
_json(
    "json: more features than allowed",
    collection(*[feature()] * 6),
    Refused("features", "BoundsError"),
    bounds=Bounds(rows=5),
)
_json("json: larger than allowed", collection(feature()), Refused("bytes", "BoundsError"), bounds=Bounds(file_bytes=50))
_json("json: named .gpkg", collection(feature()), Taken(1, "the content is GeoJSON"), file_name="a.gpkg")
_json("json: named .csv", collection(feature()), Taken(1, "the content is GeoJSON"), file_name="a.csv")
_json("lines: one broken", feature() + "\n" + feature()[:-5] + "\n", Refused("in line 2"), file_name="a.geojsonl")
_json("lines: one no feature", feature() + '\n{"a":1}\n', Faulty("no GeoJSON Feature", 2), file_name="a.geojsonl")
_json(
    "lines: record separators",
    f"\x1e{feature()}\n\x1e{feature().replace('#', '2')}\n",
    Taken(2),
    file_name="a.geojsons",
)
