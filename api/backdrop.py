"""The background that an operator sets: a PMTiles file, or another host's picture tiles. Off by default.

A PMTiles file is read by ranges, whatever its size; a page asks this service for its tiles, and no other host.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from pmtiles.reader import Reader
from pmtiles.tile import Compression, TileType

from geo.errors import InputError, UnreadableFileError
from maps.paint import Backdrop

MEDIA_TYPES: Final = {
    TileType.MVT: "application/vnd.mapbox-vector-tile",
    TileType.PNG: "image/png",
    TileType.JPEG: "image/jpeg",
    TileType.WEBP: "image/webp",
    TileType.AVIF: "image/avif",
}
_CREDIT_LETTERS = 300
_WANTED = (
    "YIXIAN_BACKGROUND must be a .pmtiles file, or the address of picture tiles with {z}, {x} and {y} alone, such as "
    "https://tiles.example.org/{z}/{x}/{y}.png"
)


@dataclass(frozen=True, slots=True)
class BackdropTile:
    """A tile as the file holds it."""

    content: bytes
    is_zipped: bool

    @property
    def plain(self) -> bytes:
        """The bytes for whoever takes no gzip."""
        return gzip.decompress(self.content) if self.is_zipped else self.content


class TileFile:
    """A PMTiles archive (version 3) of pictures or of Mapbox vector tiles. Safe for threads.

    UnreadableFileError where it cannot be opened, is not one, or holds or packs its tiles in a way not known here.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._reader = cast("Any", Reader)(self._bytes)  # pmtiles is typed in part
            self._header, self._about = self._reader.header(), self._reader.metadata()
            self.media_type = MEDIA_TYPES[self._header["tile_type"]]
            self._is_zipped = _is_zipped(self._header["tile_compression"])
        except Exception as reason:  # whatever a broken file makes its reader stumble over
            raise UnreadableFileError(path, f"no PMTiles archive that can be shown: {reason!r}") from reason
        state = path.stat()
        self.version = hashlib.sha256(repr((state.st_size, state.st_mtime_ns)).encode()).hexdigest()[:12]

    def tile(self, zoom: int, column: int, row: int) -> BackdropTile | None:
        """The tile; None where the file has none."""
        if not self._header["min_zoom"] <= zoom <= self._header["max_zoom"]:
            return None
        if not (0 <= column < 2**zoom and 0 <= row < 2**zoom):
            return None
        found: bytes | None = self._reader.get(zoom, column, row)
        return None if found is None else BackdropTile(found, self._is_zipped)

    @property
    def backdrop(self) -> Backdrop:
        """How a map shows it."""
        return Backdrop(
            path=f"background/{{z}}/{{x}}/{{y}}?v={self.version}",
            zooms=(self._header["min_zoom"], self._header["max_zoom"]),
            is_vector=self._header["tile_type"] == TileType.MVT,
            credit=credit_text(str(self._about.get("attribution") or "")),
        )

    def _bytes(self, offset: int, length: int) -> bytes:
        """A range of the file; a mapped file would end the process should it become shorter."""
        with self._path.open("rb") as file:
            file.seek(offset)
            return file.read(length)


def _is_zipped(compression: Compression) -> bool:
    if compression not in (Compression.NONE, Compression.GZIP):
        raise ValueError(f"tiles under {compression.name}")
    return compression == Compression.GZIP


def credit_text(markup: str) -> str:
    """The words of an attribution, which is markup in a PMTiles file."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup)).split())[:_CREDIT_LETTERS]


def backdrop_of(setting: str | None, credit: str | None) -> tuple[Backdrop | None, TileFile | None]:
    """The background that a setting names, with its file where it is one; InputError for what is neither."""
    if setting is None:
        return None, None
    if "://" not in setting:
        file = TileFile(Path(setting))
        made = file.backdrop
        return (made if credit is None else replace(made, credit=credit)), file
    parts = urlsplit(setting)
    is_host = parts.scheme in ("http", "https") and re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc)
    named = sorted(re.findall(r"\{(.*?)\}", parts.path + parts.query))
    if not is_host or named != ["x", "y", "z"]:
        raise InputError(f"{setting!r}: {_WANTED}", parameter="background")
    return Backdrop(setting, credit=credit or "", host=f"{parts.scheme}://{parts.netloc}"), None
