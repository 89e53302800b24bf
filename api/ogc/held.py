"""The collections as they are now, and as they were for those who are in the middle of reading them.

A client pages through one state of the data. When another takes over, what was handed out with a link to a next page
is held for ten minutes more, at most the last two states of a layer of reference. A client that comes to another worker
finds its state made again from the folder's history and the journal (`remade`). Marks, and when something changed, are
facts of the data: every worker tells the same.
"""

from __future__ import annotations

import time
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

from api.errors import GoneError
from api.ogc.remade import marks, remade
from api.pages import moment
from api.wiring import Services
from geo import store
from geo.atlas import Atlas
from geo.board import Board
from geo.features import ANSWERS, Cursor, FeatureSet, Snapshot

HELD_S: Final = 600.0
VERSIONS: Final = 2
"""States of a reference layer that are held beside the present one."""
STATES: Final = 50
"""States of a live collection that are held: it has a new one with every event."""
ROWS: Final = 20_000
"""Rows of a live collection that are held in all its states; its latest state before the present one always is."""
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
        self._views: dict[frozenset[str], Snapshot] = {}  # by what a reader may see; there are as many as kinds of role
        self._held: dict[tuple[str, str], _Held] = {}
        self._written: tuple[weakref.ref[Atlas], datetime] | None = None
        self._texts: dict[tuple[str, ...], bytes] = {}
        self._texts_of: weakref.ref[Atlas] | None = None

    def present(self, served: Services) -> Snapshot:
        """The collections of the services that their reader may see, answers to the minute."""
        at = moment(served, None)
        with self._lock:
            known = self._present
            if known is None or known[0] is not served.board or known[1] != at:
                whole = self._taken_over(served, at)
            else:
                whole = known[2]
            names = served.collections & whole.names
            if names == whole.names:
                return whole
            if names not in self._views:
                self._views[names] = whole.only(names)
            return self._views[names]

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
        snapshot = Snapshot.of(served.atlas, served.board, at, before=before, marks=marks(served))
        self._present = served.board, at, snapshot
        self._views.clear()
        self._let_go(snapshot)
        return snapshot

    def hold(self, name: str, features: FeatureSet) -> None:
        """Keep what a page with a next one was given of."""
        with self._lock:
            held = self._held.setdefault((name, features.mark), _Held(features))
            if self._present is not None and held.left_s is None:
                self._let_go(self._present[2])

    def paged(self, served: Services, snapshot: Snapshot, name: str, after: Cursor, again: str) -> FeatureSet:
        """The features that a cursor pages through; GoneError, with where to start again, when they are let go."""
        features = snapshot.feature_set(name)
        if features.mark == after.mark:
            return features
        with self._lock:
            if self._present is not None:
                self._let_go(self._present[2])
            held = self._held.get((name, after.mark))
        found = remade(served, name, after.mark) if held is None else held.features
        if found is None:
            raise GoneError(
                f"the data have changed, and what this page continues was held for {HELD_S / 60:.0f} minutes only: "
                f"start again at {again}",
                again,
            )
        return found

    def changed(self, served: Services, features: FeatureSet) -> datetime | None:
        """When the present features became what they are, to the second; None while that second lasts.

        That is when the folder came to hold them, and for what is live when the newest event was recorded. The data's
        own date does not do: it may stay the same from one version to the next. None for features of an earlier state.
        """
        with self._lock:
            known = self._present
            if known is None or known[2].mark_of(features.spec.name) != features.mark:
                return None
            written = self._written_at(served)
        if written is None:
            return None
        moments = [written]
        if features.spec.live:
            moments += [
                one for one in (known[0].recorded_at, known[1] if features.spec.name in ANSWERS else None) if one
            ]
        since = max(moments).replace(microsecond=0) + timedelta(seconds=1)
        return since if since <= self._wall() else None

    def _written_at(self, served: Services) -> datetime | None:
        """When the folder came to hold what is served; asked anew as long as it holds something newer already."""
        if self._written is None or self._written[0]() is not served.atlas:
            found = store.written_at(served.folder, served.county.manifest, served.atlas.rules.version)
            if found is None:
                return None
            self._written = weakref.ref(served.atlas), found
        return self._written[1]

    def _let_go(self, snapshot: Snapshot) -> None:
        """Forget what was superseded too long ago or is too much."""
        now_s = self._clock_s()
        for (name, mark), held in self._held.items():
            if held.left_s is None and snapshot.mark_of(name) != mark:
                held.left_s = now_s
        states: Counter[str] = Counter()
        rows: Counter[str] = Counter()
        for key, held in reversed(list(self._held.items())):
            if held.left_s is None:
                continue
            name, is_live = key[0], held.features.spec.live
            states[name] += 1
            rows[name] += len(held.features)
            is_too_much = is_live and states[name] > 1 and rows[name] > ROWS
            if is_too_much or now_s - held.left_s > HELD_S or states[name] > (STATES if is_live else VERSIONS):
                del self._held[key]
