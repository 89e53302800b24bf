"""Files of whole layers: which rows go into them, and the shelf where they wait to be fetched again."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Final

import shapely

from api.errors import FullError, TooLargeError
from api.legends import legend
from geo.board import Board, layer_frame
from geo.errors import InputError
from geo.export import Form, LayerFile, write_layers
from geo.layers.registry import LAYERS, layer
from geo.origin import Origin
from geo.store import County

if TYPE_CHECKING:
    from datetime import datetime

MOST_VALUES: Final = 60_000_000
"""Cells and corners of one file over HTTP: about a minute's work. The command line knows no limit."""
_FILES: Final = 12
_AT_ONCE: Final = 2
_WAIT_S: Final = 5


def layer_names(text: str | None) -> tuple[str, ...]:
    """The layers of a list `a,b`, each once; all without one. NotFoundError for one that there is not."""
    if text is None:
        return tuple(LAYERS)
    return tuple(dict.fromkeys(layer(name.strip()).name for name in text.split(",")))


def layer_files(county: County, board: Board, names: Sequence[str], lang: str) -> list[LayerFile]:
    """The layers with their origins and looks. Of many, those without rows are left out; InputError: none is left."""
    files = []
    for name in names:
        spec, frame = LAYERS[name], layer_frame(county.atlas, board, name)
        entry = county.manifest.layers.get(name)
        if entry is None or (len(names) > 1 and frame.empty):
            continue
        origin = Origin(name, entry.sha256[:12], sequence=(board.sequence or None) if spec.live else None)
        files.append(LayerFile(spec, frame, origin, legend(spec, lang)))
    if not files:
        raise InputError(f"there are no rows in {', '.join(names)}", parameter="layers")
    return files


def members(board: Board, at: datetime) -> dict[str, Any]:
    """What a file tells of its data beside the rows: the present, and the version, date and rules."""
    return {"at": at.isoformat(), "data": board.provenance.body()}


def refuse_too_large(files: Sequence[LayerFile]) -> None:
    """TooLargeError for more than one request may ask for."""
    values = sum(
        len(one.frame) * len(one.spec.columns)
        + (0 if one.spec.is_table else int(shapely.get_num_coordinates(one.frame.geometry.values).sum()))
        for one in files
    )
    if values > MOST_VALUES:
        raise TooLargeError(
            f"{values:,} cells and corners are more than one file over HTTP takes ({MOST_VALUES:,}); "
            f"name fewer layers, or use `yixian export`",
            parameter="layers",
        )


class ExportShelf:
    """Files that were made of one version of the data; the latest are kept, and go with it. Safe for threads."""

    def __init__(self) -> None:
        self._room: TemporaryDirectory[str] | None = None
        self._lock, self._turns = Lock(), BoundedSemaphore(_AT_ONCE)
        self._made: dict[str, Path] = {}

    def get(self, key: str, files: Sequence[LayerFile], form: Form, system: str | None, told: dict[str, Any]) -> Path:
        """The file of `key`, made where it is not there; FullError where others are still being made."""
        with self._lock:
            found = self._made.get(key)
        if found is not None:
            return found
        if not self._turns.acquire(timeout=_WAIT_S):
            raise FullError("other files are being made at this moment; try again")
        try:
            refuse_too_large(files)
            path = self._folder() / f"{sha256(key.encode()).hexdigest()[:24]}{form.suffix}"
            write_layers(path, files, form, system=system, members=told)
            return self._keep(key, path)
        finally:
            self._turns.release()

    def _folder(self) -> Path:
        with self._lock:
            self._room = self._room or TemporaryDirectory(prefix="yixian-export-")
            return Path(self._room.name)

    def _keep(self, key: str, path: Path) -> Path:
        with self._lock:
            self._made[key] = path
            while len(self._made) > _FILES:
                oldest = next(iter(self._made))
                self._made.pop(oldest).unlink(missing_ok=True)
        return path
