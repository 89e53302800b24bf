"""The live channel: whoever has a page open is told when the record, the data or the rules are no longer the same.

One watcher a process looks, and only while somebody listens. A listener is told where the service stands, not what
happened since: nothing piles up for a slow one, and one that comes back says no more than where it stood.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from api.errors import FullError
from api.swap import Live
from api.wiring import Services
from geo.atlas import Provenance
from geo.geojson import dumps

log = logging.getLogger("yixian")

LOOK_S: Final = 0.25
KEEP_ALIVE_S: Final = 15.0
"""A quiet connection carries a sign of life this often: an event, because browsers show no script a comment, and a page
must notice that nothing comes any more."""
MOST_LISTENERS: Final = 500
_HERE: Final = b"event: here\ndata: {}\n\n"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a service stands: its data with the newest event it knows of, and its present."""

    data: Provenance
    at: datetime

    @property
    def mark(self) -> str:
        """What changes when an answer could, and the id of an event."""
        return self.data.mark

    def body(self) -> dict[str, Any]:
        """As JSON carries it."""
        data = self.data
        return {"sequence": data.sequence or 0, "version": data.version, "rules": data.rules, "at": self.at.isoformat()}

    def event(self) -> bytes:
        """As a server-sent event."""
        return b"id: %b\nevent: changed\ndata: %b\n\n" % (self.mark.encode(), dumps(self.body()))


class Channel:
    """Tells its listeners where the services stand. It belongs to one event loop; nothing here is safe for threads."""

    def __init__(self, live: Live, *, look_s: float = LOOK_S, most: int = MOST_LISTENERS) -> None:
        self._live, self._look_s, self._most = live, look_s, most
        self._listeners = 0
        self._standing: Standing | None = None
        self._stirred = asyncio.Event()  # each change, and the end, has an event of its own
        self._looking = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def listeners(self) -> int:
        """How many listen."""
        return self._listeners

    @property
    def is_watching(self) -> bool:
        """Whether the watcher runs."""
        return self._watcher is not None

    async def look(self) -> Standing:
        """Where the services stand now. Only what was recorded since the last look leaves the event loop."""
        served = self._live.current
        if served.record is None or served.is_level:
            return _standing(served)
        return await run_in_threadpool(_standing, served)

    def join(self, last: str | None, may_listen: Callable[[], bool]) -> Listener:
        """A listener that was last told the mark `last`; FullError where as many listen as the service bears.

        `may_listen` is asked before each word: the stream ends with the first no.
        """
        if self._listeners >= self._most:
            raise FullError(f"{self._most} pages listen already; `/v1/live/state` tells the same to whoever asks")
        self._listeners += 1
        if self._watcher is None and not self._is_closed:
            self._watcher = asyncio.get_running_loop().create_task(self._watch())
        return Listener(self, last, may_listen)

    def leave(self) -> None:
        """One listener less; the watcher goes with the last one."""
        self._listeners -= 1
        if self._listeners == 0 and self._watcher is not None:
            self._watcher.cancel()
            self._watcher, self._standing = None, None

    def close(self) -> None:
        """End every stream: a server that stops waits for its answers, and these would never end."""
        self._is_closed = True
        self._stir()

    async def news(self, last: str | None) -> Standing | None:
        """Where the services stand as soon as that is not `last`; None when there is no more to come.

        TimeoutError when it is still the same after KEEP_ALIVE_S.
        """
        async with asyncio.timeout(KEEP_ALIVE_S):
            while not self._is_closed:
                if self._standing is not None and self._standing.mark != last:
                    return self._standing
                await self._stirred.wait()
        return None

    async def refresh(self) -> None:
        """Look, and wake the listeners where something changed."""
        async with self._looking:  # of two looks the later one would else be overtaken
            try:
                found = await self.look()
            except Exception as reason:  # noqa: BLE001  # the next look may succeed; a dead channel would look like peace
                log.warning("the live channel could not look: %s", reason)
                return
            if self._standing is None or self._standing.mark != found.mark:
                self._standing = found
                self._stir()

    async def _watch(self) -> None:
        while True:
            await self.refresh()
            await asyncio.sleep(self._look_s)

    def _stir(self) -> None:
        stirred, self._stirred = self._stirred, asyncio.Event()
        stirred.set()


class Listener:
    """One open page's place in the channel, to be closed when the page goes."""

    def __init__(self, channel: Channel, last: str | None, may_listen: Callable[[], bool]) -> None:
        self._channel, self._last, self._may_listen = channel, last, may_listen

    async def stream(self) -> AsyncIterator[bytes]:
        """Server-sent events: one at once unless `last` is where the services stand, then one a change, without end.

        The next is made when the one before is sent, so a slow reader is told less often, and never late.
        """
        yield _HERE
        await self._channel.refresh()  # or a page drawn since the last look would be told of what it has
        while True:
            said = _HERE
            with suppress(TimeoutError):
                found = await self._channel.news(self._last)
                if found is None:
                    return
                self._last, said = found.mark, found.event()
            if not self._may_listen():
                return
            yield said

    def close(self) -> None:
        """Leave the channel."""
        self._channel.leave()


def _standing(served: Services) -> Standing:
    board = served.board if served.record is None else served.record.board()
    return Standing(board.provenance, served.now())
