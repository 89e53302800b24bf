"""Any file as rows in its own columns: what it is by its first bytes, which layer is meant, and the reader for it.

The content decides, the suffix is only compared; what is no known format never reaches a native parser.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from geo.errors import NotFoundError, UnreadableFileError
from geo.files import read_bytes
from geo.intake import shapefiles, vectors
from geo.intake.bounds import Bounds, check_size, zip_entries
from geo.intake.geojsons import read_geojson
from geo.intake.kinds import Kind, kind_of
from geo.intake.kml import read_kml, read_kmz
from geo.intake.origins import with_origin
from geo.intake.sources import Axes, Source
from geo.intake.spreadsheets import read_csv, read_workbook

__all__ = ["Axes", "Bounds", "Source", "read_source"]


@dataclass(frozen=True, slots=True)
class _Request:
    """What is to be read: `path` as the user knows it, `at` where the bytes are, and how to choose."""

    path: Path
    at: Path
    layer_in_file: str | None
    encoding: str | None
    likely_names: tuple[str, ...]
    bounds: Bounds
    depth: int = 0

    def choose(self, layers: list[str]) -> str:
        """The layer asked for, the only one, or the one called like the layer that is being filled."""
        if self.layer_in_file is not None:
            if self.layer_in_file not in layers:
                raise NotFoundError(f"layer in {self.path.name}", self.layer_in_file, layers)
            return self.layer_in_file
        data = [name for name in layers if name not in _NO_DATA] or layers
        likely = {name.lower() for name in self.likely_names}
        alike = [name for name in data if name.lower() in likely]
        if len(data) > 1 and len(alike) != 1:
            listed = ", ".join(data[:50])
            raise UnreadableFileError(self.path, f"has several layers ({listed}); choose one with --layer-in-file")
        return (alike or data)[0]


_NO_DATA: Final = ("layer_styles", "qgis_projects")  # what QGIS keeps beside the layers of a GeoPackage


def read_source(
    path: Path,
    *,
    layer_in_file: str | None = None,
    encoding: str | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008  # a frozen value
    likely_names: Sequence[str] = (),
) -> Source:
    """The rows of a file, a zip, or a folder (FileGDB, shapefile) in their own columns, and what the file says itself.

    Of several layers it takes `layer_in_file`, or the one whose name is among `likely_names` (case aside), and
    otherwise refuses with the list. Coordinates stay in the file's own system. UnreadableFileError, BoundsError,
    NotFoundError (no such layer) or InputError (no such encoding) when the file as a whole cannot be taken; faults of
    single rows stand in the Source.
    """
    source = with_origin(path, _read(_Request(path, path, layer_in_file, encoding, tuple(likely_names), bounds)))
    if encoding is not None and source.encoding_found_by != "as told":
        said = f"--encoding was not used: {source.format} has its own ({source.encoding or 'none'})"
        return replace(source, notes=(*source.notes, said))
    return source


def _read(request: _Request) -> Source:
    size_bytes = _size(request)
    if size_bytes is None:
        return _read_folder(request)
    check_size(request.path, size_bytes, request.bounds)
    kind = kind_of(request.path, request.at)
    source = _READERS[kind](request)
    suffix = request.path.suffix.lower()
    expected = next((other for other in Kind if suffix in other.value), None)
    if kind is Kind.ZIP or expected in (None, kind):
        return source
    said = f"the name ends in {suffix or 'nothing'} and the content is {source.format}: read as {source.format}"
    return replace(source, notes=(said, *source.notes)) if suffix else source


def _size(request: _Request) -> int | None:
    """The file's size in bytes; None for a folder. UnreadableFileError for what is neither."""
    try:
        about = request.at.stat()
    except (OSError, ValueError) as reason:  # ValueError: a zero byte in the name
        raise UnreadableFileError(request.path, getattr(reason, "strerror", None) or str(reason)) from None
    if stat.S_ISDIR(about.st_mode):
        return None
    if not stat.S_ISREG(about.st_mode):
        raise UnreadableFileError(request.path, "is neither a file nor a folder, but a device or a pipe")
    return about.st_size


def _read_folder(request: _Request) -> Source:
    try:
        names = sorted(file.name for file in request.at.iterdir())
    except OSError as reason:
        raise UnreadableFileError(request.path, reason.strerror or str(reason)) from None
    if any(name.endswith(".gdbtable") for name in names):
        return _read_geodatabase(request)
    shapes = {Path(name).stem: name for name in names if name.lower().endswith(".shp")}
    if not shapes:
        raise UnreadableFileError(request.path, "is a folder without a FileGDB or shapefile in it; give one file")
    chosen = request.choose(list(shapes))
    source = _read_shapefile(replace(request, path=request.path / shapes[chosen], at=request.at / shapes[chosen]))
    return replace(source, layers=tuple(shapes))


def _read_geodatabase(request: _Request) -> Source:
    files = list(request.at.iterdir())
    if any(file.is_symlink() or not file.is_file() for file in files):
        raise UnreadableFileError(request.path, "is a FileGDB with links or folders in it, which it does not have")
    request.bounds.hold(request.path, "zip_entries", "files in the folder", len(files))
    check_size(request.path, sum(file.stat().st_size for file in files), request.bounds)
    if not (request.at / "a00000001.gdbtable").exists():
        raise UnreadableFileError(request.path, "is a FileGDB without its catalogue (a00000001.gdbtable)")
    at = request.at
    if at.suffix.lower() != ".gdb":
        raise UnreadableFileError(request.path, "is a FileGDB; let its folder's name end in .gdb")
    return _read_gdal(request, vectors.Opened(request.path, at, "OpenFileGDB", "FileGDB"))


def _read_gdal(request: _Request, opened: vectors.Opened) -> Source:
    layers = vectors.layer_names(opened)
    return vectors.read_layer(opened, request.choose(layers), layers, request.bounds)


def _read_geopackage(request: _Request) -> Source:
    tables = vectors.geopackage_tables(request.path, request.at)
    opened = vectors.Opened(request.path, request.at, "GPKG", "GeoPackage")
    layers = [name for name in vectors.layer_names(opened) if name in tables]
    if not layers:
        raise UnreadableFileError(request.path, "is a GeoPackage without layers")
    layer = request.choose(layers)
    counts = vectors.count_geopackage(request.path, request.at, layer)
    return vectors.read_layer(opened, layer, layers, request.bounds, counts=counts)


def _read_flatgeobuf(request: _Request) -> Source:
    return _read_gdal(request, vectors.Opened(request.path, request.at, "FlatGeobuf", "FlatGeobuf"))


def _read_shapefile(request: _Request) -> Source:
    found = shapefiles.parts(request.at)
    shapefiles.check_parts(request.path, found)
    found_encoding = shapefiles.encoding_of(request.path, found, request.encoding)
    opened = vectors.Opened(request.path, found[".shp"], "ESRI Shapefile", "Shapefile")
    layer = request.path.stem
    rows, shapes, deleted = shapefiles.counts(request.path, found)
    source = vectors.read_layer(
        opened, found[".shp"].stem, (layer,), request.bounds, encoding=found_encoding.encoding, counts=(rows, shapes)
    )
    removed = [f"{deleted} rows that are marked as deleted were left out"] if deleted else []
    missing = [] if ".prj" in found else ["there is no .prj: the file does not say its coordinate system"]
    notes = (*found_encoding.notes, *missing, *removed, *source.notes)
    return replace(source, layer=layer, encoding_found_by=found_encoding.found_by, notes=notes)


def _read_parquet(request: _Request) -> Source:
    return vectors.read_geoparquet(request.path, request.at, request.bounds)


def _read_geojson(request: _Request) -> Source:
    check_size(request.path, request.at.stat().st_size, request.bounds, text=True)
    return read_geojson(request.path, read_bytes(request.at), request.encoding, request.bounds)


def _read_kml(request: _Request) -> Source:
    check_size(request.path, request.at.stat().st_size, request.bounds, text=True)
    return read_kml(request.path, read_bytes(request.at), request.choose, request.bounds)


def _read_csv(request: _Request) -> Source:
    check_size(request.path, request.at.stat().st_size, request.bounds, text=True)
    return read_csv(request.path, read_bytes(request.at), request.encoding, request.bounds)


def _read_zip(request: _Request) -> Source:
    """A zip is a workbook, a KMZ, a zipped FileGDB, zipped shapefiles, or one zipped file of another format."""
    with request.at.open("rb") as file:
        entries = zip_entries(request.path, file, request.bounds)
    names = [entry.filename for entry in entries]
    if any(name.startswith("xl/") for name in names):
        return read_workbook(
            request.path, read_bytes(request.at), request.layer_in_file, request.likely_names, request.bounds
        )
    if any(name.lower().endswith(".kml") for name in names):
        return read_kmz(request.path, read_bytes(request.at), request.choose, request.bounds)
    if "[Content_Types].xml" in names or request.path.suffix.lower() == ".xlsx":
        raise UnreadableFileError(request.path, "is no Excel workbook: it has no sheets")
    if request.depth:
        raise UnreadableFileError(request.path, "is an archive inside an archive; unpack it first")
    with tempfile.TemporaryDirectory(prefix="yixian-") as folder:
        return _read_unpacked(request, Path(folder), entries)


def _read_unpacked(request: _Request, folder: Path, entries: list[zipfile.ZipInfo]) -> Source:
    inside = replace(request, depth=1)
    tables = [entry for entry in entries if entry.filename.endswith(".gdbtable")]
    shapes = [entry for entry in entries if entry.filename.lower().endswith(".shp")]
    if tables:
        base = str(PurePosixPath(tables[0].filename).parent)
        _unpack(request, [e for e in entries if str(PurePosixPath(e.filename).parent) == base], folder / "data.gdb")
        return _read_folder(replace(inside, at=folder / "data.gdb"))
    if shapes:
        stems = {_name(entry).stem: entry for entry in shapes}
        chosen = request.choose(list(stems))
        stem = stems[chosen].filename[: -len(".shp")]
        _unpack(request, [e for e in entries if e.filename[: -len(".shp")] == stem], folder, stem="layer")
        source = _read_shapefile(replace(inside, path=request.path / f"{chosen}.shp", at=folder / "layer.shp"))
        return replace(source, layers=tuple(stems))
    known = [entry for entry in entries if any(_name(entry).suffix.lower() in kind.value[:6] for kind in Kind)]
    files = [entry for entry in known if _name(entry).suffix and not _name(entry).name.startswith(".")]
    data = [entry for entry in files if _name(entry).suffix.lower() != ".txt"] or files
    if len(data) != 1:
        listed = ", ".join(str(_name(entry)) for entry in (data or entries)[:20]) or "nothing"
        raise UnreadableFileError(request.path, f"holds {listed}; give an archive of one layer, or the file itself")
    name = _name(data[0])
    _unpack(request, data, folder, stem="layer")
    return _read(replace(inside, path=request.path / name.name, at=folder / f"layer{name.suffix}"))


def _name(entry: zipfile.ZipInfo) -> PurePosixPath:
    """The entry's name; Windows writes it in GBK and says nothing, and zipfile then reads it as CP437."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.filename
    return PurePosixPath(name.replace("\\", "/"))


def _unpack(request: _Request, entries: list[zipfile.ZipInfo], folder: Path, *, stem: str | None = None) -> None:
    """Write the entries flat into `folder` under names of our own; zipfile holds each to its declared size."""
    folder.mkdir(exist_ok=True)
    try:
        with zipfile.ZipFile(request.at) as archive:
            for entry in entries:
                name = _name(entry)
                target = folder / (f"{stem}{name.suffix.lower()}" if stem else name.name)
                with archive.open(entry) as packed, target.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked, 1024 * 1024)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as reason:
        raise UnreadableFileError(request.path, f"is a broken archive: {reason}") from None


_READERS: Final[dict[Kind, Callable[[_Request], Source]]] = {
    Kind.GEOPACKAGE: _read_geopackage,
    Kind.GEOJSON: _read_geojson,
    Kind.SHAPEFILE: _read_shapefile,
    Kind.FLATGEOBUF: _read_flatgeobuf,
    Kind.PARQUET: _read_parquet,
    Kind.KML: _read_kml,
    Kind.CSV: _read_csv,
    Kind.ZIP: _read_zip,
}
