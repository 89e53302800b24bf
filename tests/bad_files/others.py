"""What is no file, and files of other kinds than the intake takes."""

from __future__ import annotations

import os
from pathlib import Path

from tests.bad_files.cases import Family, Refused
from tests.bad_files.making import file, sites

FILES = Family("villages")

FILES.add("file: not there", lambda folder: folder / "none.csv", Refused("No such file"))
FILES.add("file: a zero byte in its name", lambda folder: folder / "a\0.csv", Refused("null"))
FILES.add("file: a name of 5,000 letters", lambda folder: folder / ("a" * 5000), Refused("too long"))
FILES.add("file: a folder", lambda folder: folder, Refused("a folder without"))


def _loop(folder: Path) -> Path:
    (folder / "a.geojson").symlink_to(folder / "b.geojson")
    (folder / "b.geojson").symlink_to(folder / "a.geojson")
    return folder / "a.geojson"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "a.csv")
    return folder / "a.csv"


def _locked(folder: Path) -> Path:
    path = folder / "a.csv"
    path.write_text(sites("lon,lat", "111.4,27.6"))
    path.chmod(0)
    return path


FILES.add("file: a link in a circle", _loop, Refused("symbolic links"))
FILES.add("file: a pipe", _pipe, Refused("a device or a pipe"))
FILES.add("file: an endless device", lambda _: Path("/dev/zero"), Refused("a device or a pipe"))
if os.name == "posix" and os.geteuid() != 0:  # root may read everything
    FILES.add("file: locked", _locked, Refused("Permission denied"))
FILES.add(
    "file: OSM extract",
    file("a.osm.pbf", b"\0\0\0\x0d\x0a\x09OSMHeader" + bytes(90)),
    Refused("yixian init DIR --osm"),
)
FILES.add(
    "file: OSM in XML",
    file("a.osm", '<?xml version="1.0"?>\n<osm version="0.6"></osm>'),
    Refused("yixian init DIR --osm"),
)
FILES.add("file: gzip", file("a.geojson.gz", b"\x1f\x8b" + bytes(90)), Refused("gzip"))
FILES.add("file: RAR", file("a.rar", b"Rar!\x1a\x07" + bytes(90)), Refused("RAR"))
FILES.add("file: PDF", file("a.pdf", b"%PDF-1.7" + bytes(90)), Refused("PDF"))
FILES.add("file: a picture", file("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(90)), Refused("picture"))
FILES.add("file: a drawing", file("a.dwg", b"AC1032" + bytes(90)), Refused("AutoCAD"))
FILES.add(
    "file: VRT",
    file(
        "a.vrt",
        "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/etc/passwd</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>",
    ),
    Refused("<OGRVRTDataSource>"),
)
FILES.add("file: VRT named GeoPackage", file("a.gpkg", "<OGRVRTDataSource/>"), Refused("<OGRVRTDataSource>"))
FILES.add(
    "file: WFS", file("a.xml", "<OGRWFSDataSource><URL>http://localhost</URL></OGRWFSDataSource>"), Refused("not KML")
)
FILES.add("file: GPX", file("a.gpx", '<?xml version="1.0"?><gpx></gpx>'), Refused("<gpx>"))
FILES.add("file: SQLite cut to its mark", file("a.gpkg", b"SQLite format 3\0"), Refused("file is not a database"))
FILES.add("file: noise", file("a.bin", bytes(range(255, 0, -1)) * 40), Refused("is not utf-16 text"))
