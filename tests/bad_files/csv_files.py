"""Broken and hostile CSV: most of it registers of hazard sites."""

from __future__ import annotations

from geo.intake import Bounds
from tests.bad_files.cases import Content, Family, Faulty, Outcome, Refused, Taken
from tests.bad_files.making import file, nested_wkb, nested_wkt, sites, wkb_in_multipoints

FILES = Family("hazard_sites")

CHINESE = "编号,名称,灾害类型,是否销号,经度,纬度\n431381010001,锡矿山滑坡,滑坡,否,111.4,27.6\n"


def _csv(name: str, content: Content, outcome: Outcome, *, file_name: str = "a.csv", **options: object) -> None:
    FILES.add(name, file(file_name, content), outcome, **options)


_csv("csv: empty", "", Refused("is empty"))
_csv("csv: blank lines", "\n\r\n\n", Refused("is empty"))
_csv("csv: only separators", ",,,\n,,,\n", Refused("no row of headings"))
_csv("csv: headings and no rows", sites("lon,lat"), Taken(0, "no rows"))
_csv("csv: none of the layer's columns", "a,lon,lat\n1,111.4,27.6\n", Faulty("the column is missing", 1, 4))
_csv("csv: zero bytes", sites("lon,lat", "\0,3"), Refused("zero bytes"))
_csv("csv: a program", bytes(range(256)) * 20, Refused("is not gb18030 text"))
_csv("csv: an open quotation mark", 'code,name\n1,"甲\n2,乙\n3,丙\n', Refused("quotation mark"))
_csv("csv: a quotation mark inside", 'code,name\n1,"甲"乙\n', Refused("quotation mark"))
_csv(
    "csv: too many cells",
    sites("lon,lat", "111.4,27.6", "111.4,27.6,9", "111.4,27.7"),
    Faulty("more cells than the 6 headings", 3),
)
_csv("csv: too few cells", sites("lon,lat", "111.4"), Faulty("the other is missing", 1))
_csv(
    "csv: blank rows between",
    sites("lon,lat", "111.4,27.6") + ",,,,,\n\n431381010009,乙,landslide,active,111.4,27.6\n\n",
    Taken(2, "2 empty rows"),
)
_csv("csv: two columns of one name", sites("lon,lat,name", "111.4,27.6,乙"), Taken(1, "the second 'name'"))
_csv("csv: a column without a name", sites("lon,,lat", "111.4,9,27.6"), Taken(1, "without a heading"))
_csv("csv: two columns of longitude", sites("lon,lon,lat", "1,2,3"), Refused("more than one column"))
_csv("csv: 经度 beside lon", sites("lon,经度,lat", "1,2,3"), Refused("more than one column"))
_csv("csv: longitude alone", sites("经度", "111.4"), Refused("has no places", "InputError"))
_csv("csv: GBK", CHINESE.encode("gbk"), Taken(1))
_csv("csv: GBK told to be UTF-8", CHINESE.encode("gbk"), Refused("is not utf-8 text"), encoding="utf-8")
_csv("csv: an encoding that is none", CHINESE, Refused("no known encoding", "InputError"), encoding="klingon")
_csv("csv: an encoding of bytes", CHINESE, Refused("no encoding of text", "InputError"), encoding="hex")
_csv(
    "csv: GBK and UTF-8 mixed",
    CHINESE.encode() + "431381010002,冷水江,滑坡,否,111.4,27.6\n".encode("gbk"),
    Refused("mixes UTF-8 and GBK"),
)
_csv("csv: UTF-16", CHINESE.encode("utf-16"), Taken(1))
_csv("csv: UTF-16 without a mark", CHINESE.encode("utf-16-le"), Refused("is not gb18030 text"))
_csv("csv: UTF-16 cut off", CHINESE.encode("utf-16")[:-1], Refused("is not utf-16"))
_csv("csv: read wrongly before", CHINESE.replace("锡矿山", "锟斤拷锟斤拷"), Taken(1, "already lost"))
_csv(
    "csv: a code in powers of ten",
    CHINESE.replace("431381010001", "4.31381E+11"),
    Faulty("Excel turned the code into a number", 1),
)
_csv("csv: a code kept from Excel", CHINESE.replace("431381010001", '="431381010001"'), Taken(1))
_csv("csv: latitude first", sites("lon,lat", "27.6,111.4"), Faulty("beyond 90", 1))
_csv("csv: only latitude given", sites("lon,lat", ",27.6"), Faulty("the other is missing", 1))
_csv("csv: 61 minutes", sites("lon,lat", "111°61'0\",27.6"), Faulty("61 minutes", 1), file_name="a.tsv")
_csv("csv: 60 seconds", sites("lon,lat", "111 25 60,27.6"), Faulty("60 seconds", 1))
_csv("csv: north for a longitude", sites("lon,lat", "27.6N,111.4E"), Faulty("swapped", 1, 2))
_csv("csv: metres for degrees", sites("lon,lat", "542220.58,3063696.34"), Faulty("in metres", 1, 2))
_csv("csv: a decimal comma", sites("lon,lat", "111;4,27;6").translate({44: 59, 59: 44}), Faulty("decimal comma", 1, 2))
_csv("csv: NaN", sites("lon,lat", "NaN,27.6"), Faulty("not an angle", 1))
_csv("csv: infinity", sites("lon,lat", "inf,27.6"), Faulty("not an angle", 1))
_csv("csv: 1e999", sites("lon,lat", "1e999,27.6"), Faulty("not an angle", 1))
_csv("csv: a word for metres", sites("东坐标,北坐标", "东,3063696"), Faulty("no number of metres", 1), crs="EPSG:4546")
_csv("csv: a long text for an angle", lambda: sites("lon,lat", "1 " * 40_000 + ",2"), Faulty("too long", 1))
_csv("csv: X and Y", sites("X,Y", "542220.6,3063696.3"), Taken(1, "often call the north X"), crs="EPSG:4546")
_csv(
    "csv: 415 KiB of nested WKT",
    lambda: sites("wkt", f'"{nested_wkt()}"'),
    Refused("nested shapes", "BoundsError"),
)
_csv("csv: nested EWKB", lambda: sites("geom", nested_wkb(50_000).hex()), Refused("nested shapes", "BoundsError"))
_csv(
    "csv: nested multi-points",
    lambda: sites("geom", wkb_in_multipoints(90_000).hex()),
    Refused("nested shapes", "BoundsError"),
)
_csv(
    "csv: nested big-endian WKB",
    lambda: sites("wkb", nested_wkb(50_000, ">").hex()),
    Refused("nested shapes", "BoundsError"),
)
_csv("csv: broken WKT", sites("wkt", "POINT(1", "POINT(111.4 27.6)"), Faulty("no shape in WKT", 2))
_csv("csv: a word for WKT", sites("几何", "点"), Faulty("no shape in WKT", 1))
_csv("csv: WKB cut off", sites("wkb", "0101000000000000000000"), Faulty("no shape in WKT", 1))
_csv("csv: WKB of 4 billion places", sites("wkb", "0102000000ffffffff0000"), Faulty("no shape in WKT", 1))
_csv("csv: WKB of 4 billion rings", sites("wkb", "0103000000ffffffff0000"), Faulty("no shape in WKT", 1))
_csv("csv: WKB of 4 billion parts", sites("wkb", "0107000000ffffffff0000"), Faulty("no shape in WKT", 1))
_csv("csv: odd hexadecimal", sites("wkb", "010100000000000000000"), Faulty("no shape in WKT", 1))
_csv("csv: NaN in WKT", sites("wkt", "POINT(nan 27)"), Faulty("not a finite number", 1))
_csv(
    "csv: infinity in WKT",
    'road_id,road_class,wkt\nR9,secondary,"LINESTRING(1e999 1,2 2)"\n',
    Faulty("not a finite number", 1),
    layer="roads",
)
_csv("csv: EWKT", sites("wkt", "SRID=4326;POINT(111.4 27.6)"), Taken(1))
_csv("csv: 1,001 columns", lambda: ",".join(f"c{n}" for n in range(1001)) + "\n", Refused("columns", "BoundsError"))
_csv("csv: a cell of 100,001 letters", lambda: "code,name\n1," + "x" * 100_001, Refused("letters", "BoundsError"))
_csv("csv: more rows than allowed", "code\n" + "1\n" * 7, Refused("rows", "BoundsError"), bounds=Bounds(rows=5))
_csv("csv: a million separators", lambda: "code,name\n" + "," * 1_000_000, Refused("columns", "BoundsError"))
_csv("csv: titles above", "冷水江市隐患点\n2022年,,\n" + CHINESE, Taken(1, "left out above"))
_csv("csv: a web page", "<!DOCTYPE html><html><body>登录</body></html>", Refused("XML or HTML"))
_csv("csv: named .gpkg", CHINESE, Refused("does not begin like one"), file_name="a.gpkg")
_csv("csv: named .geojson", CHINESE, Refused("does not begin like one"), file_name="a.geojson")
