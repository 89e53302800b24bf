"""Shapes that only the whole intake judges: mended with a report, or refused because mending would decide something."""

from __future__ import annotations

import shapely

from tests.bad_files.cases import Family, Faulty, Outcome, Repaired, Taken
from tests.bad_files.json_files import collection, polygon
from tests.bad_files.making import file, villages, written
from tests.county import square

FILES = Family("villages")


def _village(name: str, outcome: Outcome, *rings: list[tuple[float, float]]) -> None:
    """A village of these rings, in hundredths of a degree from 111.40 east, 27.65 north; they close by themselves."""
    FILES.add(name, file("a.geojson", collection(polygon(*map(_ring, rings)))), outcome)


def _ring(corners: list[tuple[float, float]]) -> str:
    places = [f"[{111.40 + east / 100:.7f},{27.65 + north / 100:.7f}]" for east, north in [*corners, corners[0]]]
    return f"[{','.join(places)}]"


def _shape(name: str, wkt: str, outcome: Outcome, layer: str) -> None:
    rows = {
        "villages": "code,name,kind,town_code,wkt\n431381001901,甲,village,431381001,",
        "county": "code,name,wkt\n431381,甲,",
        "roads": "road_id,road_class,wkt\nR9,secondary,",
        "hazard_sites": "site_id,name,kind,status,wkt\n431381010001,甲,landslide,active,",
    }
    FILES.add(name, file("a.csv", f'{rows[layer]}"{wkt}"\n'), outcome, layer=layer)


SQUARE = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]

_village("shape: a bow-tie", Faulty("would change the area by over 1 %", 1), [(0, 0), (2, 2), (2, 0), (0, 2)])
_village(
    "shape: a bow-tie with a small second lobe",
    Repaired("Self-intersection", 1),
    [(0, 0), (2, 0), (2, 2), (-0.01, 2), (0, 2.01)],
)
_village("shape: a large hole outside", Faulty("over 1 %", 1), SQUARE, [(3, 0), (3, 1), (4, 1), (4, 0)])
_village(
    "shape: a small hole outside",
    Repaired("Hole lies outside shell", 1),
    SQUARE,
    [(3, 0), (3, 0.1), (3.1, 0.1), (3.1, 0)],
)
_village("shape: a hole of the whole", Faulty("encloses no area", 1), SQUARE, SQUARE)
_village("shape: a hole across the border", Faulty("over 1 %", 1), SQUARE, [(1, 1), (1, 1.5), (3, 1.5), (3, 1)])
_village("shape: points repeated", Repaired("points repeated", 1), [(0, 0), (2, 0), (2, 0), (2, 2), (0, 2)])
_village("shape: a spike", Repaired("Ring Self-intersection", 1), [(0, 0), (2, 0), (2, 2), (3, 2), (2, 2), (0, 2)])
_village("shape: a ring run twice", Faulty("over 1 %", 1), [*SQUARE, *SQUARE])
_village("shape: clockwise", Taken(1, "rings were reversed"), SQUARE[::-1])
_village("shape: all on one line", Faulty("encloses no area", 1), [(0, 0), (1, 0), (2, 0)])
_village("shape: all in one place", Faulty("encloses no area", 1), [(0, 0), (0, 0), (0, 0)])
_village(
    "shape: a scribble",
    Faulty("crosses itself too often", 1),
    [(n * 37 % 101 / 25, n * 53 % 97 / 25) for n in range(400)],
)

# Every shape below is judged as the layer named last.
_shape(
    "shape: a collection of areas",
    f"GEOMETRYCOLLECTION({square(111.40, 27.65).wkt})",
    Repaired("GeometryCollection: opened", 1),
    "villages",
)
_shape(
    "shape: an area and a line in a collection",
    f"GEOMETRYCOLLECTION({square(111.40, 27.65).wkt},LINESTRING(111.4 27.65,111.5 27.65))",
    Repaired("left out 1 LineString", 1),
    "villages",
)
_shape(
    "shape: collections 40 deep",
    "GEOMETRYCOLLECTION(" * 40 + square(111.40, 27.65).wkt + ")" * 40,
    Faulty("nested too deep to be opened", 1),
    "villages",
)
_shape("shape: an empty collection", "GEOMETRYCOLLECTION EMPTY", Faulty("a geometry is required", 1), "villages")
_shape(
    "shape: a Multi of one part",
    square(111.40, 27.65).wkt.replace("POLYGON ", "MULTIPOLYGON (") + ")",
    Taken(1, "a Multi of one part was taken"),
    "villages",
)
_shape(
    "shape: parts that overlap",
    shapely.MultiPolygon([square(111.40, 27.65), square(111.41, 27.65)]).wkt,
    Faulty("over 1 %", 1),
    "villages",
)
_shape("shape: an empty part", "MULTILINESTRING((111.4 27.65,111.5 27.65),EMPTY)", Repaired("empty", 1), "roads")
_shape(
    "shape: heights", "LINESTRING Z (111.4 27.65 300,111.5 27.65 310)", Taken(1, "Z or M values were left out"), "roads"
)
_shape(
    "shape: a line of one place twice",
    "LINESTRING(111.4 27.65,111.4 27.65)",
    Faulty("all points of the line coincide", 1),
    "roads",
)
_shape(
    "shape: a line where areas belong",
    "LINESTRING(111.4 27.65,111.5 27.65)",
    Faulty("must be a MultiPolygon or Polygon", 1),
    "villages",
)
_shape("shape: an area where lines belong", square(111.40, 27.65).wkt, Faulty("must be a LineString", 1), "roads")
_shape(
    "shape: two places in one row",
    "MULTIPOINT(111.4 27.65,111.5 27.65)",
    Faulty("a row of this layer is one place", 1),
    "hazard_sites",
)
_shape(
    "shape: one place twice in one row",
    "MULTIPOINT(111.4 27.65,111.4 27.65)",
    Repaired("the same place more than once", 1),
    "hazard_sites",
)
_shape("shape: an empty point", "POINT EMPTY", Faulty("a geometry is required", 1), "hazard_sites")
_shape(
    "shape: over the antimeridian",
    "POLYGON((179 27,-179 27,-179 28,179 28,179 27))",
    Faulty("antimeridian", 1),
    "county",
)
_shape(
    "shape: one stroke out of the county",
    "LINESTRING(111.4 27.65,113.4 27.65)",
    Faulty("outside the county's outline", 1),
    "roads",
)
_shape(
    "shape: NaN in a ring",
    "POLYGON((111.4 27.65,111.42 27.65,nan 27.67,111.4 27.65))",
    Faulty("not a finite number", 1),
    "villages",
)
_shape(
    "shape: infinity at a ring's start",
    "POLYGON((inf 27.65,111.42 27.65,111.42 27.67,inf 27.65))",
    Faulty("not a finite number", 1),
    "villages",
)
_shape("shape: NaN for a height", "LINESTRING Z (111.4 27.65 nan,111.5 27.65 310)", Taken(1), "roads")
FILES.add(
    "shape: a corner of each beyond the stars",
    lambda folder: written(
        folder,
        "a.gpkg",
        villages(*(shapely.Polygon([(111.4, 27.65), (111.42, 27.65), (111.42, lat)]) for lat in (-3.4e261, 53.3))),
    ),
    Faulty("all 2 rows: lies 2,8", 2),
)
FILES.add(
    "shape: villages over each other",
    lambda folder: written(folder, "a.gpkg", villages(square(111.40, 27.65), square(111.41, 27.65))),
    Taken(2, "overlap"),
)
