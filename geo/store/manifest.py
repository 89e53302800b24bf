"""The manifest: which file is which layer, now and before. It is the only file of a data folder that changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from geo.atlas import Provenance
from geo.calendar import CHINA, parse_instant
from geo.errors import BrokenFolderError
from geo.files import read_bytes, sealed, sha256, unsealed, write_atomic
from geo.layers.registry import LAYERS, layer
from geo.store.rules_file import RULES, begin_rules, read_rules

MANIFEST = "manifest.json"
BEGINNING = ".beginning"
REPORTS = "reports"
READY = "ready"
FORMAT = 2
"""Format 1 knew text files, no history, no check. It is still read, and written where that is all, as in the sample."""


@dataclass(frozen=True, slots=True)
class LayerFile:
    """One version of a layer. `date` is when the data was true, `crs` the system it was given in.

    `imported_at` is when it entered the folder; `restored_from` the number of the version that it repeats. `checked_by`
    is the fingerprint of the specification that checked it. `present` is the fixed instant that was the folder's
    present until this version was replaced.
    """

    file: str
    sha256: str
    rows: int
    date: str
    source: str
    crs: str
    imported_at: str | None = None
    restored_from: int | None = None
    checked_by: str | None = None
    present: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a data folder holds. `present` is the fixed instant that a demonstration takes for now, if any.

    `earlier` holds each layer's former versions, oldest first.
    """

    layers: Mapping[str, LayerFile]
    present: datetime | None = None
    earlier: Mapping[str, tuple[LayerFile, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def version(self) -> str:
        """A hash of all layers' content, twelve digits."""
        return sha256("".join(f"{name} {self.layers[name].sha256}\n" for name in sorted(self.layers)).encode())[:12]

    @property
    def provenance(self) -> Provenance:
        """The version and the newest layer's date."""
        dates = [parse_instant(entry.date) for entry in self.layers.values()]
        return Provenance(self.version, max(dates, default=datetime.min.replace(tzinfo=CHINA)))

    def versions(self, name: str) -> tuple[LayerFile, ...]:
        """Every version that a layer has had, oldest first; the last one is in use."""
        return (*self.earlier.get(name, ()), *([self.layers[name]] if name in self.layers else ()))

    def with_version(self, name: str, entry: LayerFile, present: datetime | None) -> Manifest:
        """The manifest after `entry` became the layer `name`; what was the layer before goes to the history."""
        earlier = dict(self.earlier)
        if name in self.layers:
            ended = self.present.isoformat() if self.present and self.present != present else None
            earlier[name] = (*earlier.get(name, ()), replace(self.layers[name], present=ended))
        return Manifest(MappingProxyType({**self.layers, name: entry}), present, MappingProxyType(earlier))

    def encoded(self) -> bytes:
        """As the bytes of manifest.json."""
        content: dict[str, Any] = {
            "format": FORMAT if self.earlier or any(entry.checked_by for entry in self.layers.values()) else 1,
            "present": self.present.isoformat() if self.present else None,
            "layers": {name: _plain(self.layers[name]) for name in LAYERS if name in self.layers},
        }
        if self.earlier:
            content["earlier"] = {name: [_plain(entry) for entry in entries] for name, entries in self.earlier.items()}
        if content["format"] == 1:
            return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        return sealed(content)


def is_absent(folder: Path) -> bool:
    """Whether the data folder has yet to be created: it is not there, holds nothing but rules, reports of imports that
    were refused and what they made ready, or its first import was cut off.

    A folder that has lost its manifest is not absent: it is broken, and says so when it is opened.
    """
    if not folder.exists():
        return True
    if not folder.is_dir() or (folder / MANIFEST).exists():
        return False
    made_here = (REPORTS, READY, RULES)
    others = [path.name for path in folder.iterdir() if path.name[0] != "." and path.name not in made_here]
    return (folder / BEGINNING).exists() or not others


@contextmanager
def beginning(folder: Path) -> Iterator[None]:
    """Mark a folder that has no manifest yet as one that is being made, until it has one. It gets its rules, too."""
    is_new = not (folder / MANIFEST).exists()
    if is_new:
        write_atomic(folder / BEGINNING, b"")
        begin_rules(folder)
    yield
    if is_new:
        (folder / BEGINNING).unlink(missing_ok=True)


def read_manifest(folder: Path) -> Manifest:
    """The folder's manifest; BrokenFolderError when it is not one that this program wrote."""
    written = read_bytes(folder / MANIFEST)
    try:
        content = unsealed(written, "format", "present", "layers", "earlier")
        if content["format"] not in (1, FORMAT):
            raise BrokenFolderError(
                folder, f"format {content['format']} is newer than {FORMAT}, the newest that this program reads"
            )
        present = content["present"]
        layers = {layer(name).name: _entry(folder, entry) for name, entry in content["layers"].items()}
        earlier = {
            layer(name).name: tuple(_entry(folder, entry) for entry in entries)
            for name, entries in content.get("earlier", {}).items()
        }
        return Manifest(
            MappingProxyType(layers), parse_instant(present) if present else None, MappingProxyType(earlier)
        )
    except BrokenFolderError:
        raise
    except (ValueError, TypeError, AttributeError, LookupError) as reason:
        raise BrokenFolderError(folder, f"its {MANIFEST} cannot be read ({reason}); restore it from a backup") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` that of the folder, in one step."""
    write_atomic(folder / MANIFEST, manifest.encoded())


def written_at(folder: Path, manifest: Manifest, rules: str) -> datetime | None:
    """When the folder came to hold this manifest and rules of this version; None where it holds others by now."""
    before = _times(folder)
    holds = read_manifest(folder).encoded() == manifest.encoded() and read_rules(folder).version == rules
    return datetime.fromtimestamp(max(before), CHINA) if holds and before == _times(folder) else None


def _times(folder: Path) -> list[float]:
    paths = (folder / name for name in (MANIFEST, RULES))
    return [path.stat().st_mtime for path in paths if path.exists()]


def _entry(folder: Path, content: dict[str, Any]) -> LayerFile:
    entry = LayerFile(**content)
    if Path(entry.file).name != entry.file or "\\" in entry.file:
        raise BrokenFolderError(folder, f"{entry.file!r} in {MANIFEST} is not a plain file name")
    return entry


def _plain(entry: LayerFile) -> dict[str, Any]:
    """An entry as JSON; what it does not tell is left out."""
    return {name: value for name, value in asdict(entry).items() if value is not None}
