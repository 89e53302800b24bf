"""Vector tiles kept as they are sent: compressed, bounded by bytes, and made on threads of their own."""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import pandas as pd

from api.counted import Counted
from geo.layers.registry import LAYERS
from geo.tiles import LARGE, PARTS, TileAddress, TileLayer, tile_layer, vector_tile

MOST_BYTES = 64 * 2**20
_LEVEL = 4  # level 6 takes three times as long for a tenth less
_PLACE_BYTES = 500  # the tile's key and its entry
_WORKERS = 2  # a screen full of tiles must not take every thread that questions wait for


@dataclass(frozen=True, slots=True)
class SentTile:
    """A tile's bytes under gzip, none where it is empty, and how many features it leaves out."""

    zipped: bytes
    left_out: int

    @property
    def weight(self) -> int:
        """Bytes that keeping it takes, an empty one's place on the shelf included."""
        return len(self.zipped) + _PLACE_BYTES

    @property
    def plain(self) -> bytes:
        """The bytes for whoever takes no gzip."""
        return gzip.decompress(self.zipped) if self.zipped else b""


@dataclass(frozen=True, slots=True)
class TileKey:
    """Which tile of one version of the data; `sequence` is the Board's for a live layer, None for others."""

    layer: str
    sequence: int | None
    address: TileAddress


class TileShelf:
    """The tiles of one version of the data, and the layers made ready for them. Safe for threads.

    At most `most_bytes` of tiles are kept; those least recently asked for go first. A layer is made ready when its
    first tile is asked for; of a live layer only the latest state is kept.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, counted: Counted | None = None) -> None:
        self._most_bytes = most_bytes
        self.counted = counted or Counted()
        self.bytes = 0
        """What the tiles on the shelf take together."""
        self._tiles: OrderedDict[TileKey, SentTile] = OrderedDict()
        self._layers: dict[str, tuple[int | None, TileLayer]] = {}
        self._lock, self._readying = Lock(), Lock()
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="yixian-tiles")

    def fresh(self) -> TileShelf:
        """An empty one that goes on counting."""
        return TileShelf(self._most_bytes, self.counted)

    async def tile(self, key: TileKey, frame: Callable[[], pd.DataFrame]) -> SentTile:
        """The tile: at once where it is kept, else made off the event loop from the layer's frame."""
        found = self._found(key)
        if found is not None:
            return found
        return await asyncio.get_running_loop().run_in_executor(self._workers, self.make, key, frame)

    def make(self, key: TileKey, frame: Callable[[], pd.DataFrame]) -> SentTile:
        """As `tile`, on the thread that asks."""
        found = self._found(key)  # somebody may have asked for it while this one waited for its thread
        if found is not None:
            return found
        made = vector_tile(self.layer(key.layer, key.sequence, frame), key.address)
        tile = SentTile(gzip.compress(made.content, _LEVEL, mtime=0) if made.content else b"", made.left_out)
        with self._lock:
            self.counted.misses += 1
            before = self._tiles.pop(key, None)
            self._tiles[key] = tile
            self.bytes += tile.weight - (before.weight if before else 0)
            while self.bytes > self._most_bytes:
                _, gone = self._tiles.popitem(last=False)
                self.bytes -= gone.weight
        return tile

    def _found(self, key: TileKey) -> SentTile | None:
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self.counted.hits += 1
                self._tiles.move_to_end(key)
        return tile

    def layer(self, name: str, sequence: int | None, frame: Callable[[], pd.DataFrame]) -> TileLayer:
        """The layer made ready, of a live one the state after `sequence`; made from its frame where it is not."""
        with self._readying:
            kept, layer = self._layers.get(name, (None, None))
            if layer is None or kept != sequence:
                layer = tile_layer(name, frame())
                self._layers[name] = sequence, layer
        return layer

    def warm(self, layers: Mapping[str, pd.DataFrame]) -> Iterator[str]:
        """Make ready each large layer that events do not change, naming it when it is.

        The first tile of a new version then takes no longer than any other.
        """
        for name in (*layers, *PARTS):
            source = "risk_zones" if name in PARTS else name
            spec, frame = LAYERS[source], layers[source]
            if len(frame) > LARGE and not spec.is_table and not spec.live:
                self.layer(name, None, lambda frame=frame: frame)  # type: ignore[misc]  # a default is not inferred
                yield name
