"""What is known of one request: filled in on its way, and told to the watchers when its answer is out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SEEN = "yixian"
"""The name in a request's scope under which it lies."""
GONE: Final = 499
"""The status of a request whose client went before its answer began."""


@dataclass(slots=True, eq=False)
class Seen:
    """One request. `actor` is the name of whoever asks, "-" for nobody; `route` the pattern that matched its path.

    `status` is 0 until the answer begins; `started_s` counts from an arbitrary moment.
    """

    request_id: str
    client: str
    method: str
    path: str
    started_s: float
    actor: str = "-"
    route: str | None = None
    status: int = 0
    bytes_out: int = 0
    duration_s: float = 0.0


Watcher = Callable[[Seen], None]
"""Told of each request at its end; on the event loop, so it returns within microseconds."""
