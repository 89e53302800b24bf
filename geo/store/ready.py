"""Networks kept ready to open: building one takes a service longer than reading it back.

    FOLDER/ready/network-5e0c….arrays   a network's arrays behind their hash, named by the hash of what it was made of

A cache: whoever writes layers writes it first, readers only read, and it can be deleted at any time. A file that is
absent, broken or of another format is as good as none: the network is built then.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import orjson

from geo.atlas import NetworkOf
from geo.errors import GeoError
from geo.files import write_atomic
from geo.network.building import Built, Report, RoadArrays, from_arrays
from geo.network.graph import Arcs, RoadNetwork
from geo.network.speeds import Profile
from geo.store.manifest import READY

FORMAT: Final = 3
"""To be raised with every change of what a network is made of or how: files of other formats are not used."""

_KEPT: Final = 3  # files: the version in use, the one to come, and the one to go back to
_DIGEST_BYTES: Final = 32
_ARCS: Final = ("arriving", "leaving")


def network_read(folder: Path) -> NetworkOf:
    """The network from the folder's `ready`, built where it is not there."""

    def found(roads: RoadArrays, profile: Profile, metric_crs: str) -> Built:
        return _read(_path(folder, roads, profile, metric_crs)) or from_arrays(roads, profile, metric_crs)

    return found


def network_kept(folder: Path) -> NetworkOf:
    """As `network_read`, and what had to be built is written for the next one. Only inside `writing(folder)`."""

    def found(roads: RoadArrays, profile: Profile, metric_crs: str) -> Built:
        path = _path(folder, roads, profile, metric_crs)
        built = _read(path)
        if built is None:
            built = from_arrays(roads, profile, metric_crs)
            with suppress(GeoError):  # the network is here; only the next one to open must build it again
                write_atomic(path, _encoded(built))
            _sweep(path.parent)
        return built

    return found


def _path(folder: Path, roads: RoadArrays, profile: Profile, metric_crs: str) -> Path:
    """Where the network of these roads is: the name is the hash of what it is made of."""
    digest = hashlib.sha256(repr((FORMAT, profile, metric_crs, sorted(roads.left_out.items()))).encode())
    for one in fields(RoadArrays):
        values = getattr(roads, one.name)
        if isinstance(values, np.ndarray):
            digest.update(f"{one.name} {values.dtype} {len(values)}".encode())
            digest.update(values.data)
    return folder / READY / f"network-{digest.hexdigest()[:24]}.arrays"


def _encoded(built: Built) -> bytes:
    network = built.network
    arrays = {one.name: getattr(network, one.name) for one in fields(RoadNetwork) if one.name not in _ARCS}
    for which in _ARCS:
        arrays |= {f"{which}_{one.name}": getattr(getattr(network, which), one.name) for one in fields(Arcs)}
    report = {one.name: getattr(built.report, one.name) for one in fields(Report)}
    report["left_out"] = dict(built.report.left_out)
    file = io.BytesIO()
    np.savez(file, report=np.frombuffer(orjson.dumps(report), dtype=np.uint8), **arrays)
    content = file.getvalue()
    return hashlib.sha256(content).digest() + content


def _read(path: Path) -> Built | None:
    try:
        content = path.read_bytes()
        digest, arrays_as_written = content[:_DIGEST_BYTES], memoryview(content)[_DIGEST_BYTES:]
        if hashlib.sha256(arrays_as_written).digest() != digest:  # a zip's own sums do not cover its directory
            return None
        with np.load(io.BytesIO(arrays_as_written), allow_pickle=False) as arrays:
            held: dict[str, Any] = {one.name: arrays[one.name] for one in fields(RoadNetwork) if one.name not in _ARCS}
            held |= {which: Arcs(*(arrays[f"{which}_{one.name}"] for one in fields(Arcs))) for which in _ARCS}
            report = orjson.loads(arrays["report"].tobytes())
            report["left_out"] = MappingProxyType(report["left_out"])
            return Built(RoadNetwork(**held), Report(**report))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _sweep(folder: Path) -> None:
    """Remove all but the newest files."""
    with suppress(OSError):
        newest = sorted(folder.glob("network-*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest[_KEPT:]:
            path.unlink()
