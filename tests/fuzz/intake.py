"""Files of every format, whole and by their parts: an archive's entries, a Shapefile's and a FileGDB's files."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from geo.errors import GeoError
from geo.intake.osm import county_from_osm
from tests.bad_files.drive import IN_DEGREES, outcome_of
from tests.bad_files.making import zipped
from tests.bad_files.sound import LAYER_OF, sound_files
from tests.county import checked_layers
from tests.fuzz.target import Case, Target
from tests.geo.test_osm import Drawing, grid_of_roads, places, two_towns

PARTS: Final = ("a.shp", "a.dbf", "a.shx", "a.prj", "a.cpg")
OSM: Final = ("a.osm", "a.osm.pbf")
_ROOM: Final = Path(tempfile.mkdtemp())
atexit.register(shutil.rmtree, _ROOM)
_SOUND: Final = _ROOM / "sound"
_LAYERS: Final = checked_layers()


def ask(case: Case) -> bool:
    """What the whole intake makes of a file; whatever it does not take is a GeoError."""
    folder = _ROOM / "now"
    shutil.copytree(_SOUND, folder)
    try:
        path = _put(folder, case)
        if path.name in OSM:
            return _is_county(path)
        told = outcome_of(path, LAYER_OF[path.name], IN_DEGREES, _LAYERS)
        assert told["error"] != "TRACEBACK", told["words"]
        return told["error"] is None
    finally:
        shutil.rmtree(folder)


def _put(folder: Path, case: Case) -> Path:
    """The input in its place among sound files; the file to be imported."""
    name, _, part = case.door.partition(" ")
    path = folder / name
    if name in PARTS:
        path.write_bytes(case.content)
        return folder / "a.shp"
    if path.is_dir():
        (path / part).write_bytes(case.content)
    else:
        path.write_bytes(zipped({**_entries(path.read_bytes()), part: case.content}) if part else case.content)
    return path


def _is_county(path: Path) -> bool:
    try:
        county_from_osm(path)
    except GeoError:
        return False
    return True


def _entries(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _sound() -> list[Case]:
    _SOUND.mkdir()
    sound_files(_SOUND)
    (_SOUND / "a.cpg").write_bytes(b"UTF-8")
    drawing = Drawing()
    two_towns(drawing)
    places(drawing)
    grid_of_roads(drawing)
    for name in OSM:
        drawing.write(_SOUND / name)
    files = [_SOUND / name for name in dict.fromkeys((*LAYER_OF, *PARTS, *OSM))]
    found = [Case(path.name, path.read_bytes()) for path in files if path.is_file()]
    for path in files:
        if path.suffix in (".xlsx", ".zip"):
            found += [Case(f"{path.name} {part}", content) for part, content in _entries(path.read_bytes()).items()]
        if path.is_dir():
            found += [Case(f"{path.name} {part.name}", part.read_bytes()) for part in sorted(path.iterdir())]
    return found


TARGET = Target(
    ask,
    _sound(),
    [
        *(
            b"PK\x03\x04",
            b"PK\x01\x02",
            b"PK\x05\x06",
            b"SQLite format 3\x00",
            b"PAR1",
            b"fgb\x03",
            b"<kml",
            b"BLOBHEADER",
        ),
        *(
            b"GP\x00\x01",
            b"\x01\x06\x00\x00\x00",
            b"\x01\x07\x00\x00\x00",
            b"POINT(",
            b"GEOMETRYCOLLECTION(",
            b"sep=;\n",
        ),
        *(b'"crs":{"type":"name","properties":{"name":"EPSG:4546"}},', b"1e400", b"111.4,27.6", b"<Point>", b"&#0;"),
    ],
    [Case("a.prj", b'GEOGCS["\x80"]')],
)
