"""Broken and hostile archives."""

from __future__ import annotations

import struct
import zipfile
import zlib

from tests.bad_files.cases import Content, Family, Outcome, Refused, Taken
from tests.bad_files.making import file, sites, zipped

FILES = Family("hazard_sites")


def _archive(name: str, content: Content, outcome: Outcome, *, file_name: str = "a.zip") -> None:
    FILES.add(name, file(file_name, content), outcome)


def _patched(content: bytes, *changes: tuple[bytes, int, bytes]) -> bytes:
    """`content` with bytes set at an offset after every occurrence of a signature."""
    made = bytearray(content)
    for signature, offset, new in changes:
        at = made.find(signature)
        while at >= 0:
            made[at + offset : at + offset + len(new)] = new
            at = made.find(signature, at + 4)
    return bytes(made)


_CSV = sites("lon,lat", "111.4,27.6").encode()
_LOCAL, _CENTRAL = b"PK\x03\x04", b"PK\x01\x02"

_archive("zip: 1 GiB in 1 MiB", lambda: _bomb(1024), Refused("times larger", "BoundsError"))
_archive(
    "zip: a bomb named a layer", lambda: zipped({"a.geojson": b" " * 30_000_000}), Refused("zip_ratio", "BoundsError")
)
_archive(
    "zip: 10,001 entries",
    lambda: zipped({f"{n}.txt": b"" for n in range(10_001)}, zipfile.ZIP_STORED),
    Refused("entries", "BoundsError"),
)
_archive("zip: out of the folder", lambda: zipped({"../../a.csv": b"code\n1\n"}), Refused("outside the archive"))
_archive("zip: out of the folder, Windows", lambda: zipped({"..\\a.csv": b"code\n1\n"}), Refused("outside the archive"))
_archive("zip: an absolute name", lambda: zipped({"/etc/a.csv": b"code\n1\n"}), Refused("outside the archive"))
_archive("zip: a drive's name", lambda: zipped({"C:/a.csv": b"code\n1\n"}), Refused("outside the archive"))
_archive(
    "zip: encrypted",
    lambda: _patched(zipped({"a.csv": _CSV}), (_LOCAL, 6, b"\1\0"), (_CENTRAL, 8, b"\1\0")),
    Refused("encrypted"),
)
_archive("zip: cut off", lambda: zipped({"a.csv": _CSV})[:-15], Refused("broken or cut-off"))
_archive("zip: no entries", lambda: zipped({}), Refused("holds nothing"))
_archive("zip: no layer", lambda: zipped({"readme.md": b"x", "photo.jpg": b"x"}), Refused("holds readme.md"))
_archive("zip: two layers", lambda: zipped({"a.csv": b"x\n1\n", "b.csv": b"x\n1\n"}), Refused("holds a.csv, b.csv"))
_archive("zip: two of one name", lambda: zipped({"a.csv": b"x\n1\n", "A.csv": b"x\n1\n"}), Refused("two entries"))
_archive("zip: a zip inside", lambda: zipped({"b.zip": zipped({"a.csv": _CSV})}), Refused("archive inside an archive"))
_archive(
    "zip: an unknown compression",
    lambda: _patched(zipped({"a.csv": _CSV}), (_LOCAL, 8, b"\x63\0"), (_CENTRAL, 10, b"\x63\0")),
    Refused("broken archive"),
)
_archive(
    "zip: more inside than declared",
    lambda: _patched(zipped({"a.csv": b"x\n" * 9000}), (_LOCAL, 22, b"\2\0\0\0"), (_CENTRAL, 24, b"\2\0\0\0")),
    Refused("broken archive"),
)
_archive(
    "zip: noise for content",
    lambda: _patched(zipped({"a.csv": b"code\n" + b"1\n" * 500}), (_LOCAL, 36, b"\xff" * 8)),
    Refused("broken archive"),
)
_archive("zip: a layer in a folder", lambda: zipped({"县/a.csv": _CSV, "县/readme.txt": b"x"}), Taken(1))
_archive("kmz: no KML", lambda: zipped({"files/a.png": b"x"}), Refused("holds files/a.png"), file_name="a.kmz")
_archive(
    "kmz: two documents", lambda: zipped({"a.kml": b"<kml/>", "b.kml": b"<kml/>"}), Refused("2 KML"), file_name="a.kmz"
)


def _bomb(mebibytes: int) -> bytes:
    """An archive that declares, and would give, this much; made from one deflated mebibyte over and over."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(bytes(1024 * 1024)) + deflate.flush(zlib.Z_FULL_FLUSH)
    packed = zipped({"villages.shp": block * mebibytes + deflate.flush()}, zipfile.ZIP_STORED)
    size = struct.pack("<I", mebibytes * 1024 * 1024)
    return _patched(packed, (_LOCAL, 8, b"\x08\0"), (_LOCAL, 22, size), (_CENTRAL, 10, b"\x08\0"), (_CENTRAL, 24, size))
