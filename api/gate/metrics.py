"""Requests counted as they end: by route, method and status, and how long they took.

Plain numbers in lists: counting one costs about a microsecond, and whoever asks for the figures pays for the rest. Of
several processes each writes its figures into a folder that they share, and any of them answers for all.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any, Final

import orjson

from api.gate.seen import Seen

BUCKETS_S: Final = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Upper ends: a question by road takes half a millisecond, a page a tenth of a second, a workbook some seconds."""
NO_ROUTE: Final = "none"
"""The route of what matched none, or was turned away before one was looked for."""
OTHER: Final = "other"
_GONE_S: Final = 60.0
"""A process that has told nothing for so long has ended; one that opens a new version of the data may be silent."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Key = tuple[str | None, str, int]
"""Route, method, status."""


@dataclass(slots=True, eq=False)
class Tally:
    """The requests of one route, method and status: how many fell into each bucket, the last one without end."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    sum_s: float = 0.0
    bytes_out: int = 0

    def add(self, other: Tally) -> None:
        """Take the requests of another tally in."""
        self.buckets = [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)]
        self.sum_s += other.sum_s
        self.bytes_out += other.bytes_out

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.buckets)


class Requests:
    """The tallies of one application's requests. `watch` belongs to the event loop; reading may be done anywhere."""

    def __init__(self) -> None:
        self._tallies: dict[Key, Tally] = {}

    def watch(self, seen: Seen) -> None:
        """Count a request that has ended."""
        tally = self._tallies.get((seen.route, seen.method, seen.status))
        if tally is None:
            tally = self._begun(seen)
        tally.buckets[bisect_left(BUCKETS_S, seen.duration_s)] += 1
        tally.sum_s += seen.duration_s
        tally.bytes_out += seen.bytes_out

    def tallies(self) -> dict[Key, Tally]:
        """What was counted so far, as copies."""
        return {key: Tally(one.buckets[:], one.sum_s, one.bytes_out) for key, one in list(self._tallies.items())}

    def _begun(self, seen: Seen) -> Tally:
        """The tally of a new combination. There are as many as routes, methods and statuses: a client adds none."""
        method = seen.method if seen.method in _METHODS else OTHER
        return self._tallies.setdefault((seen.route, method, seen.status), Tally())


@dataclass(slots=True, eq=False)
class Figures:
    """What one process, or all together, have counted: tallies of requests, totals by name and label, and of each
    process that is there what it holds now, by process and name."""

    tallies: dict[Key, Tally] = field(default_factory=dict)
    totals: dict[tuple[str, str], float] = field(default_factory=dict)
    now: dict[tuple[str, str], float] = field(default_factory=dict)

    def add(self, other: Figures) -> None:
        """Take those of another process in."""
        for key, tally in other.tallies.items():
            self.tallies.setdefault(key, Tally()).add(tally)
        for name, number in other.totals.items():
            self.totals[name] = self.totals.get(name, 0.0) + number
        self.now |= other.now

    def encoded(self) -> bytes:
        """As JSON for the others."""
        told = {
            "tallies": [[*key, one.buckets, one.sum_s, one.bytes_out] for key, one in self.tallies.items()],
            "totals": [[*key, number] for key, number in self.totals.items()],
            "now": [[*key, number] for key, number in self.now.items()],
        }
        return orjson.dumps(told)

    @classmethod
    def decoded(cls, content: bytes) -> Figures:
        """The other way."""
        told: dict[str, Any] = orjson.loads(content)
        totals, now = ({(one, two): number for one, two, number in told[name]} for name in ("totals", "now"))
        return cls({(route, way, status): Tally(*rest) for route, way, status, *rest in told["tallies"]}, totals, now)


class Shared:
    """A folder in which each process leaves its figures. Those of one that has ended stay: totals never go back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}.json"

    def leave(self, figures: Figures) -> None:
        """Let the others know; without room on the disk they know an earlier state.

        Once a second, so nothing waits for the disk: what a power cut takes is gone with its processes anyway.
        """
        with suppress(OSError, ValueError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = self._own.with_suffix(".unfinished")
            unfinished.write_bytes(figures.encoded())
            unfinished.replace(self._own)

    def others(self) -> Figures:
        """The figures of all other processes, as they were when each told last."""
        found = Figures()
        for path in sorted(self._folder.glob("*.json")):
            if path != self._own:
                with suppress(OSError, ValueError, KeyError, TypeError):
                    figures = Figures.decoded(path.read_bytes())
                    if time() - path.stat().st_mtime > _GONE_S:
                        figures.now.clear()
                    found.add(figures)
        return found


def of_questions(tallies: Mapping[Key, Tally], questions: Mapping[str, str]) -> dict[str, Tally]:
    """The answered requests by the question that they ask; `questions` names that of each route."""
    found: dict[str, Tally] = {}
    for (route, _, status), tally in tallies.items():
        if route is not None and route in questions and 200 <= status < 300:
            found.setdefault(questions[route], Tally()).add(tally)
    return found


def by_class(tallies: Mapping[Key, Tally]) -> dict[tuple[str, str, str], Tally]:
    """The tallies by route, method and class of status, `2xx` to `5xx`."""
    found: dict[tuple[str, str, str], Tally] = {}
    for (route, method, status), tally in tallies.items():
        found.setdefault((route or NO_ROUTE, method, f"{status // 100}xx"), Tally()).add(tally)
    return found
