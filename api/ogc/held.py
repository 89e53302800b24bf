"""The collections as they are now, and as they were for those who are in the middle of reading them.

A client pages through one state of the data. When another takes over, the features of the last two versions that were
handed out with a link to a next page are held for ten minutes more.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

from api.errors import GoneError
from api.pages import moment
from api.wiring import Services
from geo.atlas import Atlas
from geo.board import Board
from geo.features import Cursor, FeatureSet, Snapshot

HELD_S: Final = 600.0
VERSIONS: Final = 2
"""Versions of the data that are held beside the present one."""
STATES: Final = 50
"""States of one collection that are held: a live one has a new state with every event."""
TEXTS: Final = 16
"""Texts that are kept: one for each language, form and address of the service."""


@dataclass(slots=True)
class _Held:
    features: FeatureSet
    left_s: float | None = None  # when another state took over


class HeldCollections:
    """Hands out the collections of the present, and of what its clients are in the middle of. Safe for threads.

    `clock_s` is a clock that only goes forward, `wall` the time of day.
    """

    def __init__(
        self,
        clock_s: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock_s, self._wall = clock_s, wall
        self._lock = Lock()
        self._present: tuple[Board, datetime, Snapshot] | None = None
        self._held: dict[tuple[str, str], _Held] = {}
        self._changed: dict[str, tuple[str, datetime]] = {}
        self._texts: dict[tuple[str, ...], bytes] = {}
        self._texts_of: weakref.ref[Atlas] | None = None

    def present(self, served: Services) -> Snapshot:
        """The collections of the services, answers to the minute."""
        at = moment(served, None)
        with self._lock:
            known = self._present
            if known is None or known[0] is not served.board or known[1] != at:
                return self._taken_over(served, at)
        return known[2]

    def tend(self, served: Services) -> None:
        """Let go of what nobody may ask for any more, also when nobody asks for anything; to be called now and then."""
        with self._lock:
            known = self._present
            if known is not None and known[2].atlas is not served.atlas:
                self._taken_over(served, moment(served, None))
            elif known is not None and self._held:
                self._let_go(known[2])

    def kept(self, atlas: Atlas, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """What `make` makes, made once for each key while the same version of the data is served."""
        with self._lock:
            if self._texts_of is None or self._texts_of() is not atlas:
                self._texts_of = weakref.ref(atlas)
                self._texts.clear()
            found = self._texts.get(key)
        if found is None:
            found = make()
            with self._lock:
                if len(self._texts) >= TEXTS:  # the address is the client's to choose
                    self._texts.clear()
                if self._texts_of() is atlas:
                    self._texts[key] = found
        return found

    def _taken_over(self, served: Services, at: datetime) -> Snapshot:
        before = None if self._present is None else self._present[2]
        snapshot = Snapshot.of(served.atlas, served.board, at, before=before)
        self._present = served.board, at, snapshot
        self._let_go(snapshot)
        return snapshot

    def hold(self, name: str, features: FeatureSet) -> None:
        """Keep what a page with a next one was given of."""
        with self._lock:
            held = self._held.setdefault((name, features.mark), _Held(features))
            if self._present is not None and held.left_s is None:
                self._let_go(self._present[2])

    def paged(self, snapshot: Snapshot, name: str, after: Cursor, again: str) -> FeatureSet:
        """The features that a cursor pages through; GoneError, with where to start again, when they are let go."""
        features = snapshot.feature_set(name)
        if features.mark == after.mark:
            return features
        with self._lock:
            self._let_go(snapshot)
            held = self._held.get((name, after.mark))
        if held is None:
            raise GoneError(
                f"the data have changed, and what this page continues was held for {HELD_S / 60:.0f} minutes only: "
                f"start again at {again}",
                again,
            )
        return held.features

    def changed(self, features: FeatureSet) -> datetime | None:
        """When the features were first seen as they are, to the second; None while that second lasts.

        The data's own date does not do: it may stay the same from one version to the next.
        """
        name, now = features.spec.name, self._wall()
        with self._lock:
            if self._changed.get(name, ("",))[0] != features.mark:
                self._changed[name] = features.mark, now.replace(microsecond=0) + timedelta(seconds=1)
            since = self._changed[name][1]
        return since if since <= now else None

    def _let_go(self, snapshot: Snapshot) -> None:
        """Forget what was superseded too long ago or is too much."""
        now_s, version = self._clock_s(), snapshot.atlas.provenance.version
        for (name, mark), held in self._held.items():
            if held.left_s is None and snapshot.collection(name).mark != mark:
                held.left_s = now_s
        versions = list(dict.fromkeys(one.features.provenance.version for one in self._held.values()))
        kept = {version, *[one for one in versions if one != version][-VERSIONS:]}
        live: dict[str, int] = {}
        for key, held in reversed(list(self._held.items())):
            live[key[0]] = live.get(key[0], 0) + 1
            is_old = held.left_s is not None and now_s - held.left_s > HELD_S
            if is_old or held.features.provenance.version not in kept or live[key[0]] > STATES:
                del self._held[key]
