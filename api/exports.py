"""Files of whole layers: which rows go into them, and the shelf where they wait to be fetched again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Final

import shapely

from api.access import Actor
from api.counted import Counted
from api.errors import FullError, TooLargeError
from api.legends import legend
from api.ranged import MadeFile
from api.seen_layers import SeenLayer
from geo.atlas import Provenance
from geo.board import Board
from geo.errors import InputError
from geo.export import Form, LayerFile, write_layers
from geo.layers.registry import LAYERS, layer
from geo.layers.spec import LayerSpec
from geo.origin import Origin
from geo.store import County

if TYPE_CHECKING:
    from datetime import datetime

MOST_VALUES: Final = 60_000_000
"""Cells and corners of one file over HTTP: about a minute's work. The command line knows no limit."""
_FILES: Final = 12
_AT_ONCE: Final = 2
_WAIT_S: Final = 5


def layer_names(text: str | None, reader: Actor) -> tuple[str, ...]:
    """The layers of a list `a,b`, each once; without one all that the reader may see. NotFoundError for one that there
    is not, ForbiddenError for one that the reader may not see."""
    if text is None:
        return tuple(filter(reader.sees_layer, LAYERS))
    names = tuple(dict.fromkeys(layer(name.strip()).name for name in text.split(",")))
    for name in names:
        reader.refuse_layer(name)
    return names


def layer_files(county: County, board: Board, layers: Sequence[SeenLayer], lang: str) -> list[LayerFile]:
    """The layers with their origins and looks. Of many, those without rows are left out; InputError: none is left."""
    files = []
    for seen in layers:
        spec = seen.spec
        if spec.name not in county.manifest.layers or (len(layers) > 1 and seen.frame.empty):
            continue
        origin = replace(origin_of(county, spec, board.provenance), is_part=seen.is_part)
        files.append(LayerFile(spec, seen.frame, origin, legend(spec, lang)))
    if not files:
        raise InputError(f"there are no rows in {', '.join(one.spec.name for one in layers)}", parameter="layers")
    return files


def origin_of(county: County, spec: LayerSpec, provenance: Provenance) -> Origin:
    """Which version of a layer a file's rows are; of what has no file in the county, such as an answer, of the data."""
    entry = county.manifest.layers.get(spec.name)
    version = provenance.version if entry is None else entry.sha256[:12]
    return Origin(spec.name, version, sequence=(provenance.sequence or None) if spec.live else None)


def members(board: Board, at: datetime) -> dict[str, Any]:
    """What a file tells of its data beside the rows: the present, and the version, date and rules."""
    return {"at": at.isoformat(), "data": board.provenance.body()}


def refuse_too_large(files: Sequence[LayerFile]) -> None:
    """TooLargeError for more than one request may ask for."""
    values = sum(
        len(one.frame) * len(one.written_columns)
        + (int(shapely.get_num_coordinates(one.frame.geometry.values).sum()) if one.has_shapes else 0)
        for one in files
    )
    if values > MOST_VALUES:
        raise TooLargeError(
            f"{values:,} cells and corners are more than one file over HTTP takes ({MOST_VALUES:,}); "
            f"ask for fewer layers or features, or use `yixian export`",
            limit=MOST_VALUES,
        )


class ExportShelf:
    """Files that were made of one version of the data; the latest are kept, and go with it. Safe for threads."""

    def __init__(self, counted: Counted | None = None) -> None:
        self.counted = counted or Counted()
        self._lock, self._turns = Lock(), BoundedSemaphore(_AT_ONCE)
        self._made: dict[str, MadeFile] = {}

    def fresh(self) -> ExportShelf:
        """An empty one that goes on counting."""
        return ExportShelf(self.counted)

    def get(
        self, key: str, files: Callable[[], Sequence[LayerFile]], form: Form, system: str | None, told: dict[str, Any]
    ) -> MadeFile:
        """The file of `key`, made where it is not there; FullError where others are still being made."""
        with self._lock:
            found = self._made.pop(key, None)
            if found is not None:
                self.counted.hits += 1
                self._made[key] = found  # the last to go
                return found
        if not self._turns.acquire(timeout=_WAIT_S):
            raise FullError("other files are being made at this moment; try again")
        try:
            layers = files()
            refuse_too_large(layers)
            made = MadeFile(f"{sha256(key.encode()).hexdigest()[:24]}{form.suffix}")
            write_layers(made.path, layers, form, system=system, members=told)
            return self._keep(key, made)
        finally:
            self._turns.release()

    def once(self, files: Sequence[LayerFile], form: Form, system: str | None, told: dict[str, Any]) -> bytes:
        """The file's bytes, of which nothing stays on the disk; FullError where others are still being made."""
        if not self._turns.acquire(timeout=_WAIT_S):
            raise FullError("other files are being made at this moment; try again")
        try:
            refuse_too_large(files)
            with TemporaryDirectory(prefix="yixian-export-") as room:
                path = Path(room) / f"once{form.suffix}"
                write_layers(path, files, form, system=system, members=told)
                return path.read_bytes()
        finally:
            self._turns.release()

    def _keep(self, key: str, made: MadeFile) -> MadeFile:
        with self._lock:
            self.counted.misses += 1
            self._made[key] = made
            while len(self._made) > _FILES:
                del self._made[next(iter(self._made))]
        return made
