"""The running service's data: a new version in the data folder is opened aside and takes over in one step.

Imports are other processes; this one looks at the manifest now and then. While it opens a new version it goes on
answering: one thread opens, in steps of a millisecond or two with a rest between them. The thread has no lower
priority of its own, because on a busy machine the holder of Python's lock would then make every answer wait.
"""

from __future__ import annotations

import gc
import logging
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import numpy as np

from api.memory import give_back_memory
from api.resting import Rest
from api.settings import SAMPLE_FOLDER, Settings, clock
from api.wiring import Services, open_services, served_folder
from geo import store
from geo.errors import BrokenFolderError, GeoError
from geo.store import County, Manifest

log = logging.getLogger("yixian")

LOOK_S = 1.0
RETRY_S = 30.0
"""A version that could not be opened is tried again this often, or at once when the manifest changes."""
_SWITCH_S = 0.0005  # Python lets a waiting thread in after 5 ms by default, several times in one answer
_SHAPES = 1000


@dataclass(frozen=True, slots=True)
class Swap:
    """A version of the data, with the rules in force, that took over while the service was running."""

    version: str
    rules: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FailedSwap:
    """A version that could not be opened, and why; `version` is None when not even its manifest could be read."""

    version: str | None
    reason: str
    at: datetime


class _StoppedError(Exception):
    """The service stops while a version is being opened."""


class Live:
    """The services as they are now. `current` is one reference, replaced whole: take it once for each answer.

    Without settings the services stay as they are.
    """

    def __init__(self, services: Services, settings: Settings | None = None) -> None:
        self.current = services
        self.last_swap: Swap | None = None
        self.failed_swap: FailedSwap | None = None
        self.swaps = self.failed_swaps = 0
        """How many there were since the start; a failure that is met again counts once."""
        self._settings = settings
        self._stop = Event()
        self._seen: object = None
        self._try_again_s = 0.0
        self._rest = Rest()
        self._leaving: list[_Leaving] = []
        self.tenders: list[Callable[[Services], None]] = []  # who let go of old data; handed the services at each look

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look for new versions for the time of the block, in a thread of its own."""
        if self._settings is None:
            yield
            return
        gc.collect()
        gc.freeze()  # what is loaded stays: the collector need not walk through it in the middle of an answer
        self._stop.clear()
        thread = Thread(target=self._watch, name="yixian-swap", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def look(self) -> bool:
        """Whether there was a new version and it took over. A failure changes nothing but `failed_swap`."""
        for tend in self.tenders:
            tend(self.current)
        before, self._leaving = self._leaving, [one for one in self._leaving if not one.is_gone(self._pause)]
        if len(self._leaving) < len(before):
            give_back_memory()
        if self._settings is None:
            return False
        folder = served_folder(self._settings)
        seen = _signature(folder)
        if seen == self._seen and not (self.failed_swap and time.monotonic() > self._try_again_s):
            return False
        self._seen = seen
        return self._taken_over(folder, self._settings)

    def _watch(self) -> None:
        self._rest = Rest()  # it measures the thread that rests
        try:
            self._warm(self.current)
            while not self._stop.wait(LOOK_S):
                self.look()
        except _StoppedError:
            return

    def _taken_over(self, folder: Path, settings: Settings) -> bool:
        version: str | None = None
        try:
            if self._has_lost(folder):
                raise BrokenFolderError(settings.folder, "it is gone; the disk may not be mounted")
            manifest = store.read_manifest(folder)
            version = manifest.version
            served = self.current
            if folder == served.folder and _is_served(folder, manifest, served.county):
                self.failed_swap = None
                return False
            with _aside():
                self._rest = Rest()
                services = open_services(settings, before=served, pause=self._pause)
                self._warm(services)
        except GeoError as reason:
            self._failed(version, str(reason).splitlines()[0])
            return False
        except _StoppedError:
            raise
        except Exception as reason:  # whatever it is, the version that is served goes on being served
            log.error("unexpected %s while opening a new version", type(reason).__name__, exc_info=reason)
            self._failed(version, f"unexpected {type(reason).__name__}; the service's log has the cause")
            return False
        self._leaving.append(_Leaving(served.county))
        self.current = services
        self.swaps += 1
        self.last_swap, self.failed_swap = Swap(*_versions(services), clock()), None
        log.info("data version %s with rules %s took over", *_versions(services))
        return True

    def _has_lost(self, folder: Path) -> bool:
        """Whether the county's folder is gone and the sample would be served: that is no news of the county."""
        return folder == SAMPLE_FOLDER != self.current.folder

    def _warm(self, services: Services) -> None:
        for _ in services.tiles.warm(services.county.layers):
            self._pause()

    def _failed(self, version: str | None, reason: str) -> None:
        self._try_again_s = time.monotonic() + RETRY_S
        if self.failed_swap is None or (self.failed_swap.version, self.failed_swap.reason) != (version, reason):
            self.failed_swaps += 1
            log.warning("a new version of the data cannot be served, the one before stays: %s", reason)
        self.failed_swap = FailedSwap(version, reason, clock())

    def _pause(self) -> None:
        if self._stop.is_set():
            raise _StoppedError
        gc.freeze()  # a collection would walk through every shape made so far, and nobody would be answered
        time.sleep(self._rest.length_s())


class _Leaving:
    """A county that is no longer served. Its last answer lets go of it; its shapes are freed here, some at a time.

    A hundred thousand shapes freed at once would hold up every answer for a twentieth of a second.
    """

    def __init__(self, county: County) -> None:
        self._county = weakref.ref(county)
        self._shapes = [
            shapes[start : start + _SHAPES].tolist()
            for frame in county.layers.values()
            if "geometry" in frame.columns and len(frame) > _SHAPES
            for shapes in [np.asarray(frame["geometry"].array, dtype=object)]
            for start in range(0, len(shapes), _SHAPES)
        ]

    def is_gone(self, pause: store.Pause) -> bool:
        """Free the shapes when nothing else needs them; False while an answer is still under way."""
        if self._county() is not None:
            return False
        while self._shapes:
            self._shapes.pop()
            pause()
        return True


@contextmanager
def _aside() -> Iterator[None]:
    """Opening in the background: other threads get their turn soon, and the collector leaves the new data alone."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    gc.collect(1)  # the young only: quick, and what is frozen below is never collected
    gc.freeze()
    try:
        yield
    finally:
        gc.freeze()
        sys.setswitchinterval(before_s)


def _versions(services: Services) -> tuple[str, str]:
    return services.county.manifest.version, services.atlas.rules.version


def _is_served(folder: Path, manifest: Manifest, county: County) -> bool:
    """Whether the county that is served has this manifest, and the rules that the folder holds now."""
    rules = store.read_rules(folder)
    return manifest.encoded() == county.manifest.encoded() and rules.version == county.atlas.rules.version


def _signature(folder: Path) -> object:
    """What changes when the manifest does, which is always a new file, or the rules, which people edit in place."""
    return folder, *(_state(folder / name) for name in (store.MANIFEST, store.RULES))


def _state(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
