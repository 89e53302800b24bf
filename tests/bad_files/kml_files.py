"""Broken and hostile KML: hazard sites."""

from __future__ import annotations

from collections.abc import Callable

from tests.bad_files.cases import Family, Faulty, Outcome, Refused, Taken
from tests.bad_files.making import file

FILES = Family("hazard_sites")


def document(body: str, head: str = "") -> str:
    """A KML document up to the end of its body: `END` is left to the caller."""
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}'


def _kml(name: str, inside: Callable[[], str] | str, outcome: Outcome, head: str = "", **options: object) -> None:
    def content() -> str:
        return document(inside() if callable(inside) else inside, head)

    FILES.add(name, file("a.kml", content), outcome, **options)


END = "</Document></kml>"


def _placemark(shape: str, number: int = 1) -> str:
    data = {
        "site_id": f"43138101000{number}",
        "kind": "landslide",
        "status": "active",
        "road_id": "R9",
        "road_class": "track",
    }
    cells = "".join(f'<Data name="{name}"><value>{value}</value></Data>' for name, value in data.items())
    return f"<Placemark><name>甲</name><ExtendedData>{cells}</ExtendedData>{shape}</Placemark>"


def place(coordinates: str, number: int = 1) -> str:
    """A sound hazard site but for its coordinates."""
    return _placemark(f"<Point><coordinates>{coordinates}</coordinates></Point>", number)


_kml("kml: cut off", place("111.4,27.6"), Refused("broken XML"))
_kml("kml: tags that cross", _placemark("<Point></name></Point>") + END, Refused("broken XML"))
_kml(
    "kml: entities",
    _placemark("<description>&a;</description>") + END,
    Refused("document type"),
    '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
)
_kml("kml: deep folders", lambda: "<Folder>" * 200_000, Refused("nested elements", "BoundsError"))
_kml("kml: deep shapes", lambda: "<Placemark>" + "<MultiGeometry>" * 100_000, Refused("nested elements", "BoundsError"))
_kml("kml: words for a place", place("here") + place("111.4,27.6", 2) + END, Faulty("cannot be read", 2))
_kml("kml: one number", place("111.4") + END, Faulty("lon,lat", 1))
_kml("kml: blanks in a place", place("111.4, 27.6") + END, Faulty("cannot be read", 1))
_kml("kml: NaN", place("nan,27") + END, Faulty("no finite number", 1))
_kml("kml: 1e999", place("1e999,27") + END, Faulty("no finite number", 1))
_kml(
    "kml: no places",
    _placemark("<LineString><coordinates/></LineString>") + END,
    Faulty("a geometry is required", 1),
    layer="roads",
)
_kml("kml: a polygon without a ring", _placemark("<Polygon></Polygon>") + END, Faulty("Polygon cannot be read", 1))
_kml(
    "kml: two shapes", _placemark("<Point><coordinates>1,2</coordinates></Point>" * 2) + END, Faulty("has 2 shapes", 1)
)
_kml(
    "kml: a track",
    _placemark('<gx:Track xmlns:gx="g"><gx:coord>1 2 3</gx:coord></gx:Track>') + END,
    Faulty("Track", 1),
)
_kml("kml: no placemarks", END, Taken(0, "no placemarks"))
_kml(
    "kml: two folders",
    "".join(f"<Folder><name>{n}</name>{place('1,2')}</Folder>" for n in "甲乙") + END,
    Refused("several layers"),
)


def _encoded(name: str, declared: str, written: str, outcome: Outcome) -> None:
    text = document(place("111.4,27.6") + END).replace("UTF-8", declared)
    FILES.add(name, file("a.kml", text.encode(written)), outcome)


_encoded("kml: GB2312", "GB2312", "gbk", Taken(1))
_encoded("kml: UTF-8 called GBK", "GBK", "utf-8", Refused("is not gb18030 text"))
_encoded("kml: Big5", "Big5", "big5", Refused("multi-byte encodings are not supported"))
_encoded("kml: an encoding that is none", "UT8", "utf-8", Refused("unknown encoding: UT8"))
_encoded("kml: an encoding of bytes", "hex", "utf-8", Refused("is not a text encoding"))
